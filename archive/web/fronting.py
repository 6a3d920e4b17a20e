"""The front page of an outlet through time."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlencode

from archive.errors import BadQuery
from archive.research import fronts
from archive.research.fronts import Day, Front
from archive.research.stood import Page
from archive.web.outlet import known
from archive.web.strip import Strip, strip
from archive.web.visit import Missing

if TYPE_CHECKING:
    from datasette.utils.asgi import Response

    from archive.web.tongue import Tongue
    from archive.web.visit import Visit

_ROWS = 30
"""Stories in the plot."""
_OTHERS = 40
"""Pages to choose from: those with the shortest addresses."""


@dataclass(frozen=True, slots=True)
class _Found:
    front: Front
    pages: list[Page]
    days: list[Day]
    first: str  # capture of all, and the last one
    last: str
    plot: Strip


async def page(visit: Visit) -> Response:
    """``/outlet/NAME/front?at=ISO&page=URL``: the last capture until then, else the first; or the newest."""
    name, at = unquote(visit["name"]), _time(visit.asked("at"))
    found = await visit.ask(lambda connection: _find(connection, visit, name, at))
    asked = {"page": found.front.page.url} if visit.asked("page") else {}
    shot = found.front.shot
    return await visit.page(
        "front.html",
        found=found,
        front=found.front,
        name=name,
        clock=lambda text: _clock(text, shot.at, visit.tongue),
        stood=lambda since, until: _stood(since, until, shot.at, visit.tongue),
        query=lambda when: "?" + urlencode({"at": when, **asked}),
        replay=visit.replay(shot.url, shot.at),
        paged=bool(asked),
    )


def _find(connection: sqlite3.Connection, visit: Visit, name: str, at: datetime | None) -> _Found:
    known(connection, name)
    pages = fronts.pages(connection, name)
    asked = visit.asked("page")
    page = fronts.page_at(connection, name, asked) if asked else None
    page = page or fronts.chosen(pages, asked)
    front = fronts.front(connection, page, at) if page is not None else None
    ends = fronts.ends(connection, page) if page is not None else None
    if page is None or front is None or ends is None:
        raise Missing("no front page of this outlet is stored", "no_front_page")
    days = fronts.days(connection, page, front.shot.at)
    return _Found(front, pages[:_OTHERS], days, *ends, strip(front, _ROWS))


def _clock(text: str, shown: str, tongue: Tongue) -> str:
    """A time beside the capture that is shown: of the same day, the hour is enough."""
    return tongue.clock(text) if text[:10] == shown[:10] else tongue.moment(text)


def _stood(since: str, until: str, shown: str, tongue: Tongue) -> str:
    """From when to when, beside the capture that is shown."""
    if since[:10] == until[:10] != shown[:10]:
        return tongue.stretch(since, until)
    first, last = _clock(since, shown, tongue), _clock(until, shown, tongue)
    return first if first == last else tongue.say("span", since=first, until=last)


def _time(text: str | None) -> datetime | None:
    """What ``at`` means, in UTC where it names no zone; a day means its end."""
    if text is None:
        return None
    try:
        if len(text) == len("2026-01-01"):
            return datetime.combine(date.fromisoformat(text), time.max, UTC)
        read = datetime.fromisoformat(text)
        return read.astimezone(UTC) if read.tzinfo else read.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise BadQuery(
            f"at={text}: is no day or time as in 2026-03-01 or 2026-03-01T07:00:00Z", "no_time", value=text
        ) from None
