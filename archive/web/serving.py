"""The reading room as an ASGI application: Datasette on the index, with what people may ask of it."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from datasette.app import Datasette
from datasette.database import Database
from datasette.utils.asgi import BadRequest, Request
from datasette.views.base import DatasetteError

from archive.errors import NoArchive
from archive.index.generation import current
from archive.layout import Layout
from archive.research.datasette import metadata
from archive.research.replay import Place
from archive.web import room
from archive.web.headers import Send
from archive.web.visitors import Visited

__all__ = ["Datasette", "close", "follow", "house"]

_View = Callable[[Request, Send], Awaitable[Any]]

_SETTINGS = {
    "sql_time_limit_ms": 2_000,  # bounded in visitors.py; this is what people are told
    "max_returned_rows": 1_000,
    "num_sql_threads": 3,
    "allow_download": False,
    "allow_csv_stream": False,  # it would ask without an end; the exports of the search page have all rows
    "suggest_facets": False,  # 130 queries for a page of documents; a column's menu has it all the same
    "default_cache_ttl": 0,
}


def house(
    layout: Layout, *, title: str, source: str, replay: Place | str | None, secret: str | None = None
) -> Datasette:
    """Datasette over an archive; its ``app()`` is the application. Raises NoArchive without an index.

    ``replay`` is where pywb answers, ``http://host:port`` if it lets in everybody; cookies are signed by
    ``secret``, if not by one that is drawn at each start.
    """
    if current(layout) is None:
        raise NoArchive(f"{layout.root}: nothing is indexed yet; run: gazette index")
    described = metadata("index", title, source)
    described["plugins"] = {"gazette": {"archive": str(layout.root.resolve()), "title": title}}
    from datasette import handle_exception  # a plugin of Datasette: it must not be imported before Datasette

    handle_exception.rich = None  # else it prints what each function knew at every 404
    made = _House([str(layout.index)], metadata=described, settings=_SETTINGS, secret=secret)
    if replay is not None:
        room.beside(made, Place(replay) if isinstance(replay, str) else replay)
        made.client.app = made.app()  # the one it was made with frames nothing
    return made


def follow(house: Datasette) -> None:
    """Let go of the files of generations that were replaced, also where nobody asks any more."""
    for database in house.databases.values():
        if isinstance(database, Visited):
            database.follow()
    if (found := room.of(house)) is not None:
        found.readers.follow()


def close(house: Datasette) -> None:
    """End what is asked, and the processes that answer."""
    for database in house.databases.values():
        if isinstance(database, Visited):
            database.close()
    if (found := room.of(house)) is not None:
        found.readers.close()


class _House(Datasette):  # type: ignore[misc]
    """Datasette with our kind of database. It looks for plugins' pages before its constructor ends."""

    def add_database(self, db: Database, name: str | None = None, route: str | None = None) -> Database:
        ours = db if db.path is None else Visited(self, Path(db.path))
        return super().add_database(ours, name, route)

    def _routes(self) -> list[tuple[re.Pattern[str], _View]]:
        """Datasette's own pages take a parameter that is no number for a fault of theirs: here it is 400."""
        return [
            (pattern, _answered(view) if view.__module__.startswith("datasette.views") else view)
            for pattern, view in super()._routes()
        ]


def _answered(view: _View) -> _View:
    async def answered(request: Request, send: Send) -> Any:
        try:
            return await view(request, send)
        except (ValueError, LookupError, TypeError, AssertionError, sqlite3.Error) as error:
            raise BadRequest(f"This can't be answered: {error}") from None
        except DatasetteError as error:
            if error.status == 500:  # "Cannot sort table by ..."
                error.status = 400
            raise

    return answered
