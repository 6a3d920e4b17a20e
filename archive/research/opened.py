"""An open index and the bytes behind it, for people who work in Python: what each question stands on."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from archive.errors import ArchiveError, BadQuery, NoArchive
from archive.index.rownumbers import day_of
from archive.layout import Layout
from archive.research import reading
from archive.research.frames import Rows, inferred
from archive.types import Page
from archive.warc.reader import read_block, read_page

_NUMBERS = """SELECT count(*) AS number, min(pk) AS first, max(pk) AS last FROM documents
    INDEXED BY documents_newest WHERE newest = 1 AND kind = 'article'"""


class Opened:
    """An index that is read until it is closed; ``layout`` is None for a published file, which has no bytes.

    Its one child, the archive that people open, asks the questions.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection, layout: Layout | None) -> None:
        self.path = path
        self._open: sqlite3.Connection | None = connection
        self._layout = layout

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the index. What was read stays; a stream of articles ends with an error."""
        if self._open is not None:
            self._open.close()
            self._open = None

    @property
    def connection(self) -> sqlite3.Connection:
        """The index, for reading: ``pandas.read_sql`` and the like. Raises ArchiveError if closed."""
        if self._open is None:
            raise ArchiveError(f"{self.path}: was closed; open it again with archive.open")
        return self._open

    def __repr__(self) -> str:
        if self._open is None:
            return f"<Archive {self.path}, closed>"
        row = self._open.execute(_NUMBERS).fetchone()
        days = f", {day_of(row['first'])} to {day_of(row['last'])}" if row["number"] else ""
        return f"<Archive {self.path}: {row['number']:,} articles{days}>"

    def sql(self, query: str, parameters: Sequence[Any] | Mapping[str, Any] = ()) -> Rows[Mapping[str, Any]]:
        """All rows of one SELECT over the tables that ``gazette help schema`` describes.

        In data frames, columns that hold nothing but ISO 8601 days or UTC times become such. Raises BadQuery.

        Example:
            a.sql("SELECT site, count(*) AS n FROM articles WHERE day >= ? GROUP BY site", ["2026-01-01"])
        """
        try:
            cursor = self.connection.execute(query, parameters)
            if cursor.description is None:
                raise BadQuery("this statement gives no rows; ask with a SELECT")
            names = [column[0] for column in cursor.description]
            rows = [dict(zip(names, row, strict=True)) for row in cursor]
        except (sqlite3.Error, sqlite3.Warning) as error:
            raise BadQuery(f"SQLite says: {error}; tables and columns: gazette help schema") from None
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise BadQuery(f"two columns are called {twice}; name one of them with AS")
        return Rows(rows, inferred(names, rows))

    # The bytes

    def read(self, named: reading.Named) -> Page:
        """The page that an article was made of, as the extractor sees it: headers, and the decoded body.

        Takes what search, articles, kwic and story give, a reference, an id or a URL. Raises BadQuery when
        there is no such document or record, DamagedRecord when its bytes can't be read, NoArchive when this
        is a published file, which has none.

        Example:
            html = a.read(a.search("Brücke")[0]).body
        """
        return read_page(self._warc(), reading.capture(self.connection, named))

    def record(self, named: reading.Named) -> bytes:
        """The record's block as it came over the wire: status line, headers, body, codings and all.

        Up to 64 MB. Takes and raises what ``read`` does.

        Example:
            a.record(hit.ref).partition(b"\\r\\n")[0]  # b"HTTP/1.1 200 OK"
        """
        return read_block(self._warc(), reading.capture(self.connection, named).ref)[1]

    def why(self, named: str) -> dict[str, Any]:
        """The chain from a document to its bytes, each step checked anew, and why each cut was made.

        Keys: document, record, checks, captures, cuts; all values go into JSON. Raises BadQuery, NoArchive.

        Example:
            a.why("k3zq2m7a")["checks"]["content_digest"]  # True
        """
        from archive.research.provenance import why  # brings the extractor's reasons along

        return why(self.connection, self._warc(), reading.document_id(self.connection, named))

    def _warc(self) -> Path:
        if self._layout is None:
            raise NoArchive(f"{self.path}: has no bytes of pages beside it; open the archive that it is from")
        return self._layout.warc
