"""Content codings are taken off for the spider as they are for the extractor: by one decoder, under a cap.

Scrapy's own middleware drops a page that is larger than its cap, or whose coding is not what its header
says; the extractor reads the same page up to the cap or the break. A page is one thing to both.
"""

from __future__ import annotations

import asyncio
import weakref

from scrapy import Request
from scrapy.http import Response
from scrapy.responsetypes import responsetypes

from archive.warc.coding import content_codings, decode_body
from crawler.frontier import TASK
from crawler.task import Task

MAX_BODY = 8 << 20
"""Decoded bytes that are looked at for links; the extractor reads four times as many."""
MAX_SITEMAP = 16 << 20
"""Of a sitemap: 50,000 entries with their dates."""

LARGE = 1 << 20
"""Decoded bytes from which a body is large: the next one is decoded when it has been read."""
MAX_TURN = 5.0
"""Seconds after which it is decoded in any case."""

_PARTS = tuple(name for name in Response.attributes if name not in ("headers", "body"))

ACCEPTED = b"gzip, deflate, br, zstd"
"""All that ``decode_body`` reads."""


class DecodingMiddleware:
    """Asks for compressed bodies and hands them on decoded, cut at the cap of ``decode_body``."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()

    def process_request(self, request: Request) -> None:
        request.headers.setdefault("Accept-Encoding", ACCEPTED)

    async def process_response(self, request: Request, response: Response) -> Response:
        stated = b",".join(response.headers.getlist("Content-Encoding")).decode("latin-1")
        codings = content_codings(stated)
        if not codings or not response.body:
            return response
        if len(codings) == 1:
            # Not in a thread: up to that cap it takes a millisecond or two, and to change threads as much.
            body = decode_body(response.body, codings, LARGE + 1)
            if len(body) <= LARGE:
                return _decoded(response, body)
        await self._turn.acquire()
        turn = _Turn(self._turn)
        try:
            # A bomb takes a quarter of a second, in which other connections would wait.
            body = await asyncio.to_thread(decode_body, response.body, codings, _cap(request))
            decoded = _decoded(response, body)
            if len(body) > LARGE:
                turn.end_with(decoded)
        finally:
            turn.end_soon()
        return decoded


def _cap(request: Request) -> int:
    task = request.meta.get(TASK)
    return MAX_SITEMAP if isinstance(task, Task) and task.kind == "sitemap" else MAX_BODY


def _decoded(response: Response, body: bytes) -> Response:
    headers = response.headers  # nobody has the coded response any more
    del headers["Content-Encoding"]
    kind = responsetypes.from_args(headers=headers, url=response.url, body=body[:4096])
    # Not replace(): it would guess the charset of the coded bytes.
    parts = {name: getattr(response, name) for name in _PARTS}
    decoded = kind(**parts, body=body)
    decoded.headers = headers  # given to its class, they would be read anew
    return decoded


class _Turn:
    """The right to decode, which ends once."""

    def __init__(self, lock: asyncio.Lock) -> None:
        self._lock = lock
        self._loop = asyncio.get_running_loop()
        self._kept = self._ended = False

    def end_with(self, response: Response) -> None:
        """End when nobody has the response any more: bombs that come together would be in memory together."""
        self._kept = True
        weakref.finalize(response, self._dropped).atexit = False
        self._loop.call_later(MAX_TURN, self._end)

    def _dropped(self) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._end)  # by whichever thread dropped it

    def end_soon(self) -> None:
        """End now, if not with a response."""
        if not self._kept:
            self._end()

    def _end(self) -> None:
        if not self._ended:
            self._ended = True
            self._lock.release()
