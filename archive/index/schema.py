"""The index's schema: the full-text table and the indexes over the tables, and all of it made."""

from __future__ import annotations

import sqlite3
from itertools import chain

from archive.index import (
    counting_views,
    promotion_views,
    runs,
    stems,
    story_tables,
    version_tables,
    version_views,
)
from archive.index.tables import TABLES, VERSION
from archive.index.views import VIEWS, View

ARTICLES_FTS = View(
    "articles_fts",
    "Full text of `articles`, for MATCH; its rowid is `articles.pk`, so it rises with the day",
    (
        ("title", str, "Headline"),
        ("lead", str, "Lead paragraph"),
        ("text", str, "Running text"),
        ("stems", str, "Base forms, other spellings and compound parts of its words: found, but never read"),
    ),
    # The text is not stored twice: the table reads it from the view. SQLite before 3.43 can't delete
    # from a table without content, so each row is taken out with the words it was put in with.
    """CREATE VIRTUAL TABLE articles_fts USING fts5(title, lead, text, stems,
        content='article_words', content_rowid='pk', tokenize='unicode61 remove_diacritics 2')""",
)

ARTICLE_WORDS = View(
    "article_words",
    "What `articles_fts` reads of an article",
    (
        ("pk", int, "Number of its row"),
        ("title", str, "Headline"),
        ("lead", str, "Lead paragraph"),
        ("text", str, "Running text"),
        ("stems", str, "Always NULL: the forms of its words stand in the full text alone"),
    ),
    """CREATE VIEW article_words AS SELECT pk, title, lead, text, NULL AS stems
        FROM documents WHERE newest = 1 AND kind = 'article'""",
)

_TYPES = {str: "TEXT", int: "INTEGER", float: "REAL", bytes: "BLOB"}
_TABLES = (*TABLES, *runs.TABLES, *version_tables.TABLES, *story_tables.TABLES)
_VIEWS = (
    *VIEWS,
    *version_views.VIEWS,
    *promotion_views.VIEWS,
    *counting_views.VIEWS,
    ARTICLE_WORDS,
    ARTICLES_FTS,
)
_INDEXES = (
    "CREATE UNIQUE INDEX documents_id ON documents (id)",
    "CREATE INDEX documents_url ON documents (url)",
    "CREATE INDEX documents_site ON documents (site, kind, newest)",
    "CREATE INDEX documents_newest ON documents (pk) WHERE newest = 1 AND kind = 'article'",
    "CREATE INDEX documents_section ON documents (section) WHERE newest = 1 AND kind = 'article'",
    # All that searches filter and count by, beside each other and in the order of the full text.
    """CREATE INDEX documents_facets ON documents (pk, site, section, language,
        paywall_declared, paywall_observed, id) WHERE newest = 1 AND kind = 'article'""",
    # For those who browse what is rare: each entry costs eleven bytes, in the order of the days.
    "CREATE INDEX documents_language ON documents (lower(language)) WHERE newest = 1 AND kind = 'article'",
    "CREATE INDEX authors_name ON authors (name)",
    "CREATE INDEX captures_url_key ON captures (url_key, captured_at)",
    "CREATE INDEX captures_document_id ON captures (document_id, captured_at) WHERE document_id IS NOT NULL",
    "CREATE INDEX captures_site ON captures (site, captured_at)",
    "CREATE INDEX captures_run ON captures (run, site, captured_at)",
    "CREATE INDEX captures_new ON captures (warc, offset) WHERE outcome IS NULL",
    "CREATE INDEX captures_newest ON captures (captured_at, warc, offset) WHERE outcome IS NULL",
    "CREATE INDEX captures_revisits ON captures (url_key) WHERE record_type = 'revisit'",
    "CREATE INDEX rights_name ON rights (name, value)",
    "CREATE INDEX teasers_url ON teasers (url)",
    "CREATE INDEX teasers_target_id ON teasers (target_id)",
    "CREATE INDEX teasers_headline_key ON teasers (headline_key, url) WHERE headline_key IS NOT NULL",
    "CREATE INDEX documents_title_key ON documents (title_key) WHERE title_key IS NOT NULL",
    "CREATE INDEX suspects_headline_key ON suspects (headline_key) WHERE headline_key IS NOT NULL",
)


def create(connection: sqlite3.Connection, extractor: str) -> None:
    """Make all tables, views and indexes in an empty database, to be filled under ``extractor``."""
    from sqlite_utils import Database  # imports pandas, where there is one: a second that no reader needs

    database = Database(connection)
    for table in _TABLES:
        columns = {name: kind for name, kind, _ in table.columns}
        database.table(table.name).create(columns, pk=table.pk, foreign_keys=table.foreign)
    for view in _VIEWS:
        connection.execute(view.sql)
    indexes = (_INDEXES, runs.INDEXES, version_tables.INDEXES, promotion_views.INDEXES, story_tables.INDEXES)
    for index in chain.from_iterable(indexes):
        connection.execute(index)
    # Parts of the full text are merged by eight, not four: each word is written a third fewer times.
    connection.execute("INSERT INTO articles_fts (articles_fts, rank) VALUES ('automerge', 8)")
    connection.executemany(
        "INSERT INTO meta (key, value) VALUES (?, ?)",
        [("schema", str(VERSION)), ("extractor", extractor), ("stems", stems.key())],
    )


def describe() -> list[tuple[str, str, str, str]]:
    """Each table and view (with an empty column name), then its columns: table, column, type, meaning."""
    rows: list[tuple[str, str, str, str]] = []
    for part in (*_TABLES, *_VIEWS):
        rows.append((part.name, "", "view" if isinstance(part, View) else "table", part.text))
        rows += [(part.name, name, _TYPES[kind], text) for name, kind, text in part.columns]
    return rows
