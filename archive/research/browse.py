"""Looking through articles without words to search for: the newest that pass the filters come first."""

from __future__ import annotations

import sqlite3

from archive.db import moment
from archive.research.answers import Answer, Place, place_of
from archive.research.meant import everything
from archive.research.pages import with_pages_of
from archive.research.search import hit
from archive.types import Order, Query

_NEWEST = "SELECT rowid AS pk {matches} ORDER BY rowid DESC LIMIT :limit"
_READ = """SELECT id, url, site, title, text, day, warc, offset, length FROM articles WHERE pk = ?"""
# Each name once, by a jump behind the last one: no row is read.
_SITES = """WITH RECURSIVE names (found) AS (
        SELECT min(site) FROM documents WHERE site IS NOT NULL
        UNION ALL SELECT (SELECT min(site) FROM documents WHERE site > found) FROM names
            WHERE found IS NOT NULL)
    SELECT found FROM names WHERE found IS NOT NULL"""


def browse(connection: sqlite3.Connection, query: Query) -> Answer:
    """The newest articles that pass the filters, ``query.limit`` of them; its text is not looked at.

    A snippet is the beginning of the text. Raises BadQuery for a wrong ``query.after``.
    """
    with with_pages_of(connection, query) as source, moment(source):
        found = everything(source, query)
        last = int(found.values["last"] or 0)
        if query.after:
            last = min(last, place_of(query.after).pk - 1)
        values = found.values | {"last": last, "limit": query.limit + 1}
        rows = source.execute(_NEWEST.format(matches=found.sql), values).fetchall()
        numbers = [row["pk"] for row in rows[: query.limit]]
        return Answer(
            hits=tuple(hit(source.execute(_READ, (number,)).fetchone(), None, ()) for number in numbers),
            order=Order.DATE,
            capped=False,
            next=str(Place(numbers[-1], None)) if len(rows) > query.limit and numbers else None,
            facets=None,
        )


def sites(connection: sqlite3.Connection) -> list[str]:
    """Names of the sites that have any document, in order."""
    return [name for (name,) in connection.execute(_SITES)]
