"""Why a URL gave no page, in a word: the kinds that crawl.db counts a run's failures and refusals by.

    failed:   dns tls connect timeout reset | blocked gone server http (by status) | too_large broken other
    refused:  robots scope rights guard budget other

By the types of errors and by statuses, never by the words of a message.
"""

from __future__ import annotations

import aiohttp
from aiohttp.http_exceptions import HttpProcessingError
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
)

from crawler.handlers.tls import causes, is_tls

BLOCKED = frozenset({401, 403, 429, 451})
"""Statuses of a server that won't serve us (RFC 9110, 15.5.2 and 15.5.4; RFC 6585, 4; RFC 7725)."""
GONE = frozenset({404, 410})


class Refused(IgnoreRequest):
    """A request that is not sent, or whose response is not kept; ``kind`` is one of those of refusals."""

    def __init__(self, kind: str, reason: str) -> None:
        super().__init__(reason)
        self.kind = kind


class AddressRefused(Refused):
    """No address of the host may be connected to; the message says which and why."""

    def __init__(self, reason: str) -> None:
        super().__init__("guard", reason)


class PermanentError(DownloadFailedError):
    """What fails in the same way when it is tried again: TLS that will not come about."""


class CutOff(DownloadFailedError):
    """A response that was to be read whole, and did not come whole."""


def of_refusal(error: IgnoreRequest) -> str:
    """The kind of a refusal."""
    return error.kind if isinstance(error, Refused) else "other"


def of_status(status: int) -> str:
    """The kind of an answer that is none."""
    if status in BLOCKED:
        return "blocked"
    if status in GONE:
        return "gone"
    if 500 <= status < 600:
        return "server"
    return "http" if 400 <= status < 500 else "other"


def of_failure(error: BaseException) -> str:
    """The kind of an exchange without a response that counts."""
    if isinstance(error, PermanentError) or is_tls(error):
        return "tls"
    for kind, types in _BY_TYPE:
        if isinstance(error, types):
            return kind
    # What Scrapy knows only as failed: aiohttp's own error led to it.
    for cause in causes(error):
        for kind, types in _BY_CAUSE:
            if isinstance(cause, types):
                return kind
    return "other"


_BY_TYPE: tuple[tuple[str, tuple[type[BaseException], ...]], ...] = (
    ("dns", (CannotResolveHostError,)),
    ("timeout", (DownloadTimeoutError,)),
    ("connect", (DownloadConnectionRefusedError,)),
    ("too_large", (DownloadCancelledError,)),
    ("broken", (ResponseDataLossError, CutOff)),
)
_BY_CAUSE: tuple[tuple[str, tuple[type[BaseException], ...]], ...] = (
    ("broken", (aiohttp.ClientPayloadError, aiohttp.ClientResponseError, HttpProcessingError)),
    ("reset", (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError, ConnectionError)),
)
