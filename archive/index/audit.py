"""Whether the index tells of the records that stand in the WARC files, and of no others."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

_TOLD = 20
"""Differences of one file that are told one by one; a lost table would give a million."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Where index and file don't agree."""

    offset: int
    kind: str  # not-indexed, not-in-file, double-id
    message: str  # one line


def indexed_up_to(connection: sqlite3.Connection, warc: str) -> int:
    """Byte up to which a file's records are in the index; 0 for a file that it doesn't know."""
    row = connection.execute("SELECT indexed_offset FROM warc_files WHERE name = ?", (warc,)).fetchone()
    return int(row[0]) if row is not None else 0


def differences(
    connection: sqlite3.Connection, warc: str, found: Mapping[int, str], end: int
) -> Iterator[Difference]:
    """Compare a file's rows before byte ``end`` with the captures found there: offset and record id."""
    rows = connection.execute(
        "SELECT offset, record_id FROM captures WHERE warc = ? AND offset < ?", (warc, end)
    )
    known = {int(row[0]): str(row[1]) for row in rows}
    there = {offset: record_id for offset, record_id in found.items() if offset < end}
    missing = sorted(there.keys() - known.keys())
    beyond = sorted(known.keys() - there.keys())
    other = sorted(offset for offset in there.keys() & known.keys() if there[offset] != known[offset])
    for offset in missing[:_TOLD]:
        yield Difference(offset, "not-indexed", "the index has no row for this record")
    for offset in beyond[:_TOLD]:
        yield Difference(offset, "not-in-file", "the index has a row for a record here, and there is none")
    for offset in other[:_TOLD]:
        yield Difference(offset, "not-in-file", "the index has a row for another record here")
    told = sum(min(len(some), _TOLD) for some in (missing, beyond, other))
    more = len(missing) + len(beyond) + len(other) - told
    if more:
        yield Difference(0, "not-indexed", f"{more} more records in which file and index differ")


def double_ids(connection: sqlite3.Connection) -> Iterator[tuple[str, Difference]]:
    """Records of our own, with their file, whose id another one has too. Strangers' ids do repeat."""
    rows = connection.execute(
        "SELECT warc, min(offset), record_id, count(*) FROM captures WHERE source IS NULL"
        " GROUP BY record_id HAVING count(*) > 1 ORDER BY 1, 2 LIMIT ?",
        (_TOLD,),
    )
    for warc, offset, record_id, count in rows:
        yield str(warc), Difference(int(offset), "double-id", f"{count} records have the id {record_id}")
