"""Who promoted which story: where on which page, from when to when, and under which headline."""

from __future__ import annotations

import sqlite3
from typing import Any

from archive.research import lookup

_COLUMNS = """site, page_url, place, target_url, headline, position, seen_from, seen_until, gone_by,
    captures, target_id"""
_ORDER = "seen_from, page_url, position, headline"


def of_story(connection: sqlite3.Connection, named: str) -> list[dict[str, Any]]:
    """Every promotion of a story, under all URLs that the article has or had. Raises BadQuery.

    A URL that is not stored itself may be promoted all the same.
    """
    urls = urls_of(connection, named)
    marks = ", ".join("?" * len(urls))
    sql = f"SELECT {_COLUMNS} FROM promotions WHERE target_url IN ({marks}) ORDER BY {_ORDER}"  # noqa: S608 - marks
    return [dict(row) for row in connection.execute(sql, urls)]


def on_page(connection: sqlite3.Connection, named: str) -> list[dict[str, Any]]:
    """Every story that a page promoted. Raises BadQuery when the page is not stored."""
    url = lookup.stored_url(connection, named)
    sql = f"SELECT {_COLUMNS} FROM promotions WHERE page_url = ? ORDER BY seen_from, position, headline"  # noqa: S608
    return [dict(row) for row in connection.execute(sql, (url,))]


def of_site(connection: sqlite3.Connection, site: str) -> list[dict[str, Any]]:
    """The stories that a site's own pages promoted, most pages first: one row per story.

    Keys: target_url, title, pages, front (1 if the front page did), best, headlines, seen_from, seen_until.
    """
    return [dict(row) for row in connection.execute(_OF_SITE, (site,))]


def unstored(connection: sqlite3.Connection, site: str | None) -> list[dict[str, Any]]:
    """The stories that were promoted and that are not stored; of all sites when none is named."""
    rows = connection.execute(_UNSTORED, {"site": site})
    return [dict(row) for row in rows]


_OF_SITE = """SELECT target_url, coalesce(title, max(headline)) AS title, count(DISTINCT page_url) AS pages,
        max(place = 'front') AS front, min(position) AS best, count(DISTINCT headline) AS headlines,
        min(promotions.seen_from) AS seen_from, max(promotions.seen_until) AS seen_until, target_id
    FROM promotions LEFT JOIN documents ON documents.id = target_id
    WHERE promotions.site = ? AND place <> 'article'
    GROUP BY target_url ORDER BY front DESC, pages DESC, best, target_url"""
_UNSTORED = """SELECT * FROM teasers_unstored WHERE :site IS NULL OR site = :site
    ORDER BY site, seen_from, target_url"""


def urls_of(connection: sqlite3.Connection, named: str) -> list[str]:
    if lookup.is_url(named) and connection.execute(_PROMOTED, (named,)).fetchone():
        url = named
    else:
        url = lookup.stored_url(connection, named)
    rows = connection.execute(_SAME, {"url": url}).fetchall()
    return sorted({url, *(row["url"] for row in rows)})


_PROMOTED = "SELECT 1 FROM teasers WHERE url = ? LIMIT 1"
_SAME = """SELECT DISTINCT others.url FROM article_documents AS own
    JOIN article_documents AS others ON others.article_id = own.article_id WHERE own.url = :url"""
