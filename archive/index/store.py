"""The one writer of an index. Every method that writes is one transaction: all or nothing."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence, Set
from contextlib import contextmanager
from pathlib import Path

from archive.db import BUSY_MS, open_writer, transaction
from archive.errors import ArchiveError, DiskFull, Locked
from archive.index import entry, generation, relate, runs, schema
from archive.index.rows import Row, capture_of, capture_row, clean, failure_row, rights_rows
from archive.index.workers import Result
from archive.types import Capture, Failure, RecordRef
from archive.urls import canonical
from archive.warc.reader import Entry, Unanswered, WarcFile

_PAGE = 500
TRIM_BYTES = 64 << 20
"""The write-ahead log is emptied when it is longer. Most pages that a batch changes are changed by the next
few too, and are brought into the database once for all of these."""
_PAGE_BYTES = 4096
_CACHE_KIB = 64 << 10
"""What is kept of the database in memory. A batch changes more pages than SQLite's own 2 MB hold, which then
go to the log and come back within one transaction."""


class Store:
    """An open index. ``extractor`` is the key it is begun under if it doesn't exist yet."""

    def __init__(self, path: Path, extractor: str) -> None:
        """Raises ArchiveError when the file is no index, or one of another version."""
        self.path = path
        with self._told():
            self._connection = open_writer(path)
            self._connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
            self._connection.execute(f"PRAGMA wal_autocheckpoint = {TRIM_BYTES // _PAGE_BYTES}")
            # Debian's SQLite writes zeros over all that is deleted, and the full text deletes what it merges.
            self._connection.execute("PRAGMA secure_delete = OFF")
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
        generation.check(self._connection, self.path)
        with transaction(self._connection):
            relate.renew_stems(self._connection)

    def close(self) -> None:
        """Bring everything into the database file itself and close it."""
        self._connection.close()

    def indexed_offset(self, name: str) -> tuple[int, bool]:
        """How many bytes of a WARC file are indexed, and whether it was sealed then."""
        row = self._connection.execute(
            "SELECT indexed_offset, sealed FROM warc_files WHERE name = ?", (name,)
        ).fetchone()
        return (row["indexed_offset"], bool(row["sealed"])) if row else (0, False)

    def add_captures(
        self,
        file: WarcFile,
        entries: Sequence[Entry],
        offset: int,
        unanswered: Sequence[Unanswered] = (),
        software: str | None = None,
    ) -> None:
        """Take in what was found in a file, and with it the offset up to which it was looked through.

        Of ``unanswered`` attempts those that are known are passed over. ``software`` wrote the file.
        """
        with self._writing() as connection:
            changes = relate.Changes()
            for found in entries:
                row = capture_row(found)
                entry.insert(connection, "captures", row)
                if row["redirect_to"] is not None:
                    changes.lineages.urls |= {str(row["redirect_to"]), canonical(found.capture.url) or ""}
                if found.record_type == "revisit":
                    changes.revisits.add((found.capture.ref.warc, found.capture.ref.offset))
            runs.add(connection, entries, unanswered)
            state: Row = {
                "name": file.name,
                "indexed_offset": offset,
                "sealed": int(file.sealed),
                "software": software and clean(software),
            }
            entry.insert(connection, "warc_files", state, conflict="OR REPLACE")
            relate.settle(connection, changes)

    def count_new(self) -> int:
        """How many captures wait for an outcome."""
        with self._told():
            row = self._connection.execute("SELECT count(*) FROM captures WHERE outcome IS NULL").fetchone()
        return int(row[0])

    def new_captures(
        self, number: int = _PAGE, *, newest_first: bool = False, but: Set[RecordRef] = frozenset()
    ) -> list[Capture]:
        """Up to ``number`` captures that wait for an outcome, without those in ``but``."""
        order = "captured_at DESC, warc DESC, offset DESC" if newest_first else "warc, offset"
        with self._told():
            rows = self._connection.execute(
                f"SELECT * FROM captures WHERE outcome IS NULL ORDER BY {order} LIMIT ?",  # noqa: S608 - from above
                (number + len(but),),
            ).fetchall()
        found = [capture for row in rows if (capture := capture_of(row)).ref not in but]
        return found[:number]

    def captures_at(self, numbers: Sequence[int]) -> Iterator[Capture]:
        """The captures whose rows have these rowids, in that order."""
        with self._told():
            yield from captures_at(self._connection, numbers)

    def write(self, results: Iterable[Result]) -> int:
        """Take in outcomes and all that follows from them. Gives the number of documents that are new."""
        with self._writing() as connection:
            changes = relate.Changes()
            added = sum(self._write_result(connection, result, changes) for result in results)
            relate.settle(connection, changes)
        return added

    def _write_result(self, connection: sqlite3.Connection, result: Result, changes: relate.Changes) -> bool:
        place = (result.capture.ref.warc, result.capture.ref.offset)
        outcome, added, document_id = result.outcome, False, None
        before = connection.execute(
            "SELECT outcome, document_id FROM captures WHERE warc = ? AND offset = ?", place
        ).fetchone()
        # Per capture, not per document: the same page may come with other headers another time.
        connection.execute("DELETE FROM rights WHERE warc = ? AND offset = ?", place)
        if isinstance(outcome, Failure):
            entry.insert(connection, "failures", failure_row(outcome, result.capture), conflict="OR REPLACE")
        else:
            document_id = outcome.id
            entry.insert(connection, "rights", *rights_rows(outcome))
            added = entry.write(connection, outcome, changes)
            changes.sources.add(place)
            changes.documents.add(outcome.id)
            if before["outcome"] == "failure":
                connection.execute("DELETE FROM failures WHERE warc = ? AND offset = ?", place)
        if before["document_id"] not in (None, document_id):
            entry.lose(connection, before["document_id"], place, changes)
            changes.sources.add(place)
        connection.execute(
            """UPDATE captures SET outcome = ?, document_id = ?, extractor = ?, content_digest = ?
                WHERE warc = ? AND offset = ?""",
            (
                "failure" if document_id is None else "document",
                document_id,
                outcome.extractor,
                result.content_digest,
                *place,
            ),
        )
        return added

    def adopt(self, extractor: str) -> None:
        """Call ``extractor`` the key of this index if no outcome has another one."""
        with self._writing() as connection:
            connection.execute(
                """UPDATE meta SET value = ? WHERE key = 'extractor' AND value <> ?
                    AND NOT EXISTS (SELECT 1 FROM captures WHERE extractor <> ?)""",
                (extractor, extractor, extractor),
            )

    def trim(self) -> int:
        """Bring the write-ahead log into the database as far as readers allow. Gives its bytes after that."""
        wal = self.path.with_name(self.path.name + "-wal")
        try:
            if wal.stat().st_size < TRIM_BYTES:
                return wal.stat().st_size
            # Not with the usual patience: a reader may take hours, and the next batch tries again.
            self._connection.execute("PRAGMA busy_timeout = 0")
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            self._connection.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
            return wal.stat().st_size
        except FileNotFoundError:
            return 0

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


def captures_at(connection: sqlite3.Connection, numbers: Sequence[int]) -> Iterator[Capture]:
    """The captures whose rows have these rowids, in that order."""
    for start in range(0, len(numbers), _PAGE):
        page = numbers[start : start + _PAGE]
        rows = connection.execute(
            f"SELECT rowid AS number, * FROM captures WHERE rowid IN ({', '.join('?' * len(page))})",  # noqa: S608 - marks
            tuple(page),
        ).fetchall()
        found = {row["number"]: row for row in rows}
        yield from (capture_of(found[number]) for number in page)
