"""Where an article was promoted, as people read it: one line per page and headline."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Literal, cast

from archive.research import teasers

Place = Literal["front", "section", "feed", "article", "other"]


@dataclass(frozen=True, slots=True)
class Promotion:
    """A headline on a page, under whichever of its URLs the article stood there."""

    page_url: str
    page_id: str  # a document that the page was
    site: str | None  # whose page it is
    place: Place  # "front": a host's first page
    headline: str  # "" for a teaser without one
    best: int  # place on the page, from 0
    seen_from: str  # first and last capture of the page in which it stood there
    seen_until: str
    captures: int  # in which it stood there


def of_article(connection: sqlite3.Connection, document_id: str) -> list[Promotion]:
    """Front pages come first, then sections and feeds, then other articles; each the earliest first.

    On a list, headlines that differ in case, blanks or signs alone are one. Raises BadQuery.
    """
    urls = teasers.urls_of(connection, document_id)
    rows = connection.execute(_PROMOTIONS.format(marks=", ".join("?" * len(urls))), urls)
    return [
        Promotion(
            page_url=row["page_url"],
            page_id=row["page_id"],
            site=row["site"],
            place=cast(Place, row["place"]),
            headline=row["headline"],
            best=row["best"],
            seen_from=row["seen_from"],
            seen_until=row["seen_until"],
            captures=row["captures"],
        )
        for row in rows
    ]


_PROMOTIONS = """SELECT page.url AS page_url, max(page.id) AS page_id, page.site,
        CASE WHEN page.kind <> 'section' THEN page.kind WHEN own.mime NOT LIKE '%html%' THEN 'feed'
            WHEN substr(page.url, instr(substr(page.url, 9), '/') + 8) = '/' THEN 'front'
            ELSE 'section' END AS place,
        max(headline) AS headline, min(position) AS best, min(shown.captured_at) AS seen_from,
        max(shown.captured_at) AS seen_until, count(DISTINCT shown.captured_at) AS captures
    FROM teasers JOIN documents AS page ON page.id = teasers.document_id
        JOIN captures AS own ON own.warc = page.warc AND own.offset = page.offset
        JOIN captures AS shown ON shown.document_id = page.id
    WHERE teasers.url IN ({marks})
    GROUP BY page.url, coalesce(headline_key, headline)
    ORDER BY instr('front section feed', place) = 0, instr('front section feed', place), seen_from,
        page_url, headline"""
