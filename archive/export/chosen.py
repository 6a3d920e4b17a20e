"""Which captures go into an export of captures: those that were asked for, and those that they need.

    articles -> all captures of their URLs     or     all captures of a site and of some days
    -> the captures that revisits found again -> what the pages show: images, style sheets, fonts, scripts

They are noted in a TEMP table beside the index, on disk where they are many: an export may be as large as the
archive.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path

from archive.db import notes
from archive.errors import DamagedRecord
from archive.export.cdxj import TARGET, prepare
from archive.index.store import captures_at
from archive.research.articles import Article
from archive.types import Capture, Page, RecordRef
from archive.warc.beside import Place
from archive.warc.reader import read_page

TABLE = "chosen"
"""Columns: ``late`` (1 for a revisit, which comes behind all that it may refer to), warc, offset, ``page`` (1
for what was asked for, 0 for what that needs), ``seen`` (1 once what it needs is noted)."""

Requisites = Callable[[Page], Iterable[str]]
"""The absolute URLs of what a browser loads for a page or a style sheet. Never raises."""

MOST_OF_A_PAGE = 1_000
"""Requisites of one page that are looked for. Pages of news show some hundred."""

_HTML = frozenset({"text/html", "application/xhtml+xml"})
_SHEETS = frozenset({"text/css"})

_MAKE = """CREATE TEMP TABLE chosen (late INTEGER, warc TEXT, offset INTEGER, page INTEGER, seen INTEGER,
    PRIMARY KEY (late, warc, offset)) WITHOUT ROWID"""
_UNSEEN_FIRST = "CREATE INDEX temp.chosen_seen ON chosen (seen)"
_NOTE = """INSERT OR IGNORE INTO chosen
    SELECT record_type = 'revisit', warc, offset, :page, :alone AND record_type <> 'revisit' FROM captures"""
_OF_URL = f"{_NOTE} WHERE url_key = surt_key(:url)"
_OF_TIME = f"""{_NOTE} WHERE (:site IS NULL OR site = :site)
    AND (:since IS NULL OR captured_at >= :since) AND (:until IS NULL OR captured_at < :until)"""
_OF_ROW = f"{_NOTE} WHERE rowid = :number"
# Of all captures of what a page shows, replay shows that which is nearest to the page in time.
_NEAREST = f"""{_NOTE} WHERE rowid = (SELECT rowid FROM captures
    WHERE url_key = surt_key(:url) AND record_type <> 'conversion' AND (status IS NULL OR status < 400)
    ORDER BY abs(julianday(captured_at) - julianday(:moment)), warc, offset LIMIT 1)"""  # noqa: S608 - above
_UNSEEN = """SELECT late, page, warc, offset, found.captured_at, found.redirect_to,
        CASE late WHEN 1 THEN HOLDER ELSE found.rowid END AS holder
    FROM chosen CROSS JOIN captures AS found USING (warc, offset) WHERE seen = 0 LIMIT 500"""
_UNSEEN = _UNSEEN.replace("HOLDER", TARGET.replace("REVISIT", "found"))
_SEEN = "UPDATE chosen SET seen = 1 WHERE (late, warc, offset) = (:late, :warc, :offset)"
_PLACES = """SELECT late, warc, offset, found.length, found.record_id,
        coalesce((SELECT before.offset + before.length FROM captures AS before
            WHERE before.warc = chosen.warc AND before.offset < chosen.offset
            ORDER BY before.offset DESC LIMIT 1), 0) AS start,
        CASE WHEN found.source IS NULL THEN 0 ELSE coalesce((SELECT behind.offset FROM captures AS behind
            WHERE behind.warc = chosen.warc AND behind.offset > chosen.offset
            ORDER BY behind.offset LIMIT 1),
            (SELECT indexed_offset FROM warc_files WHERE name = chosen.warc), 0) END AS end
    FROM chosen CROSS JOIN captures AS found USING (warc, offset)
    WHERE (late, warc, offset) > (?, ?, ?) ORDER BY late, warc, offset LIMIT 500"""


class Chosen:
    """The captures of an export, noted in the table of that name."""

    def __init__(
        self, connection: sqlite3.Connection, warc_dir: Path, requisites: Requisites | None = None
    ) -> None:
        self.connection = connection
        self.warc_dir = warc_dir
        self._requisites = requisites
        # Pages name the same style sheets again and again.
        self._needs_of = lru_cache(maxsize=512)(self._read)

    def __len__(self) -> int:
        return int(self.connection.execute("SELECT count(*) FROM chosen").fetchone()[0])

    def add_articles(self, articles: Iterable[Article]) -> int:
        """Note all captures of the articles' URLs, so each version and redirect; gives how many articles."""
        count = 0
        for article in articles:
            self._note(_OF_URL, page=True, url=article.url)
            count += 1
        return count

    def add_captures(self, site: str | None, since: date | None, until: date | None) -> None:
        """Note all captures of a site from day to day (UTC, inclusive); None is no limit."""
        first = since.isoformat() if since else None
        behind = (until + timedelta(days=1)).isoformat() if until else None
        self._note(_OF_TIME, page=True, site=site, since=first, until=behind)

    def add_needed(self) -> int:
        """Note what revisits found again and what the pages show.

        Gives how many revisits refer to what this archive doesn't have.
        """
        lost = 0
        while rows := self.connection.execute(_UNSEEN).fetchall():
            for row in rows:
                self.connection.execute(_SEEN, dict(row))
                if row["late"]:
                    lost += row["holder"] is None
                    self._note(_OF_ROW, page=bool(row["page"]), number=row["holder"])
                for url in self._urls(row):
                    self._note(_NEAREST, page=False, url=url, moment=row["captured_at"])
        return lost

    def _note(self, sql: str, *, page: bool, **values: str | int | None) -> None:
        self.connection.execute(sql, {"page": int(page), "alone": int(self._requisites is None), **values})

    def _urls(self, row: sqlite3.Row) -> Iterable[str]:
        """What a page that was asked for, a style sheet, or the redirect of what a page shows leads to."""
        if self._requisites is None or row["holder"] is None:
            return ()
        if not row["page"] and row["redirect_to"] is not None:
            return (row["redirect_to"],)
        holder = next(captures_at(self.connection, [row["holder"]]))
        is_page = row["page"] and holder.mime in _HTML and holder.status == 200
        return self._needs_of(holder) if is_page or holder.mime in _SHEETS else ()

    def _read(self, capture: Capture) -> tuple[str, ...]:
        assert self._requisites is not None
        try:
            page = read_page(self.warc_dir, capture)
        except DamagedRecord:
            return ()  # told when it is copied
        return tuple(dict.fromkeys(self._requisites(page)))[:MOST_OF_A_PAGE]

    def places(self) -> Iterator[Place]:
        """Where the captures stand, file by file, and revisits behind all others."""
        last: tuple[int, str, int] = (-1, "", 0)
        # Page by page: a statement that stays open keeps the index's log from being emptied.
        while rows := self.connection.execute(_PLACES, last).fetchall():
            for row in rows:
                ref = RecordRef(row["warc"], row["offset"], row["length"])
                yield Place(ref, row["record_id"], row["start"], row["end"])
            last = (rows[-1]["late"], rows[-1]["warc"], rows[-1]["offset"])


@contextmanager
def choosing(
    connection: sqlite3.Connection, warc_dir: Path, requisites: Requisites | None = None
) -> Iterator[Chosen]:
    """An empty choice of an archive's captures, which is forgotten when the block ends."""
    prepare(connection)
    with notes(connection):
        connection.execute(_MAKE)
        connection.execute(_UNSEEN_FIRST)
        try:
            yield Chosen(connection, warc_dir, requisites)
        finally:
            connection.execute("DROP TABLE chosen")
