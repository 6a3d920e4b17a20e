"""Digests of a record's block and payload, taken while the block streams past.

The chunk framing is taken off here by other code than the writer's: a check that only agrees with
what it checks proves nothing.
"""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass
from typing import Protocol

from archive.warc.http import MAX_HEAD, is_chunked, parse_head

_ALGORITHMS = {"sha1": "sha1", "sha-1": "sha1", "sha256": "sha256", "sha-256": "sha256", "md5": "md5"}

_CHUNK_SIZE = re.compile(rb"[ \t]*([0-9a-fA-F]{1,16})[ \t]*(?:;[^\n]*)?\r?\n")
_LONGEST_LINE = 1 << 20
"""Bytes of a chunk's size line that are looked at; real ones have ten."""
_HEAD_END = re.compile(rb"\r?\n\r?\n")
_REQUEST = re.compile(rb"[A-Z]+ [^\r\n]* HTTP/\d")


class _Sink(Protocol):
    def update(self, data: bytes, /) -> None: ...


class LabelledHash:
    """A digest as a record states it ("sha1:" and base32 or hex), and that of what really stands there."""

    def __init__(self, stated: str) -> None:
        label, _, self._value = stated.strip().partition(":")
        self.stated = stated.strip()
        self.label = label
        name = _ALGORITHMS.get(label.strip().lower())
        self._hash = hashlib.new(name, usedforsecurity=False) if name else None

    @property
    def known(self) -> bool:
        """Whether the algorithm is one that can be computed here."""
        return self._hash is not None

    def update(self, data: bytes, /) -> None:
        if self._hash is not None:
            self._hash.update(data)

    @property
    def matches(self) -> bool:
        """Whether what was seen has the stated digest. Base32 and hex are both in use, in either case."""
        assert self._hash is not None, "only asked of a known algorithm"
        value = self._value.strip()
        in_base32 = value.upper().rstrip("=") == self._base32.rstrip("=")
        return in_base32 or value.lower() == self._hash.hexdigest()

    @property
    def _base32(self) -> str:
        assert self._hash is not None, "only asked of a known algorithm"
        return base64.b32encode(self._hash.digest()).decode("ascii")

    @property
    def computed(self) -> str:
        """The digest of what was seen, written as the stated one is."""
        assert self._hash is not None, "only asked of a known algorithm"
        as_hex = len(self._value.strip()) == 2 * self._hash.digest_size
        return f"{self.label}:{self._hash.hexdigest() if as_hex else self._base32}"


class Dechunker:
    """Hands on a chunked body without its framing, piece by piece (RFC 9112, 7.1).

    As archive.warc.http.dechunk: what isn't framed as promised ends the payload, and a body without
    any frame is handed on as it is.
    """

    def __init__(self, sink: _Sink) -> None:
        self._sink = sink
        self._rest = b""
        self._left = 0  # bytes of the chunk that are still to come
        self._behind = False  # a chunk has just ended: its line break is next
        self._framed = False
        self._ended = False

    def update(self, data: bytes, /) -> None:
        self._feed(data, last=False)

    def finish(self) -> None:
        """Nothing more comes."""
        self._feed(b"", last=True)

    def _feed(self, data: bytes, *, last: bool) -> None:
        data = self._rest + data
        at = 0
        while not self._ended:
            if self._left:
                part = data[at : at + self._left]
                self._sink.update(part)
                at += len(part)
                self._left -= len(part)
                if self._left:
                    break
                self._behind = True
            if self._behind:
                if len(data) - at < 2 and not last:
                    break
                at += 2 if data[at : at + 2] == b"\r\n" else data[at : at + 1] == b"\n"
                self._behind = False
            match = _CHUNK_SIZE.match(data, at)
            if match is not None:
                self._framed = True
                self._left = int(match[1], 16)
                self._ended = self._left == 0
                at = match.end()
            elif last or len(data) - at > _LONGEST_LINE or data.find(b"\n", at) >= 0:
                self._ended = True
            else:
                break
        if self._ended and not self._framed:
            self._sink.update(data[at:])
            at = len(data)
        self._rest = b"" if self._ended else data[at:]


@dataclass(frozen=True, slots=True)
class _Both:
    sinks: tuple[_Sink, ...]

    def update(self, data: bytes, /) -> None:
        for sink in self.sinks:
            sink.update(data)


class PayloadHash:
    """The payload digest of a block, by WARC 1.1: without the HTTP head and the transfer framing, the content
    coding kept. What isn't an HTTP message is its own payload.
    """

    def __init__(self, stated: str, *, http: bool) -> None:
        self.payload = LabelledHash(stated)
        self.raw = LabelledHash(stated)  # the same with the chunk framing
        self.chunked = False
        self._sink: _Sink | None = None if http else self.payload
        self._dechunker: Dechunker | None = None
        self._head = bytearray()

    def update(self, data: bytes, /) -> None:
        if self._sink is not None:
            self._sink.update(data)
            return
        self._head += data
        if len(self._head) >= MAX_HEAD:
            self._begin()

    def _begin(self) -> None:
        block = bytes(self._head)
        self._head.clear()
        head = parse_head(block)
        if head is not None:
            start = head.body_start
        else:  # HTTP/0.9 has no head either
            gap = _HEAD_END.search(block) if _REQUEST.match(block) else None
            start = gap.end() if gap else 0
        self._sink = self.payload
        if head is not None and is_chunked(head.headers):
            self.chunked = True
            self._dechunker = Dechunker(self.payload)
            self._sink = _Both((self._dechunker, self.raw))
        self._sink.update(block[start:])

    def finish(self) -> None:
        """The block has ended."""
        if self._sink is None:
            self._begin()
        if self._dechunker is not None:
            self._dechunker.finish()
