"""Servers that mean no good, each a name and what it says: to be crawled beside good ones.

    name -> a port of its own -> robots.txt is answered (but by those that are about it) -> the page is not

``lasting`` shapes hold a connection to the deadline; a run of them takes as long as its time-outs.
"""

from __future__ import annotations

import asyncio
import gzip
import ssl
import struct
import sys
import threading
import time
import zlib
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from socket import SO_LINGER, SOL_SOCKET
from typing import Self

import brotli

from tests.crawler.hostile_tls import contexts
from tests.crawler.threaded import Threaded

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

OK = b"HTTP/1.1 200 OK\r\n"
HTML = OK + b"Content-Type: text/html\r\n"
CLOSE = b"Connection: close\r\n\r\n"
STREAM = HTML + CLOSE
CHUNKS = HTML + b"Transfer-Encoding: chunked\r\n\r\n"
_PAGE = b"<html><p>hallo</p></html>"
_MIB = 1 << 20


@dataclass(frozen=True)
class Visit:
    """One request at a hostile server, and the bases of the servers that may be named in an answer."""

    path: str
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    base: str  # of this server, without a slash at the end
    secure: str  # of a server with TLS and a good certificate that leads back here

    async def say(self, *pieces: bytes, pause: float = 0.0) -> None:
        for piece in pieces:
            self.writer.write(piece)
            await self.writer.drain()
            if pause:
                await asyncio.sleep(pause)

    async def wait(self) -> None:
        """Until the client is gone."""
        while await self.reader.read(65_536):
            pass

    def reset(self) -> None:
        self.writer.get_extra_info("socket").setsockopt(SOL_SOCKET, SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


Behaviour = Callable[[Visit], Awaitable[None]]


@dataclass(frozen=True)
class Hostile:
    """A way to be hostile."""

    behave: Behaviour
    tls: str | None = None  # which certificate of hostile_tls, None for plain HTTP
    raw: bool = False  # nothing is read first: what it says begins with the connection
    robots: bool = False  # it misbehaves at robots.txt too
    lasting: bool = False
    outcomes: frozenset[str] = frozenset({"expanded", "failed", "refused"})
    reason: str = ""  # stands in the reason of one of its URLs


def says(*pieces: bytes) -> Behaviour:
    async def behave(visit: Visit) -> None:
        await visit.say(*pieces)

    return behave


@dataclass(frozen=True)
class makes:
    """As ``says``, with what takes a while to make; it is made before the first visit."""

    build: Callable[[], bytes]

    def ready(self) -> bytes:
        return _made(self.build)

    async def __call__(self, visit: Visit) -> None:
        await visit.say(self.ready())


def says_and_waits(*pieces: bytes) -> Behaviour:
    async def behave(visit: Visit) -> None:
        await visit.say(*pieces)
        await visit.wait()

    return behave


def endless(start: bytes, piece: bytes, pause: float = 0.0) -> Behaviour:
    async def behave(visit: Visit) -> None:
        await visit.say(start)
        while True:
            await visit.say(piece, pause=pause)

    return behave


def redirects(*targets: str) -> Behaviour:
    """From "/" to each target in turn; ``{base}`` and ``{secure}`` stand for servers."""

    async def behave(visit: Visit) -> None:
        number = int(visit.path.rpartition("=")[2] or 0) if "=" in visit.path else 0
        target = targets[number % len(targets)].format(base=visit.base, secure=visit.secure, next=number + 1)
        location = b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: " + target.encode("latin-1")
        await visit.say(location + b"\r\n\r\n")

    return behave


def refreshes(target: str) -> Behaviour:
    async def behave(visit: Visit) -> None:
        number = int(visit.path.rpartition("=")[2] or 0) if "=" in visit.path else 0
        to = target.format(base=visit.base, next=number + 1)
        html = f'<html><head><meta http-equiv="refresh" content="0; url={to}"></head></html>'.encode()
        await visit.say(HTML + b"Content-Length: %d\r\n\r\n" % len(html) + html)

    return behave


@cache
def _made(build: Callable[[], bytes]) -> bytes:
    return build()


async def _reset(visit: Visit) -> None:
    visit.reset()


async def _reset_in_body(visit: Visit) -> None:
    await visit.say(HTML + b"Content-Length: 500\r\n\r\n", b"hallo", pause=0.05)
    visit.reset()


def alerts(number: int) -> Behaviour:
    """A fatal alert of TLS (RFC 8446, 6) for an answer to the first message."""

    async def behave(visit: Visit) -> None:
        await visit.reader.read(4096)
        await visit.say(b"\x15\3\3\0\2\2" + bytes([number]))
        await visit.wait()

    return behave


async def _nothing(visit: Visit) -> None:
    return None


def body(data: bytes, coding: str = "", mime: str = "text/html") -> bytes:
    """A whole response."""
    coded = f"Content-Encoding: {coding}\r\n" if coding else ""
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {mime}\r\n{coded}Content-Length: {len(data)}\r\n\r\n"
    return head.encode() + data


def zeros(count: int) -> Iterator[bytes]:
    piece = bytes(_MIB)
    return (piece for _ in range(count))


def gzipped(pieces: Iterable[bytes]) -> bytes:
    return _deflated(pieces, 31)


def _deflated(pieces: Iterable[bytes], wbits: int) -> bytes:
    made = zlib.compressobj(1, zlib.DEFLATED, wbits)
    return b"".join(map(made.compress, pieces)) + made.flush()


@cache
def gzip_bomb() -> bytes:
    return gzipped(zeros(32)) * 16  # streams behind each other, as gzip allows them


@cache
def brotli_bomb() -> bytes:
    made = brotli.Compressor(quality=1, lgwin=24)
    return b"".join(map(made.process, zeros(1024))) + bytes(made.finish())


@cache
def zstd_bomb() -> bytes:
    made = zstd.ZstdCompressor()
    return b"".join(map(made.compress, zeros(1024))) + made.flush()


def wide_zstd() -> bytes:
    """A frame that asks its reader for a window of 128 MiB and holds two bytes."""
    options: dict[int, int] = {
        zstd.CompressionParameter.window_log: 27,
        zstd.CompressionParameter.content_size_flag: 0,
    }
    made = zstd.ZstdCompressor(options=options)
    return made.compress(b"ja") + made.flush()


def repeated(text: bytes, size: int) -> Iterator[bytes]:
    piece = text * max(1, _MIB // len(text))
    return (piece for _ in range(max(1, size // len(piece))))


def attributes() -> bytes:
    return gzipped(
        [b"<a ", *(b" ".join(b"x%d" % (i * 5000 + j) for j in range(5000)) + b" " for i in range(200))]
    )


def items() -> bytes:
    return gzipped(
        [
            b"<?xml version='1.0'?><rss version='2.0'><channel>",
            *repeated(b"<item><title>a</title></item>", 16 * _MIB),
        ]
    )


def places() -> bytes:
    head = b'<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
    return gzipped([head, *repeated(b"<url><loc>http://elsewhere.example/a</loc></url>", 40 * _MIB)])


def laughs() -> bytes:
    entities = "".join(f'<!ENTITY a{i} "{f"&a{i - 1};" * 10}">' for i in range(1, 12))
    head = f'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a0 "ha">{entities}]>'
    return f"{head}<rss><channel>&a11;</channel></rss>".encode()


def broken_gzip() -> bytes:
    data = gzip.compress(_PAGE, mtime=0)
    return data[:-8] + b"\0\0\0\0\0\0\0\0"


WAIT = says_and_waits
_HEAD_10M = OK + (b"X-A: " + b"y" * 8000 + b"\r\n") * 1250
_DRIP = 0.3

BOMBS: dict[str, Hostile] = {
    "gzip bomb, 512 MiB": Hostile(makes(lambda: body(gzip_bomb(), "gzip"))),
    "brotli bomb, 1 GiB": Hostile(makes(lambda: body(brotli_bomb(), "br"))),
    "zstd bomb, 1 GiB": Hostile(makes(lambda: body(zstd_bomb(), "zstd"))),
    "deflate bomb, 256 MiB": Hostile(makes(lambda: body(_deflated(zeros(256), 15), "deflate"))),
    "gzip of a gzip bomb": Hostile(makes(lambda: body(gzipped([gzip_bomb()]), "gzip, gzip"))),
    "brotli of a gzip bomb": Hostile(
        makes(lambda: body(brotli.compress(gzip_bomb(), quality=1), "gzip, br"))
    ),
    "ten codings": Hostile(says(body(_PAGE, ", ".join(["gzip"] * 10)))),
    "a bomb of tags": Hostile(makes(lambda: body(gzipped(repeated(b"<a>", 32 * _MIB)), "gzip"))),
    "a bomb of links": Hostile(
        makes(lambda: body(gzipped(repeated(b"<a href=//elsewhere.example/1>x</a>", 32 * _MIB)), "gzip"))
    ),
    "one tag of a million attributes": Hostile(makes(lambda: body(attributes(), "gzip"))),
    "a million tags in each other": Hostile(makes(lambda: body(gzipped([b"<b><p>" * 500_000]), "gzip"))),
    "a comment without end": Hostile(makes(lambda: body(gzipped(repeated(b"<!-- ", 32 * _MIB)), "gzip"))),
    "a feed of 600,000 items": Hostile(makes(lambda: body(items(), "gzip", "application/rss+xml"))),
    "a sitemap of 800,000 places": Hostile(makes(lambda: body(places(), "gzip", "text/xml"))),
    "a billion laughs": Hostile(says(body(laughs(), mime="application/xml"))),
    "30 MB of one word": Hostile(makes(lambda: body(b"x" * 30_000_000))),
}

LIES: dict[str, Hostile] = {
    "gzip that is text": Hostile(says(body(_PAGE, "gzip"))),
    "brotli that is text": Hostile(says(body(_PAGE, "br"))),
    "zstd that is text": Hostile(says(body(_PAGE, "zstd"))),
    "deflate that is noise": Hostile(says(body(bytes(range(256)) * 9, "deflate"))),
    "gzip with a wrong sum": Hostile(says(body(broken_gzip(), "gzip"))),
    "gzip that ends early": Hostile(says(body(gzip.compress(_PAGE * 99, mtime=0)[:40], "gzip"))),
    "100,000 empty gzip streams": Hostile(makes(lambda: body(gzip.compress(b"", mtime=0) * 100_000, "gzip"))),
    "a gzip name without end": Hostile(says(body(b"\x1f\x8b\x08\x08\0\0\0\0\0\3" + b"n" * 900_000, "gzip"))),
    "zstd with a window of 128 MiB": Hostile(makes(lambda: body(wide_zstd(), "zstd"))),
    "brotli with a large window": Hostile(says(body(b"\x11\x1e" + b"\xff" * 4000, "br"))),
    "an unknown coding": Hostile(says(body(_PAGE, "x-snappy"))),
    "a charset that there is not": Hostile(says(body(_PAGE, mime="text/html; charset=klingon-8"))),
    "UTF-16 that is Latin": Hostile(
        says(body("<p>Größe</p>".encode("latin-1"), mime="text/html; charset=utf-16"))
    ),
    "UTF-7": Hostile(says(body(b"<p>+ADw-script+AD4-</p>", mime="text/html; charset=utf-7"))),
    "a page of NULs": Hostile(says(body(bytes(100_000)))),
    "a type of 60 kB": Hostile(says(body(_PAGE, mime="text/" + "x" * 60_000))),
}

LENGTHS: dict[str, Hostile] = {
    "length 2**63": Hostile(
        says_and_waits(HTML + b"Content-Length: 9223372036854775808\r\n\r\nhallo"), lasting=True
    ),
    "length of 5,000 digits": Hostile(
        WAIT(HTML + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\nhallo"), lasting=True
    ),
    "length -1": Hostile(says(HTML + b"Content-Length: -1\r\n\r\nhallo")),
    "length +5": Hostile(says(HTML + b"Content-Length: +5\r\n\r\nhallo")),
    "two lengths": Hostile(says(HTML + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhallo")),
    "a length and chunks": Hostile(
        says(HTML + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")
    ),
    "less than its length": Hostile(says(HTML + b"Content-Length: 500\r\n\r\nhallo")),
    "less than its length, and open": Hostile(WAIT(HTML + b"Content-Length: 500\r\n\r\nhallo"), lasting=True),
    "a terabyte promised": Hostile(WAIT(HTML + b"Content-Length: 1099511627776\r\n\r\nhallo"), lasting=True),
    "a length and no body": Hostile(says(HTML + b"Content-Length: 5\r\n\r\n")),
    "chunks cut off": Hostile(says(CHUNKS + b"5\r\nhallo\r\nff\r\nx")),
    "a chunk of 2**64": Hostile(WAIT(CHUNKS + b"FFFFFFFFFFFFFFFF\r\nhallo"), lasting=True),
    "a chunk of -5": Hostile(says(CHUNKS + b"-5\r\nhallo\r\n0\r\n\r\n")),
    "no last chunk": Hostile(WAIT(CHUNKS + b"5\r\nhallo\r\n"), lasting=True),
    "chunks without end": Hostile(endless(CHUNKS, b"10000\r\n" + b"x" * 65_536 + b"\r\n")),
    "chunks of one byte without end": Hostile(endless(CHUNKS, b"1\r\nx\r\n" * 4096)),
    "a chunk extension without end": Hostile(endless(CHUNKS + b"1;a=", b"x" * 65_536)),
    "trailers without end": Hostile(endless(CHUNKS + b"0\r\n", b"X-A: b\r\n" * 4096)),
}

HEADS: dict[str, Hostile] = {
    "10 MB of headers": Hostile(says(_HEAD_10M + b"\r\nhallo")),
    "100,000 header lines": Hostile(says(OK + b"X: y\r\n" * 100_000 + b"\r\nhallo")),
    "a header line without end": Hostile(endless(OK + b"X-A: ", b"y" * 65_536)),
    "headers without end": Hostile(endless(OK, b"X-A: b\r\n" * 4096)),
    "folded lines without end": Hostile(endless(OK + b"X-A: b\r\n", b"  c\r\n" * 4096)),
    "a status line without end": Hostile(endless(b"HTTP/1.1 200 ", b"O" * 65_536)),
    "1xx without end": Hostile(endless(b"", b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" * 64)),
    "1xx in drips": Hostile(endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n", _DRIP), lasting=True),
    "status 999": Hostile(says(b"HTTP/1.1 999 No\r\nContent-Length: 2\r\n\r\nno")),
    "status 000": Hostile(says(b"HTTP/1.1 000 No\r\nContent-Length: 2\r\n\r\nno")),
    "status 99999": Hostile(says(b"HTTP/1.1 99999 No\r\n\r\nno")),
    "204 with a body": Hostile(says(b"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhallo")),
    "304 unasked": Hostile(says(b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n")),
    "101 unasked": Hostile(
        WAIT(b"HTTP/1.1 101 Los\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n" + bytes(99)), lasting=True
    ),
    "HTTP/0.9": Hostile(says(_PAGE)),
    "another protocol": Hostile(says(b"SSH-2.0-OpenSSH_9\r\n")),
    "noise": Hostile(says(bytes(range(255, 0, -1)) * 400)),
    "noise without end": Hostile(endless(b"", bytes(range(255, 0, -1)) * 257)),
    "an HTTP/2 preface": Hostile(says(b"\0\0\x12\4\0\0\0\0\0\0\3\0\0\0d\0\4\0\xa0\0\0\0\2\0\0\0\0")),
    "a NUL in a header": Hostile(says(OK + b"X-A: a\0b\r\nContent-Length: 5\r\n\r\nhallo")),
    "a second response": Hostile(says(body(_PAGE) + body(b"<p>gift</p>"))),
    "Set-Cookie of 1 MB": Hostile(
        says(OK + b"Set-Cookie: a=" + b"x" * 1_000_000 + b"\r\nContent-Length: 2\r\n\r\nja")
    ),
    "Location of 1 MB": Hostile(
        says(b"HTTP/1.1 302 F\r\nLocation: /" + b"x" * 1_000_000 + b"\r\nContent-Length: 0\r\n\r\n")
    ),
}

TIMES: dict[str, Hostile] = {
    "no answer": Hostile(WAIT(), lasting=True, reason="DownloadTimeoutError"),
    "a head in drips": Hostile(endless(OK, b"X", _DRIP), lasting=True),
    "a body in drips": Hostile(endless(STREAM, b"x", _DRIP), lasting=True),
    "a body in single bytes": Hostile(endless(STREAM, b"x"), lasting=True),
    "a body without end": Hostile(endless(STREAM, b"<p>x</p>" * 8192)),
    "an odd body without end": Hostile(endless(OK + b"X-Odd : 1\r\n\r\n", b"x" * 65_536)),
    "reset at once": Hostile(_reset),
    "reset in the body": Hostile(_reset_in_body),
    "closed at once": Hostile(_nothing),
    "closed before it is asked": Hostile(_nothing, raw=True, robots=True),
    "never read": Hostile(WAIT(), raw=True, robots=True, lasting=True),
}

REDIRECTS: dict[str, Hostile] = {
    "to itself": Hostile(redirects("{base}/")),
    "to and fro": Hostile(redirects("/?n=1", "/?n=0")),
    "a chain without end": Hostile(redirects("/?n={next}")),
    "to a file": Hostile(redirects("file:///etc/passwd")),
    "to FTP": Hostile(redirects("ftp://127.0.0.1/a")),
    "to a script": Hostile(redirects("javascript:alert(1)")),
    "to data": Hostile(redirects("data:text/html,hallo")),
    "to a port that there is not": Hostile(redirects("http://127.0.0.1:99999/")),
    "to nowhere": Hostile(says(b"HTTP/1.1 301 Moved\r\nContent-Length: 0\r\n\r\n")),
    "to TLS and back": Hostile(redirects("{secure}/")),
    "a refresh to itself": Hostile(refreshes("{base}/")),
    "refreshes without end": Hostile(refreshes("/?n={next}")),
}

TLS: dict[str, Hostile] = {
    "expired": Hostile(says(body(_PAGE)), tls="expired", reason="the certificate has expired"),
    "not valid yet": Hostile(says(body(_PAGE)), tls="early", reason="is not valid yet"),
    "for another host": Hostile(says(body(_PAGE)), tls="other host", reason="is for another"),
    "signed by itself": Hostile(says(body(_PAGE)), tls="self-signed", reason="signed by itself"),
    "signed by nobody known": Hostile(says(body(_PAGE)), tls="unknown authority", reason="not known here"),
    # These two end the handshake without a word: a reset, or silence up to the deadline.
    "TLS 1.1 at most": Hostile(says(body(_PAGE)), tls="old"),
    "TLS without a certificate": Hostile(says(body(_PAGE)), tls="none"),
    "no version in common": Hostile(
        alerts(70), tls="plain", raw=True, robots=True, reason="no version of TLS"
    ),
    "no cipher in common": Hostile(alerts(40), tls="plain", raw=True, robots=True, reason="no common cipher"),
    "a name it doesn't know": Hostile(
        alerts(112), tls="plain", raw=True, robots=True, reason="this host name"
    ),
    "plain HTTP where TLS should be": Hostile(
        says(body(_PAGE)), tls="plain", raw=True, robots=True, reason="doesn't speak TLS"
    ),
    "noise where TLS should be": Hostile(
        says(bytes(range(255, 0, -1)) * 99), tls="plain", raw=True, robots=True
    ),
    "a handshake without end": Hostile(WAIT(), tls="plain", raw=True, robots=True, lasting=True),
    "a handshake cut off": Hostile(says(b"\x16\3\3\0\x7a\2"), tls="plain", raw=True, robots=True),
}

ROBOTS: dict[str, Hostile] = {
    "robots.txt without end": Hostile(
        endless(OK + CLOSE, b"User-agent: *\nDisallow: /x\n" * 2048), robots=True
    ),
    "robots.txt in drips": Hostile(endless(OK + CLOSE, b"#", _DRIP), robots=True, lasting=True),
    "robots.txt that leads to itself": Hostile(redirects("{base}/robots.txt"), robots=True),
    "robots.txt of stars": Hostile(
        says(body(b"User-agent: *\nDisallow: /" + b"*a" * 9000, mime="text/plain")), robots=True
    ),
    "robots.txt of NULs": Hostile(says(body(bytes(400_000), mime="text/plain")), robots=True),
}

EVERY = BOMBS | LIES | LENGTHS | HEADS | TIMES | REDIRECTS | TLS | ROBOTS


@dataclass
class HostileServers(Threaded):
    """Each shape on a port of 127.0.0.1, in a thread of its own, from ``with`` to its end."""

    shapes: dict[str, Hostile]
    folder: str  # for certificates
    bases: dict[str, str] = field(default_factory=dict)  # by shape
    asked: dict[str, list[float]] = field(default_factory=dict)  # time.time() of each connection, by shape

    def __enter__(self) -> Self:
        self._tls = contexts(self.folder)
        for shape in self.shapes.values():
            if isinstance(shape.behave, makes):
                shape.behave.ready()
        return super().__enter__()

    @property
    def authority_file(self) -> str:
        """The certificate that the crawl trusts."""
        return f"{self.folder}/authority.pem"

    async def _serve(self, ready: threading.Event) -> None:
        self._tasks: set[asyncio.Task[None]] = set()
        servers = []
        for name, shape in self.shapes.items():
            self.asked[name] = []
            servers.append(await self._listen(name, shape, shape.tls))
            port = servers[-1].sockets[0].getsockname()[1]
            self.bases[name] = f"http{'s' if shape.tls else ''}://127.0.0.1:{port}"
        self._back = await self._listen("", Hostile(redirects("{base}/")), "good")
        ready.set()
        await self._stop.wait()
        for server in [*servers, self._back]:
            server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _listen(self, name: str, shape: Hostile, tls: str | None) -> asyncio.Server:
        async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            self._tasks.add(task)
            self.asked.setdefault(name, []).append(time.time())
            try:
                if context is not None:
                    await writer.start_tls(context)
                while await self._answer(name, shape, reader, writer):
                    pass
            except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, asyncio.CancelledError):
                pass  # the client is gone, or the run is over
            finally:
                self._tasks.discard(task)
                writer.close()

        context: ssl.SSLContext | None = self._tls.get(tls) if tls else None
        return await asyncio.start_server(connected, "127.0.0.1", 0)

    async def _answer(
        self, name: str, shape: Hostile, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        """One request; whether the connection may be used again."""
        path = "/"
        if not shape.raw:
            head = await reader.readuntil(b"\r\n\r\n")
            path = head.split(b" ")[1].decode("latin-1")
        if not shape.raw:
            self.asked.setdefault(name, []).append(time.time())
        base = self.bases.get(name, "")
        back = self.bases.get("to TLS and back", "") if not name else base
        port = self._back.sockets[0].getsockname()[1]
        visit = Visit(path, reader, writer, back, f"https://127.0.0.1:{port}")
        if path.endswith((".txt", ".json")) and not (shape.robots and path == "/robots.txt"):
            await visit.say(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
            return True
        if shape.robots and path != "/robots.txt" and not shape.raw:
            await visit.say(body(_PAGE))
            return True
        await shape.behave(visit)
        return False
