"""Where a response begins and ends in the bytes that came: for what aiohttp's parser refuses to read."""

from __future__ import annotations

import re

from archive.warc.http import MAX_HEAD, Head, dechunk, is_chunked, parse_head, payload

_INTERIM = re.compile(rb"\s*HTTP/\d(?:\.\d)?[ \t]+1\d\d")
_END = re.compile(rb"\n\r?\n")
_BODILESS = frozenset({204, 304})


def interim_length(received: bytes) -> int:
    """How many bytes of 1xx responses stand before the final status line (RFC 9110, 15.2).

    101 is final here: what follows it is no HTTP any more. An interim response that was cut off counts
    as interim.
    """
    position = 0
    # The head of a final response, which may be long, is not parsed for that.
    while _INTERIM.match(received, position):
        head = parse_head(received[position : position + MAX_HEAD])
        if head is None or not 100 <= head.status < 200 or head.status == 101:
            break
        position += head.body_start
    return position


def whole_head(response: bytes) -> Head | None:
    """The head of a response when all of it is there."""
    if _END.search(response, 0, MAX_HEAD) is None:
        return None
    head = parse_head(response[:MAX_HEAD])
    return head if head and response[: head.body_start].endswith((b"\n\r\n", b"\n\n")) else None


def is_bodiless(head: Head, method: str) -> bool:
    """Whether a response has no body, whatever its header fields say (RFC 9112, 6.3)."""
    return method == "HEAD" or head.status in _BODILESS or 100 <= head.status < 200


def stated_length(head: Head) -> int | None:
    """The body's length by Content-Length; the largest when there are several, None when there is none.

    Chunk framing is stronger than a length that stands beside it (RFC 9112, 6.3).
    """
    if is_chunked(head.headers):
        return None
    values = (v for k, found in head.headers if k.lower() == "content-length" for v in found.split(","))
    lengths = [int(v) for v in values if v.strip().isascii() and v.strip().isdigit() and len(v) < 19]
    return max(lengths, default=None)


def is_whole(response: bytes, method: str, *, closed: bool) -> bool:
    """Whether a response came to its end. ``closed``: the server closed the connection after it, in order.

    Without any framing, and for what isn't even a head (HTTP/0.9), the close is the end.
    """
    head = whole_head(response)
    if head is None:
        return closed and parse_head(response) is None
    if is_bodiless(head, method):
        return True
    if is_chunked(head.headers):
        return dechunk(response[head.body_start :])[1]
    length = stated_length(head)
    return closed if length is None else len(response) - head.body_start >= length


def body_of(response: bytes, head: Head, method: str) -> bytes:
    """The body, content coding kept, without framing and without what came behind it."""
    if is_bodiless(head, method):
        return b""
    return payload(response, head)[: stated_length(head)]
