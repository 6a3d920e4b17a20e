"""HTTP/1.x messages as they stand in a record's block: head, framing, payload.

Lenient where servers are wrong and browsers don't mind, because what is stored is what came.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from dataclasses import dataclass

from archive.types import Headers

MAX_HEAD = 1 << 20
"""Bytes of a head that are looked at; more is no page but an attack."""

MAX_LINES = 20_000
"""Lines of a head that are looked at."""

_HEAD_END = re.compile(rb"\r?\n\r?\n")
_STATUS_LINE = re.compile(r"HTTP/(\d)(?:\.(\d))?[ \t]+(\d{3})(?:[ \t]+([^\r\n]*))?$", re.ASCII)
_BLANK = " \t\n\r\v\f"
_CHUNK_SIZE = re.compile(rb"[ \t]*([0-9a-fA-F]{1,16})[ \t]*(?:;[^\n]*)?\r?\n")


@dataclass(frozen=True, slots=True)
class Head:
    """A response's status line and header fields, and where its body begins in the block."""

    status: int
    reason: str
    headers: Headers
    body_start: int

    def get(self, name: str) -> str | None:
        """The first value of a field, by lower-case name."""
        return next((value for key, value in self.headers if key.lower() == name), None)


def parse_head(block: bytes) -> Head | None:
    """Read the head of a response block; None when it isn't one (HTTP/0.9, or cut off)."""
    window = block[:MAX_HEAD]
    # Up to the empty line, each line with or without its carriage return (RFC 9112, 2.2).
    gap = _HEAD_END.search(window)
    end, start = gap.span() if gap else (len(window), len(window))
    text = window[:end].replace(b"\r\n", b"\n").decode("latin-1")
    first, *lines = text.split("\n", MAX_LINES)[:MAX_LINES]
    match = _STATUS_LINE.match(first.strip(_BLANK))
    if match is None:
        return None
    fields: list[tuple[str, str]] = []
    folded: dict[int, list[str]] = {}  # what goes on in further lines, by the field's place
    for line in lines:
        if line.startswith((" ", "\t")) and fields:  # obsolete line folding (RFC 9112, 5.2)
            folded.setdefault(len(fields) - 1, []).append(line.strip())
            continue
        name, colon, value = line.partition(":")
        if colon:
            fields.append((name.strip(), value.strip()))
    for place, more in folded.items():
        fields[place] = (fields[place][0], " ".join((fields[place][1], *more)))
    return Head(int(match[3]), (match[4] or "").strip(), tuple(fields), start)


def is_chunked(headers: Headers) -> bool:
    """Whether the body came in chunks (RFC 9112, 7.1)."""
    return any("chunked" in v.lower() for k, v in headers if k.lower() == "transfer-encoding")


def dechunk(body: bytes) -> tuple[bytes, bool]:
    """Take the chunk framing off. Gives the payload and whether the last chunk was there.

    What isn't framed as promised ends the payload; a body without any frame is given back as it is.
    """
    chunks, parts = _chunks(memoryview(body)), []
    while True:
        try:
            # Bytes and not views: a million small ones are nothing then.
            parts.append(bytes(next(chunks)))
        except StopIteration as end:
            return b"".join(parts), bool(end.value)


def _chunks(body: memoryview) -> Generator[memoryview, None, bool]:
    """What the chunks hold; returns whether the last one was there."""
    position = 0
    while match := _CHUNK_SIZE.match(body, position):
        length = int(match[1], 16)
        if length == 0:
            return True
        part = body[match.end() : match.end() + length]
        yield part
        position = match.end() + length
        if len(part) < length:
            break
        if bytes(body[position : position + 2]) == b"\r\n":
            position += 2
        elif bytes(body[position : position + 1]) == b"\n":
            position += 1
    if position == 0:
        yield body
    return False


def payload_parts(block: bytes, head: Head) -> Iterator[memoryview]:
    """As ``payload``, in parts: of a large one there is no second copy."""
    body = memoryview(block)[head.body_start :]
    yield from _chunks(body) if is_chunked(head.headers) else (body,)


def payload(block: bytes, head: Head) -> bytes:
    """The payload as WARC 1.1 digests it: without transfer framing, content coding kept."""
    body = block[head.body_start :]
    return dechunk(body)[0] if is_chunked(head.headers) else body
