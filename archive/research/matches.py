"""Which articles a query means: the one place where words, days and filters become SQL.

    query -> MATCH expression, range of row numbers, filters -> "FROM articles_fts WHERE ..." and its values

Row numbers rise with the day, so days are a range of them, which FTS5 never looks beyond. Of the filters, a
selective one becomes the set of its articles, as a look-up there costs a quarter of one in an index; one that
most articles pass is asked of each match.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from archive.errors import BadQuery
from archive.index.rownumbers import days_between
from archive.index.words import fold
from archive.research.expression import to_fts
from archive.types import Query

Values = dict[str, str | int | float | None]

SELECTIVE = 50_000
"""A filter that lets more articles pass is asked of each match: making a set of so many takes 10 ms."""

_SET = "AND +articles_fts.rowid IN ({members})"
_EACH = """AND EXISTS (SELECT 1 FROM documents INDEXED BY documents_facets
    WHERE pk = articles_fts.rowid AND newest = 1 AND kind = 'article' AND {condition})"""
_NUMBER = f"SELECT count(*) FROM ({{members}} LIMIT {SELECTIVE + 1})"  # noqa: S608 - a number from above
_MEMBERS = {
    "site": "SELECT pk FROM documents WHERE site = :site AND newest = 1 AND kind = 'article'",
    "section": """SELECT pk FROM documents INDEXED BY documents_section
        WHERE section IN (SELECT value FROM json_each(:section)) AND newest = 1 AND kind = 'article'""",
    "author": """SELECT documents.pk FROM authors JOIN documents ON documents.id = authors.document_id
        WHERE authors.name IN (SELECT value FROM json_each(:author))""",
}
_CONDITIONS = {
    "site": "site = :site",
    "section": "section IN (SELECT value FROM json_each(:section))",
    "language": "(lower(language) = :language OR substr(lower(language), 1, :primary) = :language || '-')",
    "paywall": "(coalesce(paywall_declared, 0) OR coalesce(paywall_observed, 0)) = :paywall",
}
# Each name once, by a jump behind the last one: a tenth of the time of DISTINCT over all rows.
_NAMES = """WITH RECURSIVE names (found) AS (
        SELECT min({column}) FROM {rows}
        UNION ALL SELECT (SELECT min({column}) FROM {rows} AND {column} > found)
            FROM names WHERE found IS NOT NULL)
    SELECT found FROM names WHERE found IS NOT NULL"""
_AUTHORS = _NAMES.format(column="name", rows="authors WHERE name IS NOT NULL")
_SECTIONS = _NAMES.format(
    column="section",
    rows="documents INDEXED BY documents_section WHERE newest = 1 AND kind = 'article'",
)


@dataclass(frozen=True, slots=True)
class Matches:
    """The articles that a query means: ``sql`` begins with FROM articles_fts, and takes ``values``."""

    sql: str
    values: Values
    most: int | None  # no more articles than so many pass the filters; None where that isn't known


def matches(connection: sqlite3.Connection, query: Query) -> Matches:
    """What to search through for ``query``. Raises BadQuery when its text can't be understood."""
    first, last = days_between(query.since, query.until)
    values: Values = {"match": to_fts(query.text, exact=query.exact), "first": first, "last": last}
    values |= wanted(connection, query)
    filters, most = narrowed(connection, values)
    sql = f"""FROM articles_fts WHERE articles_fts MATCH :match
        AND articles_fts.rowid BETWEEN :first AND :last {filters}"""
    return Matches(sql, values, most)


def narrowed(
    connection: sqlite3.Connection, values: Values, applied: str | None = None
) -> tuple[str, int | None]:
    """The conditions of the filters that have values, and ``Matches.most``.

    ``applied`` names a filter that needs no condition, as nothing else is looked through.
    """
    parts: list[str] = []
    most: list[int] = []
    for name in ("author", "site", "section"):
        if name in values and name != applied:
            members = _MEMBERS[name]
            number = connection.execute(_NUMBER.format(members=members), values).fetchone()[0]
            if number <= SELECTIVE or name == "author":
                parts.append(_SET.format(members=members))
                most.append(number)
            else:
                parts.append(_EACH.format(condition=_CONDITIONS[name]))
    for name in ("language", "paywall"):
        if name in values and name != applied:
            parts.append(_EACH.format(condition=_CONDITIONS[name]))
    return " ".join(parts), min(most, default=None)


def ask(connection: sqlite3.Connection, sql: str, values: Values, query: Query) -> Sequence[sqlite3.Row]:
    """The rows of a statement. Raises BadQuery when FTS5 doesn't understand its expression."""
    try:
        return connection.execute(sql, values).fetchall()
    except sqlite3.OperationalError as error:
        raise told(error, query) from None


def told(error: sqlite3.OperationalError, query: Query) -> Exception:
    """What FTS5's error means for a person; any other error is given back as it is."""
    # FTS5 reports a wrong expression with the general code; all others are no fault of the query.
    if error.sqlite_errorcode != sqlite3.SQLITE_ERROR:
        return error
    return BadQuery(
        f"can't understand the query {query.text!r}: {error}. AND, OR and NOT stand between two words;"
        " put words in quotation marks to search for them as they are",
        "expression",
        text=query.text,
    )


def wanted(connection: sqlite3.Connection, query: Query) -> Values:
    """What the conditions of a query's filters are asked with, by the filters' names."""
    values: Values = {}
    if query.site is not None:
        values["site"] = query.site
    if query.author is not None:
        words = set(fold(query.author).split())
        names = [name for (name,) in connection.execute(_AUTHORS) if words <= set(fold(name).split())]
        values["author"] = json.dumps(names)
    if query.section is not None:
        asked = fold(query.section)
        values["section"] = json.dumps(
            [name for (name,) in connection.execute(_SECTIONS) if fold(name) == asked]
        )
    if query.language is not None:
        values |= {"language": query.language.lower(), "primary": len(query.language) + 1}
    if query.paywall is not None:
        values["paywall"] = int(query.paywall)
    return values
