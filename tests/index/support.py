"""WARC files and dumps for the tests of the index."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from archive.db import open_reader
from archive.index import schema
from archive.index.stems import stems
from archive.index.workers import Pool
from archive.layout import Layout
from archive.warc.names import durable_path
from archive.warc.records import digest, fields_block, member

HTML = "text/html; charset=utf-8"


@dataclass(frozen=True)
class Shot:
    """A capture to be written: ``at`` is minutes since the tests' epoch."""

    url: str
    said: Any = ""  # bytes, or what fakes.extract is to make of the page
    at: int = 0
    status: int = 200
    kind: str = "response"
    site: str | None = "echo"
    run: str | None = "run-1"
    mime: str = HTML
    of: int | None = None  # of a revisit: `at` of what it found again
    said_digest: str | None = None
    location: str | None = None  # of a redirect: where it leads

    @property
    def body(self) -> bytes:
        return self.said if isinstance(self.said, bytes) else json.dumps(self.said).encode()

    @property
    def date(self) -> str:
        return stamp(self.at)

    def members(self) -> list[bytes]:
        """The record and, before it, the one that tells of it. The same shot has the same bytes."""
        record_id = f"<urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, repr(self))}>"
        fields: dict[str, str | None] = {
            "WARC-Record-ID": record_id,
            "WARC-Target-URI": self.url,
            "WARC-Date": self.date,
            "WARC-Payload-Digest": self.said_digest or digest(self.body),
        }
        if self.of is not None:
            fields["WARC-Refers-To-Target-URI"] = self.url
            fields["WARC-Refers-To-Date"] = stamp(self.of)
        members = []
        if self.site is not None:
            told = {"site": self.site, "run": self.run, "via": None}
            about = {"WARC-Record-ID": f"<urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, record_id)}>"}
            about |= {"WARC-Date": self.date, "WARC-Concurrent-To": record_id}
            members.append(member("metadata", about, "application/warc-fields", fields_block(told)))
        if self.kind in ("resource", "conversion"):
            return [*members, member(self.kind, fields, self.mime, self.body)]
        led = f"Location: {self.location}\r\n" if self.location else ""
        head = f"HTTP/1.1 {self.status} X\r\nContent-Type: {self.mime}\r\n{led}\r\n".encode()
        body = b"" if self.kind == "revisit" else self.body
        return [*members, member(self.kind, fields, "application/http; msgtype=response", head + body)]


def stamp(minute: int) -> str:
    return f"2026-03-{1 + minute // 1440:02d}T{minute // 60 % 24:02d}:{minute % 60:02d}:00.250000Z"


def write_warc(layout: Layout, name: str, shots: Iterable[Shot]) -> list[int]:
    """A sealed file. Gives the offset behind each shot."""
    layout.warc.mkdir(parents=True, exist_ok=True)
    ends: list[int] = []
    data = b""
    for shot in shots:
        data += b"".join(shot.members())
        ends.append(len(data))
    (layout.warc / f"{name}.warc.gz").write_bytes(data)
    return ends


def reopen(layout: Layout, name: str, durable: int) -> None:
    """Let a sealed file look as it did while it was being written."""
    path = layout.warc / f"{name}.warc.gz"
    path = path.rename(path.with_name(path.name + ".open"))
    durable_path(path).write_bytes(b"%020d" % durable)


def seal(layout: Layout, name: str) -> None:
    path = layout.warc / f"{name}.warc.gz.open"
    durable_path(path).unlink()
    path.rename(layout.warc / f"{name}.warc.gz")


def fake_pool(layout: Layout, workers: int = 1, function: str = "extract", **limits: Any) -> Pool:
    key = "fake-2" if function == "extract_newer" else "fake-1"
    return Pool(layout.warc, workers, key, extractor=f"tests.index.fakes:{function}", **limits)


def dump(layout: Layout) -> list[tuple[Any, ...]]:
    """Every row of every table and view and every word of the full text, in an order of their own."""
    connection = open_reader(layout.index)
    connection.row_factory = None
    rows: list[tuple[Any, ...]] = []
    for table in dict.fromkeys(name for name, *_ in schema.describe()):
        found = [(table, *row) for row in connection.execute(f"SELECT * FROM {table}")]
        rows += sorted(found, key=repr)
    connection.close()
    return rows + words(layout)


def words(layout: Layout) -> list[tuple[Any, ...]]:
    """What the full text knows, read from its own index and not from the rows it was made of."""
    connection = sqlite3.connect(layout.index.resolve())
    connection.execute("CREATE VIRTUAL TABLE temp.words USING fts5vocab('main', 'articles_fts', 'instance')")
    found = connection.execute("SELECT term, doc, col, offset FROM temp.words").fetchall()
    connection.execute("INSERT INTO articles_fts (articles_fts) VALUES ('integrity-check')")
    connection.rollback()
    assert sorted(found) == _expected_words(connection)
    connection.close()
    return sorted(found)


def _expected_words(connection: sqlite3.Connection) -> list[tuple[Any, ...]]:
    """What the full text must know: FTS5 can't compare it itself, as ``stems`` stands in no table."""
    copy = sqlite3.connect(":memory:")
    copy.execute(
        "CREATE VIRTUAL TABLE copy USING fts5 (title, lead, text, stems,"
        " tokenize='unicode61 remove_diacritics 2')"
    )
    copy.executemany(
        "INSERT INTO copy (rowid, title, lead, text, stems) VALUES (?, ?, ?, ?, ?)",
        [
            (pk, title, lead, text, stems(title, lead, text, language))
            for pk, title, lead, text, language in connection.execute(
                """SELECT pk, title, lead, text, language FROM documents
                    WHERE newest = 1 AND kind = 'article'"""
            )
        ],
    )
    copy.execute("CREATE VIRTUAL TABLE temp.words USING fts5vocab('main', 'copy', 'instance')")
    words = copy.execute("SELECT term, doc, col, offset FROM temp.words").fetchall()
    copy.close()
    return sorted(words)


def child(layout: Layout, code: str, **environment: str) -> subprocess.Popen[bytes]:
    """Run code with ``layout`` and the names of this module in a process of its own."""
    head = "import os, sys\nfrom pathlib import Path\nfrom archive.index import jobs\n"
    head += "from tests.index.support import *"
    return subprocess.Popen(
        [sys.executable, "-c", f"{head}\nlayout = Layout(Path(sys.argv[1]))\n{code}", str(layout.root)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **environment},
        stdout=subprocess.PIPE,
    )


def only(layout: Layout, sql: str, *values: Any) -> Any:
    """The single value or the rows that a query gives."""
    connection = open_reader(layout.index)
    rows = [tuple(row) for row in connection.execute(sql, values)]
    connection.close()
    return rows[0][0] if len(rows) == 1 and len(rows[0]) == 1 else rows
