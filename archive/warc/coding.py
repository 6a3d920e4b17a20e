"""Content codings taken off under a byte cap: two megabytes of brotli can be two gigabytes."""

from __future__ import annotations

import sys
import zlib
from collections.abc import Callable

import brotli

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

BODY_CAP = 32 << 20
"""Decoded bytes of a page that anything here looks at. The largest real news page seen had 9 MB."""


def decode_body(body: bytes, codings: list[str], cap: int = BODY_CAP) -> bytes:
    """Undo the codings of Content-Encoding, last one first, and cut the result at ``cap`` bytes.

    A coding that is unknown, or that the body doesn't have (servers say gzip and send plain text),
    leaves the bytes as they are; a stream that breaks gives what came before the break.
    """
    for coding in reversed(codings):
        decoder = _DECODERS.get(coding)
        if decoder is not None:
            body = decoder(body, cap)
    return body[:cap]


def content_codings(value: str | None) -> list[str]:
    """The codings of a Content-Encoding header, in the order they were applied, at most four."""
    names = [name.strip().lower() for name in (value or "").split(",")]
    return [name for name in names if name and name != "identity"][:4]


def _inflate(body: bytes, cap: int, wbits: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    while body and size < cap:
        stream = zlib.decompressobj(wbits)
        try:
            part = stream.decompress(body, cap - size)
        except zlib.error:
            break
        parts.append(part)
        size += len(part)
        if not stream.eof:
            break
        body = stream.unused_data
    return b"".join(parts)


def _salvage(body: bytes, cap: int, wbits: int) -> bytes:
    """As much of a broken stream as can be had: fed in small pieces, up to the piece that breaks."""
    stream = zlib.decompressobj(wbits)
    parts: list[bytes] = []
    size = 0
    for start in range(0, len(body), 512):
        try:
            part = stream.decompress(body[start : start + 512], cap - size)
        except zlib.error:
            break
        parts.append(part)
        size += len(part)
        if size >= cap or stream.eof:
            break
    return b"".join(parts)


def _gzip(body: bytes, cap: int) -> bytes:
    if body[:2] != b"\x1f\x8b":
        return body
    return _inflate(body, cap, 31) or _salvage(body, cap, 31)


def _deflate(body: bytes, cap: int) -> bytes:
    # The standard says zlib format; some servers send the raw stream, and browsers take both.
    return _inflate(body, cap, 15) or _inflate(body, cap, -15) or body


def _brotli(body: bytes, cap: int) -> bytes:
    stream = brotli.Decompressor()
    parts: list[bytes] = []
    size = 0
    data = body
    try:
        while size < cap:
            part = stream.process(data, output_buffer_limit=min(1 << 20, cap - size))
            data = b""
            parts.append(part)
            size += len(part)
            if stream.is_finished() or (not part and stream.can_accept_more_data()):
                break
    except brotli.error:
        pass
    return b"".join(parts) or body


def _zstd(body: bytes, cap: int) -> bytes:
    stream = zstd.ZstdDecompressor()
    parts: list[bytes] = []
    size = 0
    data = body
    try:
        while size < cap and not stream.eof:
            part = stream.decompress(data, max_length=min(1 << 20, cap - size))
            data = b""
            parts.append(part)
            size += len(part)
            if not part and stream.needs_input:
                break
    except zstd.ZstdError:
        pass
    return b"".join(parts) or body


_DECODERS: dict[str, Callable[[bytes, int], bytes]] = {
    "gzip": _gzip,
    "x-gzip": _gzip,
    "deflate": _deflate,
    "br": _brotli,
    "zstd": _zstd,
}
