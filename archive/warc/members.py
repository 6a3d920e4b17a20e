"""The walk over a WARC file's gzip members, which tells whole records from torn ones.

warcio and others read a record whose last member is torn as a good one, without an error. Here a
member counts only when its deflate stream has ended and its record has the length it promised.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

HEAD_CAP = 256 << 10
"""Decompressed bytes kept of each member: the WARC header, and the HTTP head behind it."""

_READ = 64 << 10
_END = b"\r\n\r\n"


class _Broken(Exception):
    """What stands at the walk's offset is no whole member; the text says why."""


@dataclass(frozen=True, slots=True)
class Member:
    """One whole gzip member holding one whole WARC record."""

    offset: int
    length: int  # compressed bytes
    fields: tuple[tuple[str, str], ...]  # of the WARC header, in order
    block_head: bytes  # the first bytes of the block, at most HEAD_CAP
    block_size: int  # bytes, as Content-Length says and the member holds

    def get(self, name: str) -> str | None:
        """The first value of a WARC field, by lower-case name."""
        return next((value for key, value in self.fields if key.lower() == name), None)


def parse_fields(head: bytes) -> tuple[tuple[tuple[str, str], ...], int] | None:
    """The named fields of a WARC record's header and where its block begins; None if it is none."""
    if not head.startswith(b"WARC/"):
        return None
    end = head.find(_END)
    if end < 0:
        return None
    pairs: list[tuple[str, str]] = []
    for line in head[:end].decode("utf-8", "replace").split("\r\n")[1:]:
        name, colon, value = line.partition(":")
        if colon:
            pairs.append((name.strip(), value.strip()))
    return tuple(pairs), end + len(_END)


class MemberWalk:
    """Iterates over the whole members of ``path`` from ``start``, at most to ``end``.

    After the walk ``offset`` is the end of the last whole member, and ``problem`` says in a few words
    what stood there instead of another one, None when the file (or the range) ended cleanly.
    """

    def __init__(self, path: Path, start: int = 0, end: int | None = None) -> None:
        self.path = path
        self.offset = start
        self.end = end
        self.problem: str | None = None

    def __iter__(self) -> Iterator[Member]:
        with self.path.open("rb", buffering=0) as file:
            size = os.fstat(file.fileno()).st_size
            limit = size if self.end is None else min(size, self.end)
            while self.offset < limit:
                try:
                    member = self._read_member(file.fileno(), limit)
                except _Broken as broken:
                    self.problem = str(broken)
                    return
                self.offset = member.offset + member.length
                yield member

    def _read_member(self, descriptor: int, limit: int) -> Member:
        stream = zlib.decompressobj(31)
        head = bytearray()
        size = 0
        tail = b""
        position = self.offset
        try:
            while not stream.eof:
                data = stream.unconsumed_tail
                if not data:
                    data = os.pread(descriptor, min(_READ, limit - position), position)
                    position += len(data)
                    if not data:
                        raise _Broken("torn member: the file ends inside it")
                part = stream.decompress(data, _READ)
                size += len(part)
                if len(head) < HEAD_CAP:
                    head += part[: HEAD_CAP - len(head)]
                tail = (tail + part)[-len(_END) :]
        except zlib.error as error:
            raise _Broken(f"no gzip member: {error}") from None
        length = position - len(stream.unused_data) - self.offset
        return self._record(bytes(head), size, tail, length)

    def _record(self, head: bytes, size: int, tail: bytes, length: int) -> Member:
        parsed = parse_fields(head)
        if parsed is None:
            raise _Broken("no WARC record in this gzip member")
        fields, start = parsed
        stated = next((v for k, v in fields if k.lower() == "content-length"), "")
        # More digits than any disk has bytes: int() refuses some 4,300 of them with a ValueError.
        if not (stated.isascii() and stated.isdigit() and len(stated) < 19):
            raise _Broken("record without a Content-Length")
        if size != start + int(stated) + len(_END) or tail != _END:
            raise _Broken(f"record of {size - start - len(_END)} bytes that promises {stated}")
        return Member(self.offset, length, fields, head[start : start + int(stated)], int(stated))
