"""What another extractor made of the same records: two generations side by side.

Documents are the same by their id, which no extractor changes. A record counts only if both generations
have an outcome of it, so that pages which came meanwhile are no difference. Words are what stands between
white space in ``text``, counted as a multiset: a paragraph that moved is no difference.
"""

from __future__ import annotations

import heapq
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

from archive.db import open_reader
from archive.index import worddiff
from archive.index.worddiff import Piece

LARGEST = 50
_PAGE = 500
_PLAIN = (
    *("kind", "title", "kicker", "lead", "text", "blocks", "section", "language", "tags", "agencies"),
    *("images", "canonical_url", "paywall_declared", "paywall_observed"),
)
_AUTHORS = """(SELECT json_group_array(name) FROM (SELECT name FROM {db}.authors
    WHERE document_id = {row}.id ORDER BY position))"""
_TEASERS = """(SELECT json_group_array(json_array(headline, text, url, evidence)) FROM
    (SELECT * FROM {db}.teasers WHERE document_id = {row}.id ORDER BY position))"""
_DATING = "json_array({row}.{name}, {row}.{name}_day, {row}.{name}_precision, {row}.{name}_offset)"
FIELDS = {
    **{name: f"{{row}}.{name}" for name in _PLAIN},
    **{name: _DATING.replace("{name}", name) for name in ("published", "modified")},
    "authors": _AUTHORS,
    "teasers": _TEASERS,
}
"""Each field that is compared, as SQL over ``row`` of ``documents`` in the database ``db``."""
_LONG = frozenset({"text", "blocks", "teasers", "images"})
"""Fields whose values are not shown: the diff of the words shows them, or they are too many."""


@dataclass(slots=True)
class Counts:
    """Of one site, or of all."""

    before: int = 0  # documents in the generation in use
    after: int = 0  # documents in the candidate
    gained: int = 0
    lost: int = 0
    changed: int = 0
    words_added: int = 0
    words_removed: int = 0


@dataclass(frozen=True, slots=True)
class FieldChange:
    name: str
    before: str | None  # None also where the values are not shown
    after: str | None


@dataclass(frozen=True, slots=True)
class Difference:
    """A document that is not what it was."""

    id: str
    site: str | None
    url: str
    title: str | None
    what: str  # "gained", "lost" or "changed"
    words_added: int
    words_removed: int
    fields: tuple[FieldChange, ...]
    words: tuple[Piece, ...]  # the text's differences, with some words around


@dataclass(slots=True)
class Comparison:
    """All that ``reextract --compare`` tells. ``None`` as a site: crawled for none."""

    key_before: str
    key_after: str
    total: Counts = field(default_factory=Counts)
    sites: dict[str | None, Counts] = field(default_factory=dict)
    fields: Counter[str] = field(default_factory=Counter)  # documents in which a field changed
    failures_before: dict[str, int] = field(default_factory=dict)  # by kind
    failures_after: dict[str, int] = field(default_factory=dict)
    net_words: Counter[int] = field(default_factory=Counter)  # words more (less: negative) -> documents
    largest: tuple[Difference, ...] = ()  # by words added and removed


@dataclass(frozen=True, slots=True)
class _Found:
    id: str
    site: str | None
    what: str
    added: int
    removed: int
    fields: tuple[str, ...]


def compare(before: Path, after: Path) -> Comparison:
    """Compare the generation at ``before`` with that at ``after``. Memory doesn't grow with their size."""
    with closing(open_reader(after)) as connection:
        connection.execute("ATTACH ? AS old", (f"{before.absolute().as_uri()}?mode=ro",))
        result = Comparison(_key(connection, "old"), _key(connection, "main"))
        result.failures_before = _failures(connection, "old")
        result.failures_after = _failures(connection, "main")
        for database, name in (("old", "before"), ("main", "after")):
            _count(connection, result, database, name)
        largest: list[tuple[int, str, _Found]] = []
        for found in chain(
            _changed(connection),
            _only_in(connection, "main", "old", "gained"),
            _only_in(connection, "old", "main", "lost"),
        ):
            _note(result, found)
            keep = heapq.heappush if len(largest) < LARGEST else heapq.heappushpop
            keep(largest, (found.added + found.removed, found.id, found))
        result.largest = tuple(_difference(connection, found) for *_, found in sorted(largest, reverse=True))
        return result


def words_of(text: str | None) -> Counter[str]:
    """The words of a text, each with its number."""
    return Counter((text or "").split())


def _key(connection: sqlite3.Connection, database: str) -> str:
    sql = f"SELECT value FROM {database}.meta WHERE key = 'extractor'"  # noqa: S608 - from above
    return str(connection.execute(sql).fetchone()[0])


def _failures(connection: sqlite3.Connection, database: str) -> dict[str, int]:
    sql = f"SELECT kind, count(*) FROM {database}.failures GROUP BY kind ORDER BY kind"  # noqa: S608 - from above
    return {row[0]: row[1] for row in connection.execute(sql)}


def _count(connection: sqlite3.Connection, result: Comparison, database: str, name: str) -> None:
    """Count all documents of a generation as ``name``."""
    sql = f"SELECT site, count(*) FROM {database}.documents GROUP BY site ORDER BY site"  # noqa: S608 - from above
    for site, number in connection.execute(sql):
        for counts in (result.total, result.sites.setdefault(site, Counts())):
            setattr(counts, name, getattr(counts, name) + number)


def _note(result: Comparison, found: _Found) -> None:
    for counts in (result.total, result.sites.setdefault(found.site, Counts())):
        setattr(counts, found.what, getattr(counts, found.what) + 1)
        counts.words_added += found.added
        counts.words_removed += found.removed
    result.fields.update(found.fields)
    if found.what == "changed":
        result.net_words[found.added - found.removed] += 1


def _changed(connection: sqlite3.Connection) -> Iterator[_Found]:
    """Documents of both generations in which a field differs."""
    differ = [
        f"{sql.format(db='old', row='before')} IS NOT {sql.format(db='main', row='after')}"
        for sql in FIELDS.values()
    ]
    flags = ", ".join(f"{sql} AS {name}_differs" for sql, name in zip(differ, FIELDS, strict=True))
    sql = f"""SELECT after.id AS id, after.site AS site, {flags},
            CASE WHEN before.text IS NOT after.text THEN before.text END AS was,
            CASE WHEN before.text IS NOT after.text THEN after.text END AS is_now
        FROM main.documents AS after JOIN old.documents AS before ON before.id = after.id
        WHERE after.id > ? ORDER BY after.id LIMIT {_PAGE}"""  # noqa: S608 - names of columns
    for row in _pages(connection, sql):
        fields = tuple(name for name in FIELDS if row[f"{name}_differs"])
        if fields:
            was, now = words_of(row["was"]), words_of(row["is_now"])
            yield _Found(row["id"], row["site"], "changed", (now - was).total(), (was - now).total(), fields)


def _only_in(connection: sqlite3.Connection, here: str, there: str, what: str) -> Iterator[_Found]:
    """Documents of one generation that the other, which has an outcome of their record, has not."""
    sql = f"""SELECT id, site, text FROM {here}.documents AS one WHERE id > ?
        AND NOT EXISTS (SELECT 1 FROM {there}.documents AS two WHERE two.id = one.id)
        AND EXISTS (SELECT 1 FROM {there}.captures AS two
            WHERE two.warc = one.warc AND two.offset = one.offset AND two.outcome IS NOT NULL)
        ORDER BY id LIMIT {_PAGE}"""  # noqa: S608 - from above
    for row in _pages(connection, sql):
        number = words_of(row["text"]).total()
        added, removed = (number, 0) if what == "gained" else (0, number)
        yield _Found(row["id"], row["site"], what, added, removed, ())


def _pages(connection: sqlite3.Connection, sql: str) -> Iterator[sqlite3.Row]:
    """All rows of a query that takes them up behind an id: no read lasts long, so logs can be emptied."""
    last = ""
    while rows := connection.execute(sql, (last,)).fetchall():
        yield from rows
        last = rows[-1]["id"]


def _difference(connection: sqlite3.Connection, found: _Found) -> Difference:
    before = _row(connection, "old", found.id)
    after = _row(connection, "main", found.id)
    shown = after or before
    assert shown is not None, "it stands in one of them"
    changes = tuple(
        FieldChange(name, *(None if name in _LONG else _text(row, name) for row in (before, after)))
        for name in found.fields
    )
    pieces = worddiff.diff(_text(before, "text") or "", _text(after, "text") or "")
    return Difference(
        found.id,
        found.site,
        shown["url"],
        shown["title"],
        found.what,
        found.added,
        found.removed,
        changes,
        pieces,
    )


def _row(connection: sqlite3.Connection, database: str, document_id: str) -> sqlite3.Row | None:
    values = ", ".join(f"{sql.format(db=database, row='one')} AS {name}" for name, sql in FIELDS.items())
    sql = f"SELECT url, {values} FROM {database}.documents AS one WHERE id = ?"  # noqa: S608 - names of columns
    row: sqlite3.Row | None = connection.execute(sql, (document_id,)).fetchone()
    return row


def _text(row: sqlite3.Row | None, name: str) -> str | None:
    return None if row is None or row[name] is None else str(row[name])
