"""How the matches of a query are spread: over sites, sections, languages, authors, months and years."""

from __future__ import annotations

import sqlite3
from collections import Counter

from archive.index.rownumbers import HASH_BITS, day_of
from archive.research.answers import Counts, Facets
from archive.research.matches import Matches, ask
from archive.types import Query

COUNTED = 100_000
"""So many of the newest matches are looked at for what stands in their rows: two microseconds each."""
SHOWN = 20
"""Values of a facet, the commonest."""

_TOTAL = "SELECT count(*) {matches}"
_DAYS = f"SELECT articles_fts.rowid >> {HASH_BITS} AS day, count(*) AS number {{matches}} GROUP BY 1"
_ROWS = """WITH found AS MATERIALIZED (SELECT rowid AS pk {matches} ORDER BY rowid DESC LIMIT :most)
    SELECT site, section, language,
        iif(coalesce(paywall_declared, 0) OR coalesce(paywall_observed, 0), 'yes', 'no') AS paywall,
        count(*) AS number
    FROM found CROSS JOIN documents INDEXED BY documents_facets
        ON documents.pk = found.pk AND newest = 1 AND kind = 'article'
    GROUP BY 1, 2, 3, 4"""
_AUTHORS = """WITH found AS MATERIALIZED (SELECT rowid AS pk {matches} ORDER BY rowid DESC LIMIT :most)
    SELECT authors.name AS author, count(DISTINCT found.pk) AS number
    FROM found CROSS JOIN documents INDEXED BY documents_facets
        ON documents.pk = found.pk AND newest = 1 AND kind = 'article'
    CROSS JOIN authors ON authors.document_id = documents.id
    GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT :shown"""


def total(connection: sqlite3.Connection, found: Matches, query: Query) -> int:
    """How many articles match. Raises BadQuery."""
    return int(ask(connection, _TOTAL.format(matches=found.sql), found.values, query)[0][0])


def days(connection: sqlite3.Connection, found: Matches, query: Query) -> Counter[int]:
    """How many articles match on each day that has any; days are counted from 1970. Raises BadQuery."""
    rows = ask(connection, _DAYS.format(matches=found.sql), found.values, query)
    return Counter({row["day"]: row["number"] for row in rows})


def facets(connection: sqlite3.Connection, found: Matches, query: Query) -> Facets:
    """The total, and the counts of the commonest values. Raises BadQuery.

    Days and the total are those of all matches, whatever else is counted of so many of the newest.
    """
    by_day = days(connection, found, query)
    counts = values(connection, found, query, COUNTED)
    months: Counter[str | None] = Counter()
    for number, articles in sorted(by_day.items()):
        months[day_of(number << HASH_BITS).isoformat()[:7]] += articles
    years: Counter[str | None] = Counter()
    for month, articles in months.items():
        years[str(month)[:4]] += articles
    counts |= {"year": tuple(years.items()), "month": tuple(months.items())}
    number = sum(by_day.values())
    return Facets(number, min(number, COUNTED), counts)


def values(connection: sqlite3.Connection, found: Matches, query: Query, most: int) -> dict[str, Counts]:
    """How many of the newest matches, ``most`` of them, have each of the commonest values.

    Raises BadQuery.
    """
    asked = found.values | {"most": most, "shown": SHOWN}
    spread: dict[str, Counter[str | None]] = {
        name: Counter() for name in ("site", "section", "language", "paywall")
    }
    for row in ask(connection, _ROWS.format(matches=found.sql), asked, query):
        for name, counter in spread.items():
            counter[row[name]] += row["number"]
    authors = ask(connection, _AUTHORS.format(matches=found.sql), asked, query)
    counts = {name: _commonest(counter) for name, counter in spread.items()}
    return counts | {"author": tuple((row["author"], row["number"]) for row in authors)}


def _commonest(counter: Counter[str | None]) -> Counts:
    ranked = sorted(counter.items(), key=lambda item: (-item[1], item[0] is None, item[0] or ""))
    return tuple(ranked[:SHOWN])
