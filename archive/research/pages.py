"""Searching what has no full text: sections and other pages.

They are few beside the articles, and nobody should find them unasked. So for the one search that asks for
them they are put into an index of the same shape, in memory, where they pass for articles.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from archive.db import open_memory
from archive.index import schema
from archive.index.rownumbers import days_between
from archive.index.stems import stems
from archive.types import Kind, Query

# The index is gone through for their numbers: in the table they stand among all articles with their texts.
_PAGES = """SELECT * FROM documents WHERE pk IN (SELECT pk FROM documents INDEXED BY documents_site
    WHERE kind = :kind AND newest = 1 AND pk BETWEEN :first AND :last AND (:site IS NULL OR site = :site))"""


@contextmanager
def with_pages_of(connection: sqlite3.Connection, query: Query) -> Iterator[sqlite3.Connection]:
    """The index itself for a query over articles; else one in memory with the pages of the query's kind."""
    if query.kind is Kind.ARTICLE:
        yield connection
        return
    memory = open_memory()
    try:
        schema.create(memory, "")
        first, last = days_between(query.since, query.until)
        values = {"kind": query.kind, "first": first, "last": last, "site": query.site}
        for row in connection.execute(_PAGES, values):
            _take_in(connection, memory, row, worded=bool(query.text.strip()))
        yield memory
    finally:
        memory.close()


def _take_in(
    connection: sqlite3.Connection, memory: sqlite3.Connection, row: sqlite3.Row, *, worded: bool
) -> None:
    page = dict(row) | {"kind": Kind.ARTICLE.value}
    _insert(memory, "documents", page)
    for author in connection.execute("SELECT * FROM authors WHERE document_id = ?", (page["id"],)):
        _insert(memory, "authors", dict(author))
    if not worded:
        return
    words = stems(page["title"], page["lead"], page["text"], page["language"])
    memory.execute(
        "INSERT INTO articles_fts (rowid, title, lead, text, stems) VALUES (?, ?, ?, ?, ?)",
        (page["pk"], page["title"], page["lead"], page["text"], words),
    )


def _insert(memory: sqlite3.Connection, table: str, row: dict[str, object]) -> None:
    names, marks = ", ".join(row), ", ".join(f":{name}" for name in row)
    memory.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", row)  # noqa: S608 - names of columns
