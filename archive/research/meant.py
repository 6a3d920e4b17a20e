"""Which articles a query means, also one without words: then it means all that pass its filters."""

from __future__ import annotations

import sqlite3

from archive.index.rownumbers import days_between
from archive.research.matches import Matches, Values, matches, narrowed
from archive.types import Query

# As a source that has the name and the columns of the full text, so that filters are the same for both.
_ALL = """FROM (SELECT pk, pk AS rowid FROM documents INDEXED BY documents_newest
        WHERE newest = 1 AND kind = 'article' AND pk BETWEEN :first AND :last) AS articles_fts
    WHERE 1 {filters}"""


def meant(connection: sqlite3.Connection, query: Query) -> Matches:
    """The articles that hold the words and pass the filters; without words, all that pass.

    Raises BadQuery.
    """
    return matches(connection, query) if query.text.strip() else everything(connection, query)


def everything(connection: sqlite3.Connection, query: Query) -> Matches:
    """All articles that pass the filters of a query, whatever their words."""
    first, last = days_between(query.since, query.until)
    values: Values = {"first": first, "last": last}
    filters, most = narrowed(connection, query, values)
    return Matches(_ALL.format(filters=filters), values, most)
