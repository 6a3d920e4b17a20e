"""What is told of a trouble, and when: as it begins, as it ends, and little of what comes and goes."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from crawler.crawldb import CrawlDb
from crawler.health.nouns import Cause, Trouble
from crawler.notices.book import CALM, Book, Known, step
from crawler.notices.nouns import Event

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
TROUBLE = Trouble(
    "bote", Cause.DNS, NOW - HOUR, "its host can't be found", "https://bote.example/", "no name"
)


def told(hours: str, every: timedelta = HOUR) -> list[str]:
    """What is told over some looks: ``x`` where the trouble is there, ``.`` where it isn't."""
    known: Known | None = None
    events = []
    for number, mark in enumerate(hours):
        known, event = step(known, TROUBLE if mark == "x" else None, NOW + every * number)
        events.append(str(event) if event else "")
    return events


def test_once_when_it_begins_and_once_when_it_is_over() -> None:
    assert told("..xxx...") == ["", "", "found", "", "", "over", "", ""]


def test_what_comes_and_goes_is_told_once_as_that() -> None:
    events = told("x.x.x.x.x.x.x" + "." * 60)
    assert [event for event in events if event] == ["found", "over", "back", "over"]
    last = events[::-1].index("over")
    assert (60 - last) * HOUR > CALM  # only when it has been over for long


def test_what_comes_back_long_after_is_told_anew() -> None:
    events = told("x..x..x..", every=CALM)
    assert [event for event in events if event] == ["found", "over"] * 3


def test_it_began_when_it_began() -> None:
    known, _ = step(None, TROUBLE, NOW)
    later = Trouble("bote", Cause.DNS, NOW + HOUR, "its host can't be found")
    known, event = step(known, later, NOW + 2 * HOUR)
    assert event is None
    assert known is not None
    assert known.trouble.since == TROUBLE.since


def book(path: Path) -> Book:
    CrawlDb(path).close()
    return Book(path)


def test_a_restart_repeats_nothing(tmp_path: Path) -> None:
    path = tmp_path / "crawl.db"
    for number in range(3):
        with closing(book(path)) as opened:
            opened.enter([TROUBLE], ["bote", ""], ["email", "webhook"], NOW + number * HOUR)
            due = opened.due(["email", "webhook"], NOW)
            assert [(one.event, one.channel) for one in due] == [
                (Event.FOUND, "email"),
                (Event.FOUND, "webhook"),
            ][number:]
            if due:
                opened.delivered(due[0].id, NOW, None)
    with closing(book(path)) as opened:
        assert opened.open() == [TROUBLE]
        opened.enter([], ["bote"], ["email"], NOW + 9 * HOUR)
        assert opened.open() == []
        (over,) = opened.due(["email"], NOW)
        assert (over.event, over.over_at, over.trouble) == (Event.OVER, NOW + 9 * HOUR, TROUBLE)


def test_only_what_was_judged_is_over(tmp_path: Path) -> None:
    with closing(book(tmp_path / "crawl.db")) as opened:
        opened.enter([TROUBLE], ["bote"], [], NOW)
        opened.enter([], ["other", ""], [], NOW + HOUR)
        assert opened.open() == [TROUBLE]


def test_what_was_not_delivered_waits_with_the_reason_and_not_for_ever(tmp_path: Path) -> None:
    with closing(book(tmp_path / "crawl.db")) as opened:
        opened.enter([TROUBLE], ["bote"], ["email"], NOW)
        (due,) = opened.due(["email"], NOW)
        opened.delivered(due.id, NOW, "mail by smtp.example.org:587: timed out")
        assert opened.due(["email"], NOW + HOUR) == [due]
        assert opened.due(["webhook"], NOW + HOUR) == []
        assert opened.due(["email"], NOW + timedelta(days=15)) == []


def test_what_can_not_be_known_now_is_not_over(tmp_path: Path) -> None:
    with closing(book(tmp_path / "crawl.db")) as opened:
        opened.enter([TROUBLE], ["bote"], [], NOW)
        opened.enter([], ["bote"], [], NOW + HOUR, unknown={Cause.DNS})
        assert opened.open() == [TROUBLE]
