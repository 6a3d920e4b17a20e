"""From a file to captures and pages."""

from __future__ import annotations

import gzip
import zlib
from datetime import UTC, datetime
from pathlib import Path

import brotli
import pytest

from archive.errors import DamagedRecord
from archive.types import ExchangeEnd, Headers, RecordRef
from archive.warc.coding import zstd
from archive.warc.reader import CaptureWalk, Entry, parse_date, read_block, read_page, warc_fields
from archive.warc.records import digest, exchange_records
from tests.warc.support import (
    AT,
    CHUNKED,
    OK,
    SHAPES,
    TOLD,
    capture_at,
    exchange,
    keep,
    new_writer,
    raw_member,
    write_file,
)


def _page(tmp_path: Path, member: bytes, cap: int = 1 << 20) -> tuple[Headers, bytes]:
    (tmp_path / "a.warc.gz").write_bytes(member)
    page = read_page(tmp_path, capture_at(RecordRef("a.warc.gz", 0, len(member))), cap)
    return page.headers, page.body


def _entries(tmp_path: Path, data: bytes) -> list[Entry]:
    path = tmp_path / "a.warc.gz"
    path.write_bytes(data)
    return list(CaptureWalk(path, "a.warc.gz"))


def test_an_exchange_comes_back_as_one_entry(tmp_path: Path) -> None:
    one = exchange(SHAPES["latin-1"].response)
    path = write_file(tmp_path / "warc", [exchange(b"", end=ExchangeEnd.FAILED, reason="refused"), one])
    walk = CaptureWalk(path, path.name)
    (entry,) = walk
    capture = entry.capture
    assert (capture.url, capture.captured_at, capture.status, capture.mime) == (one.url, AT, 404, None)
    assert capture.payload_digest == digest(b"body")
    assert capture.record_id.startswith("urn:uuid:")
    assert (entry.record_type, entry.site, entry.run, entry.via) == ("response", "echo", "run-1", TOLD.via)
    assert entry.end == walk.offset == path.stat().st_size == capture.ref.offset + capture.ref.length
    assert read_page(path.parent, capture).body == b"body"
    assert read_block(path.parent, capture.ref)[1] == one.response


def test_entries_have_no_one_elses_notes(tmp_path: Path) -> None:
    records = exchange_records(exchange(), TOLD, "urn:x")
    foreign = raw_member(OK + b"x", WARC_Record_ID="<urn:uuid:foreign>")
    first, second = _entries(tmp_path, b"".join(records.members) + foreign)
    assert (first.site, second.site, second.run, second.via) == ("echo", None, None, None)


def test_revisit_resource_and_conversion(tmp_path: Path) -> None:
    revisit = raw_member(
        b"HTTP/1.1 304 Not Modified\r\nContent-Type: Text/HTML ; charset=x\r\n\r\n",
        WARC_Type="revisit",
        WARC_Refers_To_Target_URI="http://a.example/first",
        WARC_Refers_To_Date="2026-02-01T00:00:00Z",
    )
    resource = raw_member(
        b"[site]", "text/plain; charset=utf-8", WARC_Type="Resource", WARC_Target_URI="<urn:x>"
    )
    conversion = raw_member(b"<p>x", "text/html", WARC_Type="conversion")
    others = [
        raw_member(b"a: b", "application/warc-fields", WARC_Type=t) for t in ("warcinfo", "request", "x")
    ]
    found = _entries(tmp_path, b"".join([*others, revisit, resource, conversion]))
    assert [(e.record_type, e.capture.status, e.capture.mime, e.capture.url) for e in found] == [
        ("revisit", 304, "text/html", "http://a.example/"),
        ("resource", None, "text/plain", "urn:x"),
        ("conversion", None, "text/html", "http://a.example/"),
    ]
    assert found[0].refers_to_url == "http://a.example/first"
    assert found[0].refers_to_date == datetime(2026, 2, 1, tzinfo=UTC)
    assert (found[1].refers_to_url, found[1].refers_to_date) == (None, None)
    assert read_page(tmp_path, found[0].capture).body == b""
    page = read_page(tmp_path, found[1].capture)
    assert (page.content_type, page.body) == ("text/plain; charset=utf-8", b"[site]")


@pytest.mark.parametrize("lost", ["WARC_Date", "WARC_Target_URI", "WARC_Record_ID"])
def test_a_record_that_lacks_its_name_place_or_time_is_no_capture(lost: str, tmp_path: Path) -> None:
    data = gzip.decompress(raw_member(OK)).replace(f"{lost.replace('_', '-')}:".encode(), b"X:")
    assert _entries(tmp_path, gzip.compress(data) + raw_member(OK))[0].capture.ref.offset > 0


@pytest.mark.parametrize("name", SHAPES)
def test_pages_of_every_shape(name: str, tmp_path: Path) -> None:
    shape = SHAPES[name]
    headers, body = _page(tmp_path, raw_member(shape.response))
    if shape.payload is None:
        assert (headers, body) == ((), shape.response)
    else:
        assert body == shape.payload


HTML = "<p>Der Stadtrat beschließt den Haushalt</p>".encode() * 200
RAW = zlib.compressobj(wbits=-15)
CODED: dict[str, tuple[bytes, bytes]] = {
    "none": (b"identity", HTML),
    "gzip": (b"gzip", gzip.compress(HTML)),
    "deflate": (b"deflate", zlib.compress(HTML)),
    "raw deflate": (b"deflate", RAW.compress(HTML) + RAW.flush()),
    "brotli": (b"br", brotli.compress(HTML)),
    "zstd": (b"zstd", zstd.compress(HTML)),
    "twice": (b"gzip, gzip", gzip.compress(gzip.compress(HTML))),
    "two fields": (b"br\r\nContent-Encoding: gzip", gzip.compress(brotli.compress(HTML))),
    "unknown": (b"sdch", HTML),
    "lie": (b"gzip", HTML),
}


@pytest.mark.parametrize("framed", [False, True], ids=["whole", "chunked"])
@pytest.mark.parametrize("coding", CODED)
def test_pages_of_every_coding(coding: str, framed: bool, tmp_path: Path) -> None:
    field, coded = CODED[coding]
    if framed:
        coded = (
            b"".join(b"%x;e\r\n%s\r\n" % (len(p), p) for p in (coded[:7], coded[7:8], coded[8:]))
            + b"0\r\n\r\n"
        )
    start = CHUNKED[:-2] if framed else OK[:-2]
    block = start + b"Content-Encoding: " + field + b"\r\n\r\n" + coded
    assert _page(tmp_path, raw_member(block))[1] == HTML


def test_pages_are_cut_at_the_cap(tmp_path: Path) -> None:
    coded = OK[:-2] + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(bytes(4 << 20))
    assert _page(tmp_path, raw_member(coded), cap=1_000)[1] == bytes(1_000)
    assert _page(tmp_path, raw_member(OK + bytes(9_000)), cap=1_000)[1] == bytes(1_000)
    assert _page(tmp_path, raw_member(bytes(9_000), "text/plain"), cap=1_000)[1] == bytes(1_000)
    block = read_block(
        tmp_path, RecordRef("a.warc.gz", 0, (tmp_path / "a.warc.gz").stat().st_size), cap=1_000
    )[1]
    assert block == bytes(len(block))
    assert len(block) < 1_000


def test_a_page_is_read_while_its_file_is_written_and_after(tmp_path: Path) -> None:
    writer = new_writer(tmp_path)
    _, ref = keep(writer, exchange(OK + b"page"))
    assert read_page(tmp_path, capture_at(ref)).body == b"page"
    writer.close()
    assert read_page(tmp_path, capture_at(ref)).body == b"page"


def test_damage_is_an_error_with_its_place(tmp_path: Path) -> None:
    good = raw_member(OK + b"page")
    path = tmp_path / "a.warc.gz"

    def problem(data: bytes, ref: RecordRef) -> str:
        path.write_bytes(data)
        with pytest.raises(DamagedRecord) as caught:
            read_page(tmp_path, capture_at(ref))
        assert str(caught.value).startswith(f"{ref}: ")
        return caught.value.reason

    ref = RecordRef("a.warc.gz", 0, len(good))
    assert "No such file" in problem(good, RecordRef("b.warc.gz", 0, 10))
    for cut in (0, 5, len(good) // 2, len(good) - 1):
        assert problem(good[:cut], ref) == "torn gzip member"
    assert problem(good, RecordRef("a.warc.gz", 0, len(good) - 1)) == "torn gzip member"
    assert "no gzip member" in problem(good, RecordRef("a.warc.gz", 7, 20))
    flipped = bytearray(good)
    flipped[-6] ^= 1  # of the checksum
    assert "no gzip member" in problem(bytes(flipped), ref)
    for data, reason in (
        (gzip.compress(b"hello"), "no WARC record here"),
        (raw_member(b"x", Content_Length="1e3"), "record without a Content-Length"),
        (raw_member(b"x", Content_Length="1000"), "record of 5 bytes that promises 1000"),
    ):
        assert problem(data, RecordRef("a.warc.gz", 0, len(data))) == reason
    path.unlink()
    path.mkdir()
    with pytest.raises(DamagedRecord, match="can't read the file"):
        read_block(tmp_path, ref)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-01T12:30:15Z", datetime(2026, 3, 1, 12, 30, 15, tzinfo=UTC)),
        ("2026-03-01T12:30:15.123456789Z", datetime(2026, 3, 1, 12, 30, 15, 123456, UTC)),
        ("2026-03-01T12:30Z", datetime(2026, 3, 1, 12, 30, tzinfo=UTC)),
        ("2026-03-01T12:30:15+02:00", datetime(2026, 3, 1, 10, 30, 15, tzinfo=UTC)),
        ("2026-03-01T12:30:15", datetime(2026, 3, 1, 12, 30, 15, tzinfo=UTC)),
        ("2026-03-01", datetime(2026, 3, 1, tzinfo=UTC)),
        ("2026-03", datetime(2026, 3, 1, tzinfo=UTC)),
        ("2026", datetime(2026, 1, 1, tzinfo=UTC)),
        ("yesterday", None),
        ("", None),
        ("0001-01-01T00:00:00+23:00", None),
        (None, None),
    ],
)
def test_dates(text: str | None, expected: datetime | None) -> None:
    assert parse_date(text) == expected


def test_warc_fields_end_at_line_breaks_only() -> None:
    block = "a: 1\r\nb:x\u2028y\x0cz\nnothing\na: 2\r\n".encode() + b"c: \xff\r\n"
    assert warc_fields(block) == {"a": "1", "b": "x\u2028y\x0cz", "c": "\ufffd"}
