from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from archive.db import open_reader
from archive.errors import BadQuery
from archive.layout import Layout
from archive.research import fronts
from archive.research.stood import Page
from tests.web import hourly
from tests.web.hourly import FRONT, HOSTILE, PAGES, url

BEGAN = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return hourly.fill(Layout(tmp_path_factory.mktemp("fronts"))).index


@pytest.fixture
def connection(index: Path) -> Iterator[sqlite3.Connection]:
    with closing(open_reader(index)) as opened:
        yield opened


def hour(number: int) -> datetime:
    """Between a capture and the one after it."""
    return BEGAN + timedelta(hours=number, minutes=30)


def shown(connection: sqlite3.Connection, at: datetime | None, around: int = 100) -> fronts.Front:
    (page,) = fronts.pages(connection, "echo")
    found = fronts.front(connection, page, at, around)
    assert found is not None
    return found


def test_headlines_stand_in_the_order_of_the_page_at_that_time(connection: sqlite3.Connection) -> None:
    for number, lines in enumerate(PAGES):
        front = shown(connection, hour(number))
        assert [(story.place, story.headline) for story in front.stories] == list(enumerate(lines, 1))
        assert (front.earlier is None, front.later is None) == (number == 0, number == len(PAGES) - 1)
    assert shown(connection, None).shot == shown(connection, hour(4)).shot
    assert shown(connection, BEGAN - timedelta(days=9)).shot == shown(connection, hour(0)).shot


def test_since_when_and_until_when_each_stood_there(connection: sqlite3.Connection) -> None:
    found = {story.url: story for story in shown(connection, hour(2)).stories}
    brand, rat, new = found[url("Brand")], found[url("Rat")], found[url(HOSTILE)]
    hours = [f"2026-03-01T{number:02d}:00:00.250000Z" for number in range(5)]
    assert (brand.stay.seen_from, brand.stay.gone_by, brand.stay.before) == (hours[0], None, True)
    assert (rat.stay.seen_until, rat.stay.gone_by) == (hours[2], hours[3])
    assert (new.stay.seen_from, new.stay.gone_by, new.stay.before) == (hours[2], hours[4], False)
    assert (rat.place, rat.place_before, brand.place_before, new.place_before) == (2, 2, 1, None)
    assert [story.url for story in shown(connection, hour(2)).gone] == [url("Sieg")]
    derby = next(story for story in shown(connection, hour(4)).stories if story.url == url("Sieg"))
    assert [(stay.seen_from, stay.gone_by) for stay in derby.stays] == [
        (hours[0], hours[2]),
        (hours[3], None),
    ]
    assert derby.stay == derby.stays[1]


def test_other_headlines_of_a_story_in_order_of_time(connection: sqlite3.Connection) -> None:
    brand = next(story for story in shown(connection, hour(0)).stories if story.url == url("Brand"))
    assert [headline.text for headline in brand.headlines] == [
        "Brand am Hafen",
        "Brand am Hafen: Zwei Verletzte",
        "Brand am Hafen",
    ]
    assert brand.headlines[1].seen_until == "2026-03-01T03:00:00.250000Z"
    assert brand.title == "Brand am Hafen gelöscht"


def test_only_so_many_captures_around_are_looked_at(connection: sqlite3.Connection) -> None:
    front = shown(connection, hour(2), around=1)
    assert [shot.at[11:13] for shot in front.shots] == ["01", "02", "03"]
    assert all(story.stay.before == (story.url != url(HOSTILE)) for story in front.stories)


def test_what_stood_longest_and_what_is_not_stored(connection: sqlite3.Connection) -> None:
    (page,) = fronts.pages(connection, "echo")
    recent = fronts.recent(connection, page, 100, 2)
    assert recent is not None
    assert [(one.story.url, one.time) for one in recent.longest] == [
        (url("Brand"), timedelta(hours=4)),
        (url("Rat"), timedelta(hours=3)),
    ]
    # The address of `rat` leads to a stored page.
    assert [(one.url, one.status) for one in recent.unstored] == [(url(HOSTILE), None)]
    assert (recent.stories, recent.captures) == (4, 5)


def test_days_and_pages(connection: sqlite3.Connection) -> None:
    (page,) = fronts.pages(connection, "echo")
    assert page.url == FRONT
    (day,) = fronts.days(connection, page, "2026-03-02T00:00:00.250000Z")
    assert (day.day.isoformat(), day.captures) == ("2026-03-01", 5)
    assert fronts.front(connection, Page("https://b.example/", "example,b)/"), None) is None
    assert fronts.ends(connection, Page("https://b.example/", "example,b)/")) is None
    assert fronts.pages(connection, "foxtrot") == []
    with pytest.raises(BadQuery, match=r"b\.example"):
        fronts.chosen([page], "https://b.example/")
