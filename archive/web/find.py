"""The search page, and what loads beside it, as it takes longer: the time line and the facets."""

from __future__ import annotations

import re
import sqlite3
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from datasette.utils.asgi import Response

from archive.errors import ArchiveError, BadQuery
from archive.research import facets, search
from archive.research.answers import Answer, Counts
from archive.research.browse import browse, sites
from archive.research.meant import meant
from archive.research.pages import with_pages_of
from archive.research.plainsql import statement
from archive.research.timeline import By, Period, fitted
from archive.types import Kind
from archive.web.handing import FORMATS, MOST
from archive.web.readers import TooSlow
from archive.web.timeplot import TimePlot, timeplot
from archive.web.visit import Missing
from archive.web.visit import wrong as told
from archive.web.wanted import Wanted, wanted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from archive.types import Query
    from archive.web.tongue import Tongue
    from archive.web.visit import Visit

_PAGE = 20
"""Hits of a page."""
_COLUMNS = 100
"""Periods of a time line."""
_COUNTED = 20_000
"""So many of the newest matches are looked at for facets: more would take longer than people wait."""
_SECONDS = 4.0
"""Of each of the two: nobody waits for them to read on."""
_FACETS = ("site", "section", "author", "language", "paywall")
_MARKED = re.compile("\x02([^\x03]*)\x03")


@dataclass(frozen=True, slots=True)
class _Counted:
    """What stands beside the hits."""

    total: int
    plot: TimePlot | None
    facets: Mapping[str, Counts] | None  # None: it takes too long
    newest: int | None  # the facets are those of so many of the newest; None: of all


async def page(visit: Visit) -> Response:
    """``/find``: hits of the words, or the newest articles that pass the filters; ``count=1`` counts them.

    A search that can't be understood or takes too long is shown again, with what is wrong.
    """
    asked = wanted(visit)
    answer: Answer | None = None
    counted: _Counted | None = None
    wrong: ArchiveError | None = None
    try:
        query = asked.query(_PAGE, visit.asked("after"))
        answer = await visit.ask(lambda connection: _answer(connection, query))
        if visit.asked("count"):
            counted = await _count(visit, asked)
    except (BadQuery, TooSlow) as error:
        wrong = error
    status = {BadQuery: 400, TooSlow: 503}[type(wrong)] if wrong else 200
    return await visit.page(
        "find.html",
        status=status,
        status_number=status,
        answer=answer,
        wrong=told(visit, wrong) if wrong else None,
        sites=await visit.ask(sites),
        after=visit.asked("after"),
        counted=counted,
        counts=bool(visit.asked("count")),
        formats=FORMATS,
        most=MOST,
        pieces=pieces,
        **_common(visit, asked),
    )


async def beside(visit: Visit) -> Response:
    """``/find/facets``: the time line and the facets alone, as a part of a page."""
    asked = wanted(visit)
    return await visit.page("find_beside.html", counted=await _count(visit, asked), **_common(visit, asked))


async def as_sql(visit: Visit) -> Response:
    """``/find/sql``: on to Datasette, with the search as SQL."""
    asked = wanted(visit)
    query = asked.query(_PAGE)
    put = await visit.ask(lambda connection: statement(connection, query, query.order))
    if put is None:
        raise Missing("a search through other pages than articles can't be put as SQL", "no_sql")
    database = visit.datasette.urls.database(visit.room.database)
    return Response.redirect(f"{database}?{urlencode({'sql': put.sql, **put.values})}")


def pieces(snippet: str) -> Iterator[tuple[bool, str]]:
    """The parts of a snippet, and whether each is what was asked for."""
    for number, part in enumerate(_MARKED.split(snippet)):
        if part:
            yield bool(number % 2), part


def _answer(connection: sqlite3.Connection, query: Query) -> Answer:
    return search.answer(connection, query) if query.text.strip() else browse(connection, query)


async def _count(visit: Visit, asked: Wanted) -> _Counted | None:
    """What there is to count; None where that takes too long. Raises BadQuery."""
    query = asked.query(_PAGE)
    try:
        by, periods = await visit.ask(
            lambda connection: fitted(connection, query, _COLUMNS), seconds=_SECONDS, lane="count"
        )
    except TooSlow:
        return None
    total = sum(period.articles for period in periods)
    counts: dict[str, Counts] | None = {}
    if total:
        try:
            counts = await visit.ask(
                lambda connection: _values(connection, query), seconds=_SECONDS, lane="count"
            )
        except TooSlow:
            counts = None
    plot = timeplot(by, [_within(query, period) for period in periods])
    return _Counted(total, plot, counts, _COUNTED if total > _COUNTED else None)


def _values(connection: sqlite3.Connection, query: Query) -> dict[str, Counts]:
    with with_pages_of(connection, query) as source:
        counts = facets.values(source, meant(source, query), query, _COUNTED)
    return {name: counts[name] for name in _FACETS if counts[name]}


def _within(query: Query, period: Period) -> Period:
    """The days of a period that were asked for."""
    first, last = query.since or date.min, query.until or date.max
    return replace(period, first=max(period.first, first), last=min(period.last, last))


def _common(visit: Visit, asked: Wanted) -> dict[str, Any]:
    """What both templates need."""
    tongue = visit.tongue
    return {
        "asked": asked,
        "kinds": tuple(Kind),
        "said_day": lambda text: _said_day(tongue, text),
        "called": lambda by, period: _called(tongue, by, period),
        "below": lambda by, period: _below(tongue, by, period),
    }


def _said_day(tongue: Tongue, text: str) -> str:
    """A day of the URL in words; what is none as it was typed."""
    try:
        return tongue.day(date.fromisoformat(text))
    except ValueError:
        return text


def _called(tongue: Tongue, by: By, period: Period) -> str:
    if by is By.WEEK:
        return tongue.say("find.timeline.week", day=tongue.day(period.first))
    if by is By.DAY:
        return tongue.day(period.first)
    return tongue.month(period.first) if by is By.MONTH else period.name


def _below(tongue: Tongue, by: By, period: Period) -> str:
    """A name that fits under an axis."""
    if by is By.MONTH:
        return f"{period.first:%m/%Y}"
    return period.name if by is By.YEAR else tongue.short(datetime.combine(period.first, time.min))
