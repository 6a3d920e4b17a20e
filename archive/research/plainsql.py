"""A search as SQL that people can read, change and run with a stock sqlite3."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from archive.research.matches import Values, matches
from archive.research.meant import everything
from archive.research.ranking import WEIGHTS
from archive.types import Kind, Order, Query

_BEGIN = {
    True: """SELECT articles.day, articles.site, articles.title, articles.id, articles.url
FROM articles_fts CROSS JOIN articles ON articles.pk = articles_fts.rowid""",
    False: """SELECT articles.day, articles.site, articles.title, articles.id, articles.url
FROM articles""",
}
# Row numbers begin with the day, counted from 1970.
_SINCE = "{pk} >= strftime('%s', :since) / 86400 << 24"
_UNTIL = "{pk} < strftime('%s', :until) / 86400 + 1 << 24"
_CONDITIONS = {
    "site": "articles.site = :site",
    "author": """articles.id IN (
    SELECT document_id FROM authors WHERE name IN (SELECT value FROM json_each(:author)))""",
    "section": "articles.section IN (SELECT value FROM json_each(:section))",
    "language": """(lower(articles.language) = :language
    OR substr(lower(articles.language), 1, length(:language) + 1) = :language || '-')""",
    "paywall": """(coalesce(articles.paywall_declared, 0)
    OR coalesce(articles.paywall_observed, 0)) = CAST(:paywall AS INTEGER)""",
}
_BEST = f"""
ORDER BY bm25(articles_fts, {", ".join(map(str, WEIGHTS))}), articles.pk DESC"""


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement and the values of its named parameters."""

    sql: str
    values: Values


def statement(connection: sqlite3.Connection, query: Query, order: Order) -> Statement | None:
    """What finds the articles of ``query``, in an order; its limit and place are not looked at.

    Names of authors and departments are given as they are written in the archive. None for pages that are no
    articles, as they have no full text in the index. Raises BadQuery.
    """
    if query.kind is not Kind.ARTICLE:
        return None
    worded = bool(query.text.strip())
    found = matches(connection, query) if worded else everything(connection, query)
    pk = "articles_fts.rowid" if worded else "articles.pk"
    values: Values = {}
    conditions = []
    if worded:
        conditions.append("articles_fts MATCH :words")
        values["words"] = found.values["match"]
    for name, day, condition in (("since", query.since, _SINCE), ("until", query.until, _UNTIL)):
        if day is not None:
            conditions.append(condition.format(pk=pk))
            values[name] = day.isoformat()
    for name, condition in _CONDITIONS.items():
        if name in found.values:
            conditions.append(condition)
            values[name] = found.values[name]
    where = "\nWHERE " + "\n  AND ".join(conditions) if conditions else ""
    best = worded and order is Order.RELEVANCE
    return Statement(_BEGIN[worded] + where + (_BEST if best else f"\nORDER BY {pk} DESC"), values)
