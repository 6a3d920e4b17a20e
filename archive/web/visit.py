"""One request for a page of ours: what it may ask, and how what it found becomes a response."""

from __future__ import annotations

import logging
import re
import sqlite3
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Self, TypeVar

from datasette.app import Datasette
from datasette.utils.asgi import Request, Response

from archive.errors import ArchiveError, BadQuery
from archive.urls import host, is_loopback
from archive.web import room, statics
from archive.web.headers import OURS, named
from archive.web.readers import SECONDS, Lane, TooSlow
from archive.web.room import Room
from archive.web.tongue import Tongue, spoken

_T = TypeVar("_T")

_log = logging.getLogger(__name__)
_DAY = re.compile(r"\b(\d{1,2}\.?) (?=\D)")


class Missing(BadQuery):
    """There is no such page."""

    @classmethod
    def of(cls, error: BadQuery) -> Self:
        """A question that names nothing that is stored, where it is the path of a page."""
        return cls(str(error), error.kind, **error.values)


@dataclass(frozen=True, slots=True)
class Visit:
    """A request, and what it stands on."""

    datasette: Datasette
    request: Request
    room: Room
    tongue: Tongue

    def __getitem__(self, name: str) -> str:
        """A part of the path, by its name in the route."""
        part: str = self.request.url_vars[name]
        return part

    def asked(self, name: str) -> str | None:
        """A parameter of the query, without space around it; None where it is missing or empty."""
        value: str = (self.request.args.get(name) or "").strip()
        return value or None

    async def ask(
        self, work: Callable[[sqlite3.Connection], _T], seconds: float = SECONDS, lane: Lane = "page"
    ) -> _T:
        """What ``work`` gives for the index, in another thread. Raises TooSlow, and what ``work`` raises."""
        return await self.room.readers.ask(work, seconds, lane)

    def outlets(self) -> Callable[..., str]:
        """How an outlet is called, by its short name: as people know it. Of none, the host of ``url``."""
        names = self.room.outlets()
        return lambda site, url="": names.get(site, site) or host(url) or url

    def replay(self, url: str, captured_at: str, *, framed: bool = True) -> str | None:
        """Where this reader sees a capture as it was (see ``replay_url``); None where there is no such place.

        A replay that answers its own machine alone is none for those who come from elsewhere: their browser
        would look for it on theirs.
        """
        place = self.room.replay
        if place is None or (place.alone and not is_loopback(named(self.request.host)[0])):
            return None
        return place.url(url, captured_at, time.time(), framed=framed)

    async def page(self, template: str, *, status: int = 200, **context: Any) -> Response:
        """A page of ours: a template of templates/gazette with its words."""
        tongue = self.tongue
        html = await self.datasette.render_template(
            f"gazette/{template}",
            {
                "lang": tongue.language,
                "t": tongue.say,
                "num": tongue.number,
                "day": lambda value: _unbroken(tongue.day(value)),
                "moment": lambda value: _unbroken(tongue.moment(value)),
                "stretch": lambda since, until: _unbroken(tongue.stretch(since, until)),
                "short": tongue.short,
                "span": tongue.span,
                "cited": tongue.cited,
                "through": lambda since, until: _unbroken(tongue.through(since, until)),
                "tagged": tongue.called,
                "outlet": self.outlets(),
                "room": self.room,
                "database": self.room.database,
                "at": lambda path: self.datasette.urls.path(statics.versioned(path)),
                "here": self.request.path,
                **context,
            },
            request=self.request,
            view_name="gazette",
        )
        headers = {OURS: "1", "vary": "Accept-Language", "cache-control": "no-cache"}
        return Response.html(html, status=status, headers=headers)


def _unbroken(when: str) -> str:
    """A time as it stands on a page: at the end of a line, the number of a day stays with its month."""
    return _DAY.sub("\\1\u00a0", when)


Page = Callable[[Visit], Awaitable[Response]]


def view(page: Page) -> Callable[..., Awaitable[Response]]:
    """A page as Datasette calls it. What goes wrong is told on a page, never by a traceback."""

    async def called(request: Request, datasette: Datasette) -> Response:
        found = room.of(datasette)
        assert found is not None  # without it there are no routes
        visit = Visit(datasette, request, found, spoken(request.headers.get("accept-language", "")))
        try:
            return await page(visit)
        except Missing as error:
            return await _told(visit, 404, error)
        except BadQuery as error:
            return await _told(visit, 400, error)
        except TooSlow as error:
            return await _told(visit, 503, error)
        except ArchiveError as error:
            _log.error("%s", error)  # for whoever runs it; readers can do nothing about it
            return await _told(visit, 500, error)

    return called


async def lost(visit: Visit) -> Response:
    """What stands at an address that is none."""
    raise Missing(f"{visit.request.path}: nothing stands there", "no_page")


async def _told(visit: Visit, status: int, error: ArchiveError) -> Response:
    return await visit.page("told.html", status=status, wrong=wrong(visit, error), status_number=status)


def wrong(visit: Visit, error: ArchiveError) -> tuple[str, str | None]:
    """What is wrong in the reader's language, and the lines that mark where it is in what was asked."""
    mark = error.values.get("mark")
    said = visit.tongue.say(f"wrong.{error.kind}" if error.kind else "wrong", **error.values)
    return said, str(mark) if mark is not None else None
