"""What scripts/measure_durability counts by the hundred, a few of each; and that its disk really forgets."""

from __future__ import annotations

import errno
import random
import sqlite3
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from archive.layout import Layout
from crawler.cli.exits import Exit
from tests.crawler.durability import Bench, kept
from tests.crawler.injection import Injection
from tests.crawler.powerloss import Durable, lose
from tests.crawler.small_site import SmallSite
from tests.crawler.support import rows, run
from tests.crawler.troubles import Trouble, broken, chain, kill, power_loss

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="finds processes in /proc")


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with SmallSite() as site:
        made = Bench(site, tmp_path_factory.mktemp("bench"))
        made.measure()
        yield made


def fails(call: str, of: str, at: int, code: int, expected: int, *, once: bool = False) -> Trouble:
    return partial(broken, injection=Injection(call, of, at, code, once), expected=expected)


def test_one_trouble_after_the_other(bench: Bench) -> None:
    troubles: list[Trouble] = [
        fails("pages", "crawl", 3, 0, Exit.DISK_FULL),  # when crawl.db is made
        partial(power_loss, call="pwrite", of="durable", at=4),
        fails("SET fetched", "crawl", 1, sqlite3.SQLITE_IOERR_WRITE, Exit.FAILED, once=True),
        fails("write", "warc", 4, errno.ENOSPC, Exit.DISK_FULL),
        partial(power_loss, call="unlink", of="warc", at=1),
        kill,
    ]
    ended = chain(bench, "one after the other", troubles)
    assert ended.problem is None
    assert ended.tried >= len(troubles) - 1  # the last crawl may have come to its end before it was killed


def test_a_kept_robots_txt_is_not_asked_for_again(bench: Bench) -> None:
    layout = bench.archive(bench.work / "robots")
    fault = '{"tests.crawler.faults.KillBeforeExpand": 1}'
    assert run(layout, index=False, EXTENSIONS=fault, FAULT_AT=1).code == Exit.FAILED
    assert ("robots",) in rows(layout.crawl_db, "SELECT kind FROM urls WHERE state = 'kept'")
    before = kept(layout)
    since = len(bench.site.requests)
    assert run(layout, index=False, GAZETTE_MAX_PAGES=8).code == 0
    assert not before.urls & set(bench.site.asked(since))


def test_the_undisturbed_crawl_makes_the_calls_that_are_to_fail(bench: Bench) -> None:
    assert bench.calls["write", "warc"] > 50
    assert bench.calls["link", "warc"] > 1
    assert len(bench.pages) > 50


@pytest.mark.parametrize("seed", range(20))
def test_what_was_synced_is_there_after_a_power_loss(seed: int, tmp_path: Path) -> None:
    layout, known = half_synced(tmp_path)
    lose(layout, known, random.Random(seed))
    assert (layout.warc / "a.warc.gz.open").read_bytes().startswith(b"synced")


def test_what_was_not_synced_may_be_gone(tmp_path: Path) -> None:
    found = set()
    for seed in range(60):
        layout, known = half_synced(tmp_path / str(seed))
        lose(layout, known, random.Random(seed))
        open_file, new = layout.warc / "a.warc.gz.open", layout.warc / "b.warc.gz.open"
        found.add((open_file.read_bytes()[6:].strip(b"\0"), new.exists()))
    assert {(b"", False), (b"", True), (b" not", False), (b" not", True)} <= found


def half_synced(root: Path) -> tuple[Layout, Durable]:
    """One file with a synced beginning, and one whose name isn't durable."""
    layout = Layout(root)
    layout.warc.mkdir(parents=True)
    first = layout.warc / "a.warc.gz.open"
    first.write_bytes(b"synced not")
    (layout.warc / "b.warc.gz.open").write_bytes(b"new")
    inode = first.stat().st_ino
    return layout, Durable({first.name: inode}, {inode: 6})
