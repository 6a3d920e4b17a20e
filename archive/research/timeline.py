"""How many articles match in each day, week, month or year, and what share of all articles they are."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from archive.index.rownumbers import HASH_BITS, day_of
from archive.research import facets
from archive.research.matches import Matches, matches
from archive.research.meant import everything, meant
from archive.research.pages import with_pages_of
from archive.types import Query


class By(StrEnum):
    DAY = "day"
    WEEK = "week"  # ISO 8601: from Monday; week 1 holds the first Thursday of the year
    MONTH = "month"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class Period:
    """A day, week, month or year. One without any article stands there, too, with zeros."""

    name: str  # 2026-02-03, 2026-W06, 2026-02 or 2026
    first: date
    last: date  # inclusive
    articles: int  # that match
    all: int  # that pass the filters of the query, whatever their words

    @property
    def share(self) -> float | None:
        """Of all; None where there are none."""
        return self.articles / self.all if self.all else None


_BEGIN: dict[By, Callable[[date], date]] = {
    By.DAY: lambda day: day,
    By.WEEK: lambda day: day - timedelta(days=min(day.weekday(), day.toordinal() - 1)),
    By.MONTH: lambda day: day.replace(day=1),
    By.YEAR: lambda day: day.replace(month=1, day=1),
}


def timeline(connection: sqlite3.Connection, query: Query, by: By) -> list[Period]:
    """All periods from the query's first day, else the first match's, to its last one. Raises BadQuery.

    No match and no days asked for: an empty list.
    """
    with with_pages_of(connection, query) as source:
        return _line(source, query, matches(source, query), query, lambda first, last: by)[1]


def fitted(connection: sqlite3.Connection, query: Query, most: int) -> tuple[By, list[Period]]:
    """A time line by the shortest periods of which there are no more than ``most``; else by years.

    A query without words is one for all articles that pass its filters; there ``Period.all`` are all
    articles, whatever their filters. Raises BadQuery.
    """
    behind = query if query.text.strip() else Query("", since=query.since, until=query.until, kind=query.kind)
    with with_pages_of(connection, query) as source:
        found = meant(source, query)
        return _line(source, query, found, behind, lambda first, last: _fitting(first, last, most))


def _line(
    connection: sqlite3.Connection,
    query: Query,
    found: Matches,
    behind: Query,  # its filters are those of Period.all
    choose: Callable[[date, date], By],
) -> tuple[By, list[Period]]:
    matching = facets.days(connection, found, query)
    if not matching and (query.since is None or query.until is None):
        return By.DAY, []
    first = query.since or day_of(min(matching) << HASH_BITS)
    last = query.until or day_of(max(matching) << HASH_BITS)
    by = choose(first, last)
    begun, ended = _BEGIN[by](first), _end(last, by)
    behind = replace(behind, since=query.since or begun, until=query.until or ended)
    everyone = facets.days(connection, everything(connection, behind), behind)
    counts, totals = _gathered(matching, by), _gathered(everyone, by)
    return by, [
        Period(_name(day, by), day, _end(day, by), counts[day], totals[day])
        for day in _periods(begun, ended, by)
    ]


def _fitting(first: date, last: date, most: int) -> By:
    days = (last - first).days + 1
    for by, length in ((By.DAY, 1), (By.WEEK, 7), (By.MONTH, 30)):
        if days / length <= most:
            return by
    return By.YEAR


def _gathered(days: Counter[int], by: By) -> Counter[date]:
    gathered: Counter[date] = Counter()
    for number, articles in days.items():
        gathered[_BEGIN[by](day_of(number << HASH_BITS))] += articles
    return gathered


def _periods(first: date, last: date, by: By) -> Iterator[date]:
    while first <= last:
        yield first
        ended = _end(first, by)
        if ended == date.max:
            return
        first = ended + timedelta(days=1)


def _end(day: date, by: By) -> date:
    """The last day of the period that a day is in."""
    if by is By.DAY:
        return day
    if by is By.WEEK:
        return day + timedelta(days=min(6 - day.weekday(), date.max.toordinal() - day.toordinal()))
    if by is By.YEAR or day.month == 12:
        return day.replace(month=12, day=31)
    return day.replace(month=day.month + 1, day=1) - timedelta(days=1)


def _name(first: date, by: By) -> str:
    if by is By.WEEK:
        year, week, _ = first.isocalendar()
        return f"{year}-W{week:02d}"
    return first.isoformat()[: {By.DAY: 10, By.MONTH: 7, By.YEAR: 4}[by]]
