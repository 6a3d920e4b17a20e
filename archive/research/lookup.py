"""What a person names - a URL or the beginning of an id - as what the index calls it."""

from __future__ import annotations

import sqlite3

from archive.errors import BadQuery
from archive.research import documents
from archive.urls import canonical

_HOPS = 5


def is_url(named: str) -> bool:
    """Whether a person named an address and no id."""
    return "://" in named


def stored_url(connection: sqlite3.Connection, named: str) -> str:
    """The URL of a document that is stored: of the id, of the URL, or where its redirects lead.

    Raises BadQuery when there is none.
    """
    if not is_url(named):
        return str(documents.get(connection, named)["url"])
    url = canonical(named.strip()) or named
    for _ in range(_HOPS):
        if connection.execute("SELECT 1 FROM documents WHERE url = ? LIMIT 1", (url,)).fetchone():
            return url
        row = connection.execute(_REDIRECT, (url,)).fetchone()
        if row is None:
            break
        url = row["redirect_to"]
    raise BadQuery(
        f"{named!r}: nothing is stored under this URL; look for words of the article with: gazette search",
        "no_url",
        url=named,
    )


_REDIRECT = """SELECT redirect_to FROM captures WHERE url = ? AND status >= 300 AND status <> 304
    AND redirect_to IS NOT NULL ORDER BY captured_at DESC LIMIT 1"""
