"""Around damage every whole record stays, where it lay."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from warcio.archiveiterator import ArchiveIterator

from archive.errors import ArchiveError
from archive.warc.check import Tally
from archive.warc.members import Member, MemberWalk
from archive.warc.salvage import DAMAGED, salvage
from archive.warc.seal import file_sha256, manifest
from archive.warc.verify import verify_archive
from tests.warc.support import SHAPES, exchange, write_file

Damage = Callable[[bytearray, random.Random], tuple[int, int]]


def flip(data: bytearray, chance: random.Random) -> tuple[int, int]:
    """A flipped bit; which bytes are changed."""
    at = chance.randrange(len(data))
    data[at] ^= 1 << chance.randrange(8)
    return at, at + 1


def blot(data: bytearray, chance: random.Random) -> tuple[int, int]:
    """A hole of zeros, as a bad sector leaves it."""
    at = chance.randrange(len(data))
    end = min(len(data), at + chance.randrange(1, 4096))
    data[at:end] = bytes(end - at)
    return at, end


def cut(data: bytearray, chance: random.Random) -> tuple[int, int]:
    """The file ends early."""
    at, end = chance.randrange(1, len(data)), len(data)
    del data[at:]
    return at, end


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    shapes = [exchange(shape.response) for shape in SHAPES.values()]
    return write_file(tmp_path_factory.mktemp("whole") / "warc", shapes)


def members(path: Path) -> dict[int, Member]:
    return {member.offset: member for member in MemberWalk(path)}


@pytest.mark.parametrize("damage", [flip, blot, cut])
@pytest.mark.parametrize("seed", range(8))
def test_only_what_is_damaged_is_lost(original: Path, tmp_path: Path, damage: Damage, seed: int) -> None:
    shutil.copytree(original.parent, tmp_path / "warc")
    path = tmp_path / "warc" / original.name
    data = bytearray(path.read_bytes())
    before = members(path)
    start, end = damage(data, random.Random(f"{damage} {seed}"))
    path.write_bytes(data)
    if bytes(data) == original.read_bytes():
        assert salvage(path) == []  # zeros over zeros
        return
    found = list(verify_archive(path.parent, Tally()))
    assert any(finding.kind == "sha256" for finding in found)
    if not list(MemberWalk(path)) and damage is cut:
        with pytest.raises(ArchiveError, match="nothing in it is whole"):
            salvage(path)
        return
    lost = salvage(path)
    hit = {o for o, m in before.items() if o < end and o + m.length > start}
    after = members(path)
    kept = {o: m for o, m in after.items() if (m.get("warc-target-uri") or "") != "urn:gazette:damage"}
    # A flipped bit in a gzip header's time or system is no damage: nothing that is read has changed.
    assert set(before) - set(kept) <= hit
    assert all(kept[o].fields == before[o].fields for o in kept)
    assert {gap.offset for gap in lost} <= hit | {start}
    if lost:
        aside = path.with_name(path.name + DAMAGED)
        assert aside.read_bytes() == bytes(data)
        assert manifest(path.parent) == {path.name: file_sha256(path)}
    else:
        path.write_bytes(original.read_bytes())
    assert [f for f in verify_archive(path.parent, Tally()) if f.kind != "payload-digest"] == []
    with path.open("rb") as file:
        assert sum(1 for _ in ArchiveIterator(file)) == len(members(path))


def test_the_record_of_a_loss_says_what_is_lost(original: Path, tmp_path: Path) -> None:
    path = tmp_path / original.name
    shutil.copytree(original.parent, tmp_path, dirs_exist_ok=True)
    second = list(members(path).values())[1]
    data = bytearray(path.read_bytes())
    data[second.offset + 30] ^= 0xFF
    path.write_bytes(data)
    (gap,) = salvage(path)
    assert (gap.offset, gap.length) == (second.offset, second.length)
    record = members(path)[second.offset]
    assert record.length == second.length
    assert record.get("warc-type") == "metadata"
    assert f"lostBytes: {gap.length}".encode() in record.block_head
    assert salvage(path) == []


def test_a_file_without_anything_whole_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.warc.gz"
    path.write_bytes(b"\x1f\x8b" + b"x" * 500)
    with pytest.raises(ArchiveError, match="nothing in it is whole"):
        salvage(path)
    assert [p.name for p in tmp_path.iterdir()] == ["a.warc.gz"]


def test_a_gap_too_short_for_a_record_is_left_alone(original: Path, tmp_path: Path) -> None:
    shutil.copytree(original.parent, tmp_path, dirs_exist_ok=True)
    path = tmp_path / original.name
    whole = path.read_bytes()
    second = list(members(path).values())[1]
    path.write_bytes(whole[: second.offset] + b"garbage" + whole[second.offset :])
    before = path.read_bytes()
    with pytest.raises(ArchiveError, match=f"@{second.offset}: 7 damaged bytes are too few"):
        salvage(path)
    assert path.read_bytes() == before
