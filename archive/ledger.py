"""ledger.db: what was decided and found out by hand or by check, and can't be derived from anything.

So far: which WARC files were verified, when, and what was found. Versioned and migrated; it belongs into
every back-up.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from archive.db import failure_of, migrate, open_writer, transaction

_FIRST = """
CREATE TABLE verifications (
    id INTEGER PRIMARY KEY,
    warc TEXT NOT NULL,
    verified_at TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    records INTEGER NOT NULL,
    findings INTEGER NOT NULL
);
CREATE INDEX verifications_of ON verifications (warc, verified_at);
CREATE TABLE findings (
    verification INTEGER NOT NULL REFERENCES verifications (id),
    offset INTEGER NOT NULL,
    kind TEXT NOT NULL,
    message TEXT NOT NULL
)
"""

MIGRATIONS = (_FIRST,)
"""Statement lists: the n-th leads from version n to version n + 1. What has landed is never changed."""


@dataclass(frozen=True, slots=True)
class Verification:
    """One look at all of a WARC file."""

    warc: str
    verified_at: datetime
    bytes: int
    records: int
    findings: tuple[tuple[int, str, str], ...]  # offset, kind, message


class Ledger:
    """All reads and writes of ledger.db; each write is durable when it returns."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection = open_writer(path, full_sync=True)
        migrate(self._connection, path, MIGRATIONS)

    def close(self) -> None:
        self._connection.close()

    def note(self, found: Sequence[Verification]) -> None:
        """Enter what was verified. Raises ArchiveError when it can't be written."""
        try:
            with transaction(self._connection):
                for one in found:
                    self._note(one)
        except sqlite3.Error as error:
            raise failure_of(self._path, error) from error

    def _note(self, one: Verification) -> None:
        at = one.verified_at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        row = (one.warc, at, one.bytes, one.records, len(one.findings))
        number = self._connection.execute(
            "INSERT INTO verifications (warc, verified_at, bytes, records, findings) VALUES (?, ?, ?, ?, ?)",
            row,
        ).lastrowid
        self._connection.executemany(
            "INSERT INTO findings VALUES (?, ?, ?, ?)", [(number, *finding) for finding in one.findings]
        )

    def verified(self) -> dict[str, datetime]:
        """When each file was verified last."""
        rows = self._connection.execute("SELECT warc, max(verified_at) FROM verifications GROUP BY warc")
        return {warc: datetime.fromisoformat(at) for warc, at in rows}

    def with_findings(self, kinds: Sequence[str]) -> set[str]:
        """The files in which the last verification found something of these kinds."""
        # The last of a file is the one with the highest number: clocks are set back.
        rows = self._connection.execute(
            "SELECT warc, kind FROM verifications JOIN findings ON verification = id"
            " WHERE id IN (SELECT max(id) FROM verifications GROUP BY warc)"
        )
        return {warc for warc, kind in rows if kind in kinds}


@contextmanager
def opened(path: Path) -> Iterator[Ledger]:
    """The ledger while the block runs; made when there is none.

    Raises NoArchive for one of a newer Gazette.
    """
    try:
        ledger = Ledger(path)
    except sqlite3.Error as error:
        raise failure_of(path, error) from error
    try:
        yield ledger
    finally:
        ledger.close()
