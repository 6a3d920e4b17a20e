"""Members read whole, in pieces, for those who look at every byte; and the way on behind damage.

The walk in archive/warc/members.py keeps the head of a block only, and is faster by that.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

from archive.warc.members import HEAD_CAP, parse_fields

END = b"\r\n\r\n"
"""What stands behind a record's header, and behind its block."""

_READ = 64 << 10
_SCAN = 1 << 20
_MAGIC = b"\x1f\x8b\x08"

Fields = dict[str, str]
"""A record's WARC fields by lower-case name, the first of each."""

OnRead = Callable[[int], None]
"""Told each offset up to which a file was read."""


class Broken(Exception):
    """What stands at an offset is no whole member, or no record; the text says why."""


class Source:
    """Reads a file's members one after the other, in pieces."""

    def __init__(self, descriptor: int, limit: int, on_read: OnRead) -> None:
        self._descriptor = descriptor
        self._limit = limit
        self._on_read = on_read
        self._position = 0
        self._ahead = b""  # what was read beyond the member
        self.end: int | None = 0  # behind the member that was read last; None when it has no end

    def seek(self, offset: int) -> None:
        self._position, self._ahead, self.end = offset, b"", offset

    def pieces(self) -> Iterator[bytes]:
        """The decompressed bytes of the member that is next. Raises Broken."""
        self.end = None
        stream = zlib.decompressobj(31)
        data = self._ahead
        try:
            while not stream.eof:
                if not data:
                    size = min(_READ, self._limit - self._position)
                    data = os.pread(self._descriptor, size, self._position)
                    if not data:
                        raise Broken("torn member: the file ends inside it")
                    self._position += len(data)
                    self._on_read(self._position)
                yield stream.decompress(data, _READ)
                data = stream.unconsumed_tail
        except zlib.error as error:
            reason = str(error).rpartition(": ")[2]  # behind zlib's own "Error -3 while decompressing data"
            raise Broken(f"no whole gzip member ({reason})") from None
        self._ahead = stream.unused_data
        self.end = self._position - len(self._ahead)


def next_record(path: Path, start: int, end: int) -> int | None:
    """The first offset from ``start`` on where a member with a WARC record begins, None when there is none.

    Whether the record is whole is not looked at.
    """
    with path.open("rb", buffering=0) as file:
        return scan(file.fileno(), start, end)


def is_warc(data: bytes | bytearray) -> bool:
    """Whether a member that begins so begins with a WARC record."""
    return data.startswith(b"WARC/")


def scan(
    descriptor: int,
    start: int,
    end: int,
    on_read: OnRead = lambda position: None,
    begins: Callable[[bytes], bool] = is_warc,
) -> int | None:
    """``next_record`` of an open file, for records that ``begins`` knows by their first 4 kB."""
    position = start
    while position < end:
        window = os.pread(descriptor, min(_SCAN, end - position), position)
        found = window.find(_MAGIC)
        while found >= 0:
            if begins(_start_of_member(os.pread(descriptor, 4096, position + found))):
                return position + found
            found = window.find(_MAGIC, found + 1)
        if len(window) < len(_MAGIC):
            return None
        position += len(window) - len(_MAGIC) + 1
        on_read(position)
    return None


def _start_of_member(data: bytes) -> bytes:
    for size in (4096, 256, 5):
        try:
            return zlib.decompressobj(31).decompress(data, size)
        except zlib.error:
            continue  # a short record whose end is damaged has a beginning all the same
    return b""


def read_head(pieces: Iterator[bytes]) -> tuple[Fields, bytes]:
    """The fields of a record, and what was read of its block. Raises Broken."""
    head = b""
    for piece in pieces:
        head += piece
        if len(head) >= 5 and not head.startswith(b"WARC/"):
            raise Broken("no WARC record in this gzip member")
        if END in head:
            break
        if len(head) > HEAD_CAP:
            raise Broken(f"a WARC header of more than {HEAD_CAP} bytes")
    parsed = parse_fields(head)
    if parsed is None:
        raise Broken("no WARC record in this gzip member")
    pairs, start = parsed
    return {key.lower(): value for key, value in reversed(pairs)}, head[start:]
