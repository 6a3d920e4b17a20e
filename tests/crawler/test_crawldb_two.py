"""crawl.db of version 2: old files become new ones, visits are queued once, budgets starve nobody."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from archive.types import RecordRef, Site
from crawler import discover, visits
from crawler.choice import Choice
from crawler.crawldb import CrawlDb
from crawler.crawlschema import MIGRATIONS
from crawler.revisits import queue_due
from crawler.tally import Missing, Tally
from crawler.task import Answer, Kept, Offer, Task

NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)
SITE = Site("one", seeds=("https://one.example/",))
_OLD = """
INSERT INTO lanes VALUES (1, 'one', 'one.example:443');
INSERT INTO entries
    (lane, url, state, round, kind, rank, depth, hops, run, status, fetched_at, body_status, body_at)
VALUES (1, 'https://one.example/a', 'expanded', 3, 'link', 4e12, 1, 'L', 'run-1', 304,
        '2026-02-28T08:00:00.250000+00:00', 200, '2026-02-01T08:00:00+00:00'),
       (1, 'https://one.example/b', 'queued', 3, 'link', 4e12, 1, 'L', NULL, NULL, NULL, NULL, NULL),
       (1, 'https://one.example/c', 'failed', 3, 'link', 4e12, 1, 'L', 'run-1', 404,
        '2026-02-28T08:00:00+00:00', 404, '2026-02-28T08:00:00+00:00');
INSERT INTO rounds VALUES ('one', 3, '2026-02-28T08:00:00Z', '2026-02-28T08:10:00Z');
INSERT INTO runs VALUES ('run-1', '2026-02-28T08:00:00Z', '2026-02-28T08:10:00Z', '{}', 0, 'finished');
INSERT INTO run_sites VALUES ('run-1', 'one', 3, 1, 0, 1000, 'finished');
"""


@pytest.fixture
def db(tmp_path: Path) -> Iterator[CrawlDb]:
    made = CrawlDb(tmp_path / "crawl.db")
    yield made
    made.close()


def offer(name: str, kind: str = "link") -> Offer:
    return discover.offer(f"https://one.example/{name}", kind, depth=1, hops="L", via=None)


def visit(db: CrawlDb, task: Task, at: datetime, page: str = visits.ARTICLE, status: int = 200) -> None:
    kept = Kept(RecordRef("a", 0, 1), "urn:1", status, "text/html", "sha1:A", at, None, None)
    db.keep(task, "run-1", kept)
    db.expand(task, 1, (), visits.after(task, Answer(status, at), page, SITE.revisit))


def first_round(db: CrawlDb, *names: str, page: str = visits.ARTICLE) -> None:
    number = db.begin_round("one", NOW)
    db.offer("one", number, [offer(name) for name in names])
    for _ in names:
        task = db.head("one", "one.example:443", NOW.timestamp())
        assert task is not None
        visit(db, task, NOW, page)
    db.finish_round("one", NOW)


def queued(db: CrawlDb) -> list[str]:
    rows = db.connection.execute("SELECT url FROM entries WHERE state = 'queued' ORDER BY rank, id")
    return [url.removeprefix("https://one.example/") for (url,) in rows]


def due(db: CrawlDb, after: timedelta, site: Site = SITE, *, everything: bool = False) -> list[str]:
    number = db.begin_round("one", NOW + after)
    queue_due(db, site, number, NOW + after, everything=everything)
    return queued(db)


def test_a_file_of_version_1_becomes_a_new_one(tmp_path: Path) -> None:
    path = tmp_path / "crawl.db"
    old = sqlite3.connect(path)
    old.executescript(MIGRATIONS[0] + _OLD + "PRAGMA user_version = 1;")
    old.close()
    db = CrawlDb(path)
    assert db.connection.execute("PRAGMA user_version").fetchone()[0] == len(MIGRATIONS)
    assert (tmp_path / "crawl.db.v1.bak").exists()
    found = db.connection.execute(
        "SELECT url, state, page, first_at, visited_at, visit_at, gone FROM urls ORDER BY id"
    )
    first = datetime(2026, 2, 1, 8, tzinfo=UTC).timestamp()
    last = datetime(2026, 2, 28, 8, tzinfo=UTC).timestamp()
    assert [tuple(row)[1:] for row in found] == [
        ("expanded", None, first, last, None, 0),
        ("queued", None, None, None, None, 0),
        ("failed", None, None, None, None, 0),
    ]
    # What was known is fetched when it is found, and then has its place in the plan.
    number = db.begin_round("one", NOW)
    queue_due(db, SITE, number, NOW)
    assert queued(db) == ["b"]
    assert db.offer("one", number, [offer("a"), offer("c")]).queued == 2
    db.runs.begin("run-2", ["one"], {}, NOW, started_by="anna@server (timer)", config_digest="sha1:A")
    db.runs.count("run-2", {"one": {"fetched": 2, "new": 1}}, {"one": 1.5}, {})
    parts = db.connection.execute("SELECT run, fetched, new, changed, seconds FROM run_sites ORDER BY run")
    assert [tuple(row) for row in parts] == [("run-1", 3, None, None, None), ("run-2", 2, 1, 0, 1.5)]
    db.close()


def test_articles_are_visited_at_their_ages_and_not_because_they_are_found(db: CrawlDb) -> None:
    first_round(db, "a", "b")
    assert due(db, timedelta(minutes=59)) == []
    assert db.offer("one", 2, [offer("a"), offer("new")]).queued == 1
    assert due(db, timedelta(hours=1)) == ["new", "a", "b"]


def test_missed_ages_are_caught_up_once(db: CrawlDb) -> None:
    first_round(db, "a")
    assert due(db, timedelta(days=3)) == ["a"]
    task = db.head("one", "one.example:443", NOW.timestamp())
    assert task is not None
    visit(db, task, NOW + timedelta(days=3), status=304)
    db.finish_round("one", NOW)
    assert due(db, timedelta(days=3, hours=1)) == []
    assert due(db, timedelta(days=7)) == ["a"]


def test_what_a_round_does_not_reach_stays_due_and_is_done_once(db: CrawlDb) -> None:
    first_round(db, "a", "b")
    assert due(db, timedelta(hours=1)) == ["a", "b"]
    task = db.head("one", "one.example:443", NOW.timestamp())
    assert task is not None
    visit(db, task, NOW + timedelta(hours=1), status=304)
    # The run is killed, and goes on hours later in the same round: the first one isn't visited again in it.
    assert due(db, timedelta(hours=8)) == ["b"]
    db.finish_round("one", NOW)
    assert due(db, timedelta(hours=9)) == ["b", "a"]


def test_other_pages_are_fetched_when_they_are_found_at_their_pace(db: CrawlDb) -> None:
    first_round(db, "list", page=visits.OTHER)
    slow = Site("one", sections_every=7200.0)
    number = db.begin_round("one", NOW)
    soon, late = (visits.pace(slow, (NOW + timedelta(hours=h)).timestamp()) for h in (1, 2.1))
    assert db.offer("one", number, [offer("list")], soon).queued == 0
    assert db.offer("one", number, [offer("list")], late).queued == 1
    # Behind what is new, before what was found after it.
    db.offer("one", number, [offer("new")])
    assert queued(db) == ["new", "list"]


def test_all_that_is_known_can_be_asked_for(db: CrawlDb) -> None:
    first_round(db, "a", "b")
    assert due(db, timedelta(seconds=1), everything=True) == ["a", "b"]


def test_a_new_plan_holds_for_what_is_known(db: CrawlDb) -> None:
    first_round(db, "a")
    assert due(db, timedelta(minutes=11)) == []
    assert due(db, timedelta(minutes=11), Site("one", seeds=SITE.seeds, revisit=(600.0,))) == ["a"]
    never = Site("one", seeds=SITE.seeds, revisit=())
    first_round(db, "b")
    assert "b" not in due(db, timedelta(days=400), never)


def test_what_the_site_file_excludes_by_now_is_not_visited(db: CrawlDb) -> None:
    first_round(db, "a", "b")
    assert due(db, timedelta(hours=1), Site("one", seeds=SITE.seeds, deny=("/a$",))) == ["b"]


def test_refused_links_are_told_once_a_round(db: CrawlDb) -> None:
    number = db.begin_round("one", NOW)
    made = Offer(
        "https://one.example/x", "one.example:443", "link", 4e12, 1, "L", None, "denied by the site file"
    )
    assert [o.url for o in db.offer("one", number, [made]).refused] == [made.url]
    assert db.offer("one", number, [made]).refused == ()


def test_outcomes_add_up(db: CrawlDb) -> None:
    db.runs.begin("run", ["one"], {}, NOW)
    gone = Missing("failed", "gone", "link", "https://one.example/x", "HTTP 404", 2)
    for _ in range(2):
        db.runs.count("run", {"one": {"failed": 2}}, {"one": 1.0}, {"one": [gone]})
    assert [tuple(row) for row in db.connection.execute("SELECT * FROM run_outcomes")] == [
        ("run", "one", "failed", "gone", "link", 4, "https://one.example/x", "HTTP 404")
    ]


def test_new_pages_come_first_and_do_not_starve_revisits(db: CrawlDb) -> None:
    class Session:
        pass

    first_round(db, *(f"old-{n}" for n in range(4)))
    due(db, timedelta(hours=1))
    db.offer("one", 2, [offer(f"new-{n}") for n in range(20)])
    session = Session()
    session.db = db  # type: ignore[attr-defined]
    session.tallies = {"one": Tally()}  # type: ignore[attr-defined]
    choice = Choice(session, None, {}, lambda site, offers: None)  # type: ignore[arg-type]
    order = []
    for _ in range(24):
        task = choice._head("one", "one.example:443")
        assert task is not None
        choice._released["one", "one.example:443"] += 1
        visit(db, task, NOW)
        order.append("old" if "old" in task.url else "new")
    assert order == (["new"] * 4 + ["old"]) * 4 + ["new"] * 4
