"""Killed at any moment, a crawl goes on: the same articles, nothing lost, nothing fetched again."""

from __future__ import annotations

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from archive.index import jobs
from archive.layout import Layout
from archive.warc.members import MemberWalk
from archive.warc.names import files
from archive.warc.seal import manifest
from crawler.cli.child import Crawl
from crawler.samples.server import SampleServer
from tests.crawler.revisiting import later
from tests.crawler.support import QUICK, articles, new_archive, rows, run

_BETWEEN = '{"tests.crawler.faults.KillBeforeExpand": 1}'


@pytest.fixture(scope="module")
def server() -> Iterator[SampleServer]:
    with SampleServer() as running:
        yield running


@pytest.fixture(scope="module")
def undisturbed(server: SampleServer, tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Any, ...]]:
    layout = new_archive(tmp_path_factory.mktemp("undisturbed") / "a", server)
    assert run(layout).code == 0
    return articles(layout)


def crawl_and_kill(layout: Layout, after: int, pause: float) -> None:
    """SIGKILL a crawl ``pause`` seconds after it has fetched ``after`` pages."""
    with Crawl(layout, QUICK, {}, layout.logs / "killed.log") as crawl:
        deadline = time.monotonic() + 30
        while crawl.running and crawl.read().get("fetched", 0) < after and time.monotonic() < deadline:
            time.sleep(0.005)
        time.sleep(pause)
        os.kill(crawl.pid, signal.SIGKILL)
    assert rows(layout.crawl_db, "SELECT ended_at FROM runs") == [(None,)]


def kept_urls(layout: Layout) -> set[str]:
    return {u for (u,) in rows(layout.crawl_db, "SELECT url FROM urls WHERE state IN ('kept', 'expanded')")}


def assert_whole(layout: Layout) -> None:
    listed = manifest(layout.warc)
    for file in files(layout.warc):
        assert file.sealed
        assert file.name in listed
        walk = MemberWalk(file.path)
        assert sum(1 for _ in walk) > 0
        assert walk.problem is None


@pytest.mark.parametrize("moment", range(3))
def test_killed_at_a_random_moment(
    moment: int, server: SampleServer, undisturbed: dict[str, tuple[Any, ...]], tmp_path: Path
) -> None:
    chance = random.Random(f"moment {moment}")
    layout = new_archive(tmp_path / "a", server)
    crawl_and_kill(layout, chance.randrange(0, 85), chance.random() * 0.02)
    kept = kept_urls(layout)
    seen = len(server.requests)
    assert run(layout).code == 0
    assert articles(layout) == undisturbed
    assert_whole(layout)
    again = {f"{base(server, r.outlet)}{r.path}" for r in server.requests[seen:]}
    assert not kept & again


def test_killed_between_a_page_and_its_links(
    server: SampleServer, undisturbed: dict[str, tuple[Any, ...]], tmp_path: Path
) -> None:
    layout = new_archive(tmp_path / "a", server)
    # The fifth page to be expanded is the home page or a section: its links are all that leads on.
    ended = run(layout, EXTENSIONS=_BETWEEN, FAULT_AT=5)
    assert ended.code == 9
    kept = rows(layout.crawl_db, "SELECT url FROM urls WHERE state = 'kept'")
    assert kept
    seen = len(server.requests)
    assert run(layout).code == 0
    assert articles(layout) == undisturbed
    asked = Counter(f"{base(server, r.outlet)}{r.path}" for r in server.requests[seen:])
    assert not asked.keys() & {url for (url,) in kept}


def test_killed_among_its_revisits_none_is_lost_and_none_is_done_twice(
    server: SampleServer, tmp_path: Path
) -> None:
    layout = new_archive(tmp_path / "a", server, ("emscher-bote",))
    assert run(layout, index=False).code == 0
    later(layout)
    due = {u for (u,) in rows(layout.crawl_db, "SELECT url FROM urls WHERE visit_at <= unixepoch()")}
    assert len(due) > 25
    seen = len(server.requests)
    # Of about 40 exchanges: a revisit is kept, and its next visit isn't planned yet.
    assert run(layout, index=False, EXTENSIONS=_BETWEEN, FAULT_AT=30).code == 9
    assert rows(layout.crawl_db, "SELECT count(*) FROM urls WHERE state = 'queued' AND page = 'article'") > [
        (0,)
    ]
    assert run(layout, index=False).code == 0
    asked = Counter(f"{base(server, r.outlet)}{r.path}" for r in server.requests[seen:])
    assert {url: asked[url] for url in due} == dict.fromkeys(due, 1)
    assert rows(layout.crawl_db, "SELECT count(*) FROM urls WHERE visit_at <= unixepoch()") == [(0,)]


def test_killed_indexer_beside_and_rebuild_agree(server: SampleServer, tmp_path: Path) -> None:
    layout = new_archive(tmp_path / "a", server)
    crawl_and_kill(layout, 40, 0.0)
    jobs.run(layout, workers=1)  # of a file that is still open
    assert run(layout).code == 0
    live = articles(layout)
    jobs.run(layout, workers=2, rebuild=True)
    assert articles(layout) == live


def base(server: SampleServer, outlet: str) -> str:
    return next(o.base_url for o in server.outlets if o.name == outlet)
