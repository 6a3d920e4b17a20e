"""The index's tables, views and columns: what stands in them, said once.

People query this with any SQLite tool, so names and meanings are an interface. Times are ISO 8601 in
UTC. Lists and blocks are JSON. NULL means that the page (or the record) doesn't say it.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from pathlib import Path

from sqlite_utils import Database

from archive.errors import ArchiveError

VERSION = 1
"""Raised with every change of a table. An index of another version is rebuilt, never migrated."""

_Columns = tuple[tuple[str, type, str], ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table as it is made, with the meaning of the whole and of each column."""

    name: str
    text: str
    pk: str | tuple[str, ...]
    columns: _Columns
    foreign: tuple[tuple[str, str, str], ...] = ()  # column, other table, its column


@dataclass(frozen=True, slots=True)
class View:
    """A view, or the full-text table: ``sql`` creates it."""

    name: str
    text: str
    columns: _Columns
    sql: str


def _dating(name: str, what: str) -> _Columns:
    return (
        (name, str, f"When the page says it was {what}; midnight UTC of the day if it names only a day"),
        (f"{name}_day", str, f"Day of `{name}` in the page's own zone, YYYY-MM-DD: what its readers saw"),
        (f"{name}_precision", str, f"How exact `{name}` is: day, minute or second"),
        (f"{name}_offset", int, f"Minutes east of UTC of the zone in which the page states `{name}`"),
        (f"{name}_source", str, f"Where on the page `{name}` stood, e.g. json-ld"),
    )


CAPTURES = Table(
    "captures",
    "Every record that tells of a URL: each answer a server gave, redirects, errors and revisits too",
    ("warc", "offset"),
    (
        ("warc", str, "WARC file the record is in"),
        ("offset", int, "Byte of that file at which the record's gzip member begins"),
        ("length", int, "Compressed bytes of the member"),
        ("record_id", str, "WARC-Record-ID, without angle brackets"),
        ("record_type", str, "response, revisit, resource or conversion"),
        ("url", str, "URL as it was asked for"),
        ("url_key", str, "Sort-friendly form of the URL (SURT), as web archives use it to find a page"),
        ("captured_at", str, "When it was captured, to the microsecond"),
        ("status", int, "HTTP status"),
        ("mime", str, "Media type that the server stated"),
        ("payload_digest", str, "Digest of the payload as it came, WARC-Payload-Digest"),
        ("content_digest", str, "SHA-256 of the body without content coding; NULL if it was never read"),
        ("site", str, "Name of the site it was crawled for"),
        ("run", str, "Crawl run that captured it"),
        ("via", str, "URL that led to it"),
        ("refers_to_url", str, "Of a revisit: URL of the capture whose content was found again"),
        ("refers_to_date", str, "Of a revisit: when that content was captured"),
        ("outcome", str, "document, failure, or none for what is no page; NULL until it was extracted"),
        ("document_id", str, "Document it holds; for a revisit, the one that was found unchanged"),
        ("extractor", str, "Extractor key the outcome was made under"),
    ),
    (("document_id", "documents", "id"),),
)

DOCUMENTS = Table(
    "documents",
    "What a URL said: one row per URL and content, made from the earliest capture of that content",
    "pk",
    (
        ("pk", int, "Number of the row: rises with the day, and is the same in every rebuild"),
        ("id", str, "What people cite: made of URL and content alone, the same under every extractor"),
        ("url", str, "Canonical form of the captured URL: no fragment, no tracking parameters"),
        ("url_key", str, "Sort-friendly form of the URL (SURT)"),
        ("site", str, "Name of the site it was crawled for"),
        ("kind", str, "article, section (a page or feed that lists articles) or other"),
        ("newest", int, "1 for the version that stands for its URL: the last article, else the last page"),
        ("language", str, "Language tag, as the page declares it or else as detected"),
        ("title", str, "Headline"),
        ("kicker", str, "Short line over the headline"),
        ("section", str, "Department of the outlet the page says it belongs to"),
        *_dating("published", "published"),
        *_dating("modified", "last changed"),
        ("paywall_declared", int, "1 if the page says that it is not free, 0 if it says that it is"),
        ("paywall_observed", int, "1 if the text ends as a stub does, 0 if not"),
        ("canonical_url", str, "The address that the page itself calls canonical"),
        ("captured_at", str, "When this content was first captured"),
        ("last_captured_at", str, "When this content was last captured, or found unchanged"),
        ("extractor", str, "Extractor key the row was made under"),
        ("content_digest", str, "SHA-256 of the body without content coding"),
        ("record_id", str, "WARC record the row was made from"),
        ("warc", str, "WARC file of that record"),
        ("offset", int, "Byte of that file at which the record's gzip member begins"),
        ("length", int, "Compressed bytes of the member"),
        ("tags", str, "JSON list of keywords"),
        ("agencies", str, "JSON list of news agencies and desk codes"),
        ("images", str, "JSON list of images: url, caption, credit"),
        ("lead", str, "Lead paragraph; `text` begins with it"),
        ("text", str, "Running text: the lead, then the blocks, one a line; no teasers"),
        ("blocks", str, "JSON list of the text's blocks without the lead: kind, text"),
    ),
)

AUTHORS = Table(
    "authors",
    "The people who wrote a document",
    ("document_id", "position"),
    (
        ("document_id", str, "Document they wrote"),
        ("position", int, "Order on the page, from 0"),
        ("name", str, "Name as the page gives it"),
    ),
    (("document_id", "documents", "id"),),
)

TEASERS = Table(
    "teasers",
    "Pointers to other stories, found on a page: who promoted what, and where on the page",
    ("document_id", "position"),
    (
        ("document_id", str, "Document on whose page the teaser stood"),
        ("position", int, "Order on the page, from 0"),
        ("headline", str, "Headline of the teaser"),
        ("text", str, "Its text, empty if it has none"),
        ("url", str, "Canonical form of the address it links to"),
        ("evidence", str, "Why it was taken for a teaser"),
        ("target_id", str, "Document it points to: the one that stands for its URL, if that is stored"),
    ),
    (("document_id", "documents", "id"), ("target_id", "documents", "id")),
)

FAILURES = Table(
    "failures",
    "Captures of pages that could not be extracted, and why",
    ("warc", "offset"),
    (
        ("warc", str, "WARC file the record is in"),
        ("offset", int, "Byte of that file at which the record's gzip member begins"),
        ("record_id", str, "WARC-Record-ID, without angle brackets"),
        ("url", str, "URL as it was asked for"),
        ("extractor", str, "Extractor key it failed under"),
        ("kind", str, "empty, not_html, undecodable, too_large, timeout, memory, crash or damaged"),
        ("message", str, "What went wrong, one line"),
    ),
)

WARC_FILES = Table(
    "warc_files",
    "How far each WARC file is indexed",
    "name",
    (
        ("name", str, "WARC file"),
        ("indexed_offset", int, "Bytes whose captures are in this index"),
        ("sealed", int, "1 once the file will not grow any more"),
    ),
)

META = Table(
    "meta",
    "What this index is",
    "key",
    (
        ("key", str, "schema: version of the tables; extractor: key under which the index was begun"),
        ("value", str, "Its value"),
    ),
)

TABLES = (DOCUMENTS, CAPTURES, AUTHORS, TEASERS, FAILURES, WARC_FILES, META)

_TAKEN_OVER = (
    "pk id url url_key site title kicker lead text section language tags agencies published"
    " published_precision modified modified_precision paywall_declared paywall_observed canonical_url"
    " captured_at last_captured_at extractor record_id warc offset length"
).split()
_MEANING = {name: (kind, text) for name, kind, text in DOCUMENTS.columns}

ARTICLES = View(
    "articles",
    "The newest version of each article: what searches look through",
    (
        *((name, *_MEANING[name]) for name in _TAKEN_OVER),
        ("day", str, "Local day of publication, else day of the first capture (UTC), YYYY-MM-DD"),
        ("authors", str, "Names of its authors, in order, with commas between"),
    ),
    f"""CREATE VIEW articles AS SELECT {", ".join(_TAKEN_OVER)},
        coalesce(published_day, substr(captured_at, 1, 10)) AS day,
        (SELECT group_concat(name, ', ') FROM
            (SELECT name FROM authors WHERE document_id = documents.id ORDER BY position)) AS authors
    FROM documents WHERE newest = 1 AND kind = 'article'""",  # noqa: S608 - names from above
)

SITES = View(
    "sites",
    "What the archive holds of each site",
    (
        ("name", str, "Name of the site"),
        ("first_capture", str, "When it was first captured"),
        ("last_capture", str, "When it was last captured"),
        ("captures", int, "Records of its URLs"),
        ("documents", int, "Documents, all kinds and versions"),
        ("articles", int, "Articles, newest version only"),
    ),
    """CREATE VIEW sites AS SELECT site AS name, min(captured_at) AS first_capture,
        max(captured_at) AS last_capture, count(*) AS captures,
        (SELECT count(*) FROM documents WHERE site = captures.site) AS documents,
        (SELECT count(*) FROM documents
            WHERE site = captures.site AND newest = 1 AND kind = 'article') AS articles
    FROM captures WHERE site IS NOT NULL GROUP BY site""",
)

RUNS = View(
    "runs",
    "What each crawl run brought of each site",
    (
        ("run", str, "Crawl run"),
        ("site", str, "Name of the site"),
        ("first_capture", str, "When its first page was captured"),
        ("last_capture", str, "When its last page was captured"),
        ("captures", int, "Records it made"),
    ),
    """CREATE VIEW runs AS SELECT run, site, min(captured_at) AS first_capture,
        max(captured_at) AS last_capture, count(*) AS captures
    FROM captures WHERE run IS NOT NULL GROUP BY run, site""",
)

ARTICLES_FTS = View(
    "articles_fts",
    "Full text of `articles`, for MATCH; its rowid is `articles.pk`, so it rises with the day",
    (
        ("title", str, "Headline"),
        ("lead", str, "Lead paragraph"),
        ("text", str, "Running text"),
    ),
    # The text is not stored twice: the table reads it from the view. SQLite before 3.43 can't delete
    # from a table without content, so each row is taken out with the words it was put in with.
    """CREATE VIRTUAL TABLE articles_fts USING fts5(title, lead, text,
        content='articles', content_rowid='pk', tokenize='unicode61 remove_diacritics 2')""",
)

VIEWS = (ARTICLES, SITES, RUNS, ARTICLES_FTS)

_INDEXES = (
    "CREATE UNIQUE INDEX documents_id ON documents (id)",
    "CREATE INDEX documents_url ON documents (url)",
    "CREATE INDEX documents_site ON documents (site, kind, newest)",
    "CREATE INDEX documents_newest ON documents (pk) WHERE newest = 1 AND kind = 'article'",
    "CREATE INDEX captures_url_key ON captures (url_key, captured_at)",
    "CREATE INDEX captures_document_id ON captures (document_id, captured_at)",
    "CREATE INDEX captures_site ON captures (site, captured_at)",
    "CREATE INDEX captures_run ON captures (run, site, captured_at)",
    "CREATE INDEX captures_new ON captures (warc, offset) WHERE outcome IS NULL",
    "CREATE INDEX captures_revisits ON captures (url_key) WHERE record_type = 'revisit'",
    "CREATE INDEX teasers_url ON teasers (url)",
    "CREATE INDEX teasers_target_id ON teasers (target_id)",
)


def create(connection: sqlite3.Connection, extractor: str) -> None:
    """Make all tables, views and indexes in an empty database, to be filled under ``extractor``."""
    database = Database(connection)
    for table in TABLES:
        columns = {name: kind for name, kind, _ in table.columns}
        database.table(table.name).create(columns, pk=table.pk, foreign_keys=table.foreign)
    for view in VIEWS:
        connection.execute(view.sql)
    for index in _INDEXES:
        connection.execute(index)
    connection.executemany(
        "INSERT INTO meta (key, value) VALUES (?, ?)", [("schema", str(VERSION)), ("extractor", extractor)]
    )


def describe() -> list[tuple[str, str, str, str]]:
    """Each table and view (with an empty column name), then its columns: table, column, type, meaning."""
    types = {str: "TEXT", int: "INTEGER"}
    rows: list[tuple[str, str, str, str]] = []
    for part in (*TABLES, *VIEWS):
        rows.append((part.name, "", "view" if isinstance(part, View) else "table", part.text))
        rows += [(part.name, name, types[kind], text) for name, kind, text in part.columns]
    return rows


def check(connection: sqlite3.Connection, path: Path) -> None:
    """Raise ArchiveError when the database at ``path`` holds no index, or one of another version."""
    try:
        row = connection.execute("SELECT value FROM meta WHERE key = 'schema'").fetchone()
    except sqlite3.OperationalError:
        row = None
    if row is None or row[0] != str(VERSION):
        raise ArchiveError(
            f"{path}: an index of another version of Gazette; make it anew with: gazette index --rebuild"
        )
