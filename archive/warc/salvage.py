"""What is whole in a damaged file is kept where it lies; the damage becomes records that say so.

    whole members as they are | damage -> a gzip member of the same length | whole members as they are

Every other record keeps its offset, so that nothing which points into the file has to be told. The file as
it was stays beside it as NAME.damaged.
"""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from archive.errors import ArchiveError
from archive.warc.blocks import OnRead, next_record
from archive.warc.members import MemberWalk
from archive.warc.reader import OWN
from archive.warc.records import digest, fields_block, new_id
from archive.warc.seal import failure_of, file_sha256, relist, sync_directory

DAMAGED = ".damaged"
"""What the name of the file as it was ends with."""

DAMAGE = f"{OWN}damage"
"""What the records of a loss tell of."""

_PARTIAL = ".salvage"
_PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class Gap:
    """Bytes that are no whole record."""

    offset: int
    length: int
    reason: str


def gaps(path: Path, on_read: OnRead = lambda position: None) -> list[Gap]:
    """The damage in a file, in order. Raises OSError."""
    size = path.stat().st_size
    found: list[Gap] = []
    offset = 0
    while offset < size:
        walk = MemberWalk(path, offset)
        for _ in walk:
            on_read(walk.offset)
        if walk.offset >= size:
            break
        behind = next_record(path, walk.offset + 1, size)
        # A member of garbage is followed by one of its own; a torn one, by what comes next.
        end = size if behind is None else behind
        found.append(Gap(walk.offset, end - walk.offset, walk.problem or "no record"))
        offset = end
    return _joined(found)


def _joined(found: list[Gap]) -> list[Gap]:
    """Damage behind damage is one gap."""
    joined: list[Gap] = []
    for gap in found:
        last = joined[-1] if joined else None
        if last is not None and last.offset + last.length == gap.offset:
            joined[-1] = Gap(last.offset, last.length + gap.length, last.reason)
        else:
            joined.append(gap)
    return joined


def salvage(path: Path, on_read: OnRead = lambda position: None) -> list[Gap]:
    """Mend a sealed file in place and say what is gone from it; [] when it is whole: nothing is done then.

    A torn tail is cut off. Raises ArchiveError when there is nothing whole in it, when there is no room for a
    record of the loss, or on an error of the file system; the file is as it was then.
    """
    lost = gaps(path, on_read)
    if not lost:
        return []
    size = path.stat().st_size
    if lost[0].length == size:
        raise ArchiveError(f"{path}@0: nothing in it is whole: {lost[0].reason}; it was left as it is")
    partial = path.with_name(path.name + _PARTIAL)
    try:
        with path.open("rb") as source, partial.open("wb") as target:
            for piece in _mended(path, source, lost, size):
                target.write(piece)
            target.flush()
            os.fsync(target.fileno())
        _put_aside(path)
        os.rename(partial, path)
        sync_directory(path.parent)
        relist(path, file_sha256(path))
    except OSError as error:
        raise failure_of(path, error) from error
    finally:
        partial.unlink(missing_ok=True)
    return lost


def _put_aside(path: Path) -> None:
    """A second name for the file as it is, so that the mended one can take the first."""
    aside = path.with_name(path.name + DAMAGED)
    number = 1
    while aside.exists():  # it was damaged and mended before
        number += 1
        aside = path.with_name(f"{path.name}{DAMAGED}-{number}")
    os.link(path, aside)
    sync_directory(path.parent)


def _mended(path: Path, source: IO[bytes], lost: list[Gap], size: int) -> Iterator[bytes]:
    at = 0
    for gap in lost:
        yield from _range(source, at, gap.offset)
        at = gap.offset + gap.length
        if at < size:  # behind the last record nothing has to keep its place
            yield _filling(path, gap)
    yield from _range(source, at, size)


def _range(source: IO[bytes], start: int, end: int) -> Iterator[bytes]:
    source.seek(start)
    while start < end and (data := source.read(min(_PIECE, end - start))):
        start += len(data)
        yield data


def _filling(path: Path, gap: Gap) -> bytes:
    """A gzip member of the gap's length: a record of the loss, and a comment of the bytes that are left.

    Raises ArchiveError when the gap is too short for one.
    """
    told = {"lostBytes": str(gap.length), "reason": gap.reason, "before": path.name + DAMAGED}
    for block in (fields_block(told), b""):
        record = _record(block)
        stream = zlib.compressobj(9, zlib.DEFLATED, -15)
        body = stream.compress(record) + stream.flush()
        trailer = struct.pack("<II", zlib.crc32(record), len(record))
        # RFC 1952, 2.3: FLG.FCOMMENT is bit 4, and a zero byte ends it; no time, system unknown.
        header = b"\x1f\x8b\x08\x10" + b"\x00" * 4 + b"\x02\xff"
        comment = gap.length - len(header) - 1 - len(body) - len(trailer)
        if comment >= 0:
            return header + b" " * comment + b"\x00" + body + trailer
    raise ArchiveError(
        f"{path}@{gap.offset}: {gap.length} damaged bytes are too few for a record of the loss;"
        " it was left as it is"
    )


def _record(block: bytes) -> bytes:
    lines = (
        "WARC/1.1",
        "WARC-Type: metadata",
        f"WARC-Record-ID: <{new_id()}>",
        f"WARC-Date: {datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        f"WARC-Target-URI: {DAMAGE}",
        *((f"WARC-Block-Digest: {digest(block)}", "Content-Type: application/warc-fields") if block else ()),
        f"Content-Length: {len(block)}",
    )
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + block + b"\r\n\r\n"
