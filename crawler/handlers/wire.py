"""The download handler that owns the exchange: bytes as sent, bytes as received, and how it ended.

It fetches by aiohttp, over connections that listen to themselves. What aiohttp parses goes to the
spider; what stood on the wire goes to the WARC file, also when parsing fails.
"""

from __future__ import annotations

import asyncio
import re
import sys
import time

from scrapy import Request
from scrapy.core.downloader.handlers.base import BaseDownloadHandler
from scrapy.crawler import Crawler
from scrapy.exceptions import (
    DownloadCancelledError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
)
from scrapy.http import Response

from archive.types import Exchange, ExchangeEnd
from archive.urls import host, is_loopback
from archive.warc.http import MAX_HEAD
from crawler import frontier
from crawler.frontier import TASK
from crawler.handlers import guard
from crawler.handlers.client import MAX_FIELDS, fetch, made, open_session
from crawler.handlers.cut import cut_request, cut_user_info
from crawler.handlers.framing import body_of, interim_length, is_whole, whole_head
from crawler.handlers.listen import Attempt, current
from crawler.handlers.outcomes import AddressRefused, PermanentError
from crawler.handlers.patient import MAX_FRAMING
from crawler.handlers.room import Room
from crawler.handlers.tls import Contexts, tls_reason
from crawler.memory import give_back, keep_little
from crawler.task import Task

EXCHANGES = "gazette_exchanges"
"""Key of a request's meta: the exchanges of its attempts, a list of Exchange, the last one last."""

LEAVE = "gazette_leave"
"""Key of a request's meta: functions to be called when its exchanges are no more in memory."""

_OBJECTS = re.compile(r"(?: ssl:)?\s*<[\w.]+(?: object)? at 0x[0-9a-f]+>")


class WireHandler(BaseDownloadHandler):
    """Downloads for ``http`` and ``https``; leaves the exchanges in ``request.meta[EXCHANGES]``.

    A response that can be read at all is handed over, with what is wrong with it among its flags:
    ``dataloss`` (less came than was promised), ``maxsize`` (cut at DOWNLOAD_MAXSIZE), ``illegal`` (no
    HTTP by the letter). One that came before its time was up, or without a head, is an error.
    """

    lazy = True  # aiohttp's session has to be made inside the running loop

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        settings = crawler.settings
        self._maxsize = settings.getint("DOWNLOAD_MAXSIZE")
        self._timeout = settings.getfloat("DOWNLOAD_TIMEOUT")
        self._whole = settings.getbool("DOWNLOAD_FAIL_ON_DATALOSS")
        self._contexts = Contexts(settings)
        self._room = Room(emptied=give_back)
        keep_little()
        self._session = open_session(settings)

    async def close(self) -> None:
        """Close the connections."""
        await self._session.close()

    @staticmethod
    def judge(address: str, reach: guard.Reach) -> str | None:
        """Why an address is not connected to. Tests, all of whose servers are on one machine, replace it."""
        return guard.refusal(address, reach)

    async def download_request(self, request: Request) -> Response:
        """Fetch; whatever happens, ``request.meta[EXCHANGES]`` tells it, each attempt by itself.

        Raises AddressRefused, PermanentError, or one of Scrapy's download errors.
        """
        exchanges: list[Exchange] = []
        request.meta[EXCHANGES] = exchanges
        if TASK in request.meta:
            frontier.of(self.crawler).session.recorder.expect()
        timeout = request.meta.get("download_timeout", self._timeout)
        began = time.monotonic()
        try:
            return await self._attempt(request, exchanges, timeout)
        except _StaleConnectionError:
            # The server may have read the request before it closed the door: then this is one more.
            await asyncio.sleep(request.meta.get(frontier.DELAY, 0.0))
            # The deadline is that of the URL, however many connections it takes.
            left = max(0.1, timeout - (time.monotonic() - began))
            return await self._attempt(request, exchanges, left)

    async def _attempt(self, request: Request, exchanges: list[Exchange], timeout: float) -> Response:
        maxsize = request.meta.get("download_maxsize", self._maxsize)
        attempt = self._begin(request, maxsize)
        token = current.set(attempt)
        end, reason = ExchangeEnd.FAILED, "interrupted"
        try:
            try:
                response = await fetch(self._session, request, timeout, maxsize, whole=self._whole)
            except (DownloadFailedError, DownloadCancelledError) as error:
                found = _salvage(request, attempt, error)
                if found is None:
                    raise
                response = found
            end, reason = _judge(response, attempt)
            return response
        except Exception as error:
            told = _told_apart(error, attempt)
            end, reason = _failure(told, attempt)
            if told is error:
                raise
            raise told from error
        finally:
            current.reset(token)
            exchanges.append(_exchange(request.url, attempt, end, reason))
            attempt.end()
            if TASK in request.meta:  # what is archived takes room until it is
                request.meta.setdefault(LEAVE, []).append(lambda: self._room.leave(attempt))
            else:
                self._room.leave(attempt)

    def _begin(self, request: Request, maxsize: int) -> Attempt:
        """An attempt with what its site allows."""
        attempt = Attempt(
            request.method,
            limit=maxsize + min(maxsize, MAX_FRAMING) + MAX_HEAD if maxsize else sys.maxsize,
            judge=lambda address: self.judge(address, reach),
            tls_context=self._contexts.verified,
            room=self._room,
        )
        task = request.meta.get(TASK)
        if not isinstance(task, Task):
            # Scrapy's own commands: who types the name of this machine means this machine.
            typed = is_loopback(host(request.url) or "")
            reach = guard.Reach.LOOPBACK if typed else guard.Reach.PUBLIC
            return attempt
        session = frontier.of(self.crawler).session
        site, granted = session.sites[task.site], session.credentials.get(task.site)
        reach = guard.Reach.PRIVATE if site.allow_private else guard.Reach.PUBLIC
        if not site.verify_tls:
            attempt.tls_context = self._contexts.loose
        attempt.secrets = granted.names if granted else frozenset()
        return attempt


class _StaleConnectionError(DownloadFailedError):
    """A kept connection was closed before it gave an answer, as servers do with idle ones."""


def _told_apart(error: Exception, attempt: Attempt) -> Exception:
    """The error by what should follow it: nothing, another connection at once, another try later."""
    if attempt.refused is not None and not attempt.permitted:
        return AddressRefused(attempt.refused)
    if (reason := tls_reason(error)) is not None and not attempt.size:
        return PermanentError(reason)
    if isinstance(error, DownloadFailedError) and attempt.reused and not attempt.size:
        return _StaleConnectionError(str(error))
    return error


def _salvage(request: Request, attempt: Attempt, error: Exception) -> Response | None:
    """A response made from the bytes on the wire: aiohttp refused it, or it was cut at the limit."""
    received = attempt.wire()
    block = received[interim_length(received) :]
    head = whole_head(block)
    if head is None:
        return None
    return made(
        request.url,
        head.status,
        [(k.encode("latin-1"), v.encode("latin-1")) for k, v in head.headers[:MAX_FIELDS]],
        body_of(block, head, request.method),
        ["maxsize" if isinstance(error, DownloadCancelledError) else "illegal"],
        _protocol(block).upper(),
    )


def _judge(response: Response, attempt: Attempt) -> tuple[ExchangeEnd, str]:
    """Whether a response is all that the server meant to send, else why not, noted in its flags too.

    The reasons are the words of WARC-Truncated (WARC 1.1, 5.13).
    """
    flags = response.flags
    if attempt.too_long and "maxsize" not in flags:
        flags.append("maxsize")
    # A body that ends with the connection looks whole to aiohttp also when the connection broke.
    if "dataloss" not in flags and (attempt.reset or "illegal" in flags):
        received = attempt.wire()
        if not is_whole(received[interim_length(received) :], attempt.method, closed=attempt.closed):
            flags.append("dataloss")
    if "maxsize" in flags:
        return ExchangeEnd.TRUNCATED, "length"
    if "dataloss" in flags:
        return ExchangeEnd.TRUNCATED, "unspecified" if attempt.given_up else "disconnect"
    return ExchangeEnd.COMPLETE, ""


def why(error: BaseException) -> str:
    """An error in one line: our own words alone, those of others behind the name of their class."""
    name = "" if isinstance(error, IgnoreRequest | PermanentError) else f"{type(error).__name__}: "
    # aiohttp's own words tell of Python objects, with their addresses.
    return " ".join(_OBJECTS.sub("", f"{name}{error}").split())[:500]


def _failure(error: Exception, attempt: Attempt) -> tuple[ExchangeEnd, str]:
    """How an exchange without a response ended: what came of it is kept with a word of WARC-Truncated."""
    received = attempt.wire()
    block = received[interim_length(received) :]
    if not block:
        return ExchangeEnd.FAILED, cut_user_info(why(error)[:300])
    if isinstance(error, DownloadTimeoutError):
        return ExchangeEnd.TRUNCATED, "time"
    if is_whole(block, attempt.method, closed=attempt.closed):
        return ExchangeEnd.COMPLETE, ""  # HTTP/0.9 and the like: nothing is missing
    if attempt.too_long:
        return ExchangeEnd.TRUNCATED, "length"
    return ExchangeEnd.TRUNCATED, "unspecified" if attempt.given_up else "disconnect"


def _exchange(url: str, attempt: Attempt, end: ExchangeEnd, reason: str) -> Exchange:
    received = attempt.wire()
    cut = interim_length(received)
    if end is ExchangeEnd.FAILED and received[cut:]:
        end, reason = ExchangeEnd.TRUNCATED, "unspecified"
    return Exchange(
        url=cut_user_info(url),
        started_at=attempt.started_at,
        request=cut_request(b"".join(attempt.sent), attempt.secrets),
        response=received[cut:],
        interim=received[:cut],
        fetch_ms=attempt.milliseconds(),
        ip=attempt.ip,
        protocol=_protocol(received[cut:]),
        tls=attempt.tls,
        end=end,
        reason=reason or None,
    )


def _protocol(response: bytes) -> str:
    """The protocol in WARC-Protocol's words; that of the request when nothing came."""
    if not response or response.startswith(b"HTTP/1.1"):
        return "http/1.1"
    return "http/1.0" if response.startswith(b"HTTP/1.0") else "http/0.9"
