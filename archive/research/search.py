"""Full-text search over articles: each hit leads back to its bytes.

By date, FTS5 is read from its newest row on, and no further than the last hit. Relevance is bm25, which has
to be worked out of every match: about a microsecond each. So it is exact up to RANKED matches; where there
are more, the newest come first and the answer says so, unless all are to be ranked (``Query.full_rank``).

    query -> matches -> more than RANKED? -> newest first, or all by bm25 -> a page of row numbers -> hits
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import date

from archive.research import facets, marks
from archive.research.answers import Answer, Place, place_of
from archive.research.matches import Matches, ask, matches
from archive.research.pages import with_pages_of
from archive.types import Hit, Order, Query, RecordRef

RANKED = 20_000
"""So many matches are ranked by relevance without being asked: a fiftieth of a second."""

WEIGHTS = (10.0, 4.0, 1.0, 0.5)
"""What a word counts for in title, lead, text and stems. The text begins with the lead, so the lead counts 5.
A form in stems stands there once, however often its words do, and only if the text has no such word."""

_BADNESS = f"bm25(articles_fts, {', '.join(map(str, WEIGHTS))})"
_NEWEST = "SELECT rowid AS pk, NULL AS badness {matches} ORDER BY rowid DESC LIMIT :limit"
# bm25 goes through all matches of each word before the first row, so it isn't even named above.
_BEST = f"SELECT rowid AS pk, {_BADNESS} AS badness {{matches}} ORDER BY badness, pk DESC LIMIT :limit"
# Without the LIMIT -1, SQLite would work bm25 out three times for each row.
_BEHIND = f"""SELECT pk, badness FROM (SELECT rowid AS pk, {_BADNESS} AS badness {{matches}} LIMIT -1)
    WHERE badness > :badness OR (badness = :badness AND pk < :pk)
    ORDER BY badness, pk DESC LIMIT :limit"""  # noqa: S608 - numbers from above
_UP_TO = f"""SELECT pk, badness, count(*) OVER () AS number
    FROM (SELECT rowid AS pk, {_BADNESS} AS badness {{matches}} ORDER BY rowid DESC LIMIT :most)
    ORDER BY badness, pk DESC LIMIT :limit"""  # noqa: S608 - numbers from above
_FEW = "SELECT count(*) FROM (SELECT 1 {matches} LIMIT :most)"
_SPAN = """SELECT
    (SELECT pk FROM documents WHERE newest = 1 AND kind = 'article' ORDER BY pk LIMIT 1) AS first,
    (SELECT pk FROM documents WHERE newest = 1 AND kind = 'article' ORDER BY pk DESC LIMIT 1) AS last"""
_READ = """SELECT articles.pk, id, url, site, articles.title, articles.lead, articles.text, language, day,
        warc, offset, length, snippet(articles_fts, 2, char(2), char(3), '…', 32) AS snippet
    FROM articles_fts JOIN articles ON articles.pk = articles_fts.rowid
    WHERE articles_fts MATCH :match AND articles_fts.rowid BETWEEN :first AND :last {pks}"""


def search(connection: sqlite3.Connection, query: Query) -> list[Hit]:
    """The first ``query.limit`` articles. Raises BadQuery, with one line for a person."""
    return list(answer(connection, query).hits)


def count(connection: sqlite3.Connection, query: Query) -> int:
    """How many articles match, whatever ``query.limit`` and ``query.after`` say. Raises BadQuery."""
    with with_pages_of(connection, query) as source:
        return facets.total(source, matches(source, query), query)


def answer(connection: sqlite3.Connection, query: Query, *, counted: bool = False) -> Answer:
    """The hits of ``query``, and with ``counted`` the facets of all that match. Raises BadQuery.

    Of two articles that are equally good, or of one day, the one with the greater row number comes first: the
    order is total, so that no page repeats or leaves out what another has while the index stands as it is.
    """
    with with_pages_of(connection, query) as source:
        found = matches(source, query)
        place = place_of(query.after) if query.after else None
        page, order = _page(source, query, found, place)
        hits, last = page[: query.limit], len(page) <= query.limit
        return Answer(
            hits=tuple(_read(source, query, found, hits)),
            order=order,
            capped=order is Order.DATE and query.order is Order.RELEVANCE,
            next=None if last or not hits else str(hits[-1]),
            facets=facets.facets(source, found, query) if counted else None,
        )


def _page(
    connection: sqlite3.Connection, query: Query, found: Matches, after: Place | None
) -> tuple[list[Place], Order]:
    """The places of a page and, if there is one, of the first hit behind it."""
    values = found.values | {"limit": max(0, query.limit) + 1}

    def places(sql: str, **more: str | int | float | None) -> list[Place]:
        rows = ask(connection, sql.format(matches=found.sql), values | more, query)
        return [Place(row["pk"], row["badness"]) for row in rows]

    if after is not None and after.badness is not None:
        return places(_BEHIND, pk=after.pk, badness=after.badness), Order.RELEVANCE
    if after is not None:
        return places(_NEWEST, last=min(after.pk - 1, int(values["last"] or 0))), Order.DATE
    if query.order is Order.RELEVANCE:
        if query.full_rank:
            return places(_BEST), Order.RELEVANCE
        few = _few(connection, query, found)
        if few:
            return places(_BEST), Order.RELEVANCE
        if few is None:
            rows = ask(connection, _UP_TO.format(matches=found.sql), values | {"most": RANKED + 1}, query)
            if not rows or rows[0]["number"] <= RANKED:
                return [Place(row["pk"], row["badness"]) for row in rows], Order.RELEVANCE
    return places(_NEWEST), Order.DATE


def _few(connection: sqlite3.Connection, query: Query, found: Matches) -> bool | None:
    """Whether there are no more than RANKED matches; None where it costs less to rank so many and see.

    To count the matches of a phrase takes as long as to rank them, as all texts that hold its words are read.
    So the newest tenth tells whether the count will soon be over.
    """
    if found.most is not None and found.most <= RANKED:
        return True
    sql, values = _FEW.format(matches=found.sql), found.values | {"most": RANKED + 1}
    if any(len(term.tokens) > 1 or term.prefix for term in marks.terms(str(found.values["match"]))):
        span = connection.execute(_SPAN).fetchone()
        last = min(int(found.values["last"] or 0), span["last"] or 0)
        first = max(int(found.values["first"] or 0), span["first"] or 0)
        tenth = {"first": last - (last - first) // 10}
        if ask(connection, sql, values | tenth, query)[0][0] < RANKED // 20:
            return None
    return bool(ask(connection, sql, values, query)[0][0] <= RANKED)


def _read(connection: sqlite3.Connection, query: Query, found: Matches, places: list[Place]) -> list[Hit]:
    """The hits at these places, in their order."""
    if not places:
        return []
    terms = marks.terms(str(found.values["match"]))
    match = {"match": found.values["match"]}
    by_date = places[0].badness is None
    rare = query.after is None and not query.full_rank and all(len(term.tokens) == 1 for term in terms)
    if by_date or rare or any(term.prefix for term in terms):
        # One walk over the matches between the first and the last: FTS5 looks each word up in each of its
        # segments, and gathers all words with a prefix, anew for each row that it is asked for by itself.
        pks = [place.pk for place in places]
        sql = _READ.format(pks=f"AND +articles_fts.rowid IN ({', '.join(map(str, pks))})")
        rows = ask(connection, sql, match | {"first": min(pks), "last": max(pks)}, query)
    else:
        sql = _READ.format(pks="")
        rows = [
            ask(connection, sql, match | {"first": place.pk, "last": place.pk}, query)[0] for place in places
        ]
    by_pk = {row["pk"]: row for row in rows}
    return [_hit(by_pk[place.pk], place.badness, terms) for place in places]


def _hit(row: sqlite3.Row, badness: float | None, terms: Sequence[marks.Term]) -> Hit:
    snippet = row["snippet"] or ""
    if "\x02" not in snippet:
        snippet = marks.snippet(terms, row["title"], row["text"], row["language"]) or snippet
    return Hit(
        document_id=row["id"],
        url=row["url"],
        site=row["site"],
        title=row["title"],
        day=date.fromisoformat(row["day"]),
        score=None if badness is None else -badness,
        snippet=" ".join(snippet.split()),
        ref=RecordRef(row["warc"], row["offset"], row["length"]),
    )
