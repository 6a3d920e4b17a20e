"""Looking through articles, and time lines that choose their periods."""

from __future__ import annotations

import sqlite3
from datetime import date

import pytest

from archive.errors import BadQuery
from archive.research.articles import articles
from archive.research.browse import browse, sites
from archive.research.timeline import By, fitted, timeline
from archive.types import Kind, Order, Query


def test_pages_of_the_newest_hold_each_article_once(connection: sqlite3.Connection) -> None:
    expected = [article.id for article in articles(connection, Query("", language="de"))][::-1]
    seen, after = [], None
    while True:
        found = browse(connection, Query("", language="de", limit=7, after=after))
        assert found.order is Order.DATE
        seen += [hit.document_id for hit in found.hits]
        after = found.next
        if after is None:
            break
    assert seen == expected


def test_a_hit_shows_how_its_text_begins(connection: sqlite3.Connection) -> None:
    for hit in browse(connection, Query("")).hits:
        (text,) = connection.execute("SELECT text FROM documents WHERE id = ?", (hit.document_id,)).fetchone()
        assert " ".join(text.split()).startswith(hit.snippet.rstrip("…"))


def test_pages_that_are_no_articles_are_found_too(connection: sqlite3.Connection) -> None:
    found = browse(connection, Query("", kind=Kind.SECTION, limit=1000)).hits
    (many,) = connection.execute(
        "SELECT count(*) FROM documents WHERE kind = 'section' AND newest"
    ).fetchone()
    assert len(found) == many > 0
    with pytest.raises(BadQuery):
        browse(connection, Query("", after="x"))


def test_all_sites_are_named(connection: sqlite3.Connection) -> None:
    rows = connection.execute("SELECT DISTINCT site FROM documents ORDER BY 1")
    assert sites(connection) == [row["site"] for row in rows]


def test_a_time_line_has_no_more_periods_than_fit(connection: sqlite3.Connection) -> None:
    query = Query("der")
    for most, expected in ((1000, By.DAY), (20, By.WEEK), (4, By.MONTH), (1, By.YEAR)):
        by, periods = fitted(connection, query, most)
        assert by is expected
        assert periods == timeline(connection, query, by)


def test_behind_those_that_pass_the_filters_stand_all(connection: sqlite3.Connection) -> None:
    asked = Query("", site="hafenblatt", since=date(2025, 11, 1), until=date(2025, 11, 30))
    by, periods = fitted(connection, asked, 100)
    everyone = fitted(connection, Query("", since=asked.since, until=asked.until), 100)[1]
    assert (by, len(periods)) == (By.DAY, 30)
    assert sum(period.articles for period in periods) == len(list(articles(connection, asked))) > 0
    assert [period.all for period in periods] == [period.articles for period in everyone]
    assert [period.all for period in everyone] == [period.articles for period in everyone]
    assert fitted(connection, Query("", site="nobody"), 100) == (By.DAY, [])
