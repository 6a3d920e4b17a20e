"""The start page: what the archive holds, and what came in last."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from archive.research.overview import Held, held, newest, per_day
from archive.research.stories import Story, stories
from archive.web.plots import Bars, bars

if TYPE_CHECKING:
    from datasette.utils.asgi import Response

    from archive.web.visit import Visit

_NEWEST = 12
_STORIES = 6
_DAYS = 60
_OUTLETS = 12
"""Rows of the plot; the page of all outlets has the rest."""


@dataclass(frozen=True, slots=True)
class _Found:
    held: Held
    newest: list[sqlite3.Row]
    stories: list[Story]
    plot: Bars | None  # None while there is no article
    outlets: int


async def page(visit: Visit) -> Response:
    """The page ``/``."""
    return await visit.page("start.html", found=await visit.ask(_find), days=_DAYS)


def _find(connection: sqlite3.Connection) -> _Found:
    told = stories(connection, since=None, until=None, outlets=2, limit=_STORIES)
    numbers = held(connection)
    plot, outlets = None, 0
    if numbers.last is not None:
        counts = per_day(connection, numbers.last, _DAYS)
        shown = dict(list(counts.items())[:_OUTLETS])
        outlets = len(counts)
        plot = bars(shown, numbers.last - timedelta(days=_DAYS - 1), numbers.last)
    return _Found(numbers, newest(connection, _NEWEST), list(told), plot, outlets)
