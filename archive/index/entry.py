"""One document's rows in all tables: entered, replaced under another extractor, moved, removed.

Stage 1 keeps one row per URL and content: the outcome of the earliest capture of that content, whichever
comes first to the index, and whichever is extracted again.
"""

from __future__ import annotations

import sqlite3
from datetime import date
from itertools import count

from archive.index import proofs, relate, rownumbers, rows, versions
from archive.index.rows import Row
from archive.types import Document

_PARTS = ("authors", "teasers", "suspects", "cuts")
_NOWHERE = -(1 << 62)
"""A row number that no day has: where a document waits while its place is given to others."""


def write(connection: sqlite3.Connection, document: Document, changes: relate.Changes) -> bool:
    """Store a document unless an earlier capture has it already. Whether it was not there at all.

    A row that was made from the same record, under whatever extractor, is replaced.
    """
    stored = connection.execute("SELECT * FROM documents WHERE id = ?", (document.id,)).fetchone()
    place = (document.capture.ref.warc, document.capture.ref.offset)
    site = connection.execute("SELECT site FROM captures WHERE warc = ? AND offset = ?", place).fetchone()
    row = rows.document_row(document, site["site"] if site else None)
    if stored is not None:
        if _age(stored) < _age(row):
            return False
        _empty(connection, stored, changes)
        _leave_number(connection, stored, int(row["pk"] or 0), changes)
    row["pk"] = _claim(connection, int(row["pk"] or 0), document.id, changes)
    if stored is None:
        insert(connection, "documents", row)
    else:
        names = ", ".join(f"{name} = :{name}" for name in row)
        connection.execute(f"UPDATE documents SET {names} WHERE id = :id", row)  # noqa: S608 - names of columns
    insert(connection, "authors", *rows.author_rows(document))
    insert(connection, "teasers", *rows.teaser_rows(document))
    insert(connection, "suspects", *rows.suspect_rows(document))
    insert(connection, "cuts", *rows.cut_rows(document))
    proofs.arrive(connection, document.id, changes.touched)
    changes.promoters.add(document.id)
    return stored is None


def lose(
    connection: sqlite3.Connection, document_id: str, place: tuple[str, int], changes: relate.Changes
) -> None:
    """The capture at ``place`` doesn't give this document any more.

    If the row was made from it, the row goes, and the other captures of that content are new again: which
    of them gives the row now, and which, is for the extractor to say.
    """
    changes.documents.add(document_id)
    stored = connection.execute("SELECT * FROM documents WHERE id = ?", (document_id,)).fetchone()
    if (stored["warc"], stored["offset"]) != place:
        return
    _empty(connection, stored, changes)
    changes.touched.documents.discard(document_id)
    connection.execute("UPDATE teasers SET target_id = NULL WHERE target_id = ?", (document_id,))
    changes.revisits.update(
        (row["warc"], row["offset"])
        for row in connection.execute(
            "SELECT warc, offset FROM captures WHERE document_id = ? AND record_type = 'revisit'",
            (document_id,),
        )
    )
    connection.execute(
        """UPDATE captures SET document_id = NULL, extractor = NULL,
            outcome = CASE record_type WHEN 'revisit' THEN 'none' END WHERE document_id = ?""",
        (document_id,),
    )
    connection.execute("DELETE FROM documents WHERE id = ?", (document_id,))
    _close_gap(connection, stored["pk"], changes)


def insert(connection: sqlite3.Connection, table: str, *values: Row, conflict: str = "") -> None:
    """Add rows, all with the same columns; ``conflict`` is SQLite's "OR REPLACE" and the like."""
    if not values:
        return
    names = ", ".join(values[0])
    marks = ", ".join(f":{name}" for name in values[0])
    sql = f"INSERT {conflict} INTO {table} ({names}) VALUES ({marks})"  # noqa: S608 - names of columns
    connection.executemany(sql, values)


def _empty(connection: sqlite3.Connection, stored: sqlite3.Row, changes: relate.Changes) -> None:
    """Take out what hangs on a document's row, and what it says to other documents."""
    proofs.leave(connection, stored["id"], changes.touched)
    versions.forget(connection, stored["id"], changes.lineages)
    relate.withdraw(connection, stored["pk"], changes)
    changes.urls.add(stored["url"])
    for table in _PARTS:
        connection.execute(f"DELETE FROM {table} WHERE document_id = ?", (stored["id"],))  # noqa: S608 - from above


def _age(row: Row | sqlite3.Row) -> tuple[str, str, str, int]:
    """What the captures of one content are ordered by. Record ids may repeat in foreign files."""
    return (str(row["captured_at"]), str(row["record_id"]), str(row["warc"]), int(row["offset"] or 0))


def _natural(row: sqlite3.Row) -> int:
    """The number that a stored document has by its day and id, if no other has it."""
    return rownumbers.row_number(
        row["id"], date.fromisoformat(row["published_day"] or row["captured_at"][:10])
    )


def _claim(connection: sqlite3.Connection, number: int, document_id: str, changes: relate.Changes) -> int:
    """The row number for a document: its own, or where two share one, the next for the greater id.

    Whoever comes later, the same ids end on the same numbers.
    """
    holder = connection.execute("SELECT id FROM documents WHERE pk = ?", (number,)).fetchone()
    if holder is None or holder["id"] == document_id:
        return number
    if holder["id"] < document_id:
        return _claim(connection, number + 1, document_id, changes)
    moved = _claim(connection, number + 1, holder["id"], changes)
    _move(connection, holder["id"], number, moved, changes)
    return number


def _leave_number(
    connection: sqlite3.Connection, stored: sqlite3.Row, number: int, changes: relate.Changes
) -> None:
    """Give a replaced document's number free if it gets another: its day has changed."""
    if _natural(stored) != number:
        connection.execute("UPDATE documents SET pk = ? WHERE pk = ?", (_NOWHERE, stored["pk"]))
        _close_gap(connection, stored["pk"], changes)


def _close_gap(connection: sqlite3.Connection, gap: int, changes: relate.Changes) -> None:
    """Let those move up that were turned away from a number which is free now."""
    for number in count(gap + 1):
        row = connection.execute(
            "SELECT id, published_day, captured_at FROM documents WHERE pk = ?", (number,)
        ).fetchone()
        if row is None:
            return
        if _natural(row) <= gap:
            _move(connection, row["id"], number, gap, changes)
            gap = number


def _move(
    connection: sqlite3.Connection, document_id: str, old: int, new: int, changes: relate.Changes
) -> None:
    relate.withdraw(connection, old, changes)
    connection.execute("UPDATE documents SET pk = ? WHERE pk = ?", (new, old))
    changes.documents.add(document_id)
