"""Manners: how often an authority is asked, by whom, and what ends in which state."""

from __future__ import annotations

import dataclasses
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiohttp import ClientConnectorDNSError
from aiohttp.client_reqrep import ConnectionKey
from scrapy import Request
from scrapy.exceptions import CannotResolveHostError
from twisted.python.failure import Failure

from archive.layout import Layout
from archive.types import RecordRef, Site
from crawler import discover, frontier
from crawler.authorities import LONGEST_REST, MAX_REST, Authorities, Pace, retry_after
from crawler.cli.init import create
from crawler.crawldb import CrawlDb
from crawler.rights import FILES
from crawler.robots import MAX_AGE, rules_of
from crawler.spiders.news import NewsSpider
from crawler.task import NEVER_VISITED, Kept, Offer, Task
from crawler.turns import Past, Turns
from tests.crawler import polite_sites
from tests.crawler.polite_server import Bound, PoliteServer, Reply, manners, reply
from tests.crawler.support import rows, run

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SITE = Site("one", seeds=("http://a.example/",), delay=1.0)
HERE = "a.example:80"


@dataclasses.dataclass
class Clock:
    now: float = 100.0

    def __call__(self) -> float:
        return self.now


def known(clock: Clock) -> Authorities:
    made = Authorities(2.0, clock)
    made.add(HERE, SITE)
    return made


def test_the_delay_counts_from_the_end_of_the_exchange() -> None:
    clock = Clock()
    authorities = known(clock)
    assert authorities[HERE].due < clock.now
    clock.now = 130.0
    authorities.left(HERE)
    assert authorities[HERE].due == 131.0
    authorities.add(HERE, dataclasses.replace(SITE, name="two", delay=5.0))
    assert authorities[HERE].due == 135.0
    authorities.learn(HERE, rules_of(200, b"User-agent: *\nCrawl-delay: 9", "Gazette"))
    assert authorities[HERE].due == 139.0


def test_rules_hold_for_a_day() -> None:
    clock = Clock()
    authorities = known(clock)
    assert not authorities.rules_hold(HERE)
    authorities.learn(HERE, rules_of(404, b"", "Gazette"), age=3600.0)
    clock.now += MAX_AGE - 3600.0
    assert authorities.rules_hold(HERE)
    clock.now += 1.0
    assert not authorities.rules_hold(HERE)


def test_a_slow_server_is_asked_less_often_and_a_quick_one_as_before() -> None:
    pace = Pace()
    for _ in range(9):
        pace.heard(0.4)
    assert pace.delay == 0.0
    for _ in range(20):
        pace.heard(3.0)
    assert pace.delay == pytest.approx(6.0, rel=0.01)
    for _ in range(20):
        pace.heard(500.0)
    assert pace.delay == 30.0
    for _ in range(20):
        pace.heard(0.1)
    assert pace.delay == 0.0


def test_refusals_make_it_slower_each_time_and_good_answers_quicker_again() -> None:
    clock = Clock()
    authorities = known(clock)
    delays = []
    for _ in range(12):
        authorities.strained(HERE)
        delays.append(authorities[HERE].delay)
    assert delays[:4] == [2.0, 4.0, 8.0, 16.0]
    assert delays[-1] == 300.0
    for _ in range(40):
        authorities.eased(HERE)
        delays.append(authorities[HERE].delay)
    assert delays[12:] == sorted(delays[12:], reverse=True)
    assert delays[-1] == SITE.delay


def test_a_rest_is_waited_for_or_ends_the_work_of_this_run() -> None:
    clock = Clock()
    authorities = known(clock)
    assert not authorities.leave_alone(HERE, MAX_REST, "HTTP 429")
    assert authorities[HERE].due == clock.now + MAX_REST
    assert list(authorities.idle())
    assert authorities.leave_alone(HERE, 10**9, "HTTP 429")
    assert authorities[HERE].due == clock.now + LONGEST_REST
    assert list(authorities.idle()) == []
    assert authorities.resting(HERE) == f"{HERE} is left alone until a later run: HTTP 429"


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120.0),
        (" 7 ", 7.0),
        ("Sun, 01 Mar 2026 12:00:30 GMT", 30.0),
        ("Sun, 01 Mar 2026 12:00:30 -0000", 30.0),
        ("Sunday, 01-Mar-26 12:00:30 GMT", 30.0),
        ("Sun, 01 Mar 2020 12:00:30 GMT", 0.0),
        ("9" * 400, 999_999_999.0),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("", None),
        (None, None),
        ("Sun, 99 Mar 2026 12:00:30 GMT", None),
    ],
)
def test_retry_after(value: str | None, seconds: float | None) -> None:
    assert retry_after(value, NOW) == seconds


def test_one_process_has_the_turn_and_the_next_knows_what_was(tmp_path: Path) -> None:
    one, other = Turns(tmp_path), Turns(tmp_path)
    assert one.take(HERE) == Past(HERE)
    assert other.take(HERE) is None
    assert other.take("b.example:80") is not None
    one.begin(HERE, 50.0)
    one.end(HERE, 51.0)
    one.rest(HERE, 90.0, "HTTP 503")
    one.give_back(HERE)
    past = other.take(HERE)
    assert past is not None
    assert (past.ended_at, past.rest_until, past.why) == (51.0, 90.0, "HTTP 503")
    assert (past.since(53.0), past.rest(60.0, 100.0), past.rest(60.0, 10.0)) == (2.0, 30.0, 10.0)


def test_an_exchange_that_a_kill_ended_has_ended_now(tmp_path: Path) -> None:
    script = (
        "import os, sys, time; from pathlib import Path; from crawler.turns import Turns\n"
        f"turns = Turns(Path(sys.argv[1])); turns.take({HERE!r}); turns.begin({HERE!r}, time.time())\n"
        "os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=False, timeout=60)
    turns = Turns(tmp_path)
    past = turns.take(HERE)
    assert past is not None
    assert past.ended_at >= past.asked_at > 0
    turns.give_back(HERE)
    assert turns.take(HERE) == past  # said once: time goes on from here


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b'{"authority": "c.example:80"}', b'{"asked_at": "x"}'])
def test_a_torn_file_tells_nothing(data: bytes, tmp_path: Path) -> None:
    turns = Turns(tmp_path)
    turns.take(HERE)
    turns.close(5.0)
    (path,) = tmp_path.glob("authority-*")
    path.write_bytes(data)
    assert turns.take(HERE) == Past(HERE)


def offer(url: str, kind: str = "link") -> Offer:
    return discover.offer(f"http://a.example{url}", kind, depth=0, hops="", via=None)


def fetched(db: CrawlDb, kind: str, status: int) -> tuple[Task, str | None]:
    number = db.begin_round("one", NOW)
    db.force("one", number, offer(f"/{kind}", kind))
    task = db.head("one", HERE, 0.0)
    assert task is not None
    ref = RecordRef("a.warc.gz", 0, 1)
    db.keep(task, "run", Kept(ref, "id", status, None, None, NOW, None, None, whole=status < 500))
    return task, db.expand(task, number, [], NEVER_VISITED)[1]


@pytest.mark.parametrize(
    ("kind", "status", "why"),
    [
        ("link", 200, None),
        ("link", 301, None),
        ("link", 304, None),
        ("link", 404, "HTTP 404"),
        ("link", 429, "HTTP 429"),
        ("link", 503, "HTTP 503"),
        ("robots", 404, None),
        ("robots", 429, "HTTP 429"),
        ("robots", 503, "HTTP 503"),
        ("rights", 404, None),
        ("rights", 500, "HTTP 500"),
    ],
)
def test_a_final_error_is_a_failure_with_its_status(
    kind: str, status: int, why: str | None, tmp_path: Path
) -> None:
    db = CrawlDb(tmp_path / "crawl.db")
    _, said = fetched(db, kind, status)
    assert said == why
    (row,) = rows(tmp_path / "crawl.db", "SELECT state, reason, status FROM urls")
    assert row == ("failed" if why else "expanded", why, status)
    assert db.fetched("one", 1) == 1


def test_what_fails_without_an_answer_has_no_status(tmp_path: Path) -> None:
    db = CrawlDb(tmp_path / "crawl.db")
    task, _ = fetched(db, "link", 200)
    db.force("one", 1, offer("/link"))
    db.settle(task, "run-2", "failed", "reset")
    assert rows(tmp_path / "crawl.db", "SELECT state, reason, status, run FROM urls") == [
        ("failed", "reset", None, "run-2")
    ]
    assert db.fetched("one", 1) == 0


def test_force_leaves_alone_what_is_kept_and_not_expanded(tmp_path: Path) -> None:
    db = CrawlDb(tmp_path / "crawl.db")
    number = db.begin_round("one", NOW)
    db.offer("one", number, [offer("/robots.txt", "robots")])
    task = db.head("one", HERE, 0.0)
    assert task is not None
    ref = RecordRef("a.warc.gz", 0, 1)
    db.keep(task, "run", Kept(ref, "id", 200, None, None, NOW, None, None))
    assert db.force("one", number, offer("/robots.txt", "robots")) == 0
    assert rows(tmp_path / "crawl.db", "SELECT state, round FROM urls") == [("kept", number)]
    db.expand(task, number, [], NEVER_VISITED)
    assert db.force("one", number, offer("/robots.txt", "robots")) == 1


def test_a_new_round_tries_what_waits_from_the_start(tmp_path: Path) -> None:
    db = CrawlDb(tmp_path / "crawl.db")
    db.offer("one", db.begin_round("one", NOW), [offer("/a")])
    task = db.head("one", HERE, 0.0)
    assert task is not None
    db.postpone(task, 1e12, "HTTP 503")
    db.finish_round("one", NOW)
    db.begin_round("one", NOW)
    again = db.head("one", HERE, 0.0)
    assert again is not None
    assert again.attempts == 0


def test_nobody_is_asked_twice_at_once_nor_under_its_delay(tmp_path: Path) -> None:
    treated, code = polite_sites.crawl(tmp_path / "a", len(polite_sites.KINDS), slow=0.1)
    assert code == 0
    assert {one.sites for one in treated} == {1, 2}
    for one in treated:
        assert one.manners.visits >= polite_sites.FEW, one
        assert one.manners.at_once == 1, one
        assert one.manners.late == (), one
        assert one.rested, one


def test_two_runs_at_once_share_an_authority_as_one(tmp_path: Path) -> None:
    with PoliteServer({"host": lambda path, before: reply(200, "x", pause=0.05)}) as server:
        base = server.bases["host"]
        layout = one_site(tmp_path / "a", *(f"{base}/a{n}" for n in range(4)))
        text = (layout.sites / "one.toml").read_text("utf-8").replace("delay = 0", "delay = 0.1")
        (layout.sites / "one.toml").write_text(text, "utf-8")
        (layout.sites / "two.toml").write_text(text.replace("/a", "/b"), "utf-8")
        command = [sys.executable, "-m", "crawler.cli", "--archive", str(layout.root), "crawl", "--no-index"]
        both = [subprocess.Popen([*command, name], stdout=subprocess.DEVNULL) for name in ("one", "two")]
        assert [process.wait(timeout=60) for process in both] == [0, 0]
        assert {path for path in server.asked("host") if len(path) == 3} == {
            f"/{s}{n}" for s in "ab" for n in range(4)
        }
        how = manners(server.visits, [Bound(0.1)])
        assert (how.at_once, how.late) == (1, ())


def one_site(root: Path, *seeds: str) -> Layout:
    layout = Layout(root)
    create(layout)
    add_site(layout, "one", *seeds)
    return layout


def add_site(layout: Layout, name: str, *seeds: str) -> None:
    text = f"seeds = {list(seeds)}\ndelay = 0\nallow_private = true\nfollow = false\n"
    (layout.sites / f"{name}.toml").write_text(text, encoding="utf-8")


@dataclasses.dataclass
class Told:
    """What came of a run: its exit code, how each site ended, states by path, the paths asked for."""

    code: int
    reasons: dict[str, str]
    states: dict[str, dict[str, tuple[str, str | None]]]
    asked: dict[str, list[str]]


def told(layout: Layout, server: PoliteServer, *names: str) -> Told:
    """One more run over some sites; a robots.txt that can't be had is asked for again at once."""
    before = len(server.visits)
    ended = run(layout, *names, index=False, GAZETTE_RETRY_AFTER="0.05", GAZETTE_MAX_SECONDS=60)
    found = rows(layout.crawl_db, "SELECT site, url, state, reason FROM urls WHERE kind != 'robots'")
    states: dict[str, dict[str, tuple[str, str | None]]] = {}
    for site, url, state, reason in found:
        states.setdefault(site, {})["/" + url.split("/", 3)[3]] = (state, reason)
    by_run = "SELECT site, run_sites.reason FROM runs JOIN run_sites ON run = id ORDER BY runs.rowid"
    reasons = dict(rows(layout.crawl_db, by_run))
    return Told(ended.code, reasons, states, {name: server.asked(name, before) for name in server.bases})


class Moody:
    """Three authorities: one that rests, one whose robots.txt breaks, and one whose can't be had."""

    broken = False

    def rests(self, path: str, before: int) -> Reply:
        return reply(429, Retry_After="7200") if path == "/a" else reply(200, "x")

    def breaks(self, path: str, before: int) -> Reply:
        if path == "/robots.txt":
            return reply(503) if self.broken else reply(200, "User-agent: *\nDisallow: /b")
        return reply(404) if path == "/c" else reply(200, "x")

    def never(self, path: str, before: int) -> Reply:
        return reply(503, Retry_After="600") if before == 2 else reply(503)


@pytest.fixture(scope="module")
def moods(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, list[Told]]]:
    """Where the resting one is, and three runs: over it alone, over all, and when the other's is broken."""
    mood = Moody()
    with PoliteServer({"rests": mood.rests, "breaks": mood.breaks, "never": mood.never}) as server:
        layout = Layout(tmp_path_factory.mktemp("moods") / "a")
        create(layout)
        for name, base in server.bases.items():
            add_site(layout, name, f"{base}/a", f"{base}/b", f"{base}/c")
        runs = [told(layout, server, "rests"), told(layout, server)]
        mood.broken = True
        yield server.bases["rests"][7:], [*runs, told(layout, server, "breaks")]


def test_a_long_retry_after_ends_the_run_and_holds_in_the_next(moods: tuple[str, list[Told]]) -> None:
    place, (first, second, _) = moods
    assert first.code == 18
    assert first.asked["rests"][-1] == "/a"
    for one in (first, second):
        assert one.reasons["rests"] == f"{place} is left alone until a later run: HTTP 429"
        assert {one.states["rests"][path][0] for path in ("/a", "/b", "/c")} == {"queued"}
    assert second.asked["rests"] == []


def test_an_older_robots_txt_counts_while_there_is_none_to_be_had(moods: tuple[str, list[Told]]) -> None:
    _, (_, second, third) = moods
    for one in (second, third):
        states = one.states["breaks"]
        assert states["/a"] == ("expanded", None)
        assert states["/b"] == ("refused", "robots.txt")
        assert states["/c"] == ("failed", "HTTP 404")
    assert third.asked["breaks"].count("/robots.txt") == 3
    assert third.asked["breaks"].count("/c") == 1


def test_nothing_waits_for_an_authority_whose_robots_txt_can_not_be_had(
    moods: tuple[str, list[Told]],
) -> None:
    _, (_, second, _) = moods
    assert second.asked["never"] == ["/robots.txt"] * 3
    # It is to be left alone for ten minutes; the run has one.
    assert (second.code, second.reasons["never"][:8]) == (0, "no page:")
    refused = ("refused", "robots.txt unreachable: HTTP 503")
    assert second.states["never"] == dict.fromkeys(("/a", "/b", "/c", *FILES), refused)


@pytest.mark.parametrize(("number", "settled"), [(socket.EAI_NONAME, "failed"), (socket.EAI_AGAIN, None)])
def test_a_host_that_there_is_not_is_not_asked_for_again(
    number: int, settled: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    ends: list[str | None] = []

    class Queue:
        def postpone(self, task: Task, reason: str) -> bool:
            ends.append(None)
            return True

        def settle(self, task: Task, state: str, reason: str, kind: str) -> None:
            assert kind == "dns"
            ends.append(state)

    monkeypatch.setattr(frontier, "of", lambda crawler: Queue())
    monkeypatch.setattr(NewsSpider, "crawler", None, raising=False)
    error = CannotResolveHostError("no-such-name.example")
    key = ConnectionKey("no-such-name.example", 80, False, True, None, None, None)
    error.__cause__ = ClientConnectorDNSError(key, socket.gaierror(number, "not known"))
    task = Task(1, "one", "http://no-such-name.example/", "", "link", 0, "", None, 0, None)
    failure = Failure(error)  # type: ignore[no-untyped-call]
    failure.request = Request(task.url, meta={frontier.TASK: task})  # type: ignore[attr-defined]
    NewsSpider().failed(failure)
    assert ends == [settled]
