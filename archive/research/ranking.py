"""Which matches stand on a page, and in which order.

By date, FTS5 is read from its newest row on, and no further than the last hit. Relevance is bm25, which has
to be worked out of every match: about a microsecond each. So it is exact up to RANKED matches; where there
are more, the newest come first, unless all are to be ranked (``Query.full_rank``).

    matches -> a phrase that few hold? by phrases.py -> more than RANKED? newest first -> else all by bm25
"""

from __future__ import annotations

import heapq
import sqlite3
from collections.abc import Sequence

from archive.research import marks, phrases
from archive.research.answers import Place
from archive.research.matches import Matches, Values, ask
from archive.types import Order, Query

RANKED = 20_000
"""So many matches are ranked by relevance without being asked: a fiftieth of a second."""

PART = 20
"""How many match is estimated from the newest of so many parts."""

WEIGHTS = (10.0, 4.0, 1.0, 0.5)
"""What a word counts for in title, lead, text and stems. The text begins with the lead, so the lead counts 5.
A form in stems stands there once, however often its words do, and only if the text has no such word."""

_BADNESS = f"bm25(articles_fts, {', '.join(map(str, WEIGHTS))})"
# An infinite weight makes it NULL where the stems hold what was asked for (SQLite reads 9e999 as infinity).
_BADNESS_WITHOUT_STEMS = f"bm25(articles_fts, {', '.join(map(str, WEIGHTS[:-1]))}, 9e999)"
_NEWEST = "SELECT rowid AS pk, NULL AS badness {matches} ORDER BY rowid DESC LIMIT :limit"
# bm25 goes through all matches of each word before the first row, so it isn't even named above.
_BEST = "SELECT rowid AS pk, {badness} AS badness {matches} ORDER BY badness, pk DESC LIMIT :limit"
# Without the LIMIT -1, SQLite would work bm25 out three times for each row.
_BEHIND = f"""SELECT pk, badness FROM (SELECT rowid AS pk, {_BADNESS} AS badness {{matches}} LIMIT -1)
    WHERE badness > :badness OR (badness = :badness AND pk < :pk)
    ORDER BY badness, pk DESC LIMIT :limit"""  # noqa: S608 - numbers from above
# In no order: SQLite would keep all of them twice to count and sort them.
_SOME = "SELECT rowid AS pk, {badness} AS badness {matches} LIMIT :limit"
_NUMBER = "SELECT count(*) FROM (SELECT 1 {matches} LIMIT :most)"
_SPAN = """SELECT
    (SELECT pk FROM documents WHERE newest = 1 AND kind = 'article' ORDER BY pk LIMIT 1) AS first,
    (SELECT pk FROM documents WHERE newest = 1 AND kind = 'article' ORDER BY pk DESC LIMIT 1) AS last"""


def page(
    connection: sqlite3.Connection, query: Query, found: Matches, after: Place | None
) -> tuple[list[Place], Order]:
    """The places of a page and, if there is one, of the first hit behind it; and their order.

    Raises BadQuery.
    """
    limit = max(0, query.limit) + 1
    values = found.values | {"limit": limit}

    def places(sql: str, **more: str | int | float | None) -> list[Place]:
        return _places(ask(connection, sql.format(matches=found.sql), values | more, query))

    def best() -> list[Place]:
        return _places(_ranked(connection, query, found, _BEST, limit))

    if after is not None and after.badness is None:
        return places(_NEWEST, last=min(after.pk - 1, int(values["last"] or 0))), Order.DATE
    if query.order is Order.DATE and after is None:
        return places(_NEWEST), Order.DATE
    terms = marks.terms(str(found.values["match"]))
    few = found.most is not None and found.most <= RANKED
    phrase = any(len(term.tokens) > 1 for term in terms)
    about = _about(connection, query, found) if phrase and not few else None
    ranked = None if about is None else phrases.ranked(connection, query, found, WEIGHTS, about, RANKED)
    if ranked is not None:
        return _behind(ranked, after)[:limit], Order.RELEVANCE
    if after is not None:
        return places(_BEHIND, pk=after.pk, badness=after.badness), Order.RELEVANCE
    if query.full_rank or few:
        return best(), Order.RELEVANCE
    if any(term.prefix for term in terms):
        # FTS5 gathers all words that begin so anew for each statement, so that counting costs one of its own.
        newest = places(_NEWEST, limit=max(limit, RANKED + 1))
        if len(newest) > RANKED:
            return newest[:limit], Order.DATE
        return best(), Order.RELEVANCE
    if about is not None and about <= RANKED:
        # To count them takes as long as to rank them, as all articles that hold the words are looked at.
        some = _best_of_few(connection, query, found, limit)
        return (some, Order.RELEVANCE) if some is not None else (places(_NEWEST), Order.DATE)
    if _number(connection, query, found, found.values) <= RANKED:
        return best(), Order.RELEVANCE
    return places(_NEWEST), Order.DATE


def _number(connection: sqlite3.Connection, query: Query, found: Matches, values: Values) -> int:
    """How many match; where more do, RANKED + 1."""
    sql = _NUMBER.format(matches=found.sql)
    return int(ask(connection, sql, values | {"most": RANKED + 1}, query)[0][0])


def _about(connection: sqlite3.Connection, query: Query, found: Matches) -> int:
    """How many match, if the newest twentieth of the row numbers holds a twentieth of them.

    0 for a query of less than a tenth of them: to find the place where its days begin takes FTS5 as long.
    """
    span = connection.execute(_SPAN).fetchone()
    newest, oldest = span["last"] or 0, span["first"] or 0
    last = min(int(found.values["last"] or 0), newest)
    first = max(int(found.values["first"] or 0), oldest)
    if last - first < (newest - oldest) // 10:
        return 0
    newest_part = found.values | {"first": last - (last - first) // PART}
    return PART * _number(connection, query, found, newest_part)


def _places(rows: Sequence[sqlite3.Row]) -> list[Place]:
    return [Place(row["pk"], row["badness"]) for row in rows]


def _ranked(
    connection: sqlite3.Connection, query: Query, found: Matches, sql: str, limit: int
) -> Sequence[sqlite3.Row]:
    """The rows of a statement with the badness of each, as bm25() gives it.

    A phrase is looked for in all columns first (see phrases.anywhere): where the stems hold it nowhere, that
    gives the same, and else it shows.
    """
    values = found.values | {"limit": limit}
    anywhere = phrases.anywhere(str(values["match"])) if _of_all(query, found) else None
    if anywhere is not None:
        statement = sql.format(badness=_BADNESS_WITHOUT_STEMS, matches=found.sql)
        rows = ask(connection, statement, values | {"match": anywhere}, query)
        if all(row["badness"] is not None for row in rows):
            return rows
    return ask(connection, sql.format(badness=_BADNESS, matches=found.sql), values, query)


def _of_all(query: Query, found: Matches) -> bool:
    """All articles are searched: bm25() counts no article for its figures that a statement leaves out."""
    return query.since is None and query.until is None and found.values.keys() == {"match", "first", "last"}


def _best_of_few(
    connection: sqlite3.Connection, query: Query, found: Matches, limit: int
) -> list[Place] | None:
    """The first so many of all matches; None where they are more than RANKED."""
    rows = _ranked(connection, query, found, _SOME, RANKED + 1)
    if len(rows) > RANKED:
        return None
    least = heapq.nsmallest(limit, (badness for _, badness in rows))
    places = [Place(pk, badness) for pk, badness in rows if badness <= least[-1]]
    return sorted(places, key=_order)[:limit]


def _order(place: Place) -> tuple[float, int]:
    """Best first; of those that are equally good, the one with the greater number."""
    return place.badness or 0.0, -place.pk


def _behind(ranked: Sequence[Place], after: Place | None) -> list[Place]:
    if after is None:
        return list(ranked)
    return [place for place in ranked if _order(place) > _order(after)]
