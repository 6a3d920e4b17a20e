"""One request by aiohttp's client: sent as Scrapy's Request says, its answer made a Scrapy Response.

What Scrapy's own handler does for each request beside that (signals for the head and for each piece of a
body, copies of headers and bodies, proxies) nobody here asks for, and it is a tenth of a crawl's CPU time.
"""

from __future__ import annotations

from functools import lru_cache

import aiohttp
import yarl
from scrapy import Request
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    ResponseDataLossError,
    UnsupportedURLSchemeError,
)
from scrapy.http import Headers, Response
from scrapy.responsetypes import responsetypes
from scrapy.settings import BaseSettings

from crawler.handlers.listen import ListeningConnector, ListeningRequest

MAX_FIELD = 64 << 10
"""Bytes of one header line. aiohttp's own 8,190 are soon met by long policies; what is beyond this is
read from the bytes on the wire."""

MAX_FIELDS = 1_000
"""Header lines of one response, aiohttp's own limit being 128."""


def open_session(settings: BaseSettings) -> aiohttp.ClientSession:
    """A session whose connections listen. To be made inside the running loop, and to be closed."""
    bound = settings.get("DOWNLOAD_BIND_ADDRESS")
    session = aiohttp.ClientSession(
        connector=ListeningConnector(
            local_addr=(bound, 0) if isinstance(bound, str) else bound,
            limit=settings.getint("CONCURRENT_REQUESTS"),
            limit_per_host=settings.getint("CONCURRENT_REQUESTS_PER_DOMAIN"),
        ),
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        trust_env=False,  # behind a proxy the proxy would choose the address
        request_class=ListeningRequest,
        skip_auto_headers=("Accept", "Accept-Encoding", "Content-Type", "User-Agent"),
        max_line_size=MAX_FIELD,
        max_field_size=MAX_FIELD,
        max_headers=MAX_FIELDS,
    )
    # aiohttp would send a request again in silence, also to a server that answered with half a head.
    session._retry_connection = False
    return session


async def fetch(
    session: aiohttp.ClientSession, request: Request, timeout: float, limit: int, *, whole: bool
) -> Response:
    """Send a request and read its answer, within ``timeout`` seconds.

    ``limit``: bytes of a body, 0 for any; ``whole``: that a body ends before its time is an error, and not
    a flag of the response. Raises one of Scrapy's download errors.
    """
    try:
        async with session.request(
            request.method,
            # Or aiohttp would escape a path anew.
            yarl.URL(request.url, encoded=True),
            data=request.body or None,
            headers=request.headers.to_tuple_list(),
            timeout=_timeout(timeout),
            allow_redirects=False,
        ) as answer:
            return await _read(answer, request, limit, whole=whole)
    except TimeoutError as error:
        raise DownloadTimeoutError(f"Getting {request.url} took longer than {timeout} seconds.") from error
    except (aiohttp.InvalidUrlClientError, aiohttp.NonHttpUrlClientError) as error:
        raise UnsupportedURLSchemeError(str(error)) from error
    except aiohttp.ClientConnectorDNSError as error:
        raise CannotResolveHostError(str(error)) from error
    except aiohttp.ClientConnectorError as error:
        # aiohttp's own words tell of Python objects, with their addresses, and not always why.
        cause = error.__cause__
        said = str(error if cause is None else cause) or "the connection was reset before it was ready"
        raise DownloadConnectionRefusedError(said) from error
    except aiohttp.ClientError as error:
        raise DownloadFailedError(str(error)) from error


@lru_cache(maxsize=16)
def _timeout(seconds: float) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(total=seconds)


async def _read(answer: aiohttp.ClientResponse, request: Request, limit: int, *, whole: bool) -> Response:
    expected = answer.content_length
    if limit and expected is not None and expected > limit:
        raise DownloadCancelledError(f"{request.url} is to have {expected} bytes, allowed are {limit}")
    parts: list[bytes] = []
    flags: list[str] = []
    size = 0
    try:
        while part := await answer.content.readany():
            parts.append(part)
            size += len(part)
            if limit and size > limit:
                raise DownloadCancelledError(f"{request.url} has more than {limit} bytes")
    except aiohttp.ClientPayloadError as error:
        if whole:
            raise ResponseDataLossError(str(error)) from error
        flags.append("dataloss")
    version = answer.version
    return made(
        request.url,
        answer.status,
        # The bytes as they came: as text, a header with 0xE4 in it could not be.
        list(answer.raw_headers),
        parts[0] if len(parts) == 1 else b"".join(parts),
        flags,
        f"HTTP/{version.major}.{version.minor}" if version else "HTTP/1.1",
    )


def made(
    url: str,
    status: int,
    fields: list[tuple[bytes, bytes]],
    body: bytes,
    flags: list[str],
    protocol: str,
) -> Response:
    """A response of the class that its header fields ask for."""
    headers = Headers(fields)
    kind = responsetypes.from_args(headers=headers, url=url, body=body)
    response = kind(url, status, body=body, flags=flags, protocol=protocol)
    # Given to its class, they would be read a second time.
    response.headers = headers
    return response
