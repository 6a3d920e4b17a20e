"""An archive at a glance: what it holds, what came last, and how many articles each outlet has per day."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import date, timedelta

from archive.index.rownumbers import HASH_BITS, day_of, first_number
from archive.research.sizes import totals

# Each asked for alone, the least and the greatest are read at the ends of the index.
_ARTICLES = "FROM documents INDEXED BY documents_newest WHERE newest = 1 AND kind = 'article'"
_HELD = f"""SELECT (SELECT max(pk) {_ARTICLES}) AS last, (SELECT min(pk) {_ARTICLES}) AS first"""
_NEWEST = """SELECT id, site, title, url, day, lead FROM articles ORDER BY pk DESC LIMIT ?"""
_PER_DAY = f"""SELECT site, pk >> {HASH_BITS} AS day, count(*) AS number
    FROM documents INDEXED BY documents_facets WHERE newest = 1 AND kind = 'article' AND pk >= ?
    GROUP BY 1, 2"""  # noqa: S608 - a number
# From each site to the next by their index: the last captures of all are among the last of each.
_LAST = """WITH RECURSIVE names (site) AS (
        SELECT min(site) FROM captures UNION ALL
        SELECT (SELECT min(site) FROM captures WHERE site > names.site) FROM names
            WHERE names.site IS NOT NULL)
    SELECT max((SELECT max(captured_at) FROM captures WHERE site IS names.site)) FROM names"""

# What almost every search looks into: lengths of texts, by which bm25 ranks, and what filters and counts ask.
_OFTEN = (
    "articles_fts_docsize",
    "documents INDEXED BY documents_facets WHERE newest = 1 AND kind = 'article'",
    "documents INDEXED BY documents_site WHERE site > '' AND newest = 1 AND kind = 'article'",
)
_MOST = 1_000_000


@dataclass(frozen=True, slots=True)
class Held:
    """What an archive holds. Days are None where there is no article."""

    articles: int
    first: date | None  # of the earliest article
    last: date | None
    captured: str | None  # when the last capture was made, ISO 8601 in UTC


def held(connection: sqlite3.Connection) -> Held:
    """The archive in numbers."""
    row = connection.execute(_HELD).fetchone()
    first, last = (None if number is None else day_of(number) for number in (row["first"], row["last"]))
    return Held(number(connection), first, last, connection.execute(_LAST).fetchone()[0])


def number(connection: sqlite3.Connection) -> int:
    """How many articles there are.

    The full text has a row of each, and FTS5 keeps their number for bm25. To count them is to read megabytes,
    for which a disk takes a second.
    """
    return next(iter(totals(connection)), 0)


def warm(connection: sqlite3.Connection) -> None:
    """Read what is asked for often, so that it is in memory when people come: 170 bytes an article."""
    for rows in _OFTEN:
        connection.execute(f"SELECT count(*) FROM (SELECT 1 FROM {rows} LIMIT {_MOST})")  # noqa: S608 - from above


def newest(connection: sqlite3.Connection, limit: int) -> list[sqlite3.Row]:
    """The newest articles by their day: id, site, title, url, day, lead."""
    return connection.execute(_NEWEST, (limit,)).fetchall()


def per_day(connection: sqlite3.Connection, last: date, days: int) -> dict[str, dict[date, int]]:
    """How many articles each site has of each of so many days up to ``last``; most articles first."""
    first = first_number(last - timedelta(days=days - 1))
    found: dict[str, dict[date, int]] = {}
    for row in connection.execute(_PER_DAY, (first,)):
        found.setdefault(row["site"] or "", {})[day_of(row["day"] << HASH_BITS)] = row["number"]
    return dict(sorted(found.items(), key=lambda each: (-sum(each[1].values()), each[0])))
