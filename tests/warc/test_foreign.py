"""Files of strangers: what is whole is read, in whatever make; the rest is said, with its place."""

from __future__ import annotations

import gzip
import itertools
import tracemalloc
import zlib
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.warc.foreign import ForeignWalk, Record, Skipped

DATE = "2019-05-04T10:20:30Z"


def record(url: str, block: bytes, *more: str, newline: str = "\r\n", kind: str = "resource") -> bytes:
    lines = [
        *("WARC/1.0", f"WARC-Type: {kind}", f"WARC-Target-URI: {url}", f"WARC-Date: {DATE}"),
        *(f"WARC-Record-ID: <urn:x:{url}>", "Content-Type: text/plain", *more),
        *(f"Content-Length: {len(block)}", "", ""),
    ]
    return newline.join(lines).encode() + block + b"\r\n\r\n"


def arc(url: str, block: bytes, *, version: int = 1) -> bytes:
    more = "" if version == 1 else "200 - - 0 old.arc "
    return f"{url} 192.0.2.1 20190504102030 text/html {more}{len(block)}\n".encode() + block + b"\n"


def read(path: Path, data: bytes) -> tuple[list[tuple[str | None, bytes]], list[Skipped], list[bool]]:
    """URL and block of each record, what was skipped, and whether each record is a member of its own."""
    path.write_bytes(data)
    walk = ForeignWalk(path, path.parent)
    try:
        records, skipped, alone = [], [], []
        for found in walk:
            if isinstance(found, Skipped):
                skipped.append(found)
            else:
                records.append((found.get("warc-target-uri"), found.block.read()))
                alone.append(found.member is not None)
        return records, skipped, alone
    finally:
        walk.close()


BLOCKS = {"a:1": b"Eins", "a:2": b"", "a:3": b"\r\n\r\nWARC/1.0\r\n\r\n", "a:4": bytes(range(256)) * 600}
RAW = [record(url, block) for url, block in BLOCKS.items()]


def pieces(data: bytes, size: int) -> list[bytes]:
    return [data[at : at + size] for at in range(0, len(data), size)]


@pytest.mark.parametrize(
    ("data", "alone"),
    [
        pytest.param(b"".join(gzip.compress(raw) for raw in RAW), True, id="a member each"),
        pytest.param(b"".join(RAW), False, id="plain"),
        pytest.param(gzip.compress(b"".join(RAW)), False, id="one member for all"),
        pytest.param(b"".join(gzip.compress(p) for p in pieces(b"".join(RAW), 97)), False, id="cut anywhere"),
        pytest.param(
            b"".join(gzip.compress(raw) + gzip.compress(b"") for raw in RAW), True, id="empty ones between"
        ),
        pytest.param(
            b"".join(record(u, b, newline="\n") for u, b in BLOCKS.items()), False, id="lines end with LF"
        ),
        pytest.param(
            b"".join(RAW).replace(b"WARC/1.0\r\nWARC-T", b"warc/1.0\r\nWARC-T"), False, id="lower case"
        ),
        pytest.param(b"\r\n\r\n".join(RAW), False, id="more empty lines"),
    ],
)
def test_records_are_read_in_every_make(data: bytes, alone: bool, tmp_path: Path) -> None:
    records, skipped, members = read(tmp_path / "f", data)
    assert records == list(BLOCKS.items())
    assert skipped == []
    assert members == [alone] * len(BLOCKS)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.binary(max_size=300), min_size=1, max_size=6),
    st.lists(st.integers(1, 400), max_size=8),
    st.booleans(),
)
def test_where_members_end_makes_no_difference(
    tmp_path_factory: pytest.TempPathFactory, blocks: list[bytes], cuts: Sequence[int], plain: bool
) -> None:
    data = b"".join(record(f"a:{n}", block) for n, block in enumerate(blocks))
    ends = [0, *sorted({min(c, len(data)) for c in itertools.accumulate(cuts)}), len(data)]
    parts = [data[a:b] for a, b in itertools.pairwise(ends)]
    made = data if plain else b"".join(gzip.compress(part) for part in parts)
    records, skipped, _ = read(tmp_path_factory.mktemp("f") / "f", made)
    assert [block for _, block in records] == blocks
    assert skipped == []


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("packed", [False, True])
def test_arc_is_read_as_warc(version: int, packed: bool, tmp_path: Path) -> None:
    first = arc("filedesc://old.arc", b"1 0 Somebody\nURL IP-address Archive-date ...\n")
    raw = [
        first,
        *(arc(f"http://a.example/{n}", b"HTTP/1.0 200 OK\r\n\r\nText", version=version) for n in "12"),
    ]
    data = b"".join(gzip.compress(one) if packed else one for one in raw)
    records, skipped, alone = read(tmp_path / "f", data)
    assert [url for url, _ in records] == ["filedesc://old.arc", "http://a.example/1", "http://a.example/2"]
    assert records[2][1] == b"HTTP/1.0 200 OK\r\n\r\nText"
    assert skipped == []
    assert not any(alone)


def test_a_folded_header_and_bytes_beyond_utf8_are_kept(tmp_path: Path) -> None:
    raw = record("a:1", b"x").replace(b"WARC-Type: resource", b"WARC-Type: \r\n\tresource\r\nX: M\xfcll")
    (tmp_path / "f").write_bytes(raw)
    walk = ForeignWalk(tmp_path / "f", tmp_path)
    (found,) = walk
    assert isinstance(found, Record)
    assert found.get("warc-type") == "resource"
    assert (found.get("x") or "").encode("utf-8", "surrogateescape") == b"M\xfcll"
    walk.close()


TORN = gzip.compress(record("a:9", b"lost" * 500))[:-30]
FLIPPED = bytearray(gzip.compress(record("a:9", b"lost" * 500), 0))
FLIPPED[300] ^= 8


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (bytes(FLIPPED), "no whole gzip member"),
        (gzip.compress(b"no record at all\r\n\r\n"), "no header of a WARC record"),
        (
            gzip.compress(record("a:9", b"lost").replace(b"Content-Length: 4", b"Content-Length: 5000000")),
            "promises",
        ),
        (
            gzip.compress(record("a:9", b"lost").replace(b"Content-Length: 4", b"Content-Length: 9" * 30)),
            "a Content-L",
        ),
        (gzip.compress(record("a:9", b"lost").replace(b"Content-Length: 4", b"X: 4")), "no Content-Length"),
        (gzip.compress(b"WARC/1.0\r\nX: " + b"y" * 2_000_000), "no header of a WARC record"),
    ],
    ids=["a flipped bit", "garbage", "too long", "absurd", "no length", "an endless line"],
)
def test_behind_damage_it_goes_on(damage: bytes, reason: str, tmp_path: Path) -> None:
    good = [gzip.compress(raw) for raw in RAW]
    records, skipped, _ = read(tmp_path / "f", good[0] + damage + b"".join(good[1:]))
    found = dict(records)
    # A length that is too long swallows what follows, up to where it is seen to be none.
    expected = {u: b for u, b in BLOCKS.items() if u in found or reason != "promises"}
    assert found == expected
    assert any(s.offset == len(good[0]) and reason in s.reason for s in skipped)


@pytest.mark.parametrize("packed", [False, True])
def test_a_torn_tail_is_said_with_its_place(packed: bool, tmp_path: Path) -> None:
    whole = b"".join(gzip.compress(raw) if packed else raw for raw in RAW)
    tail = TORN if packed else record("a:9", b"lost" * 500)[:-30]
    records, skipped, _ = read(tmp_path / "f", whole + tail)
    assert records == list(BLOCKS.items())
    assert [s.offset for s in skipped] == [len(whole)]


def test_garbage_between_plain_records_is_passed(tmp_path: Path) -> None:
    data = RAW[0] + b"something else\nWARC/what\n" * 9_000 + b"\n" + RAW[3]
    records, skipped, _ = read(tmp_path / "f", data)
    assert [url for url, _ in records] == ["a:1", "a:4"]
    assert skipped == [Skipped(len(RAW[0]), "no header of a WARC record")]


def test_what_stands_behind_a_length_that_is_too_short_is_said(tmp_path: Path) -> None:
    short = record("a:1", b"x" * 50).replace(b"Content-Length: 50", b"Content-Length: 20")
    records, skipped, _ = read(tmp_path / "f", gzip.compress(short) + gzip.compress(RAW[3]))
    assert records[0] == ("a:1", b"x" * 20)
    assert records[-1][0] == "a:4"
    assert len(skipped) == 1


@pytest.mark.parametrize(
    "data",
    [b"", b"\x1f\x8b", b"<html>", b"PK\x03\x04", gzip.compress(b"hello")],
    ids=["empty", "half a gzip header", "html", "zip", "gzip of text"],
)
def test_what_is_no_such_file_has_no_form(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(data)
    walk = ForeignWalk(tmp_path / "f", tmp_path)
    assert walk.form is None
    walk.close()


def test_large_blocks_and_endless_empty_members_take_no_memory(tmp_path: Path) -> None:
    stream = zlib.compressobj(1, zlib.DEFLATED, 31)
    head = record("a:1", b"").replace(b"Content-Length: 0", b"Content-Length: 100000000")[:-4]
    with (tmp_path / "f").open("wb") as file:
        file.write(gzip.compress(b"") * 20_000)
        file.write(gzip.compress(RAW[0]))
        file.write(stream.compress(head))
        for _ in range(100):
            file.write(stream.compress(bytes(1_000_000)))
        file.write(stream.compress(b"\r\n\r\n") + stream.flush())
    walk = ForeignWalk(tmp_path / "f", tmp_path)
    tracemalloc.start()
    sizes = [found.size for found in walk if isinstance(found, Record)]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    walk.close()
    assert sizes == [4, 100_000_000]
    assert peak < 30_000_000
