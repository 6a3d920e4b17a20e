"""The download handler that owns the exchange: bytes as sent, bytes as received, and how it ended.

It is Scrapy's aiohttp handler with a connection that listens to itself. What aiohttp parses goes
to the spider; what stood on the wire goes to the WARC file, also when parsing fails.
"""

from __future__ import annotations

import asyncio
import contextvars
import functools
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import aiohttp
from aiohttp.client_proto import ResponseHandler
from aiohttp.connector import AddrInfoType, Connection
from scrapy import Request
from scrapy.core.downloader.handlers._aiohttp import AiohttpDownloadHandler, _ClientResponse
from scrapy.core.downloader.handlers._base_streaming import BaseStreamingDownloadHandler
from scrapy.crawler import Crawler
from scrapy.exceptions import DownloadCancelledError, DownloadTimeoutError, ResponseDataLossError
from scrapy.http import Headers, Response
from scrapy.utils.ssl import _make_ssl_context

from archive.types import Exchange, ExchangeEnd
from archive.urls import is_loopback
from archive.warc.http import parse_head

EXCHANGES = "gazette_exchanges"
"""Key of a request's meta: the exchanges of its attempts, a list of Exchange, the last one last."""

MAX_FIELD = 64 << 10
"""Bytes of one header line. aiohttp's own 8,190 lose pages of servers that set long policies."""


@dataclass(slots=True)
class _Attempt:
    """One attempt's bytes as they pass."""

    started_at: datetime
    began: float
    address: str | None
    tls: str | None
    sent: list[bytes] = field(default_factory=list)
    received: list[bytes] = field(default_factory=list)
    ended: float = 0.0


_attempts: contextvars.ContextVar[list[_Attempt]] = contextvars.ContextVar("gazette_attempts")


class _ListeningTransport:
    """A transport that also tells the protocol's attempt what is written."""

    def __init__(self, transport: asyncio.Transport, protocol: _ListeningProtocol) -> None:
        self._transport = transport
        self._protocol = protocol

    def write(self, data: bytes) -> None:
        if self._protocol.attempt is not None:
            self._protocol.attempt.sent.append(bytes(data))
        self._transport.write(data)

    def writelines(self, parts: list[bytes]) -> None:
        self.write(b"".join(parts))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


class _ListeningProtocol(ResponseHandler):
    """aiohttp's protocol, keeping what it receives for the attempt that is under way."""

    attempt: _Attempt | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(_ListeningTransport(transport, self))  # type: ignore[arg-type]

    def data_received(self, data: bytes) -> None:
        if self.attempt is not None:
            self.attempt.received.append(bytes(data))
            self.attempt.ended = time.monotonic()
        super().data_received(data)


class _ListeningRequest(aiohttp.ClientRequest):
    """aiohttp's request, which opens a new attempt each time it is sent: aiohttp may send it twice."""

    async def send(self, conn: Connection) -> aiohttp.ClientResponse:
        transport = conn.transport
        peer = transport.get_extra_info("peername") if transport else None
        tls = transport.get_extra_info("ssl_object") if transport else None
        attempt = _Attempt(
            datetime.now(UTC), time.monotonic(), peer[0] if peer else None, tls.version() if tls else None
        )
        _attempts.get().append(attempt)
        conn.protocol.attempt = attempt  # type: ignore[union-attr]
        return await super().send(conn)


class _ListeningConnector(aiohttp.TCPConnector):
    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        # No public way leads to the protocol's class; the type says aiohttp's own and means any child.
        self._factory = functools.partial(_ListeningProtocol, loop=self._loop)  # type: ignore[assignment]


def _loopback_socket(address: AddrInfoType) -> socket.socket:
    """Refuse, where the connection is made, every address that isn't this machine's."""
    family, kind, protocol, _, peer = address
    if not is_loopback(str(peer[0])):
        raise OSError(f"{peer[0]} is not a loopback address: only those may be crawled yet")
    return socket.socket(family, kind, protocol)


class WireHandler(AiohttpDownloadHandler):
    """Downloads for ``http`` and ``https``; leaves the exchanges in ``request.meta[EXCHANGES]``."""

    lazy = True  # aiohttp's session has to be made inside the running loop
    experimental = False

    def __init__(self, crawler: Crawler) -> None:
        # Past the direct parent, which would make a session that nobody closes.
        BaseStreamingDownloadHandler.__init__(self, crawler)
        self._ssl_context = _make_ssl_context(crawler.settings)
        self._session = aiohttp.ClientSession(
            connector=_ListeningConnector(
                local_addr=self._bind_address,
                limit=self._pool_size_total,
                limit_per_host=self._pool_size_per_host,
                socket_factory=_loopback_socket,
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            request_class=_ListeningRequest,
            response_class=_ClientResponse,
            skip_auto_headers=("Accept", "Accept-Encoding", "Content-Type", "User-Agent"),
            max_line_size=MAX_FIELD,
            max_field_size=MAX_FIELD,
        )

    @staticmethod
    def _extract_headers(response: _ClientResponse) -> Headers:
        # The bytes as they came: a header with 0xE4 in it makes the parent raise.
        return Headers(list(response.raw_headers))

    @asynccontextmanager
    async def _make_request(self, request: Request, timeout: float) -> AsyncIterator[_ClientResponse]:
        # Scrapy writes "Connection" nowhere and aiohttp keeps the path's spelling only when asked to.
        request.meta["verbatim_url"] = True
        async with super()._make_request(request, timeout) as response:
            yield response

    async def download_request(self, request: Request) -> Response:
        """Fetch; whatever happens, ``request.meta[EXCHANGES]`` tells it."""
        attempts: list[_Attempt] = []
        token = _attempts.set(attempts)
        began, started_at = time.monotonic(), datetime.now(UTC)
        end, reason = ExchangeEnd.FAILED, "interrupted"
        try:
            response = await super().download_request(request)
            lost = "dataloss" in response.flags
            end = ExchangeEnd.TRUNCATED if lost else ExchangeEnd.COMPLETE
            reason = "disconnect" if lost else ""
            return response
        except Exception as error:
            reason = _reason(error)
            raise
        finally:
            _attempts.reset(token)
            if not attempts:
                attempts.append(_Attempt(started_at, began, None, None))
            request.meta[EXCHANGES] = [
                _exchange(request.url, a, ExchangeEnd.FAILED, "resent") for a in attempts[:-1]
            ]
            request.meta[EXCHANGES].append(_exchange(request.url, attempts[-1], end, reason))


def _reason(error: Exception) -> str:
    """A word of WARC-Truncated's vocabulary (WARC 1.1, 5.13) where it fits, else what happened."""
    if isinstance(error, DownloadTimeoutError):
        return "time"
    if isinstance(error, DownloadCancelledError):
        return "length"
    if isinstance(error, ResponseDataLossError):
        return "disconnect"
    return " ".join(f"{type(error).__name__}: {error}".split())[:300]


def _exchange(url: str, attempt: _Attempt, end: ExchangeEnd, reason: str) -> Exchange:
    received = b"".join(attempt.received)
    cut = _interim_length(received)
    if end is ExchangeEnd.FAILED and received[cut:]:
        end = ExchangeEnd.TRUNCATED
        reason = reason if reason in ("time", "length", "disconnect") else "unspecified"
    return Exchange(
        url=url,
        started_at=attempt.started_at,
        request=b"".join(attempt.sent),
        response=received[cut:],
        interim=received[:cut],
        fetch_ms=round(1000 * max(0.0, (attempt.ended or time.monotonic()) - attempt.began)),
        ip=attempt.address,
        protocol="http/1.1",
        tls=attempt.tls,
        end=end,
        reason=reason or None,
    )


def _interim_length(received: bytes) -> int:
    """How many bytes of 1xx responses stand before the final status line (RFC 9110, 15.2)."""
    position = 0
    while (head := parse_head(received[position:])) is not None and 100 <= head.status < 200:
        if head.status == 101 or head.body_start >= len(received) - position:
            break
        position += head.body_start
    return position
