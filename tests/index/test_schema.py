"""The schema as an interface: everything in it is described, and nothing else is."""

from __future__ import annotations

import sqlite3

from archive.index import schema


def test_every_table_and_column_has_a_description_and_the_right_type() -> None:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    schema.create(connection, "key")
    made: set[tuple[str, str, str]] = set()
    for name, kind in connection.execute(
        "SELECT name, type FROM sqlite_master WHERE type IN ('table', 'view')"
    ):
        if name.startswith(("articles_fts_", "sqlite_")):
            continue  # FTS5's own
        made.add((name, "", "view" if name == "articles_fts" else kind))
        for _, column, declared, *_ in connection.execute(f"PRAGMA table_info({name})"):
            made.add((name, column, declared))
    described = schema.describe()
    assert len({row[:2] for row in described}) == len(described)
    # SQLite gives no type for a column of a view that is an expression, and none for those of FTS5.
    types = {(table, column): declared for table, column, declared in made}
    assert {row[:2] for row in described} == set(types)
    for table, column, kind, text in described:
        assert types[table, column] in (kind, "", "BLOB"), (table, column)
        assert len(text) > 5, (table, column)
        assert not text.endswith("."), (table, column)


def test_stock_sqlite_finds_and_joins() -> None:
    """No function of our own is needed to read any table or view."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    schema.create(connection, "key")
    for name in {row[0] for row in schema.describe()}:
        connection.execute(f"SELECT * FROM {name}").fetchall()
    connection.execute(
        "SELECT title FROM articles WHERE pk IN (SELECT rowid FROM articles_fts WHERE articles_fts MATCH 'x')"
    )
    connection.execute("SELECT site, day, count(*) FROM articles GROUP BY site, day")
