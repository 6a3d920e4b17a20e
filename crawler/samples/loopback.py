"""A small HTTP/1.1 server on loopback whose bytes on the wire are ours, one port for each name.

Raw streams and not ``http.server``, because tests compare what was archived with what was sent: the
order and case of header fields, the framing and the sizes of chunks have to be known.

    bind -> apps (they need the base URLs) -> start -> [head -> app -> 304? -> coding -> framing]* -> stop
"""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import hashlib
import re
import socket
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from types import TracebackType
from typing import Self

from archive.errors import ArchiveError

HEAD_LIMIT = 65_536
CHUNKS = (1, 613, 4_096, 1_460)
"""Sizes of the chunks in turn: odd, small and large ones, so that no reader can count on buffers."""

_REASONS = {
    200: "OK",
    301: "Moved Permanently",
    302: "Found",
    304: "Not Modified",
    400: "Bad Request",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    500: "Internal Server Error",
    503: "Service Unavailable",
}


class PortTaken(ArchiveError):
    """Another program listens on the port that was asked for."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class Resource:
    """What one URL answers."""

    body: bytes
    content_type: str
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()  # further fields, in order
    modified: datetime | None = None  # None: no validators are sent, so no 304 either
    gzip: bool = False  # only for clients that accept it
    chunked: bool = False


App = Callable[[str], Resource]
"""From the request target (path and query as sent) to the answer."""


@dataclass(frozen=True, slots=True)
class RequestLog:
    """One request as the server saw it."""

    outlet: str
    path: str  # path and query as sent
    started_at: float  # time.monotonic() when the head was complete
    status: int
    method: str = "GET"


@dataclass(slots=True)
class Loopback:
    """Listens on 127.0.0.1; a port of 0 takes a free one. Raises PortTaken while it is made."""

    ports: Mapping[str, int]
    requests: list[RequestLog] = field(default_factory=list)
    _sockets: dict[str, socket.socket] = field(default_factory=dict)
    _apps: Mapping[str, App] = field(default_factory=dict)
    _loop: asyncio.AbstractEventLoop | None = None
    _stopping: asyncio.Event | None = None
    _thread: threading.Thread | None = None

    def __post_init__(self) -> None:
        for name, port in self.ports.items():
            try:
                self._sockets[name] = socket.create_server(("127.0.0.1", port), backlog=128)
            except (OSError, OverflowError) as error:
                self._close_sockets()
                raise PortTaken(
                    f"127.0.0.1:{port}: can't listen there ({error});"
                    " stop what uses the port or give another one"
                ) from None

    @property
    def base_urls(self) -> dict[str, str]:
        """``http://127.0.0.1:PORT`` of each name."""
        return {n: f"http://127.0.0.1:{s.getsockname()[1]}" for n, s in self._sockets.items()}

    def start(self, apps: Mapping[str, App]) -> None:
        """Answers from now on; returns when all ports are served."""
        self._apps = apps
        ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve(ready)), daemon=True)
        self._thread.start()
        ready.wait()

    def stop(self) -> None:
        """Closes all connections and ports; calling it twice does nothing."""
        if self._thread is not None and self._loop is not None and self._stopping is not None:
            self._loop.call_soon_threadsafe(self._stopping.set)
            self._thread.join()
            self._thread = None
        self._close_sockets()

    def _close_sockets(self) -> None:
        for sock in self._sockets.values():
            sock.close()

    async def _serve(self, ready: threading.Event) -> None:
        self._loop = asyncio.get_running_loop()
        self._stopping = asyncio.Event()
        servers = []
        for name, sock in self._sockets.items():
            servers.append(await asyncio.start_server(self._connection(name), sock=sock, limit=HEAD_LIMIT))
        ready.set()
        await self._stopping.wait()
        for server in servers:
            server.close()

    def _connection(
        self, name: str
    ) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]:
        async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            # A client that goes away in mid-exchange is its own affair.
            with contextlib.suppress(ConnectionError, asyncio.CancelledError):
                while await self._exchange(name, reader, writer):
                    pass
            writer.close()

        return talk

    async def _exchange(self, name: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Answers one request; False when the connection ends with it."""
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError:
            return False
        except asyncio.LimitOverrunError:
            head = b""
        started_at = time.monotonic()
        request = _parse(head)
        if request is None:
            writer.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            await writer.drain()
            return False
        if request.length:
            await reader.readexactly(request.length)
        if request.method in ("GET", "HEAD"):
            resource = self._apps[name](request.target)
        else:
            resource = Resource(b"", "text/plain", 405, (("Allow", "GET, HEAD"),))
        if not request.chunks:
            resource = replace(resource, chunked=False)
        status, data = response_bytes(resource, request.method, request.headers, datetime.now(UTC))
        self.requests.append(RequestLog(name, request.target, started_at, status, request.method))
        writer.write(data)
        await writer.drain()
        return request.keep


class OnLoopback(ABC):
    """Sites that are served from ``with`` to its end. A child makes ``_loopback`` and says what answers."""

    _loopback: Loopback

    @abstractmethod
    def _apps(self) -> Mapping[str, App]:
        """What answers, by the names that ``_loopback`` was made with."""

    def __enter__(self) -> Self:
        self._loopback.start(self._apps())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loopback.stop()

    @property
    def requests(self) -> list[RequestLog]:
        """All requests so far."""
        return self._loopback.requests


@dataclass(frozen=True, slots=True)
class _Request:
    method: str
    target: str
    headers: dict[str, str]  # lower-case names; repeated fields joined with a comma
    keep: bool
    chunks: bool  # HTTP/1.0 knows no chunks
    length: int  # bytes of the request body


def _parse(head: bytes) -> _Request | None:
    lines = head.decode("latin-1").split("\r\n")
    parts = lines[0].split(" ")
    if len(parts) != 3 or not re.fullmatch(r"HTTP/1\.[01]", parts[2]) or not parts[1].startswith("/"):
        return None
    headers: dict[str, str] = {}
    for line in filter(None, lines[1:]):
        name, colon, value = line.partition(":")
        if not colon:
            return None
        key = name.lower()
        headers[key] = f"{headers[key]}, {value.strip()}" if key in headers else value.strip()
    connection = headers.get("connection", "").lower()
    keep = "close" not in connection and (parts[2] == "HTTP/1.1" or "keep-alive" in connection)
    length = headers.get("content-length", "0")
    if not length.isdigit() or "transfer-encoding" in headers:
        return None
    return _Request(parts[0], parts[1], headers, keep, parts[2] == "HTTP/1.1", int(length))


def etag(body: bytes) -> str:
    """The validator of a body, quotes included."""
    return f'"{hashlib.sha256(body).hexdigest()[:20]}"'


def response_bytes(
    resource: Resource, method: str, request_headers: Mapping[str, str], now: datetime
) -> tuple[int, bytes]:
    """Status and the whole answer as it goes over the wire."""
    status, body = resource.status, resource.body
    fields: list[tuple[str, str]] = [("Date", format_datetime(now, usegmt=True))]
    if resource.modified is not None:
        fields.append(("Last-Modified", format_datetime(resource.modified.astimezone(UTC), usegmt=True)))
        fields.append(("ETag", etag(resource.body)))
        if status == 200 and _unchanged(resource, request_headers):
            fields.extend(resource.headers)
            return 304, _head(304, fields)
    fields.append(("Content-Type", resource.content_type))
    fields.extend(resource.headers)
    if resource.gzip:
        fields.append(("Vary", "Accept-Encoding"))
        if re.search(
            r"\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))", request_headers.get("accept-encoding", "")
        ):
            body = gzip.compress(body, 6, mtime=0)
            fields.append(("Content-Encoding", "gzip"))
    if resource.chunked:
        fields.append(("Transfer-Encoding", "chunked"))
        body = chunked(body)
    else:
        fields.append(("Content-Length", str(len(body))))
    return status, _head(status, fields) + (b"" if method == "HEAD" else body)


def _head(status: int, fields: list[tuple[str, str]]) -> bytes:
    lines = [f"HTTP/1.1 {status} {_REASONS[status]}", *(f"{name}: {value}" for name, value in fields)]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def _unchanged(resource: Resource, request_headers: Mapping[str, str]) -> bool:
    """RFC 9110, 13.2.2: If-Modified-Since counts only when there is no If-None-Match."""
    known = request_headers.get("if-none-match")
    if known is not None:
        tags = [tag.strip().removeprefix("W/") for tag in known.split(",")]
        return "*" in tags or etag(resource.body) in tags
    since = request_headers.get("if-modified-since")
    if since is None or resource.modified is None:
        return False
    try:
        return resource.modified <= parsedate_to_datetime(since)
    except (ValueError, TypeError):
        return False


def chunked(body: bytes) -> bytes:
    """The chunked transfer coding of a body."""
    out, at, turn = bytearray(), 0, 0
    while at < len(body):
        piece = body[at : at + CHUNKS[turn % len(CHUNKS)]]
        out += b"%x\r\n%b\r\n" % (len(piece), piece)
        at, turn = at + len(piece), turn + 1
    return bytes(out + b"0\r\n\r\n")
