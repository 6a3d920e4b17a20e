"""Full-text search over articles: the best hits first, each leading back to its bytes."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import date

from archive.errors import BadQuery
from archive.index.rows import days_between
from archive.research.expression import to_fts
from archive.types import Hit, Query, RecordRef

WEIGHTS = (10.0, 4.0, 1.0)
"""What a word in title, lead and text counts for. The text begins with the lead, so the lead counts 5."""

_MATCHES = """FROM articles_fts {join} WHERE articles_fts MATCH :match
    AND articles_fts.rowid BETWEEN :first AND :last {site}"""
_JOIN = "JOIN documents ON documents.pk = articles_fts.rowid"
_SITE = "AND documents.site = :site"
# Ranked first and read after: snippets of all matches would cost more than the search.
_BEST = """SELECT articles_fts.rowid AS pk, bm25(articles_fts, :w0, :w1, :w2) AS badness {matches}
    ORDER BY 2, 1 DESC LIMIT :limit"""
_READ = """SELECT articles.pk, id, url, site, articles.title, day, warc, offset, length,
        snippet(articles_fts, 2, char(2), char(3), '…', 32) AS in_text,
        snippet(articles_fts, 0, char(2), char(3), '…', 32) AS in_title
    FROM articles_fts JOIN articles ON articles.pk = articles_fts.rowid
    WHERE articles_fts MATCH :match AND articles_fts.rowid = :pk"""


def search(connection: sqlite3.Connection, query: Query) -> list[Hit]:
    """The best ``query.limit`` articles, best first; of two equally good ones the newer first.

    Raises BadQuery, with one line for a person, when the text can't be understood.
    """
    values = _values(query)
    matches = _matches(query)
    ranked = _ask(connection, _BEST.format(matches=matches), values | {"limit": max(0, query.limit)}, query)
    hits = []
    for best in ranked:
        (row,) = _ask(connection, _READ, {"match": values["match"], "pk": best["pk"]}, query)
        hits.append(_hit(row, -best["badness"]))
    return hits


def count(connection: sqlite3.Connection, query: Query) -> int:
    """How many articles match, whatever ``query.limit`` says. Raises BadQuery."""
    (row,) = _ask(connection, f"SELECT count(*) AS n {_matches(query)}", _values(query), query)
    return int(row["n"])


def _matches(query: Query) -> str:
    if query.site is None:
        return _MATCHES.format(join="", site="")
    return _MATCHES.format(join=_JOIN, site=_SITE)


def _values(query: Query) -> dict[str, str | int | float | None]:
    first, last = days_between(query.since, query.until)
    w0, w1, w2 = WEIGHTS
    return {
        "match": to_fts(query.text),
        "first": first,
        "last": last,
        "site": query.site,
        "w0": w0,
        "w1": w1,
        "w2": w2,
    }


def _ask(
    connection: sqlite3.Connection, sql: str, values: dict[str, str | int | float | None], query: Query
) -> Sequence[sqlite3.Row]:
    try:
        return connection.execute(sql, values).fetchall()
    except sqlite3.OperationalError as error:
        # FTS5 reports a wrong expression with the general code; all others are no fault of the query.
        if error.sqlite_errorcode != sqlite3.SQLITE_ERROR:
            raise
        raise BadQuery(
            f"can't understand the query {query.text!r}: {error}. AND, OR and NOT stand between two words;"
            " put words in quotation marks to search for them as they are"
        ) from None


def _hit(row: sqlite3.Row, score: float) -> Hit:
    snippet = row["in_text"] or ""
    if "\x02" not in snippet and "\x02" in (row["in_title"] or ""):
        snippet = row["in_title"]
    return Hit(
        document_id=row["id"],
        url=row["url"],
        site=row["site"],
        title=row["title"],
        day=date.fromisoformat(row["day"]),
        score=score,
        snippet=" ".join(snippet.split()),
        ref=RecordRef(row["warc"], row["offset"], row["length"]),
    )
