"""Exchanges, and files with them, for the tests of WARC files."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from archive.types import Capture, Exchange, ExchangeEnd, RecordRef
from archive.warc.names import SUFFIX
from archive.warc.records import Told, exchange_records
from archive.warc.seal import MANIFEST
from archive.warc.writer import WarcWriter

AT = datetime(2026, 3, 1, 12, 30, 15, 250_000, UTC)
TOLD = Told("echo", "run-1", via="http://127.0.0.1:8001/", hops="L")
OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"


@dataclass(frozen=True)
class Shape:
    """A response as it came, and its payload; None when it has no head that a payload could stand behind."""

    response: bytes
    payload: bytes | None
    chunked: bool = False


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
SHAPES = {
    "plain": Shape(OK + b"<p>Gr\xc3\xbc\xc3\x9fe", "<p>Grüße".encode()),
    "empty": Shape(b"HTTP/1.1 204 No Content\r\n\r\n", b""),
    "not modified": Shape(b'HTTP/1.1 304 Not Modified\r\nETag: "x"\r\n\r\n', b""),
    "no reason": Shape(b"HTTP/1.0 200\r\nA: b\r\n\r\nbody", b"body"),
    "bare line feeds": Shape(b"HTTP/1.1 200 OK\nA: b\n\nbody", b"body"),
    "mixed line ends": Shape(b"HTTP/1.1 200 OK\nA: b\n\r\nbody\r\n\r\nmore", b"body\r\n\r\nmore"),
    "folded": Shape(b"HTTP/1.1 200 OK\r\nA: b\r\n\tc\r\n\r\nbody", b"body"),
    "latin-1": Shape(b"HTTP/1.1 404 Nicht gef\xfcnden\r\nX: \xe4\r\n\r\nbody", b"body"),
    "space before colon": Shape(b"HTTP/1.1 200 OK\r\nA : b\r\nnonsense\r\n\r\nbody", b"body"),
    "long header": Shape(b"HTTP/1.1 200 OK\r\nX: " + b"y" * 20_000 + b"\r\n\r\nbody", b"body"),
    "cut head": Shape(b"HTTP/1.1 200 OK\r\nA: b\r\nConte", b""),
    "cut status line": Shape(b"HTTP/1.1 2", None),
    "HTTP/0.9": Shape(b"<html>old", None),
    "other protocol": Shape(b"SSH-2.0-OpenSSH_9\r\n", None),
    "binary": Shape(OK + bytes(range(256)) * 40, bytes(range(256)) * 40),
    "chunked": Shape(
        CHUNKED + b"3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\nT: r\r\n\r\n", b"abc0123456789", True
    ),
    "chunked, cut": Shape(CHUNKED + b"3\r\nabc\r\nff\r\nonly", b"abconly", True),
}


def exchange(response: bytes = OK + b"page", **changes: Any) -> Exchange:
    fields: dict[str, Any] = {
        "url": "http://127.0.0.1:8001/seite?a=1",
        "started_at": AT,
        "request": b"GET /seite?a=1 HTTP/1.1\r\nHost: 127.0.0.1:8001\r\n\r\n",
        "response": response,
        "interim": b"",
        "fetch_ms": 12,
        "ip": "127.0.0.1",
        "protocol": "http/1.1",
        "tls": None,
        "end": ExchangeEnd.COMPLETE,
        "reason": None,
    }
    return Exchange(**(fields | changes))


def new_writer(warc_dir: Path, **options: Any) -> WarcWriter:
    warc_dir.mkdir(exist_ok=True)
    return WarcWriter(warc_dir, {"operator": "Prüfstelle", "isPartOf": "run-1"}, **options)


def keep(writer: WarcWriter, one: Exchange) -> tuple[str, RecordRef]:
    """Write and sync an exchange: the id of its last record and where that lies."""
    writer.begin()
    records = exchange_records(one, TOLD, writer.warcinfo_id)
    refs = writer.append(records.members)
    writer.sync()
    return records.record_id, refs[-1]


def write_file(warc_dir: Path, exchanges: Iterable[Exchange]) -> Path:
    """A sealed file with these exchanges."""
    writer = new_writer(warc_dir)
    for one in exchanges:
        keep(writer, one)
    name = writer.name
    writer.close()
    return warc_dir / name


def raw_member(
    block: bytes, content_type: str = "application/http; msgtype=response", **fields: str
) -> bytes:
    """A member as another tool may have written it; underscores in names stand for hyphens."""
    known = {"WARC_Type": "response", "WARC_Record_ID": "<urn:uuid:1>", "WARC_Date": "2026-03-01T12:00:00Z"}
    known |= {"WARC_Target_URI": "http://a.example/", "Content_Type": content_type}
    known |= {"Content_Length": str(len(block))}
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in (known | fields).items())
    return gzip.compress(b"WARC/1.1\r\n" + lines.encode() + b"\r\n" + block + b"\r\n\r\n")


def capture_at(ref: RecordRef) -> Capture:
    return Capture("urn:uuid:1", ref, "http://a.example/", AT, 200, "text/html", None)


def checked_manifest(warc_dir: Path) -> set[str]:
    """The names in the manifest, after a look whether each line tells the truth, once."""
    names: list[str] = []
    if not (warc_dir / MANIFEST).exists():
        return set()
    for line in (warc_dir / MANIFEST).read_text("utf-8").splitlines():
        sha256, name = line.split("  ")
        assert hashlib.sha256((warc_dir / name).read_bytes()).hexdigest() == sha256, name
        names.append(name)
    assert len(names) == len(set(names))
    return set(names)


def sealed(warc_dir: Path) -> set[str]:
    return {path.name for path in warc_dir.glob(f"*{SUFFIX}")}
