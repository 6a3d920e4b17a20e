"""Content codings taken off under a byte cap: two megabytes of brotli can be two gigabytes."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator

import brotli
from isal import isal_zlib

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

BODY_CAP = 32 << 20
"""Decoded bytes of a page that anything here looks at. The largest real news page seen had 9 MB."""

_PIECE = 512
"""Coded bytes that are decoded at once: so much at most is lost where a stream breaks."""
_STEP = 1 << 20
# The library's stub calls it an instance.
_InflateError: type[Exception] = isal_zlib.IsalError  # type: ignore[assignment]
_STREAMS = 1_000
"""Streams behind each other that are read: a million empty ones fit into a page and cost ten seconds."""


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


def _pieces(body: bytes) -> Iterator[bytes]:
    return (body[start : start + _PIECE] for start in range(0, len(body), _PIECE))


def _inflate(body: bytes, cap: int, wbits: int) -> bytes:
    """Streams behind each other, as gzip allows them; up to the piece in which one breaks."""
    stream = isal_zlib.decompressobj(wbits)
    try:
        whole: bytes = stream.decompress(body, cap)
        if not stream.unused_data:
            return whole
    except _InflateError:
        pass  # piece by piece, it gives what stands before the break
    stream = isal_zlib.decompressobj(wbits)
    parts: list[bytes] = []
    size, streams = 0, 1
    for data in _pieces(body):
        try:
            while data and size < cap:
                if stream.eof:
                    streams += 1
                    if streams > _STREAMS:
                        return b"".join(parts)
                    stream = isal_zlib.decompressobj(wbits)
                parts.append(stream.decompress(data, cap - size))
                size += len(parts[-1])
                data = stream.unused_data
        except _InflateError:
            break
        if size >= cap:
            break
    return b"".join(parts)


def _gzip(body: bytes, cap: int) -> bytes:
    return _inflate(body, cap, 31) if body.startswith(b"\x1f\x8b") else body


def _deflate(body: bytes, cap: int) -> bytes:
    # The standard says zlib format; some servers send the raw stream, and browsers take both.
    return _inflate(body, cap, 15) or _inflate(body, cap, -15) or body


def _brotli(body: bytes, cap: int) -> bytes:
    stream = brotli.Decompressor()
    parts: list[bytes] = []
    size = 0
    try:
        for data in _pieces(body):
            while size < cap and not stream.is_finished():
                # A piece of a bomb has gigabytes in it: they are asked for megabyte by megabyte.
                parts.append(stream.process(data, output_buffer_limit=min(_STEP, cap - size)))
                size += len(parts[-1])
                data = b""
                if stream.can_accept_more_data():
                    break
        finished = bool(stream.is_finished())
    except brotli.error:
        finished = False
    return b"".join(parts) if size or finished else body


def _zstd(body: bytes, cap: int) -> bytes:
    if not body.startswith(b"\x28\xb5\x2f\xfd"):
        return body
    stream = _new_zstd()
    parts: list[bytes] = []
    size, streams = 0, 1
    try:
        for data in _pieces(body):
            while size < cap:
                if stream.eof:
                    streams += 1
                    if streams > _STREAMS:
                        return b"".join(parts)
                    stream = _new_zstd()
                parts.append(stream.decompress(data, max_length=min(_STEP, cap - size)))
                size += len(parts[-1])
                data = stream.unused_data if stream.eof else b""
                if not data and (stream.eof or stream.needs_input):
                    break
    except zstd.ZstdError:
        pass
    return b"".join(parts)


def _new_zstd() -> zstd.ZstdDecompressor:
    # Eight megabytes is what a browser grants (RFC 9659); the library's own limit is 128.
    return zstd.ZstdDecompressor(options={zstd.DecompressionParameter.window_log_max: 23})


_DECODERS: dict[str, Callable[[bytes, int], bytes]] = {
    "gzip": _gzip,
    "x-gzip": _gzip,
    "deflate": _deflate,
    "br": _brotli,
    "zstd": _zstd,
}
