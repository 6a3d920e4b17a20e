"""CDXJ: the sorted list of captures by which replay tools find a URL's bytes.

    captures | key, time and place of each, a line | sorted as bytes by SQLite, on disk where they are many

The lines are those that cdxj-indexer and pywb write, and hold what the index knows: no WARC file is read.
The digest is the payload digest as the record states it (``sha1:`` and base32 in our own).
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path

from archive.export.urlkey import urlkey
from archive.urls import surt
from archive.warc.names import files

_REVISIT = "warc/revisit"

_CANDIDATE = """(SELECT target.rowid FROM captures AS target
    WHERE target.url_key = surt_key(coalesce(REVISIT.refers_to_url, REVISIT.url))
        AND target.record_type <> 'revisit' AND WHICH
    ORDER BY target.captured_at, target.warc, target.offset LIMIT 1)"""
# "/" is the character behind "." in ASCII.
_AT_DATE = """target.captured_at BETWEEN substr(REVISIT.refers_to_date, 1, 19)
    AND substr(REVISIT.refers_to_date, 1, 19) || '/'"""
_SAME = "target.payload_digest = REVISIT.payload_digest"
_CANDIDATES = (_CANDIDATE.replace("WHICH", one) for one in (f"{_AT_DATE} AND {_SAME}", _AT_DATE, _SAME))
TARGET = f"coalesce({', '.join(_CANDIDATES)})"
"""SQL for the row of the capture whose content the revisit in REVISIT found again. Dates are compared to
the second, where many writers cut WARC-Refers-To-Date; else the first with the same payload counts."""

_LINE = """cdxj_line(found.url, found.captured_at, {told}.record_type, {told}.mime, {told}.status,
    {told}.payload_digest, {told}.length, {told}.offset, {told}.warc)"""
_PLAIN = """SELECT {line} AS line FROM {captures}
    WHERE found.record_type IN ('response', 'revisit', 'resource') {but}"""
_NOT_304 = "AND NOT (found.record_type = 'revisit' AND found.status IS 304)"
# "Not modified" is no page: in its place stands the page that was not modified, at the time of the asking.
_UNCHANGED = """SELECT {line} AS line FROM {captures} JOIN captures AS kept ON kept.rowid = {target}
    WHERE found.record_type = 'revisit' AND found.status = 304"""
_AFTER = """warc_files AS file CROSS JOIN captures AS found ON found.warc = file.name
    AND found.offset >= coalesce((SELECT value FROM json_each(:after) WHERE key = file.name), 0)"""


def lines(
    connection: sqlite3.Connection,
    *,
    after: Mapping[str, int] | None = None,
    names: Mapping[str, str] | None = None,
    replay: bool = False,
    chosen: str | None = None,
) -> Iterator[str]:
    """A line with its line break for each response, revisit and resource record, sorted as bytes are.

    ``after``: only captures from these bytes of the files on, as ``places`` gave them before.
    ``names``: what files are called, where that is not the index's name of them (``on_disk``).
    ``replay``: a revisit "304 Not Modified" is told as the capture that it found unchanged: pywb would show
    the 304 itself. Without it the line says what the record is, as other indexers do.
    ``chosen``: a table with ``warc`` and ``offset`` of the captures that are wanted.
    """
    called = names or {}

    def line(
        url: str,
        when: str,
        kind: str,
        mime: str | None,
        status: int | None,
        digest: str | None,
        length: int,
        offset: int,
        warc: str,
    ) -> str:
        fields = {
            "url": url,
            "mime": _REVISIT if kind == "revisit" else mime,
            "status": None if status is None else str(status),
            "digest": digest,
            "length": str(length),
            "offset": str(offset),
            "filename": called.get(warc, warc),
        }
        told = json.dumps({name: value for name, value in fields.items() if value is not None})
        return f"{urlkey(url)} {_timestamp(when)} {told}\n"

    connection.create_function("cdxj_line", 9, line, deterministic=True)
    prepare(connection)
    captures = "captures AS found"
    if chosen is not None:
        captures = f"{chosen} AS wanted CROSS JOIN captures AS found USING (warc, offset)"
    elif after is not None:
        captures = _AFTER
    sql = _PLAIN.format(line=_LINE.format(told="found"), captures=captures, but=_NOT_304 if replay else "")
    if replay:
        line_of_kept, target = _LINE.format(told="kept"), TARGET.replace("REVISIT", "found")
        sql += " UNION ALL " + _UNCHANGED.format(line=line_of_kept, captures=captures, target=target)
    for (text,) in connection.execute(sql + " ORDER BY 1", {"after": json.dumps(dict(after or {}))}):
        yield text


def prepare(connection: sqlite3.Connection) -> None:
    """Give a connection the function that ``TARGET`` needs."""
    connection.create_function("surt_key", 1, surt, deterministic=True)


def places(connection: sqlite3.Connection) -> dict[str, int]:
    """How far each WARC file is indexed: what ``after`` takes the next time. Ask for it before the lines."""
    return {row["name"]: row["indexed_offset"] for row in connection.execute("SELECT * FROM warc_files")}


def on_disk(warc_dir: Path) -> dict[str, str]:
    """The names of an archive's files as they stand on disk now: one that grows ends with ``.open``."""
    return {file.name: file.path.name for file in files(warc_dir)}


def _timestamp(when: str) -> str:
    """Fourteen digits of a time of the index."""
    return "".join(character for character in when[:19] if character.isdigit())
