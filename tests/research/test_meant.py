"""Browsing by any filter finds what plain SQL finds, and looks through no more than it has to."""

from __future__ import annotations

import sqlite3
from datetime import date

import pytest

from archive.research import overview
from archive.research.browse import browse
from archive.research.facets import total
from archive.research.meant import everything
from archive.research.overview import number
from archive.research.sizes import varints
from archive.types import Query

_SINCE = date(2025, 11, 10)


@pytest.mark.parametrize(
    ("query", "condition"),
    [
        (Query("", language="DE"), "lower(language) = 'de' OR lower(language) LIKE 'de-%'"),
        (Query("", language="fr"), "lower(language) = 'fr'"),
        (Query("", site="hafenblatt"), "site = 'hafenblatt'"),
        (Query("", site="hafenblatt", language="de"), "site = 'hafenblatt' AND language LIKE 'de%'"),
        (Query("", section="kultur"), "lower(section) = 'kultur'"),
        (Query("", site="hafenblatt", section="kultur"), "site = 'hafenblatt' AND lower(section) = 'kultur'"),
        (Query("", paywall=True), "coalesce(paywall_declared, 0) OR coalesce(paywall_observed, 0)"),
        (Query("", since=_SINCE), f"day >= '{_SINCE}'"),
    ],
)
def test_what_is_browsed_is_what_plain_sql_finds(
    connection: sqlite3.Connection, query: Query, condition: str
) -> None:
    rows = connection.execute(f"SELECT id FROM articles WHERE {condition} ORDER BY pk DESC").fetchall()
    expected = [row["id"] for row in rows]
    assert [hit.document_id for hit in browse(connection, query).hits] == expected[: query.limit]
    assert total(connection, everything(connection, query), query) == len(expected)


def test_each_author_s_articles_are_found(connection: sqlite3.Connection) -> None:
    rows = connection.execute("SELECT author, count(*) AS n FROM authors_by_article GROUP BY 1").fetchall()
    assert rows
    for name, _ in rows:
        query = Query("", author=name, limit=1000)
        ids = {hit.document_id for hit in browse(connection, query).hits}
        found = connection.execute(
            "SELECT document_id AS id FROM authors_by_article WHERE author = ?", (name,)
        )
        assert ids >= {row["id"] for row in found}


@pytest.mark.parametrize(
    ("query", "index"),
    [
        (Query("", language="fr"), "documents_language"),
        (Query("", site="hafenblatt", paywall=True), "documents_site"),
        (Query("", section="kultur"), "documents_section"),
        (Query("", author="Nobody"), "documents_id"),
        (Query("", paywall=True), "documents_newest"),
    ],
)
def test_the_filter_that_lets_fewest_pass_says_what_is_looked_through(
    connection: sqlite3.Connection, query: Query, index: str
) -> None:
    found = everything(connection, query)
    plan = connection.execute(
        f"EXPLAIN QUERY PLAN SELECT rowid {found.sql} ORDER BY rowid DESC", found.values
    )
    assert index in plan.fetchone()["detail"]


def test_the_number_of_articles_is_read_and_not_counted(connection: sqlite3.Connection) -> None:
    (counted,) = connection.execute("SELECT count(*) FROM articles").fetchone()
    assert number(connection) == counted > 0
    assert varints(bytes.fromhex("9ecf4481")) == [501_700]
    overview.warm(connection)
