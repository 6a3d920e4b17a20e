"""Which outcomes are to be made again: a selection of records, as a person states it."""

from __future__ import annotations

import difflib
import re
import sqlite3
import time
from array import array
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from archive.db import open_reader
from archive.errors import BadQuery
from archive.index.tables import CAPTURES, DOCUMENTS, TABLES
from archive.types import FailureKind, Kind
from archive.urls import surt

WHERE_SECONDS = 60.0
"""How long a person's own condition may take: a look at each of ten million records takes less."""
_OPCODES = 20_000  # of SQLite's machine between two looks at the clock: about a millisecond
_LONGEST = 64 << 20  # bytes of a value: replicating and padding functions make no bomb
_DOCUMENT_COLUMNS = tuple(
    name for name, _, _ in DOCUMENTS.columns if name not in {"pk", *(name for name, _, _ in CAPTURES.columns)}
)
COLUMNS = (*(name for name, _, _ in CAPTURES.columns), *_DOCUMENT_COLUMNS, "failure")
"""What an own condition may name: columns of ``captures``, of their documents, and the failure's kind."""
_RECORDS = f"""WITH records AS (SELECT captures.rowid AS number, captures.*,
        {", ".join(f"documents.{name}" for name in _DOCUMENT_COLUMNS)}, failures.kind AS failure
    FROM captures LEFT JOIN documents ON documents.id = captures.document_id
    LEFT JOIN failures ON failures.warc = captures.warc AND failures.offset = captures.offset)"""  # noqa: S608 - names of columns


@dataclass(frozen=True, slots=True)
class Selection:
    """Conditions that all must hold. None: no such condition."""

    site: str | None = None
    since: date | None = None  # first day of capture, UTC
    until: date | None = None  # last day of capture, UTC, inclusive
    url: str | None = None  # in any spelling; with "*" behind it, all that begins so
    status: str | None = None  # HTTP status, "document", "failure", or a kind of failure
    kind: Kind | None = None  # of the document
    where: str | None = None  # an SQL condition over COLUMNS
    fresh: bool = False  # also outcomes under the installed key


@dataclass(frozen=True, slots=True)
class Picked:
    """The records of a selection: rowids of ``captures``, newest first, and their compressed bytes."""

    numbers: array[int]
    bytes: int


def pick(path: Path, extractor: str, selection: Selection) -> Picked:
    """The records of the index at ``path`` whose outcome is to be made again under ``extractor``.

    With each goes the record that its document's row was made from, if that is stale too: otherwise the
    row would stay as it was. Raises BadQuery.
    """
    conditions, values = _conditions(extractor, selection)
    chosen = " AND ".join(conditions)
    sql = f"""{_RECORDS}, chosen AS (SELECT number, captured_at, length, document_id FROM records
        WHERE {chosen}\n)
        SELECT number, captured_at, length FROM chosen
        UNION SELECT source.rowid, source.captured_at, source.length FROM chosen
            JOIN documents ON documents.id = chosen.document_id
            JOIN captures AS source ON source.warc = documents.warc AND source.offset = documents.offset
            WHERE source.extractor <> :extractor
        ORDER BY captured_at DESC, number DESC"""  # noqa: S608 - the person's own condition runs guarded
    refused: list[str] = []
    connection = _guarded(path, refused)
    numbers, length = array("q"), 0
    try:
        for row in connection.execute(sql, values):
            numbers.append(row["number"])
            length += row["length"]
    except sqlite3.Error as error:
        # Only what the person wrote can be wrong here: the rest is ours, and is the same each time.
        if selection.where is None or getattr(error, "sqlite_errorname", "").startswith("SQLITE_CORRUPT"):
            raise
        message = f"not allowed here: {refused[0]}" if refused else str(error)
        raise BadQuery(_explain(connection, selection.where, message)) from None
    finally:
        connection.close()
    return Picked(numbers, length)


def _conditions(extractor: str, selection: Selection) -> tuple[list[str], dict[str, str | None]]:
    values: dict[str, str | None] = {"extractor": extractor}
    found = ["extractor IS NOT NULL" if selection.fresh else "extractor <> :extractor"]

    def add(condition: str, **named: str | None) -> None:
        found.append(condition)
        values.update(named)

    if selection.site is not None:
        add("site = :site", site=selection.site)
    if selection.since is not None:
        add("captured_at >= :since", since=selection.since.isoformat())
    if selection.until is not None:
        # Texts of times sort as the times do, and a day's own text sorts before all of its moments.
        add("captured_at < :until", until=(selection.until + timedelta(days=1)).isoformat())
    if selection.url is not None and selection.url.endswith("*"):
        add("substr(url, 1, length(:url)) = :url", url=selection.url[:-1])
    elif selection.url is not None:
        add("(url = :url OR url_key = :url_key)", url=selection.url, url_key=surt(selection.url))
    if selection.status is not None:
        condition, value = _status(selection.status)
        add(condition, status=value)
    if selection.kind is not None:
        add("kind = :kind", kind=str(selection.kind))
    if selection.where is not None:
        if "\x00" in selection.where or not selection.where.strip():
            raise BadQuery("--where: is empty or holds a NUL; give a condition, like: kind = 'article'")
        found.append(f"({selection.where}\n)")
    return found, values


def _status(text: str) -> tuple[str, str]:
    if text.isascii() and text.isdigit():
        return "status = CAST(:status AS INTEGER)", text
    if text in ("document", "failure"):
        return "outcome = :status", text
    if text in set(FailureKind):
        return "failure = :status", text
    kinds = ", ".join(FailureKind)
    raise BadQuery(f"--status: {text!r} is no HTTP status, and none of: document, failure, {kinds}")


def _guarded(path: Path, refused: list[str]) -> sqlite3.Connection:
    """A reader that can look at the documented tables and nothing else, for a bounded time.

    What it is refused is noted.
    """
    connection = open_reader(path)
    tables = {table.name for table in TABLES} | {"records", "chosen", ""}
    deadline = time.monotonic() + WHERE_SECONDS

    def allow(
        action: int, first: str | None, second: str | None, database: str | None, view: str | None
    ) -> int:
        if action == sqlite3.SQLITE_READ and first in tables:
            return sqlite3.SQLITE_OK
        if action == sqlite3.SQLITE_FUNCTION and second != "load_extension":
            return sqlite3.SQLITE_OK
        if action == sqlite3.SQLITE_SELECT:
            return sqlite3.SQLITE_OK
        refused.append(second if action == sqlite3.SQLITE_FUNCTION and second else first or "this")
        return sqlite3.SQLITE_DENY

    connection.set_authorizer(allow)
    connection.set_progress_handler(lambda: time.monotonic() > deadline, _OPCODES)
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST)
    connection.setlimit(sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 1_000)
    return connection


def _explain(connection: sqlite3.Connection, where: str, message: str) -> str:
    """One line that points at what is wrong in a person's condition."""
    if message == "interrupted":
        return f"--where: takes longer than {WHERE_SECONDS:.0f} s; select less, or ask for less"
    hint, name = "", _named(message)
    if message.startswith("no such column") and name is not None:
        close = difflib.get_close_matches(name.rpartition(".")[2], COLUMNS, n=1)
        hint = f" (did you mean {close[0]}?)" if close else "; gazette help schema names them"
    at = _place(connection, where, message, name)
    line = f"{where[:at]}▸{where[at:]}" if at is not None else f"{where}▸"
    return f"--where: {message}{hint}, at ▸ in: {' '.join(line.split())}"


def _named(message: str) -> str | None:
    """The word that an error of SQLite speaks of."""
    quoted = re.search(r'"(.+)"', message, re.DOTALL) or re.search(
        r"(?:column|function|table|aggregate|here):? ([\w.]+)", message
    )
    return quoted[1] if quoted else None


def _place(connection: sqlite3.Connection, where: str, message: str, name: str | None) -> int | None:
    """Where the word stands that the error speaks of; None for the end."""
    if name is None:
        return 0 if "incomplete" not in message else None
    found = [match.start() for match in re.finditer(re.escape(name), where, re.IGNORECASE)]
    for at in found:
        # A syntax error is met by a parser that has read up to there and no further.
        try:
            beginning = where[: at + len(name)]
            connection.execute(f"{_RECORDS} SELECT 1 FROM records WHERE ({beginning}")  # noqa: S608 - guarded
        except sqlite3.Error as error:
            if str(error) == message:
                return at
    if message.startswith(("near", "unrecognized")):
        return found[-1] if found else None
    words = [at for at in found if _is_word(where, at, len(name))]
    return (words or found or [0])[0]


def _is_word(where: str, at: int, length: int) -> bool:
    """Whether what stands there is a name of its own, and not within a text in quotes."""
    around = where[max(0, at - 1) : at] + where[at + length : at + length + 1]
    return where[:at].count("'") % 2 == 0 and not re.search(r"\w", around)
