"""Innermost: every exchange is in a WARC file, durably, before anything else sees its response."""

from __future__ import annotations

import asyncio
from contextlib import nullcontext
from dataclasses import replace

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response

from archive.errors import ArchiveError
from archive.types import Exchange, ExchangeEnd
from archive.warc.records import Told
from crawler import frontier, rights
from crawler.frontier import TASK
from crawler.handlers.cut import names_cut
from crawler.handlers.outcomes import Refused
from crawler.handlers.room import LARGE
from crawler.handlers.wire import EXCHANGES, LEAVE
from crawler.recorder import Recorded
from crawler.robots import tells
from crawler.session import Session
from crawler.task import Kept, Task

KEPT = "gazette_kept"
"""Key of a request's meta: where its response lies, a Kept."""


class ArchiveMiddleware:
    """Writes the exchanges of a run's requests; requests without a task (the shell's) leave no trace.

    Of a response that asks not to be kept, where the site file says to obey that, the request and the
    reason are kept, and nobody sees it.

    When nothing can be kept, the error goes on to the errback, the spider never sees the page, and
    the run ends.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._large = asyncio.Lock()  # while it is written, an exchange is in memory four times

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> ArchiveMiddleware:
        return cls(crawler)

    async def process_response(self, request: Request, response: Response) -> Response:
        task = request.meta.get(TASK)
        if not isinstance(task, Task):
            return response
        exchange, recorded = await self._keep(request, task)
        if exchange.end is ExchangeEnd.REFUSED:
            raise Refused("rights", exchange.reason or "")
        # A broken page must not be taken for the page: the next visit asks for all of it.
        whole = exchange.end is ExchangeEnd.COMPLETE
        kept = Kept(
            ref=recorded.ref,
            record_id=recorded.record_id,
            status=response.status,
            mime=_mime(response),
            payload_digest=recorded.payload_digest,
            fetched_at=exchange.started_at,
            etag=_header(response, b"ETag") if whole else None,
            last_modified=_header(response, b"Last-Modified") if whole else None,
            revisit=recorded.revisit,
            whole=not recorded.revisit and (task.kind != "robots" or _tells(exchange, response.status)),
        )
        frontier.of(self._crawler).keep(task, kept, len(exchange.response))
        request.meta[KEPT] = kept
        return response

    async def process_exception(self, request: Request, exception: Exception) -> None:
        """A broken exchange is kept too, with what came of it and how it ended."""
        task = request.meta.get(TASK)
        if isinstance(task, Task) and request.meta.get(EXCHANGES):
            await self._keep(request, task)

    async def _keep(self, request: Request, task: Task) -> tuple[Exchange, Recorded]:
        exchanges: list[Exchange] = request.meta.pop(EXCHANGES)
        frontier.of(self._crawler).session.recorder.arrived()
        large = sum(len(exchange.response) for exchange in exchanges) > LARGE
        try:
            async with self._large if large else nullcontext():
                return await self._write(exchanges, task)
        finally:
            for leave in request.meta.pop(LEAVE, ()):
                leave()

    async def _write(self, exchanges: list[Exchange], task: Task) -> tuple[Exchange, Recorded]:
        session = frontier.of(self._crawler).session
        before = task.stored.capture if task.stored else None
        try:
            for whole in exchanges:
                exchange = _permitted(whole, task, session)
                told = _told(task, session.run, exchange)
                recorded = await session.recorder.keep(exchange, told, before)
        except ArchiveError as error:
            session.fail(error)
            raise
        frontier.of(self._crawler).heard(task, exchange)
        return exchange, recorded


def _tells(exchange: Exchange, status: int) -> bool:
    """Whether an answer to robots.txt counts: one that doesn't must not hide the older one."""
    return tells(status) and (exchange.end is ExchangeEnd.COMPLETE or exchange.reason == "length")


def _permitted(exchange: Exchange, task: Task, session: Session) -> Exchange:
    """What of an exchange may be kept: of a response that asks not to be kept, only that it came."""
    if session.sites[task.site].rights != "obey":
        return exchange
    reason = rights.keeping_out(exchange.response, task.url, task.kind, session.agent)
    if reason is None:
        return exchange
    session.tallies[task.site].received(len(exchange.response), beside=task.beside)
    return replace(exchange, response=b"", interim=b"", end=ExchangeEnd.REFUSED, reason=reason)


def _told(task: Task, run: str, exchange: Exchange) -> Told:
    cut = names_cut(exchange.request)
    return Told(task.site, run, task.via, task.hops or None, task.attempts + 1, cut)


def _header(response: Response, name: bytes) -> str | None:
    value = response.headers.get(name)
    return value.decode("latin-1") if value else None


def _mime(response: Response) -> str | None:
    return (_header(response, b"Content-Type") or "").partition(";")[0].strip().lower() or None
