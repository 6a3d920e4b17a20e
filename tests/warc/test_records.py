"""The records of an exchange: whole, in order, and read alike by other tools."""

from __future__ import annotations

import base64
import gzip
import hashlib
import uuid
from pathlib import Path

import pytest
from fastwarc.warc import ArchiveIterator as FastIterator
from hypothesis import given
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator
from warcio.cli import main as warcio

from archive.types import ExchangeEnd
from archive.warc.members import Member, MemberWalk, parse_fields
from archive.warc.reader import warc_fields
from archive.warc.records import Told, digest, exchange_records, fields_block, member, new_id
from tests.warc.support import AT, OK, SHAPES, TOLD, exchange, write_file


def _parsed(members: tuple[bytes, ...]) -> list[tuple[dict[str, list[str]], bytes]]:
    """Fields (by lower-case name, each with all its values) and block of each record."""
    found = []
    for one in members:
        data = gzip.decompress(one)
        parsed = parse_fields(data)
        assert parsed is not None
        fields: dict[str, list[str]] = {}
        for name, value in parsed[0]:
            fields.setdefault(name.lower(), []).append(value)
        assert data.endswith(b"\r\n\r\n")
        found.append((fields, data[parsed[1] : -4]))
    return found


def test_three_records_and_what_they_say_of_each_other() -> None:
    one = exchange(SHAPES["chunked"].response, interim=b"HTTP/1.1 103 Early Hints\r\n\r\n")
    records = exchange_records(one, TOLD, "urn:uuid:info")
    (about, told), (asked, request), (answered, response) = _parsed(records.members)
    assert [about["warc-type"], asked["warc-type"], answered["warc-type"]] == [
        ["metadata"], ["request"], ["response"]
    ]  # fmt: skip
    assert (request, response) == (one.request, one.response)
    assert answered["warc-record-id"] == [f"<{records.record_id}>"]
    assert about["warc-concurrent-to"] == asked["warc-concurrent-to"] == [f"<{records.record_id}>"]
    for fields, block in ((about, told), (asked, request), (answered, response)):
        assert fields["warc-block-digest"] == [digest(block)]
        assert fields["warc-date"] == ["2026-03-01T12:30:15.250000Z"]
        assert fields["warc-target-uri"] == [one.url]
        assert fields["warc-warcinfo-id"] == ["<urn:uuid:info>"]
    assert answered["warc-payload-digest"] == [digest(b"abc0123456789")] == [records.payload_digest]
    assert answered["warc-ip-address"] == ["127.0.0.1"]
    assert "warc-truncated" not in answered
    assert records.status == 200
    notes = warc_fields(told)
    assert base64.b64decode(notes.pop("interim")) == one.interim
    assert notes == {
        "site": "echo",
        "run": "run-1",
        "via": "http://127.0.0.1:8001/",
        "hopsFromSeed": "L",
        "fetchTimeMs": "12",
        "outcome": "complete",
    }


def test_ids_are_random_uuids() -> None:
    ids = {new_id() for _ in range(500)}
    assert len(ids) == 500
    for one in ids:
        parsed = uuid.UUID(one)
        assert (parsed.version, parsed.variant, parsed.urn) == (4, uuid.RFC_4122, one)


def test_digest_is_labelled_base32_sha1() -> None:
    assert digest(b"") == "sha1:3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ"
    raw = hashlib.sha1(b"x").digest()
    assert base64.b32decode(digest(b"x").removeprefix("sha1:")) == raw


@pytest.mark.parametrize(
    ("tls", "expected"),
    [
        (None, ["http/1.1"]),
        ("TLSv1.2", ["http/1.1", "tls/1.2"]),
        ("TLSv1.3", ["http/1.1", "tls/1.3"]),
        ("TLSv9", ["http/1.1"]),
    ],
)
def test_protocols_stand_in_fields_of_their_own(tls: str | None, expected: list[str]) -> None:
    _, (asked, _), (answered, _) = _parsed(exchange_records(exchange(tls=tls), TOLD, "urn:x").members)
    assert asked["warc-protocol"] == answered["warc-protocol"] == expected


@pytest.mark.parametrize(
    ("end", "reason", "expected"),
    [
        (ExchangeEnd.TRUNCATED, "length", "length"),
        (ExchangeEnd.TRUNCATED, "time", "time"),
        (ExchangeEnd.TRUNCATED, "disconnect", "disconnect"),
        (ExchangeEnd.TRUNCATED, None, "unspecified"),
        (ExchangeEnd.FAILED, "ClientError: a sentence", "unspecified"),
    ],
)
def test_truncated_by_the_words_of_the_standard(end: ExchangeEnd, reason: str | None, expected: str) -> None:
    *_, (answered, _) = _parsed(exchange_records(exchange(end=end, reason=reason), TOLD, "urn:x").members)
    assert answered["warc-truncated"] == [expected]


def test_no_response_leaves_request_and_metadata() -> None:
    one = exchange(b"", end=ExchangeEnd.FAILED, reason="TimeoutError: no\nanswer")
    records = exchange_records(one, TOLD, "urn:x")
    (about, told), (asked, _) = _parsed(records.members)
    assert about["warc-concurrent-to"] == asked["warc-record-id"] == [f"<{records.record_id}>"]
    assert "warc-concurrent-to" not in asked
    assert warc_fields(told)["reason"] == "TimeoutError: no answer"
    assert (records.status, records.payload_digest) == (None, None)


def test_no_connection_leaves_metadata_that_refers_to_nothing() -> None:
    one = exchange(b"", request=b"", ip=None, end=ExchangeEnd.FAILED, reason="refused")
    records = exchange_records(one, TOLD, "urn:x")
    ((about, _),) = _parsed(records.members)
    assert about["warc-record-id"] == [f"<{records.record_id}>"]
    assert "warc-concurrent-to" not in about


_HOSTILE = "http://a/\r\nWARC-Type: warcinfo\r\n\r\n\x00\ud800ü\u2028x"


def test_a_url_breaks_no_record() -> None:
    records = exchange_records(exchange(url=_HOSTILE), Told("s", "r", via=_HOSTILE, cut=(_HOSTILE,)), "urn:x")
    for fields, _ in _parsed(records.members):
        assert len(fields["warc-type"]) == 1
        assert fields["warc-target-uri"] == [
            "http://a/%0D%0AWARC-Type: warcinfo%0D%0A%0D%0A%00%ED%A0%80ü\u2028x"
        ]
    told = warc_fields(_parsed(records.members)[0][1])
    assert told["via"].startswith("http://a/ WARC-Type: warcinfo")
    assert set(told) == {"site", "run", "via", "fetchTimeMs", "outcome", "cut"}


@given(st.text(st.characters(codec=None, exclude_categories=())), st.text())
def test_no_value_raises_or_adds_a_field(value: str, other: str) -> None:
    record = member("metadata", {"X-A": value, "X-B": (other, "2"), "X-C": None}, "text/plain", b"block")
    ((fields, block),) = _parsed((record,))
    assert set(fields) == {"warc-type", "x-a", "x-b", "warc-block-digest", "content-type", "content-length"}
    assert block == b"block"
    assert set(warc_fields(fields_block({"a": value, "b": other}))) == {"a", "b"}


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with every shape of response, and with exchanges that failed."""
    exchanges = [exchange(s.response, url=f"http://127.0.0.1/{i}") for i, s in enumerate(SHAPES.values())]
    exchanges.append(exchange(b"", end=ExchangeEnd.FAILED, reason="refused"))
    exchanges.append(exchange(b"", request=b"", end=ExchangeEnd.FAILED, reason="refused"))
    exchanges.append(exchange(OK + b"half", tls="TLSv1.3", end=ExchangeEnd.TRUNCATED, reason="disconnect"))
    return write_file(tmp_path_factory.mktemp("records") / "warc", exchanges)


def _members(file: Path) -> list[Member]:
    walk = MemberWalk(file)
    members = list(walk)
    assert walk.problem is None
    assert walk.offset == file.stat().st_size
    return members


def _places(members: list[Member]) -> list[tuple[str, str, int, int]]:
    return [(m.get("warc-record-id") or "", m.get("warc-type") or "", m.offset, m.length) for m in members]


def test_warcio_reads_the_same_records(file: Path) -> None:
    found = []
    with file.open("rb") as stream:
        records = ArchiveIterator(stream)
        for record in records:
            fields = record.rec_headers
            record.raw_stream.read()
            place = (records.get_record_offset(), records.get_record_length())
            found.append((fields["WARC-Record-ID"], fields["WARC-Type"], *place))
    assert found == _places(_members(file))


def test_fastwarc_reads_the_same_records(file: Path) -> None:
    found = []
    with file.open("rb") as stream:
        for record in FastIterator(stream, parse_http=False):
            assert record.verify_block_digest()
            found.append((record.record_id, record.headers["WARC-Type"], record.stream_pos))
    expected = _places(_members(file))
    assert found == [place[:3] for place in expected]


def test_warcio_indexes_every_record(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    warcio(["index", "-f", "offset,length", str(file)])
    lines = capsys.readouterr().out.splitlines()
    assert lines == [f'{{"offset": "{m.offset}", "length": "{m.length}"}}' for m in _members(file)]


def test_warcio_check_finds_the_chunked_payloads_and_nothing_else(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        warcio(["check", "-v", str(file)])
    out = capsys.readouterr().out
    findings = [part for part in out.split("offset ")[1:] if "failed" in part]
    chunked = {m.get("warc-record-id"): m for m in _members(file) if b"Transfer-Encoding" in m.block_head}
    assert len(findings) == len(chunked) == sum(shape.chunked for shape in SHAPES.values())
    for finding in findings:
        assert "payload digest failed" in finding
        assert "block digest failed" not in finding
        assert any(record_id is not None and record_id in finding for record_id in chunked)


def test_warcinfo_comes_first_and_names_file_and_run(file: Path) -> None:
    first = _members(file)[0]
    assert first.get("warc-type") == "warcinfo"
    assert first.get("warc-filename") == file.name
    assert warc_fields(first.block_head) == {"operator": "Prüfstelle", "isPartOf": "run-1"}
    others = _members(file)[1:]
    assert {m.get("warc-warcinfo-id") for m in others} == {first.get("warc-record-id")}
    assert AT.strftime("%Y") in (others[0].get("warc-date") or "")
