"""Counts by period add up, and a period without any stands there."""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import pytest

from archive.db import open_reader
from archive.research.expression import to_fts
from archive.research.search import count
from archive.research.timeline import By, timeline
from archive.types import Query
from scripts.benchmarks.german import FUNCTION_WORDS
from tests.research.generated import ARTICLES, write

WORD = FUNCTION_WORDS[60]


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    path: Path = tmp_path_factory.mktemp("generated") / "index.db"
    write(path)
    with closing(open_reader(path)) as connection:
        yield connection


def label(day: date, by: By) -> str:
    year, week, _ = day.isocalendar()
    return {
        By.DAY: str(day),
        By.WEEK: f"{year}-W{week:02d}",
        By.MONTH: str(day)[:7],
        By.YEAR: str(day)[:4],
    }[by]


@pytest.mark.parametrize("by", list(By))
@pytest.mark.parametrize("since", [None, date(2007, 12, 31), date(2009, 1, 15)])
def test_periods_add_up_without_a_gap(index: sqlite3.Connection, by: By, since: date | None) -> None:
    query = Query(WORD, since=since)
    periods = timeline(index, query, by)
    days = [
        date.fromisoformat(row["day"])
        for row in index.execute(
            """SELECT day FROM articles JOIN articles_fts ON articles_fts.rowid = pk
                WHERE articles_fts MATCH ? AND day >= ?""",
            (to_fts(WORD), str(since or date.min)),
        )
    ]
    assert sum(period.articles for period in periods) == count(index, query) == len(days)
    for period in periods:
        assert period.articles == sum(label(day, by) == period.name for day in days)
        assert period.articles <= period.all
        assert label(period.first, by) == label(period.last, by) == period.name
        assert period.share == (period.articles / period.all if period.all else None)
    for one, other in itertools.pairwise(periods):
        assert other.first == one.last + timedelta(days=1)
    assert periods[0].first <= (since or min(days)) <= periods[0].last
    assert periods[-1].last >= max(days)


def test_days_asked_for_stand_there_without_any_match(index: sqlite3.Connection) -> None:
    query = Query("Xylophonfabrikant", since=date(2006, 1, 30), until=date(2006, 3, 2))
    months = timeline(index, query, By.MONTH)
    assert [(month.name, month.articles) for month in months] == [
        ("2006-01", 0),
        ("2006-02", 0),
        ("2006-03", 0),
    ]
    assert 0 < sum(month.all for month in months) < ARTICLES
    assert timeline(index, Query("Xylophonfabrikant"), By.DAY) == []


def test_shares_are_of_the_articles_that_pass_the_filters(index: sqlite3.Connection) -> None:
    site = index.execute("SELECT site FROM articles GROUP BY 1 ORDER BY count(*) DESC").fetchone()[0]
    years = timeline(index, Query(WORD, site=site, language="de"), By.YEAR)
    for year in years:
        (number,) = index.execute(
            "SELECT count(*) FROM articles WHERE site = ? AND language = 'de' AND day LIKE ?",
            (site, f"{year.name}%"),
        ).fetchone()
        assert year.all == number


def test_weeks_are_those_of_iso_8601(index: sqlite3.Connection) -> None:
    query = Query("Xylophonfabrikant", since=date(2008, 12, 29), until=date(2010, 1, 3))
    weeks = timeline(index, query, By.WEEK)
    assert (weeks[0].name, weeks[0].first) == ("2009-W01", date(2008, 12, 29))
    assert (weeks[-1].name, weeks[-1].last) == ("2009-W53", date(2010, 1, 3))
    assert len(weeks) == 53


@pytest.mark.parametrize("day", [date.min, date.max])
def test_the_ends_of_the_calendar(index: sqlite3.Connection, day: date) -> None:
    for by in By:
        (period,) = timeline(index, Query("Xylophonfabrikant", since=day, until=day), by)
        assert period.first <= day <= period.last
