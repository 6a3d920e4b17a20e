"""The one writer of an index. Every method that writes is one transaction: all or nothing."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from archive.db import open_writer, transaction
from archive.errors import ArchiveError, DiskFull, Locked
from archive.index import proofs, relate, schema
from archive.index.rows import (
    Row,
    author_rows,
    capture_of,
    capture_row,
    cut_rows,
    document_row,
    failure_row,
    suspect_rows,
    teaser_rows,
)
from archive.index.workers import Result
from archive.types import Capture, Document, Failure
from archive.warc.reader import Entry, WarcFile

_PAGE = 500


class Store:
    """An open index. ``extractor`` is the key it is begun under if it doesn't exist yet."""

    def __init__(self, path: Path, extractor: str) -> None:
        """Raises ArchiveError when the file is no index, or one of another version."""
        self.path = path
        with self._told():
            self._connection = open_writer(path)
        try:
            with self._told():
                self._prepare(extractor)
        except BaseException:
            self._connection.close()
            raise

    def _prepare(self, extractor: str) -> None:
        if not self._connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone():
            with transaction(self._connection):
                schema.create(self._connection, extractor)
        schema.check(self._connection, self.path)

    def close(self) -> None:
        """Bring everything into the database file itself and close it."""
        self._connection.close()

    def indexed_offset(self, name: str) -> tuple[int, bool]:
        """How many bytes of a WARC file are indexed, and whether it was sealed then."""
        row = self._connection.execute(
            "SELECT indexed_offset, sealed FROM warc_files WHERE name = ?", (name,)
        ).fetchone()
        return (row["indexed_offset"], bool(row["sealed"])) if row else (0, False)

    def add_captures(self, file: WarcFile, entries: Sequence[Entry], offset: int) -> None:
        """Take in what was found in a file, and with it the offset up to which it was looked through."""
        with self._writing() as connection:
            changes = relate.Changes()
            for entry in entries:
                _insert(connection, "captures", capture_row(entry))
                if entry.record_type == "revisit":
                    changes.revisits.add((entry.capture.ref.warc, entry.capture.ref.offset))
            row: Row = {"name": file.name, "indexed_offset": offset, "sealed": int(file.sealed)}
            _insert(connection, "warc_files", row, conflict="OR REPLACE")
            relate.settle(connection, changes)

    def count_new(self) -> int:
        """How many captures wait for an outcome."""
        with self._told():
            row = self._connection.execute("SELECT count(*) FROM captures WHERE outcome IS NULL").fetchone()
        return int(row[0])

    def new_captures(self) -> Iterator[Capture]:
        """The captures that wait for an outcome, each one once, while outcomes are written in between."""
        place = ("", -1)
        while True:
            with self._told():
                rows = self._connection.execute(
                    """SELECT * FROM captures WHERE outcome IS NULL AND (warc, offset) > (?, ?)
                        ORDER BY warc, offset LIMIT ?""",
                    (*place, _PAGE),
                ).fetchall()
            yield from map(capture_of, rows)
            if len(rows) < _PAGE:
                return
            place = (rows[-1]["warc"], rows[-1]["offset"])

    def write(self, results: Iterable[Result]) -> int:
        """Take in outcomes and all that follows from them. Gives the number of documents that are new."""
        with self._writing() as connection:
            changes = relate.Changes()
            added = sum(self._write_result(connection, result, changes) for result in results)
            relate.settle(connection, changes)
        return added

    def _write_result(self, connection: sqlite3.Connection, result: Result, changes: relate.Changes) -> bool:
        place = (result.capture.ref.warc, result.capture.ref.offset)
        outcome = result.outcome
        added = False
        if isinstance(outcome, Failure):
            _insert(connection, "failures", failure_row(outcome, result.capture), conflict="OR REPLACE")
        else:
            added = _write_document(connection, outcome, changes)
            changes.sources.add(place)
            changes.documents.add(outcome.id)
        connection.execute(
            """UPDATE captures SET outcome = ?, document_id = ?, extractor = ?, content_digest = ?
                WHERE warc = ? AND offset = ?""",
            (
                "failure" if isinstance(outcome, Failure) else "document",
                None if isinstance(outcome, Failure) else outcome.id,
                outcome.extractor,
                result.content_digest,
                *place,
            ),
        )
        return added

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._told(), transaction(self._connection) as connection:
            yield connection

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Say what SQLite's errors mean for a person."""
        try:
            yield
        except sqlite3.DatabaseError as error:
            code = getattr(error, "sqlite_errorcode", None)
            if code == sqlite3.SQLITE_FULL:
                raise DiskFull(
                    f"{self.path}: no space left on the disk; make room, then go on with: gazette index"
                ) from None
            if code == sqlite3.SQLITE_BUSY:
                raise Locked(f"{self.path}: another program is writing to the index; close it") from None
            if code in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_CANTOPEN):
                raise ArchiveError(
                    f"{self.path}: can't be used ({error}); make it anew with: gazette index --rebuild"
                ) from None
            raise


def _write_document(connection: sqlite3.Connection, document: Document, changes: relate.Changes) -> bool:
    """Store a document unless an earlier capture has it already. Whether it was not there at all.

    The row is the outcome of the earliest capture of that content, whichever comes first to the index.
    """
    stored = connection.execute("SELECT * FROM documents WHERE id = ?", (document.id,)).fetchone()
    place = (document.capture.ref.warc, document.capture.ref.offset)
    site = connection.execute("SELECT site FROM captures WHERE warc = ? AND offset = ?", place).fetchone()
    row = document_row(document, site["site"] if site else None)
    if stored is not None:
        if _age(stored) <= _age(row):
            return False
        proofs.leave(connection, document.id, changes.touched)
        relate.withdraw(connection, stored["pk"])
        for table in ("authors", "teasers", "suspects", "cuts"):
            connection.execute(f"DELETE FROM {table} WHERE document_id = ?", (document.id,))  # noqa: S608 - from above
    row["pk"] = _claim(connection, int(row["pk"] or 0), document.id, changes)
    if stored is None:
        _insert(connection, "documents", row)
    else:
        names = ", ".join(f"{name} = :{name}" for name in row)
        connection.execute(f"UPDATE documents SET {names} WHERE id = :id", row)  # noqa: S608 - names of columns
    _insert(connection, "authors", *author_rows(document))
    _insert(connection, "teasers", *teaser_rows(document))
    _insert(connection, "suspects", *suspect_rows(document))
    _insert(connection, "cuts", *cut_rows(document))
    proofs.arrive(connection, document.id, changes.touched)
    changes.promoters.add(document.id)
    return stored is None


def _age(row: Row | sqlite3.Row) -> tuple[str, str, str, int]:
    """What the captures of one content are ordered by. Record ids may repeat in foreign files."""
    return (str(row["captured_at"]), str(row["record_id"]), str(row["warc"]), int(row["offset"] or 0))


def _claim(connection: sqlite3.Connection, number: int, document_id: str, changes: relate.Changes) -> int:
    """The row number for a document: its own, or where two share one, the next for the greater id.

    Whoever comes later, the same ids end on the same numbers.
    """
    holder = connection.execute("SELECT id FROM documents WHERE pk = ?", (number,)).fetchone()
    if holder is None or holder["id"] == document_id:
        return number
    if holder["id"] < document_id:
        return _claim(connection, number + 1, document_id, changes)
    relate.withdraw(connection, number)
    moved = _claim(connection, number + 1, holder["id"], changes)
    connection.execute("UPDATE documents SET pk = ? WHERE pk = ?", (moved, number))
    changes.documents.add(holder["id"])
    return number


def _insert(connection: sqlite3.Connection, table: str, *rows: Row, conflict: str = "") -> None:
    if not rows:
        return
    names = ", ".join(rows[0])
    values = ", ".join(f":{name}" for name in rows[0])
    sql = f"INSERT {conflict} INTO {table} ({names}) VALUES ({values})"  # noqa: S608 - names of columns
    connection.executemany(sql, rows)
