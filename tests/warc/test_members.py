"""The member walk: what it accepts is whole, and what is damaged it says."""

from __future__ import annotations

import gzip
import random
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from archive.warc.members import HEAD_CAP, Member, MemberWalk, parse_fields
from tests.warc.support import OK, exchange, raw_member, write_file


def walked(path: Path, start: int = 0, end: int | None = None) -> tuple[list[Member], str | None, int]:
    walk = MemberWalk(path, start, end)
    return list(walk), walk.problem, walk.offset


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_file(tmp_path_factory.mktemp("members") / "warc", [exchange(OK + b"page" * 50)] * 3)


def test_members_lie_behind_each_other(whole: Path) -> None:
    members, problem, offset = walked(whole)
    assert len(members) == 10
    assert problem is None
    assert [m.offset for m in members[1:]] == [m.offset + m.length for m in members[:-1]]
    assert offset == whole.stat().st_size
    assert members[3].block_head == OK + b"page" * 50
    assert members[3].block_size == len(OK) + 200
    assert members[3].get("warc-type") == "response"
    assert members[3].get("nothing") is None


def test_a_walk_from_and_to_any_member(whole: Path) -> None:
    members, _, _ = walked(whole)
    for number, member in enumerate(members):
        assert walked(whole, start=member.offset)[0] == members[number:]
        assert walked(whole, end=member.offset) == (members[:number], None, member.offset)
        torn, problem, offset = walked(whole, end=member.offset + member.length // 2)
        assert (torn, offset) == (members[:number], member.offset)
        assert problem == "torn member: the file ends inside it"


def test_every_cut_is_seen(whole: Path, tmp_path: Path) -> None:
    data = whole.read_bytes()
    members, _, _ = walked(whole)
    ends = [m.offset + m.length for m in members]
    path = tmp_path / "cut"
    for cut in range(ends[2], ends[3] + 20):
        path.write_bytes(data[:cut])
        found, problem, offset = walked(path)
        assert found == [m for m in members if m.offset + m.length <= cut]
        assert offset == max(end for end in ends if end <= cut)
        assert (problem is None) == (cut in ends)


def test_no_flipped_bit_gives_a_wrong_record(whole: Path, tmp_path: Path) -> None:
    data = whole.read_bytes()
    members, _, _ = walked(whole)
    rng = random.Random(7)
    path = tmp_path / "flipped"
    for _ in range(400):
        place = rng.randrange(len(data))
        flipped = bytearray(data)
        flipped[place] ^= 1 << rng.randrange(8)
        path.write_bytes(flipped)
        found, problem, offset = walked(path)
        before = [m for m in members if m.offset + m.length <= place]
        if problem is None:
            # A gzip header's time and system and the bits that fill a stream's last byte mean nothing.
            assert found == members
        else:
            assert found == before
            assert offset == len(data[: before[-1].offset + before[-1].length] if before else b"")


_BLOCK = b"HTTP/1.1 200 OK\r\n\r\nbody"
_HEAD = b"WARC/1.1\r\nWARC-Type: response\r\n"
DAMAGED: dict[str, Callable[[], bytes]] = {
    "promises more": lambda: raw_member(_BLOCK, Content_Length=str(len(_BLOCK) + 1)),
    "promises less": lambda: raw_member(_BLOCK, Content_Length=str(len(_BLOCK) - 1)),
    "promises too much": lambda: raw_member(_BLOCK, Content_Length="9" * 30),
    "promises a word": lambda: raw_member(_BLOCK, Content_Length="many"),
    "promises a digit that is none": lambda: raw_member(_BLOCK, Content_Length="²"),
    "promises below nothing": lambda: raw_member(_BLOCK, Content_Length="-1"),
    "promises nothing": lambda: gzip.compress(_HEAD + b"\r\n" + _BLOCK + b"\r\n\r\n"),
    "ends otherwise": lambda: gzip.compress(_HEAD + b"Content-Length: 1\r\n\r\nx\r\n\n\n"),
    "header without end": lambda: gzip.compress(_HEAD),
    "empty member": lambda: gzip.compress(b""),
    "no record": lambda: gzip.compress(b"HTTP/1.1 200 OK\r\n\r\n"),
    "two records in one": lambda: gzip.compress(gzip.decompress(raw_member(_BLOCK)) * 2),
    "zeros": lambda: bytes(4096),
    "text": lambda: b"WARC/1.1\r\n",
}


@pytest.mark.parametrize("damage", DAMAGED)
def test_damage_ends_the_walk_where_it_stands(damage: str, tmp_path: Path) -> None:
    good = raw_member(_BLOCK)
    path = tmp_path / "damaged"
    path.write_bytes(good + DAMAGED[damage]() + good)
    found, problem, offset = walked(path)
    assert [m.block_head for m in found] == [_BLOCK]
    assert offset == len(good)
    assert problem


def test_large_blocks_and_headers_stay_out_of_memory(tmp_path: Path) -> None:
    path = tmp_path / "large"
    path.write_bytes(raw_member(bytes(32 << 20)) + raw_member(b"", X_Long="y" * (32 << 20)))
    tracemalloc.start()
    found, problem, _ = walked(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [m.block_size for m in found] == [32 << 20]
    assert len(found[0].block_head) < HEAD_CAP
    assert problem == "no WARC record in this gzip member"
    assert peak < 4 << 20


def test_parse_fields() -> None:
    head = b"WARC/1.1\r\nA: b:c\r\nno field\r\nA: \xc3\xbc\r\n\r\nblock"
    assert parse_fields(head) == ((("A", "b:c"), ("A", "ü")), len(head) - len(b"block"))
    assert parse_fields(b"WARC/1.0\r\nA: b") is None
    assert parse_fields(b"ARC/1.0\r\n\r\n") is None


def test_a_length_of_thousands_of_digits_is_a_problem_and_no_exception(tmp_path: Path) -> None:
    path = tmp_path / "a.warc.gz"
    path.write_bytes(gzip.compress(b"WARC/1.1\r\nContent-Length: " + b"9" * 5_000 + b"\r\n\r\n\r\n\r\n"))
    walk = MemberWalk(path)
    assert list(walk) == []
    assert walk.problem == "record without a Content-Length"
