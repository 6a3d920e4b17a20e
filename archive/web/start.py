"""The start page: what the archive holds, and what came in last."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import TYPE_CHECKING

from archive.research.stories import Story, stories

if TYPE_CHECKING:
    from datasette.utils.asgi import Response

    from archive.web.visit import Visit

_NEWEST = "SELECT id, site, title, url, day FROM articles ORDER BY pk DESC LIMIT 12"
_STORIES = 6
_HELD = """SELECT (SELECT count(*) FROM documents INDEXED BY documents_newest
        WHERE newest = 1 AND kind = 'article') AS articles,
    (SELECT max(last_captured_at) FROM documents) AS last,
    (SELECT count(DISTINCT site) FROM documents) AS outlets"""


@dataclass(frozen=True, slots=True)
class _Found:
    held: sqlite3.Row
    newest: list[sqlite3.Row]
    stories: list[Story]


async def page(visit: Visit) -> Response:
    """The page ``/``."""
    return await visit.page("start.html", found=await visit.ask(_find))


def _find(connection: sqlite3.Connection) -> _Found:
    told = stories(connection, since=None, until=None, outlets=2, limit=_STORIES)
    return _Found(connection.execute(_HELD).fetchone(), connection.execute(_NEWEST).fetchall(), list(told))
