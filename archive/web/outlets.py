"""All outlets side by side."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from archive.research.portrait import Days, Held, all_held, recent
from archive.web.plots import Row, bars

if TYPE_CHECKING:
    from datasette.utils.asgi import Response

    from archive.web.visit import Visit

_DAYS = 60
_HEIGHT = 22.0
_NOTHING = Days({}, {})


@dataclass(frozen=True, slots=True)
class _Outlet:
    """A line of the table."""

    held: Held
    days: Days  # of the last 60 days
    spark: Row | None  # to its own measure; None without an article in these days


@dataclass(frozen=True, slots=True)
class _All:
    outlets: tuple[_Outlet, ...]
    first: date | None  # of the 60 days
    last: date | None
    height: float


async def page(visit: Visit) -> Response:
    """The page ``/outlets``."""
    found = await visit.room.readers.kept("outlets", _find)
    called = visit.outlets()
    ordered = sorted(found.outlets, key=lambda one: (-one.held.articles, called(one.held.name)))
    return await visit.page("outlets.html", found=found, outlets=ordered, days=_DAYS)


def _find(connection: sqlite3.Connection) -> _All:
    found = all_held(connection)
    last = max((one.last for one in found if one.last is not None), default=None)
    if last is None:
        return _All(tuple(_Outlet(one, _NOTHING, None) for one in found), None, None, _HEIGHT)
    first = last - timedelta(days=_DAYS - 1)
    by_site = recent(connection, first)
    outlets = [_outlet(one, by_site.get(one.name, _NOTHING), first, last) for one in found]
    return _All(tuple(outlets), first, last, _HEIGHT)


def _outlet(held: Held, days: Days, first: date, last: date) -> _Outlet:
    plot = bars({held.name: days.articles}, first, last, _HEIGHT)
    return _Outlet(held, days, plot.rows[0] if plot.rows[0].bars else None)
