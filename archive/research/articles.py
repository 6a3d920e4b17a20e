"""Articles one after another, each with all that is known of it: what exports and data frames are made of."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Generator
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from archive.research.matches import told
from archive.research.meant import meant
from archive.research.pages import with_pages_of
from archive.types import Query, RecordRef

_AUTHORS = "SELECT name FROM authors WHERE document_id = ? ORDER BY position"

_ONE = """SELECT *, coalesce(published_day, substr(captured_at, 1, 10)) AS day FROM documents
    WHERE id = ? AND kind = 'article'"""


@dataclass(frozen=True, slots=True)
class Article:
    """A version of an article that stands for its URL. Times are ISO 8601 in UTC."""

    id: str
    url: str
    site: str | None
    title: str | None
    kicker: str | None
    authors: tuple[str, ...]
    agencies: tuple[str, ...]
    day: date  # local day of publication, else day of the first capture (UTC)
    published: str | None
    published_precision: str | None  # day, minute or second
    modified: str | None
    section: str | None
    language: str | None
    tags: tuple[str, ...]
    paywall_declared: bool | None
    paywall_observed: bool | None
    canonical_url: str | None
    captured_at: str
    last_captured_at: str
    extractor: str
    record_id: str
    ref: RecordRef
    lead: str | None
    text: str


COLUMNS = tuple(
    column
    for field in fields(Article)
    for column in (("warc", "offset", "length") if field.name == "ref" else (field.name,))
)
"""Names of the flat form of an article, in order; those of `articles` in the index."""

_LISTS = ("agencies", "tags")
_FLAGS = ("paywall_declared", "paywall_observed")


def as_row(article: Article) -> dict[str, Any]:
    """An article as names and values, with COLUMNS as its names. All values go into JSON as they are."""
    row: dict[str, Any] = {}
    for field in fields(Article):
        value = getattr(article, field.name)
        if isinstance(value, RecordRef):
            row |= {"warc": value.warc, "offset": value.offset, "length": value.length}
        elif isinstance(value, tuple):
            row[field.name] = list(value)
        else:
            row[field.name] = value.isoformat() if isinstance(value, date) else value
    return row


def articles(connection: sqlite3.Connection, query: Query) -> Generator[Article, None, None]:
    """All that ``query`` means, the oldest first, one after another; all articles where its text is empty.

    Its limit, order and place are not looked at. Raises BadQuery.
    """
    with with_pages_of(connection, query) as source:
        found = meant(source, query)
        try:
            # Numbers first, and alone: they rise with the day, and a text is read when its turn comes.
            for (number,) in source.execute(
                f"SELECT articles_fts.rowid {found.sql} ORDER BY 1", found.values
            ):
                row = source.execute("SELECT * FROM articles WHERE pk = ?", (number,)).fetchone()
                if row is not None:
                    names = tuple(name for (name,) in source.execute(_AUTHORS, (row["id"],)))
                    yield article_of(row, names)
        except sqlite3.OperationalError as error:
            raise told(error, query) from None


def article(connection: sqlite3.Connection, document_id: str) -> Article | None:
    """The article whose version has this id, also one that is no longer the newest; None if there is none."""
    row = connection.execute(_ONE, (document_id,)).fetchone()
    if row is None:
        return None
    return article_of(row, tuple(name for (name,) in connection.execute(_AUTHORS, (document_id,))))


def article_of(row: sqlite3.Row, authors: tuple[str, ...]) -> Article:
    """The article that a row of `articles` tells of; its authors stand in a table of their own."""
    values: dict[str, Any] = {}
    for field in fields(Article):
        if field.name == "ref":
            values["ref"] = RecordRef(row["warc"], row["offset"], row["length"])
        elif field.name == "authors":
            values["authors"] = authors
        elif field.name == "day":
            values["day"] = date.fromisoformat(row["day"])
        elif field.name in _LISTS:
            values[field.name] = tuple(json.loads(row[field.name]))
        elif field.name in _FLAGS:
            values[field.name] = None if row[field.name] is None else bool(row[field.name])
        else:
            values[field.name] = row[field.name]
    return Article(**values)
