"""Which articles a query means, also one without words: then it means all that pass its filters.

Without words there is no full text to begin with, so the filter that lets fewest pass says what is looked
through: one outlet's articles, which stand in order, or those of an author, a section or a rare language,
which are sorted.
"""

from __future__ import annotations

import sqlite3

from archive.index.rownumbers import days_between
from archive.research.matches import SELECTIVE, Matches, Values, matches, narrowed, wanted
from archive.types import Query

# As a source that has the name and the columns of the full text, so that filters are the same for both.
_ALL = """FROM (SELECT pk, pk AS rowid FROM {source} AND newest = 1 AND kind = 'article'
    AND pk BETWEEN :first AND :last) AS articles_fts WHERE 1 {filters}"""
_NEWEST = "documents INDEXED BY documents_newest WHERE 1"
_SITE = "documents INDEXED BY documents_site WHERE site = :site"
_SOME = {
    "author": """documents WHERE id IN (SELECT document_id FROM authors
        WHERE name IN (SELECT value FROM json_each(:author)))""",
    "section": """documents INDEXED BY documents_section
        WHERE section IN (SELECT value FROM json_each(:section))""",
    # What is de, or begins with "de-": "." is the character behind "-".
    "language": """documents INDEXED BY documents_language
        WHERE lower(language) >= :language AND lower(language) < :language || '.'
        AND (lower(language) = :language OR lower(language) >= :language || '-')""",
}
_NUMBERS = {
    "author": """SELECT count(*) FROM (SELECT 1 FROM authors
        WHERE name IN (SELECT value FROM json_each(:author)) LIMIT :most)""",
    **dict.fromkeys(
        ("section", "language"),
        "SELECT count(*) FROM (SELECT 1 FROM {source} AND newest = 1 AND kind = 'article' LIMIT :most)",
    ),
}
_FEW = 2_000
"""Beside an outlet, whose articles need no sorting, no more than so many are sorted; else SELECTIVE."""


def meant(connection: sqlite3.Connection, query: Query) -> Matches:
    """The articles that hold the words and pass the filters; without words, all that pass.

    Raises BadQuery.
    """
    return matches(connection, query) if query.text.strip() else everything(connection, query)


def everything(connection: sqlite3.Connection, query: Query) -> Matches:
    """All articles that pass the filters of a query, whatever their words."""
    first, last = days_between(query.since, query.until)
    values: Values = {"first": first, "last": last} | wanted(connection, query)
    applied, source = _source(connection, values)
    filters, most = narrowed(connection, values, applied)
    return Matches(_ALL.format(source=source, filters=filters), values, most)


def _source(connection: sqlite3.Connection, values: Values) -> tuple[str | None, str]:
    """What to look through, and the name of the filter that all of it passes."""
    asked = [name for name in _SOME if name in values]
    numbers = {}
    most = _FEW if "site" in values else SELECTIVE
    for name in asked:
        sql = _NUMBERS[name].format(source=_SOME[name])
        (number,) = connection.execute(sql, values | {"most": most + 1}).fetchone()
        if number <= most:
            numbers[name] = number
    if numbers:
        name = min(numbers, key=lambda each: numbers[each])
        return name, _SOME[name]
    return ("site", _SITE) if "site" in values else (None, _NEWEST)
