"""From what a person holds - an id, a URL, a hit, a reference - to the record behind it."""

from __future__ import annotations

import sqlite3

from archive.errors import BadQuery
from archive.index.rows import capture_of
from archive.research import documents, lookup
from archive.research.articles import Article
from archive.research.kwic import Line
from archive.research.stories import Member
from archive.types import Capture, Hit, RecordRef

Named = str | RecordRef | Hit | Article | Line | Member
"""What leads to a record; a text is an id, the beginning of one, or a URL."""


def document_id(connection: sqlite3.Connection, named: str) -> str:
    """An id as it is; of a URL the document that stands for it. Raises BadQuery."""
    if not lookup.is_url(named):
        return named
    url = lookup.stored_url(connection, named)
    row = connection.execute(
        "SELECT id FROM documents WHERE url = ? ORDER BY newest DESC, captured_at DESC LIMIT 1", (url,)
    ).fetchone()
    return str(row["id"])


def capture(connection: sqlite3.Connection, named: Named) -> Capture:
    """The capture that a document was made of, or that a reference names. Raises BadQuery."""
    ref = _ref(connection, named)
    row = connection.execute(
        "SELECT * FROM captures WHERE warc = ? AND offset = ?", (ref.warc, ref.offset)
    ).fetchone()
    if row is None:
        raise BadQuery(f"{ref}: no capture in the index begins there", "no_capture", place=str(ref))
    return capture_of(row)


def _ref(connection: sqlite3.Connection, named: Named) -> RecordRef:
    if isinstance(named, RecordRef):
        return named
    if isinstance(named, Hit | Article):
        return named.ref
    stored = named.document_id if isinstance(named, Line | Member) else document_id(connection, named)
    document = documents.get(connection, stored)
    return RecordRef(document["warc"], document["offset"], document["length"])
