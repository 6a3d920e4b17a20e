"""One request for a page of ours: what it may ask, and how what it found becomes a response."""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from datasette.app import Datasette
from datasette.utils.asgi import Request, Response

from archive.errors import ArchiveError, BadQuery
from archive.web import room, statics
from archive.web.headers import OURS
from archive.web.readers import SECONDS, Lane, TooSlow
from archive.web.room import Room
from archive.web.tongue import Tongue, spoken

_T = TypeVar("_T")


class Missing(ArchiveError):
    """There is no such page."""


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

    async def page(self, template: str, *, status: int = 200, **context: Any) -> Response:
        """A page of ours: a template of templates/gazette with its words."""
        tongue = self.tongue
        html = await self.datasette.render_template(
            f"gazette/{template}",
            {
                "lang": tongue.language,
                "t": tongue.say,
                "num": tongue.number,
                "day": tongue.day,
                "moment": tongue.moment,
                "short": tongue.short,
                "span": tongue.span,
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


Page = Callable[[Visit], Awaitable[Response]]


def view(page: Page) -> Callable[..., Awaitable[Response]]:
    """A page as Datasette calls it. What goes wrong is told on a page, never by a traceback."""

    async def called(request: Request, datasette: Datasette) -> Response:
        found = room.of(datasette)
        assert found is not None  # without it there are no routes
        visit = Visit(datasette, request, found, spoken(request.headers.get("accept-language", "")))
        try:
            return await page(visit)
        except BadQuery as error:
            return await _told(visit, 400, error)
        except Missing as error:
            return await _told(visit, 404, error)
        except TooSlow as error:
            return await _told(visit, 503, error)
        except ArchiveError as error:
            return await _told(visit, 500, error)

    return called


async def _told(visit: Visit, status: int, error: ArchiveError) -> Response:
    return await visit.page("told.html", status=status, said=str(error), status_number=status)
