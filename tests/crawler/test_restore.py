"""A lost crawl.db comes back from the WARC files, and the next crawl is as if it had never been lost."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from archive.db import open_writer
from archive.errors import NoArchive
from archive.index import jobs
from archive.layout import Layout
from archive.types import ExchangeEnd
from archive.warc.check import Tally
from archive.warc.members import MemberWalk
from archive.warc.names import files
from archive.warc.verify import verify_archive
from crawler.cli.init import create
from crawler.crawldb import CrawlDb
from crawler.restore import condition, restore
from crawler.revisits import queue_due
from crawler.rights import FILES
from crawler.samples.server import SampleServer
from crawler.sites import load_sites
from tests.crawler.support import QUICK, new_archive, rows, run
from tests.warc.support import OK, exchange, keep, new_writer, raw_member

NOW = datetime(2026, 1, 1, tzinfo=UTC)
"""Before anything was crawled: nothing is due."""
_STATE = """
SELECT site, authority, url, run, status, fetched_at, record_id, warc, offset, length, etag, last_modified,
    body_status, body_mime, body_digest, body_at, body_record_id, body_warc, body_offset, body_length,
    first_at, visited_at, gone, CASE page WHEN 'article' THEN 1 ELSE 0 END
FROM urls WHERE fetched_at IS NOT NULL ORDER BY site, url
"""


@pytest.fixture(scope="module")
def server() -> Iterator[SampleServer]:
    with SampleServer() as running:
        yield running


@pytest.fixture(scope="module")
def crawled(server: SampleServer, tmp_path_factory: pytest.TempPathFactory) -> Layout:
    """Crawled, changed in part, crawled again: captures, revisits, and pages that are gone."""
    layout = new_archive(tmp_path_factory.mktemp("restore") / "a", server)
    run(layout, index=False)
    server.change()
    run(layout, index=False, GAZETTE_REVISIT="all")
    return layout


@pytest.fixture
def layout(crawled: Layout, tmp_path: Path) -> Layout:
    """A copy of it."""
    shutil.copytree(crawled.root, tmp_path / "a", symlinks=True)
    return Layout(tmp_path / "a")


def lose(layout: Layout) -> None:
    for path in layout.root.glob("crawl.db*"):
        path.unlink()


def counted(layout: Layout, table: str) -> int:
    count: int = rows(layout.index, f"SELECT count(*) FROM {table}")[0][0]
    return count


def test_what_was_crawled_passes_verify(crawled: Layout) -> None:
    tally = Tally()
    assert list(verify_archive(crawled.warc, tally)) == []
    assert tally.records > 300
    assert tally.unchecked > 50  # revisits
    assert tally.digests > tally.records


def test_the_state_of_each_url_is_that_of_the_live_crawl(layout: Layout) -> None:
    before = rows(layout.crawl_db, _STATE)
    lose(layout)
    restored = restore(layout)
    assert not list(layout.root.glob("crawl.db?*"))
    assert len(before) > 50
    assert rows(layout.crawl_db, _STATE) == before
    states = set(
        rows(layout.crawl_db, "SELECT state, round, coalesce(status, 0) >= 400 AND kind = 'link' FROM urls")
    )
    assert states == {("expanded", 1, 0), ("failed", 1, 1)}
    assert (restored.urls, restored.sites, restored.runs) == (len(before), tuple(sorted(QUICK)), 2)
    assert (restored.moved, restored.problems) == (None, ())
    assert condition(layout.crawl_db) is None


def test_the_log_of_runs_comes_back_as_far_as_the_files_tell(layout: Layout) -> None:
    runs = "SELECT id, started_at FROM runs ORDER BY id"
    parts = "SELECT run, site, fetched FROM run_sites ORDER BY run, site"
    begun = "SELECT site, started_at IN (SELECT max(started_at) FROM runs), finished_at IS NULL FROM rounds"
    before = [rows(layout.crawl_db, sql) for sql in (runs, parts)]
    lose(layout)
    restore(layout)
    assert [rows(layout.crawl_db, sql) for sql in (runs, parts)] == before
    assert sorted(rows(layout.crawl_db, begun)) == sorted((site, 1, 0) for site in QUICK)
    assert rows(layout.crawl_db, "SELECT DISTINCT exit_code, reason FROM runs") == [
        (None, "restored from WARC")
    ]


def test_the_next_crawl_is_a_new_round_that_asks_conditionally(layout: Layout, server: SampleServer) -> None:
    lose(layout)
    restore(layout)
    jobs.run(layout, workers=2)
    documents, captures, asked = (
        counted(layout, "documents"),
        counted(layout, "captures"),
        len(server.requests),
    )
    assert run(layout, GAZETTE_REVISIT="all").code == 0
    assert counted(layout, "documents") == documents
    new = server.requests[asked:]
    assert counted(layout, "captures") == captures + len(new)
    # Files that reserve rights, which these outlets don't have, are asked for in each round.
    pages = [request for request in new if request.path not in FILES]
    assert sum(request.status == 304 for request in pages) > len(pages) / 2
    assert {row[0] for row in rows(layout.crawl_db, "SELECT round FROM rounds")} == {2}


def test_visits_are_planned_again_as_they_were(layout: Layout) -> None:
    planned = "SELECT url, visit_at FROM urls WHERE page = 'article' AND gone = 0 ORDER BY url"
    before = dict(rows(layout.crawl_db, planned))
    assert len(before) > 40
    lose(layout)
    restore(layout)
    db = CrawlDb(layout.crawl_db)
    for name, site in load_sites(layout).items():
        queue_due(db, site, db.begin_round(name, NOW), NOW)
    db.close()
    after = dict(rows(layout.crawl_db, planned))
    # What a feed names and its page does not state is no more known: it is fetched when it is found.
    assert len(after) > 40
    assert after.items() <= before.items()


def test_an_old_one_is_kept_and_damage_is_seen(layout: Layout) -> None:
    data = layout.crawl_db.read_bytes()
    for number, bad in enumerate((b"", b"no database" * 999, data[: len(data) // 2]), 1):
        layout.crawl_db.write_bytes(bad)
        layout.crawl_db.with_name("crawl.db-wal").write_bytes(b"its log")
        assert condition(layout.crawl_db), number
        assert restore(layout).moved == f"crawl.db.lost-{number}"
        assert condition(layout.crawl_db) is None
        assert (layout.root / f"crawl.db.lost-{number}").read_bytes() == bad
        assert (layout.root / f"crawl.db.lost-{number}-wal").read_bytes() == b"its log"
    assert restore(layout).moved == "crawl.db.lost-4"


def test_one_of_a_newer_gazette_is_no_damage(tmp_path: Path) -> None:
    path = tmp_path / "crawl.db"
    connection = open_writer(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(NoArchive, match="of version 99"):
        condition(path)


def test_a_restore_that_fails_leaves_all_as_it_was(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    before = layout.crawl_db.read_bytes()

    def fail(*arguments: Any) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    monkeypatch.setattr("crawler.restore._log", fail)
    with pytest.raises(Exception, match=r"crawl\.db\.new: disk I/O error"):
        restore(layout)
    assert layout.crawl_db.read_bytes() == before
    monkeypatch.undo()
    assert restore(layout).moved == "crawl.db.lost-1"


def test_damage_is_stepped_over_and_told(layout: Layout) -> None:
    before = {row[2] for row in rows(layout.crawl_db, _STATE)}
    file = files(layout.warc)[0]
    response = next(
        member
        for number, member in enumerate(MemberWalk(file.path))
        if number > 20 and member.get("warc-type") == "response"
    )
    data = bytearray(file.path.read_bytes())
    data[response.offset + response.length - 5] ^= 0xFF
    file.path.write_bytes(data)
    lose(layout)
    restored = restore(layout)
    assert [problem.partition(": ")[0] for problem in restored.problems] == [f"{file.name}@{response.offset}"]
    assert before - {row[2] for row in rows(layout.crawl_db, _STATE)} <= {response.get("warc-target-uri")}


def test_records_that_tell_no_site_or_no_head_or_were_cut(tmp_path: Path) -> None:
    layout = Layout(tmp_path / "a")
    create(layout)
    writer = new_writer(layout.warc)
    tagged = b'HTTP/1.1 200 OK\r\nETag: "old"\r\nEtag: "new"\r\n\r\npage'
    keep(writer, exchange(tagged, url="http://127.0.0.1:8001/whole"))
    cut = {"end": ExchangeEnd.TRUNCATED, "reason": "disconnect"}
    keep(writer, exchange(tagged, url="http://127.0.0.1:8001/cut", **cut))
    keep(writer, exchange(OK[:30], url="http://127.0.0.1:8001/cut-head", **cut))
    keep(writer, exchange(b"<html>", url="http://127.0.0.1:8001/old"))
    keep(writer, exchange(b"", url="http://127.0.0.1:8001/none", end=ExchangeEnd.FAILED, reason="refused"))
    keep(writer, exchange(OK, url="http://127.0.0.1:8001/robots.txt"))
    writer.append([raw_member(OK + b"of another tool")])
    writer.close()
    restored = restore(layout)
    assert rows(layout.crawl_db, "SELECT url, kind, depth, hops, status, etag FROM urls ORDER BY url") == [
        ("http://127.0.0.1:8001/cut", "link", 1, "L", 200, None),
        ("http://127.0.0.1:8001/robots.txt", "robots", 1, "L", 200, None),
        ("http://127.0.0.1:8001/whole", "link", 1, "L", 200, '"new"'),
    ]
    assert (restored.captures, restored.sites) == (3, ("echo",))


def test_an_answer_that_tells_nothing_does_not_hide_the_older_robots_txt(tmp_path: Path) -> None:
    layout = Layout(tmp_path / "a")
    create(layout)
    writer = new_writer(layout.warc)
    for place, cut in (("a", {}), ("b", {"end": ExchangeEnd.TRUNCATED, "reason": "disconnect"})):
        keep(writer, exchange(OK, url=f"http://{place}.example/robots.txt"))
        status = b"200 OK" if cut else b"503 Unavailable"
        later = b"HTTP/1.1 " + status + b"\r\nContent-Length: 9\r\n\r\npa"
        keep(writer, exchange(later, url=f"http://{place}.example/robots.txt", **cut))
    writer.close()
    restore(layout)
    first, _, second, _ = (
        m for m in MemberWalk(files(layout.warc)[0].path) if m.get("warc-type") == "response"
    )
    found = rows(
        layout.crawl_db, "SELECT state, status, offset, body_status, body_offset FROM urls ORDER BY url"
    )
    assert found[0][:2] == ("failed", 503)
    assert [row[3] for row in found] == [200, 200]
    assert [row[4] for row in found] == [first.offset, second.offset]
    assert all(row[2] > row[4] for row in found)


def test_an_archive_without_captures(tmp_path: Path) -> None:
    layout = Layout(tmp_path / "a")
    create(layout)
    assert restore(layout).urls == 0
    assert condition(layout.crawl_db) is None
