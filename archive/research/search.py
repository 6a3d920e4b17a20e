"""Full-text search over articles: each hit leads back to its bytes.

query -> matches -> the row numbers of a page (see ranking) -> hits, with what is found marked in their texts
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import date

from archive.db import moment
from archive.research import facets, marks, ranking
from archive.research.answers import Answer, Place, place_of
from archive.research.matches import Matches, matches
from archive.research.pages import with_pages_of
from archive.research.snippets import snippet
from archive.types import Hit, Order, Query, RecordRef

_READ = """SELECT pk, id, url, site, title, text, day, warc, offset, length FROM articles
    WHERE pk IN ({pks})"""


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
    with with_pages_of(connection, query) as source, moment(source):
        found = matches(source, query)
        place = place_of(query.after) if query.after else None
        page, order = ranking.page(source, query, found, place)
        hits, last = page[: query.limit], len(page) <= query.limit
        return Answer(
            hits=tuple(_read(source, found, hits)),
            order=order,
            capped=order is Order.DATE and query.order is Order.RELEVANCE,
            next=None if last or not hits else str(hits[-1]),
            facets=facets.facets(source, found, query) if counted else None,
        )


def _read(connection: sqlite3.Connection, found: Matches, places: Sequence[Place]) -> list[Hit]:
    """The hits at these places, in their order."""
    terms = marks.terms(str(found.values["match"]))
    rows = connection.execute(_READ.format(pks=", ".join(str(place.pk) for place in places)))
    by_pk = {row["pk"]: row for row in rows}
    return [hit(by_pk[place.pk], place.badness, terms) for place in places]


def hit(row: sqlite3.Row, badness: float | None, terms: Sequence[marks.Term]) -> Hit:
    """The hit that a row of `articles` is; ``badness`` is what bm25() gives, None where it ranks nothing."""
    return Hit(
        document_id=row["id"],
        url=row["url"],
        site=row["site"],
        title=row["title"],
        day=date.fromisoformat(row["day"]),
        score=None if badness is None else -badness,
        snippet=" ".join(snippet(terms, row["title"], row["text"]).split()),
        ref=RecordRef(row["warc"], row["offset"], row["length"]),
    )
