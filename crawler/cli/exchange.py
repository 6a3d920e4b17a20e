"""One request and its answer, over a connection of its own: the address judged, bytes and time capped.

name -> addresses -> those that may be connected to -> (TLS) -> request -> answer
"""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from archive import urls
from archive.errors import ArchiveError
from archive.extract.charset import decode
from archive.types import Headers
from archive.warc.coding import content_codings, decode_body
from crawler.cli.exits import Exit
from crawler.handlers.guard import Reach, refusal
from crawler.tame import shallow

MAX_BYTES = 2 << 20
"""Of one answer. The head of a page and a robots.txt lie far below."""
MAX_SECONDS = 20.0
"""For one answer, so that a server that drips can't hold the command."""


class Refused(ArchiveError):
    """The site doesn't want to be crawled."""

    exit_code = Exit.REFUSED


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said."""

    url: str  # after redirects
    lasting: str  # the address to ask next time: beyond the permanent redirects, before the others
    status: int
    headers: Headers
    body: bytes  # content-decoded, cut at MAX_BYTES

    def header(self, name: str) -> str | None:
        """The first header of that name."""
        return next((value for key, value in self.headers if key.lower() == name), None)

    @property
    def text(self) -> str:
        """The characters of the body, "" for what is no text; cut where no honest page goes on."""
        decoded = decode(self.body, self.header("content-type"))
        return shallow(decoded.text) if decoded else ""


class _Line:
    """The socket of one exchange, and the watch that ends it.

    No time limit of a socket ends a server that sends a byte now and then.
    """

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.expired = False
        self._watch = threading.Timer(MAX_SECONDS, self._end)
        self._watch.daemon = True
        self._watch.start()

    def _end(self) -> None:
        self.expired = True
        try:
            self.sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            return  # it has ended by itself

    def secure(self, name: str, verify: bool) -> None:
        """Go on in TLS. Raises OSError, of which a certificate that can't be trusted is a case."""
        context = ssl.create_default_context()
        if not verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        # Wrapping takes the plain socket away: the handshake must run on the one that the watch knows.
        self.sock = wrapped = context.wrap_socket(
            self.sock, server_hostname=name, do_handshake_on_connect=False
        )
        wrapped.do_handshake()

    def close(self) -> None:
        """Nothing is watched from now on."""
        self._watch.cancel()
        self.sock.close()


def exchange(url: str, headers: Mapping[str, str], *, inside: bool, verify_tls: bool) -> Answer:
    """One request on a connection of its own; ``inside``: the host may lie inside a network.

    Raises Refused for an address that may not be connected to, ArchiveError when no whole answer comes.
    """
    name = (urls.host(url) or "").strip("[]")
    line: _Line | None = None
    try:
        line = _Line(_connected(url, name, inside=inside))
        if url.startswith("https:"):
            line.secure(name, verify_tls)
        answer = _talk(url, line.sock, headers)
    except ssl.SSLCertVerificationError as error:
        raise ArchiveError(
            f"{url}: {_tls(error)}; a site file with verify_tls = false has it fetched all the same"
        ) from None
    except (OSError, http.client.HTTPException) as error:
        if line is None or not line.expired:
            raise ArchiveError(f"{url}: can't be reached: {_said(error)}") from None
        answer = None
    finally:
        if line is not None:
            line.close()
    if answer is None or line.expired:
        raise ArchiveError(f"{url}: no whole answer within {MAX_SECONDS:g} s; try again later")
    return answer


def _connected(url: str, name: str, *, inside: bool) -> socket.socket:
    """A connection to a host, at an address of it that may be connected to."""
    port = int((urls.authority(url) or ":80").rpartition(":")[2])
    refused: str | None = None
    failed: OSError | None = None
    for *_, place in socket.getaddrinfo(name, port, type=socket.SOCK_STREAM):
        address = str(place[0])
        if (why := refusal(address, Reach.PRIVATE if inside else Reach.PUBLIC)) is not None:
            refused = why.removeprefix("refused: ")
            continue
        try:
            return socket.create_connection((address, port), timeout=MAX_SECONDS)
        except OSError as error:
            failed = error
    if failed is not None:
        raise failed
    raise Refused(f"{url}: not connected to: {refused}")


def _talk(url: str, sock: socket.socket, headers: Mapping[str, str]) -> Answer:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc)
    connection.sock = sock
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    ours = {"Host": parts.netloc, "Accept-Encoding": "gzip, identity", "Connection": "close"}
    connection.request("GET", path, headers={**ours, **headers})
    response = connection.getresponse()
    body = bytearray()
    while len(body) < MAX_BYTES and (part := response.read1(65_536)):
        body += part
    found = tuple(response.getheaders())
    codings = content_codings(response.headers.get("Content-Encoding"))
    return Answer(url, url, response.status, found, decode_body(bytes(body), codings, MAX_BYTES))


def _tls(error: ssl.SSLError) -> str:
    from crawler.handlers.tls import tls_reason  # loads Scrapy, for its words alone

    return tls_reason(error) or str(error)


def _said(error: Exception) -> str:
    if isinstance(error, ssl.SSLError):
        return _tls(error)
    if isinstance(error, socket.gaierror):
        return "no such host is known"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) or type(error).__name__
