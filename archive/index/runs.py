"""What crawl runs brought, as their records tell it: counted while the records are taken in.

Numbers are sums, times are the least and the greatest, and each record is taken in once, so the rows are the
same in whatever order files come.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from archive.index.rows import Row, clean, moment
from archive.index.tables import Table
from archive.warc.reader import Entry, Unanswered

RUNS = Table(
    "runs",
    "What each crawl run brought of each site, as its records tell it",
    ("run", "site"),
    (
        ("run", str, "Crawl run"),
        ("site", str, "Name of the site"),
        ("first_capture", str, "When it asked for the first time, answered or not"),
        ("last_capture", str, "When it asked for the last time, answered or not"),
        ("captures", int, "Records in `captures` that it made: `ok`, `redirects`, `errors` and `unchanged`"),
        ("ok", int, "Answers with status 200 to 299"),
        ("redirects", int, "Answers with status 300 to 399"),
        ("errors", int, "Answers with another status, or none"),
        ("unchanged", int, "Revisits: the answer said, or was, what an earlier capture holds"),
        ("failed", int, "Attempts to which no answer came"),
        ("refused", int, "Answers that were not kept because of the rights that they state"),
        ("bytes", int, "Compressed bytes of its captures, without requests and metadata"),
    ),
)

UNANSWERED = Table(
    "unanswered",
    "Attempts that left no answer in the archive, from the metadata records of our own crawls",
    ("warc", "offset"),
    (
        ("warc", str, "WARC file that tells of it"),
        ("offset", int, "Byte of that file at which the metadata record's gzip member begins"),
        ("url", str, "URL as it was asked for"),
        ("attempted_at", str, "When it was asked for, to the microsecond"),
        ("site", str, "Name of the site it was crawled for"),
        ("run", str, "Crawl run that asked"),
        (
            "outcome",
            str,
            "failed: no answer came; refused: it came, and its rights signals forbid to keep it",
        ),
        ("reason", str, "What went wrong, as the crawl said it: a kind of failure, or a line on it"),
    ),
)

TABLES = (RUNS, UNANSWERED)
INDEXES = (
    "CREATE INDEX runs_site ON runs (site, first_capture)",
    "CREATE INDEX unanswered_site ON unanswered (site, attempted_at)",
)

_COUNTED = ("captures", "ok", "redirects", "errors", "unchanged", "failed", "refused", "bytes")
_ADD = f"""INSERT INTO runs (run, site, first_capture, last_capture, {", ".join(_COUNTED)})
    VALUES (:run, :site, :first, :last, {", ".join(f":{name}" for name in _COUNTED)})
    ON CONFLICT (run, site) DO UPDATE SET first_capture = min(first_capture, excluded.first_capture),
        last_capture = max(last_capture, excluded.last_capture),
        {", ".join(f"{name} = {name} + excluded.{name}" for name in _COUNTED)}"""  # noqa: S608 - names from above
_NOTE = """INSERT OR IGNORE INTO unanswered (warc, offset, url, attempted_at, site, run, outcome, reason)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)"""


def add(
    connection: sqlite3.Connection,
    entries: Sequence[Entry],
    unanswered: Iterable[Unanswered],
) -> None:
    """Count captures that are new to the index, and attempts, which may have been met before."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for entry in entries:
        if entry.run is not None and entry.site is not None:
            row = _row(found, entry.run, entry.site, entry.capture.captured_at)
            row["captures"] += 1
            row[_class(entry)] += 1
            row["bytes"] += entry.capture.ref.length
    for attempt in unanswered:
        if connection.execute(_NOTE, tuple(_attempt(attempt).values())).rowcount == 1:
            _row(found, attempt.run, attempt.site, attempt.at)[attempt.outcome] += 1
    connection.executemany(_ADD, found.values())


def _row(found: dict[tuple[str, str], dict[str, Any]], run: str, site: str, at: datetime) -> dict[str, Any]:
    """The row that is counted in, with the time ``at`` in it."""
    when = moment(at)
    row = found.setdefault(
        (run, site),
        {
            **dict.fromkeys(_COUNTED, 0),
            "run": clean(run),
            "site": clean(site),
            "first": when,
            "last": when,
        },
    )
    row["first"], row["last"] = min(row["first"], when), max(row["last"], when)
    return row


def _class(entry: Entry) -> str:
    if entry.record_type == "revisit":
        return "unchanged"
    status = entry.capture.status or 0
    return "ok" if 200 <= status <= 299 else "redirects" if 300 <= status <= 399 else "errors"


def _attempt(attempt: Unanswered) -> Row:
    row: Row = {
        "warc": attempt.ref.warc,
        "offset": attempt.ref.offset,
        "url": attempt.url,
        "attempted_at": moment(attempt.at),
        "site": attempt.site,
        "run": attempt.run,
        "outcome": attempt.outcome,
        "reason": attempt.reason,
    }
    return {name: clean(value) if isinstance(value, str) else value for name, value in row.items()}
