"""What a server may say: responses in all their shapes, as bytes, and what has to come of each."""

from __future__ import annotations

import gzip
import random
import sys
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

import brotli

from archive.types import ExchangeEnd

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

OK = b"HTTP/1.1 200 OK\r\n"
FINAL = OK + b"Content-Type: text/html\r\nContent-Length: 5\r\n\r\nhallo"
EARLY = b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n"

After = Literal["keep", "close", "reset", "hang"]
Build = Callable[[random.Random], list[bytes]]


@dataclass(frozen=True)
class Shape:
    """A way to answer. ``build`` gives the pieces; between two of them the server may pause."""

    build: Build
    after: After = "keep"  # what the server does with the connection then
    method: str = "GET"
    status: int | None = 200  # None: no response comes of it, but an exception
    flags: tuple[str, ...] = ()
    end: ExchangeEnd = ExchangeEnd.COMPLETE
    reason: str | None = None  # the beginning of it
    pause: float = 0.0  # seconds between two pieces
    whole: bool = True  # False: we stop listening before the server has said all
    meta: dict[str, float] = field(default_factory=dict)


def said(*pieces: bytes) -> Build:
    """Always the same pieces."""
    return lambda rng: list(pieces)


def text(rng: random.Random, low: int = 200, high: int = 4000) -> bytes:
    """A body of words and umlauts."""
    words = ["Essen", "Ruhr", "Bürgermeister", "Brücke", "der", "die", "<p>", "</p>", "\r\n", "äöüß"]
    return " ".join(rng.choices(words, k=rng.randint(low, high) // 6)).encode()


def in_chunks(rng: random.Random, body: bytes, *, extensions: bool = True, trailers: bool = True) -> bytes:
    """A body in chunk frames of odd sizes, spelled in all the ways that are allowed."""
    out = bytearray()
    position = 0
    while position < len(body):
        part = body[position : position + rng.choice([1, 3, 17, 37, 255, 1031])]
        position += len(part)
        size = rng.choice(["%x", "%X", "%04x"]) % len(part)
        extension = rng.choice(["", ";a", ";name=value", ';q="a;b"']) if extensions else ""
        out += size.encode() + extension.encode() + b"\r\n" + part + b"\r\n"
    out += b"0\r\n" + (b"X-Checksum: abc\r\nServer-Timing: a;dur=1\r\n" if trailers else b"") + b"\r\n"
    return bytes(out)


def cut_up(rng: random.Random, data: bytes) -> list[bytes]:
    """The same bytes in up to four pieces."""
    ends = sorted(rng.choices(range(len(data) + 1), k=rng.randint(0, 3)))
    starts = [0, *ends]
    return [piece for a, b in zip(starts, [*ends, len(data)], strict=True) if (piece := data[a:b])]


def headers(rng: random.Random) -> bytes:
    """Header fields in odd case and order, repeated, empty, with odd blanks and bytes beyond ASCII."""
    lines = [
        b"sErVeR: nginx/1.0",
        b"Set-Cookie: a=1; Path=/",
        b"SET-COOKIE:b=2",
        b"set-cookie:   c=3  ",
        b"X-Stadt: M\xe4rchenstadt",
        "X-Utf8: Märchen".encode(),
        b"X-Empty:",
        b"X-Tabs:\t\ta\tb",
        b"Cache-Control: no-cache",
        b"Cache-Control: no-store",
        b"Content-Type: text/html; charset=iso-8859-1",
        b"Strict-Transport-Security: max-age=1;;includeSubDomains",
        b"x_underscore: 1",
    ]
    rng.shuffle(lines)
    return b"".join(line + b"\r\n" for line in lines)


def status_line(rng: random.Random) -> bytes:
    return rng.choice(
        [
            OK,
            b"HTTP/1.1 200 Alles Gut\r\n",
            b"HTTP/1.1 200 Sch\xf6n so!\r\n",
            b"HTTP/1.1 200\r\n",
            b"HTTP/1.1 200 \r\n",
        ]
    )


def plain(rng: random.Random) -> list[bytes]:
    body = text(rng)
    head = status_line(rng) + headers(rng) + b"content-LENGTH: %d\r\n\r\n" % len(body)
    return cut_up(rng, head + body)


def chunked(rng: random.Random) -> list[bytes]:
    head = status_line(rng) + headers(rng) + b"Transfer-Encoding: chunked\r\n\r\n"
    return cut_up(rng, head + in_chunks(rng, text(rng), trailers=rng.random() < 0.5))


def coded(name: bytes, encode: Callable[[bytes], bytes]) -> Build:
    """A body in a content coding, with a length or in chunks."""

    def build(rng: random.Random) -> list[bytes]:
        body = encode(text(rng))
        head = OK + b"Content-Type: text/html\r\nContent-Encoding: " + name + b"\r\n"
        if rng.random() < 0.5:
            return cut_up(rng, head + b"Content-Length: %d\r\n\r\n" % len(body) + body)
        return cut_up(rng, head + b"Transfer-Encoding: chunked\r\n\r\n" + in_chunks(rng, body))

    return build


def until_close(start: bytes) -> Build:
    return lambda rng: cut_up(rng, start + b"Content-Type: text/html\r\n\r\n" + text(rng))


def hints(rng: random.Random) -> list[bytes]:
    interims = [rng.choice([EARLY, b"HTTP/1.1 100 Continue\r\n\r\n"]) for _ in range(rng.randint(1, 3))]
    return cut_up(rng, b"".join(interims) + FINAL)


def wide(size: int) -> Build:
    """One header field of this size."""
    return lambda rng: cut_up(rng, OK + b"X-Policy: " + b"x" * size + b"\r\nContent-Length: 5\r\n\r\nhallo")


def illegal(field_line: bytes) -> Build:
    """A header line that no parser of ours reads, in front of a body with a length."""

    def build(rng: random.Random) -> list[bytes]:
        body = text(rng)
        return cut_up(rng, OK + field_line + b"\r\nContent-Length: %d\r\n\r\n" % len(body) + body)

    return build


def length_and_chunks(rng: random.Random) -> list[bytes]:
    body = in_chunks(rng, text(rng))
    return cut_up(rng, OK + b"Content-Length: 77\r\nTransfer-Encoding: chunked\r\n\r\n" + body)


def cut_chunk(rng: random.Random) -> list[bytes]:
    body = in_chunks(rng, text(rng, 300, 900), trailers=False)
    return cut_up(rng, OK + b"Transfer-Encoding: chunked\r\n\r\n" + body[: rng.randint(1, len(body) - 8)])


def flood(rng: random.Random) -> list[bytes]:
    return [OK, *[b"X-%d: " % i + b"y" * 8000 + b"\r\n" for i in range(400)]]


TRUNCATED, FAILED = ExchangeEnd.TRUNCATED, ExchangeEnd.FAILED
SHORT = OK + b"Content-Length: 500\r\n\r\n"
STREAM = OK + b"Content-Type: text/html\r\n\r\n"

WHOLE: dict[str, Shape] = {
    "plain": Shape(plain),
    "chunked": Shape(chunked),
    "gzip": Shape(coded(b"gzip", lambda body: gzip.compress(body, mtime=0))),
    "br": Shape(coded(b"br", brotli.compress)),
    "zstd": Shape(coded(b"zstd", zstd.compress)),
    "deflate": Shape(coded(b"deflate", zlib.compress)),
    "length-close": Shape(said(OK + b"Connection: close\r\nContent-Length: 5\r\n\r\nhallo"), "close"),
    "until-close": Shape(until_close(OK), "close"),
    "http10": Shape(until_close(b"HTTP/1.0 200 OK\r\n"), "close"),
    "http10-keep": Shape(said(b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nja")),
    "empty": Shape(said(OK + b"Content-Length: 0\r\n\r\n")),
    "204": Shape(said(b'HTTP/1.1 204 No Content\r\nETag: "a"\r\n\r\n'), status=204),
    "304": Shape(said(b'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\nContent-Length: 99\r\n\r\n'), status=304),
    "head": Shape(said(OK + b"Content-Length: 12345\r\n\r\n"), method="HEAD"),
    "post": Shape(plain, method="POST"),
    "301": Shape(
        said(b"HTTP/1.1 301 Da Lang\r\nLocation: /plain/1\r\nContent-Length: 3\r\n\r\nweg"), status=301
    ),
    "302": Shape(
        said(b"HTTP/1.1 302 Found\r\nLocation: http://a@[::1\r\nContent-Length: 0\r\n\r\n"), status=302
    ),
    "404": Shape(said(b"HTTP/1.1 404 Weg\r\nContent-Length: 3\r\n\r\nweg"), status=404),
    "500": Shape(said(b"HTTP/1.1 500 Kaputt\r\nContent-Length: 3\r\n\r\nweh"), status=500),
    "hints": Shape(hints),
    "bare-newlines": Shape(said(b"HTTP/1.1 200 OK\nContent-Length: 5\n\nhallo")),
    "folded": Shape(said(OK + b"X-Long: a\r\n  b\r\nContent-Length: 5\r\n\r\nhallo")),
    "many-fields": Shape(
        said(OK + b"".join(b"X-%d: 1\r\n" % i for i in range(300)) + b"Content-Length: 2\r\n\r\nja")
    ),
    "wide-20k": Shape(wide(20_000)),
    "switch": Shape(said(b"HTTP/1.1 101 Los\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n\0bin"), status=101),
}
"""Nothing wrong with them, however odd they look."""

ODD: dict[str, Shape] = {
    "wide-200k": Shape(wide(200_000), flags=("illegal",)),
    "space-before-colon": Shape(illegal(b"X-Odd : 1"), flags=("illegal",)),
    "nul-in-field": Shape(illegal(b"X-Odd: a\0b"), flags=("illegal",)),
    "no-colon": Shape(illegal(b"what is this"), flags=("illegal",)),
    "same-length-twice": Shape(
        said(OK + b"Content-Length: 5\r\nContent-Length: 5\r\n\r\n", b"hallo"), flags=("illegal",)
    ),
    "two-lengths": Shape(
        said(OK + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\n", b"hallo"),
        "close",
        flags=("illegal", "dataloss"),
        end=TRUNCATED,
        reason="disconnect",
    ),
    "length-and-chunks": Shape(length_and_chunks, flags=("illegal",)),
    "illegal-until-close": Shape(until_close(OK + b"X-Odd : 1\r\n"), "close", flags=("illegal",)),
    "garbage-behind": Shape(said(FINAL + b"XXXX garbage"), flags=("illegal",)),
    "second-response": Shape(said(FINAL + FINAL)),
    "204-with-body": Shape(
        said(b"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhallo"), status=204, flags=("illegal",)
    ),
    "http09": Shape(said(b"<html>", b"<p>hallo</html>"), "close", status=None, pause=0.01),
    "garbage": Shape(said(b"SSH-2.0-OpenSSH_9\r\n"), "close", status=None),
    "garbage-status": Shape(said(b"HTTP/1.1 99999 X\r\n\r\nhallo"), "close", status=None),
}
"""Against the letter of HTTP, and all there."""

BROKEN: dict[str, Shape] = {
    "short": Shape(said(SHORT, b"hal"), "close", flags=("dataloss",), end=TRUNCATED, reason="disconnect"),
    "cut-chunk": Shape(cut_chunk, "close", flags=("dataloss",), end=TRUNCATED, reason="disconnect"),
    "bad-chunk": Shape(
        said(OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhallo\r\n", b"zz\r\n"),
        pause=0.01,
        flags=("dataloss",),
        end=TRUNCATED,
        reason="unspecified",
    ),
    "reset": Shape(
        said(STREAM, b"hallo"), "reset", flags=("dataloss",), end=TRUNCATED, reason="disconnect", pause=0.02
    ),
    "cut-head": Shape(said(OK + b"Content-Ty"), "close", status=None, end=TRUNCATED, reason="disconnect"),
    "hints-only": Shape(said(EARLY), "close", status=None, end=FAILED, reason="DownloadFailedError: Server"),
    "nothing": Shape(said(), "close", status=None, end=FAILED, reason="DownloadFailedError: Server"),
}
"""Less than what was promised."""

SLOW: dict[str, Shape] = {
    "no-head": Shape(
        said(), "hang", status=None, end=FAILED, reason="DownloadTimeoutError", meta={"download_timeout": 0.2}
    ),
    "half-a-body": Shape(
        said(SHORT, b"hal"), "hang", status=None, end=TRUNCATED, reason="time", meta={"download_timeout": 0.2}
    ),
}
"""Too slow for their time-out."""

LIMITED: dict[str, Shape] = {
    "large-length": Shape(
        said(OK + b"Content-Length: 50000\r\n\r\n", b"x" * 50_000),
        flags=("maxsize",),
        end=TRUNCATED,
        reason="length",
        whole=False,
        meta={"download_maxsize": 10_000},
    ),
    "large-stream": Shape(
        said(STREAM, *[b"x" * 1000] * 100),
        flags=("maxsize",),
        end=TRUNCATED,
        reason="length",
        whole=False,
        pause=0.001,
        meta={"download_maxsize": 10_000},
    ),
    "chunk-extensions": Shape(
        said(OK + b"Transfer-Encoding: chunked\r\n\r\n", *[b"1;" + b"x" * 9000 + b"\r\nx\r\n"] * 200),
        flags=("maxsize", "dataloss"),
        end=TRUNCATED,
        reason="length",
        whole=False,
        meta={"download_maxsize": 10_000},
    ),
    "header-flood": Shape(flood, status=None, end=TRUNCATED, reason="length", whole=False),
    "hint-flood": Shape(
        said(*[EARLY] * 100, FINAL), status=None, end=FAILED, reason="DownloadFailedError", whole=False
    ),
    "odd-stream": Shape(
        said(OK + b"X-Odd : 1\r\n\r\n", *[b"x" * 9000] * 200),
        flags=("maxsize", "illegal", "dataloss"),
        end=TRUNCATED,
        reason="length",
        whole=False,
        meta={"download_maxsize": 10_000},
    ),
}
"""More than we are ready to take."""

SHAPES = WHOLE | ODD | BROKEN | SLOW | LIMITED
