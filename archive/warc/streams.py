"""A file's bytes, decompressed where it is gzip, with the way back to the members that they came from."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass

from archive.warc.blocks import Broken, OnRead, Source

PIECE = 64 << 10
"""Bytes that are read at once."""

_MEMBERS = 64  # that are remembered of one record


@dataclass(slots=True)
class _Span:
    """A gzip member, in bytes of the file and in decompressed bytes."""

    raw: int
    first: int
    raw_end: int | None = None
    last: int | None = None


class Stream:
    """A file's decompressed bytes. ``error`` says what ended them early, and at which member."""

    def __init__(self, descriptor: int, size: int, on_read: OnRead) -> None:
        self._descriptor, self._size, self._on_read = descriptor, size, on_read
        self.is_gzip = os.pread(descriptor, 2, 0) == b"\x1f\x8b"
        self._source = Source(descriptor, size, on_read)
        self.seek(0)

    def seek(self, offset: int) -> None:
        """Go on at a byte of the file."""
        self._source.seek(offset)
        self._pieces: Iterator[bytes] | None = None
        self._spans: list[_Span] = []
        self._base = self._next = offset
        self._mark = 0
        self.buffer = bytearray()
        self.position = 0  # decompressed bytes that were taken
        self.error: tuple[int, str] | None = None

    def begin(self) -> int:
        """A record begins here: where that is in the file. The members before it are forgotten."""
        self._mark = self.position
        return self.place(self.position)

    def fill(self) -> bool:
        """Read on; False at the end, or at an error."""
        if self.error is not None:
            return False
        if not self.is_gzip:
            data = os.pread(self._descriptor, min(PIECE, self._size - self._next), self._next)
            self._next += len(data)
            self._on_read(self._next)
            self.buffer += data
            return bool(data)
        while True:
            if self._pieces is None:
                start = self._source.end or 0
                if start >= self._size:
                    return False
                self._pieces = self._source.pieces()
                here = self.position + len(self.buffer)
                self._spans = [s for s in self._spans if s.last is None or self._mark < s.last != s.first]
                del self._spans[1:-_MEMBERS]  # a record may be cut into a million of them
                self._spans.append(_Span(start, here))
            try:
                piece = next(self._pieces, None)
            except Broken as broken:
                self.error = (self._spans[-1].raw, str(broken))
                return False
            if piece is None:
                span = self._spans[-1]
                span.raw_end, span.last = self._source.end, self.position + len(self.buffer)
                self._pieces = None
            elif piece:
                self.buffer += piece
                return True

    def peek(self, size: int) -> bytes:
        """The next bytes, fewer at the end."""
        while len(self.buffer) < size and self.fill():
            pass
        return bytes(self.buffer[:size])

    def take(self, size: int) -> bytes:
        """The same, gone past."""
        data = self.peek(size)
        del self.buffer[: len(data)]
        self.position += len(data)
        return data

    def settle(self) -> None:
        """Read the trailer of the member that ends here, if one does."""
        while not self.buffer and self._pieces is not None and self._spans[-1].first < self.position:
            if not self.fill():
                return

    def place(self, position: int) -> int:
        """Where decompressed byte ``position`` lies in the file: its member, or itself."""
        if not self.is_gzip:
            return self._base + position
        return next((s.raw for s in reversed(self._spans) if s.first <= position), self._base)

    def members(self) -> list[int]:
        """Where the members begin that are in the buffer, in decompressed bytes."""
        return [span.first for span in self._spans]

    def give_up(self, reason: str) -> None:
        """Take nothing more from the member that is read."""
        self.error = (self.place(self.position), reason)
        self.drop()

    def drop(self) -> None:
        """Take what is in the buffer: what follows it is an error."""
        self.position += len(self.buffer)
        self.buffer.clear()

    def broken_within(self, size: int) -> bool:
        """Whether an error cuts off the next ``size`` bytes."""
        return self.error is not None and len(self.buffer) < size

    def alone(self, first: int, last: int) -> tuple[int, int] | None:
        """The member that holds exactly these decompressed bytes: its offset and length."""
        for span in self._spans:
            if span.first == first and span.last == last and span.raw_end is not None:
                return span.raw, span.raw_end - span.raw
        return None
