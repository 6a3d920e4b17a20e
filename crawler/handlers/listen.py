"""aiohttp's client with ears: what one attempt sends and receives, as bytes, whatever comes of it.

connector -> protocol (hears what is received) -> request (begins an attempt: hears what is sent)
"""

from __future__ import annotations

import asyncio
import contextvars
import errno
import functools
import socket
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import aiohttp
from aiohttp.client_proto import ResponseHandler
from aiohttp.connector import AddrInfoType, Connection
from yarl import URL

from crawler.handlers.patient import PatientParser
from crawler.handlers.room import Room

_PIECE = 16 << 10
"""Bytes up to which the next piece is put to the last: of a drip each byte by itself would cost fifty."""


@dataclass(slots=True, eq=False)
class Attempt:
    """One attempt's bytes as they pass. Times are monotonic seconds."""

    method: str
    limit: int  # bytes on the wire, once the final head is there
    judge: Callable[[str], str | None]  # why an address must not be asked, None when it may
    tls_context: Callable[[], ssl.SSLContext]  # called when the connection is one by TLS
    room: Room
    secrets: frozenset[bytes] = frozenset()  # names of request headers whose values are not kept
    started_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    began: float = field(default_factory=time.monotonic)
    ended: float | None = None  # when the last byte came
    sent: list[bytes] = field(default_factory=list)
    received: list[bytes] = field(default_factory=list)
    size: int = 0  # bytes received
    ip: str | None = None
    tls: str | None = None
    reused: bool = False  # the connection had served another attempt before
    closed: bool = False  # the server closed the connection, in order
    reset: bool = False  # the connection broke
    too_long: bool = False
    given_up: bool = False  # what ended the connection were we
    refused: str | None = None  # why no connection was made
    permitted: bool = False  # some address was asked
    protocol: ListeningProtocol | None = None

    def permit(self, address: str) -> None:
        """Raise PermissionError when the attempt may not lead to this address."""
        reason = self.judge(address)
        if reason is not None:
            self.refused = reason
            raise PermissionError(errno.EACCES, reason)
        self.permitted = True

    def hear(self, data: bytes) -> None:
        """Note what came."""
        if self.received and len(self.received[-1]) < _PIECE:
            self.received[-1] += data
        else:
            self.received.append(data)
        self.size += len(data)
        self.ended = time.monotonic()
        self.room.note(self, self.size)

    def wire(self) -> bytes:
        """All that came, interim responses too. Held once, however often it is asked for."""
        if len(self.received) > 1:
            self.received = [b"".join(self.received)]
        return self.received[0] if self.received else b""

    def end(self) -> None:
        """Stop listening, and let go of the bytes: a kept connection remembers its last attempt."""
        if self.protocol is not None and self.protocol.attempt is self:
            self.protocol.end()
        self.sent, self.received = [], []

    def hold(self) -> None:
        """Read no more for a while; the server waits, as TCP lets it."""
        if self.protocol is not None:
            self.protocol.hold()

    def go_on(self) -> None:
        """Read again."""
        if self.protocol is not None:
            self.protocol.go_on()

    def milliseconds(self) -> int:
        """From the first byte sent to the last byte received, or to now when none was."""
        ended = time.monotonic() if self.ended is None else self.ended
        return round(1000 * max(0.0, ended - self.began))


current: contextvars.ContextVar[Attempt] = contextvars.ContextVar("gazette_attempt")
"""The attempt that the next request of this task belongs to."""


class _ListeningTransport:
    """A transport that tells the attempt what is written."""

    def __init__(self, transport: asyncio.Transport, attempt: Attempt) -> None:
        self._inner = transport
        self._attempt = attempt

    def write(self, data: bytes) -> None:
        self._attempt.sent.append(bytes(data))
        self._inner.write(data)

    def writelines(self, parts: list[bytes]) -> None:
        self.write(b"".join(parts))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


class ListeningProtocol(ResponseHandler):
    """aiohttp's protocol, telling the attempt that is under way what it receives."""

    attempt: Attempt | None = None
    _used = False
    _inner: asyncio.Transport | None = None
    _patient: PatientParser | None = None
    _held = False

    def begin(self, attempt: Attempt) -> None:
        """The connection serves this attempt from now on."""
        if self.transport is None:
            attempt.reused = self._used
            raise aiohttp.ClientConnectionResetError("Connection lost")
        peer = self.transport.get_extra_info("peername")
        # A kept connection may have been made for a site that may go where this one may not.
        attempt.permit(str(peer[0]) if peer else "")
        attempt.reused, self._used = self._used, True
        tls = self.transport.get_extra_info("ssl_object")
        attempt.ip = str(peer[0]) if peer else None
        attempt.tls = tls.version() if tls else None
        attempt.protocol, self.attempt = self, attempt
        self._inner = self.transport
        self.transport = _ListeningTransport(self._inner, attempt)  # type: ignore[assignment]
        again = functools.partial(self.data_received, b"")
        self._parser = self._patient = PatientParser(self._parser, attempt, again)  # type: ignore[assignment]

    def end(self) -> None:
        """The attempt is over; the connection may serve another one."""
        self.attempt = None
        if self.transport is not None:
            self.transport = self._inner
        if self._patient is not None:
            self._patient.stop()
        self.go_on()

    def hold(self) -> None:
        """Stop reading, whatever aiohttp's own flow control thinks."""
        self._held = True
        self._pause_transport_reading()

    def go_on(self) -> None:
        """End the hold; aiohttp may still have its own reason to wait."""
        if self._held:
            self._held = False
            if not self._reading_paused:
                self._resume_transport_reading()

    def _resume_transport_reading(self) -> None:
        if not self._held:
            super()._resume_transport_reading()

    def data_received(self, data: bytes) -> None:
        if data and self.attempt is not None:
            self.attempt.hear(data)
        elif data and self._used:
            # Nobody asked. Read as the answer to the next request it would be another page's text.
            self.close()
            return
        super().data_received(data)

    def connection_lost(self, exc: BaseException | None) -> None:
        if self.attempt is not None and not self.attempt.given_up:
            self.attempt.closed, self.attempt.reset = exc is None, exc is not None
        if self._patient is not None:
            self._patient.stop()
            if self._patient.refusal is not None:
                self.set_exception(self._patient.refusal)
        super().connection_lost(exc)


class ListeningRequest(aiohttp.ClientRequest):
    """aiohttp's request, which brings its attempt's TLS and makes the connection listen before it is sent."""

    def __init__(self, method: str, url: URL, **options: Any) -> None:
        secure = url.scheme == "https"
        super().__init__(method, url, **{**options, "ssl": current.get().tls_context() if secure else True})

    async def send(self, conn: Connection) -> aiohttp.ClientResponse:
        attempt = current.get()
        attempt.started_at, attempt.began = datetime.now(UTC), time.monotonic()
        assert isinstance(conn.protocol, ListeningProtocol)
        conn.protocol.begin(attempt)
        return await super().send(conn)


class ListeningConnector(aiohttp.TCPConnector):
    """aiohttp's connector, whose connections listen, and lead only where their attempt may go."""

    def __init__(self, **options: Any) -> None:
        super().__init__(socket_factory=_permitted_socket, **options)
        # No public way leads to the protocol's class; the type says aiohttp's own and means any child.
        self._factory = functools.partial(ListeningProtocol, loop=self._loop)  # type: ignore[assignment]


def _permitted_socket(address: AddrInfoType) -> socket.socket:
    """Refuse, where the connection is made, every address that the attempt must not ask.

    aiohttp calls this for each address of a name, and for addresses in URLs, which no resolver sees.
    """
    family, kind, protocol, _, peer = address
    current.get().permit(str(peer[0]))
    return socket.socket(family, kind, protocol)
