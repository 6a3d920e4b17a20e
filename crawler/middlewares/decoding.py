"""Content codings are taken off for the spider as they are for the extractor: by one decoder, under a cap.

Scrapy's own middleware drops a page that is larger than its cap, or whose coding is not what its header
says; the extractor reads the same page up to the cap or the break. A page is one thing to both.
"""

from __future__ import annotations

import asyncio

from scrapy import Request
from scrapy.http import Response
from scrapy.responsetypes import responsetypes

from archive.warc.coding import content_codings, decode_body
from crawler.handlers.room import LARGE

MAX_BODY = 16 << 20
"""Decoded bytes that are looked at for links; the extractor reads twice as many."""

PAUSE = 0.1
"""Seconds after a large body: bombs that come together are looked at one after the other."""

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
        body = await self._decode(response.body, codings)
        headers = response.headers.copy()
        del headers["Content-Encoding"]
        kind = responsetypes.from_args(headers=headers, url=response.url, body=body[:4096])
        return response.replace(cls=kind, headers=headers, body=body)

    async def _decode(self, data: bytes, codings: list[str]) -> bytes:
        await self._turn.acquire()
        wait = 0.0
        try:
            # A bomb takes a quarter of a second, in which other connections would wait.
            body = await asyncio.to_thread(decode_body, data, codings, MAX_BODY)
            wait = PAUSE if len(body) > LARGE else 0.0
        finally:
            if wait:
                asyncio.get_running_loop().call_later(wait, self._turn.release)
            else:
                self._turn.release()
        return body
