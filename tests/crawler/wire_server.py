"""A server that says exactly what it is told to, byte for byte, and notes what it read and wrote."""

from __future__ import annotations

import asyncio
import datetime
import ipaddress
import random
import socket
import ssl
import struct
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from scrapy import Request
from scrapy.http import Response
from scrapy.utils.test import get_crawler

from archive.types import Exchange
from crawler import settings
from crawler.handlers.wire import EXCHANGES, WireHandler
from tests.crawler.wire_shapes import FINAL, SHAPES, Shape


@dataclass
class Served:
    """One request as it was read, and what was written to it."""

    read: bytes
    wrote: bytes = b""


@dataclass(frozen=True)
class Fetched:
    """What came of a request: a response or an error, and its exchanges."""

    request: Request
    response: Response | None
    error: Exception | None
    exchanges: tuple[Exchange, ...]


class WireServer:
    """Answers ``/SHAPE/ANYTHING`` with that shape; ``async with`` runs it, with TLS beside when asked for.

    ``/stale/...`` gets an answer on a new connection only; on a used one it gets a closed door.
    """

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.served: defaultdict[str, list[Served]] = defaultdict(list)
        self._tls = tls
        self._tasks: set[asyncio.Task[Any]] = set()

    async def __aenter__(self) -> WireServer:
        self._plain = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.base = f"http://127.0.0.1:{self._plain.sockets[0].getsockname()[1]}"
        if self._tls is not None:
            self._secure = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._tls)
            self.secure = f"https://127.0.0.1:{self._secure.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *exception: object) -> None:
        self._plain.close()
        if self._tls is not None:
            self._secure.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            used = False
            while await self._answer(reader, writer, used):
                used = True
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the client is gone, or the test is over
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, used: bool) -> bool:
        """Read a request and answer it; whether the connection may be used again."""
        read = await reader.readuntil(b"\r\n\r\n")
        if b"\r\nContent-Length: " in read:
            length = read.partition(b"\r\nContent-Length: ")[2].partition(b"\r\n")[0]
            read += await reader.readexactly(int(length))
        path = read.split(b" ")[1].decode("latin-1")
        served = Served(read)
        self.served[path].append(served)
        name = path.split("/")[1]
        if name == "stale" and used:
            return False
        shape = SHAPES.get(name) or Shape(lambda rng: [FINAL])
        for piece in shape.build(random.Random(path)):
            served.wrote += piece
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(shape.pause)
        if shape.after == "hang":
            await reader.read()
        elif shape.after == "reset":
            linger = struct.pack("ii", 1, 0)  # unsent bytes are dropped, and the peer is told by RST
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            writer.transport.abort()
        return shape.after == "keep"


def certificate(folder: Path) -> ssl.SSLContext:
    """A server's side of TLS with a certificate that signs itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "gazette test")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    path = folder / "server.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


def make_handler(**changes: Any) -> WireHandler:
    """The download handler under the crawl's own settings, a few changed. Needs a running loop."""
    own = {name: getattr(settings, name) for name in dir(settings) if name.isupper()}
    return WireHandler(get_crawler(settings_dict={**own, **changes}))


async def fetch(
    handler: WireHandler,
    url: str,
    headers: Mapping[str, str] | None = None,
    method: str = "GET",
    meta: Mapping[str, Any] | None = None,
) -> Fetched:
    """One request by the handler itself, without an engine around it."""
    body = b"a=1&b=%C3%A4" if method == "POST" else b""
    request = Request(
        url,
        method=method,
        headers=dict(headers or {}),
        body=body,
        meta={"download_timeout": 10.0, **(meta or {})},
    )
    try:
        response, error = await handler.download_request(request), None
    except Exception as caught:
        response, error = None, caught
    return Fetched(request, response, error, tuple(request.meta[EXCHANGES]))
