"""aiohttp's parser, made to hear out what it refuses to read."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import aiohttp
from aiohttp.http_exceptions import BadHttpMessage, HttpProcessingError

from archive.warc.http import MAX_HEAD
from crawler.handlers.framing import interim_length, is_bodiless, is_whole, stated_length, whole_head

if TYPE_CHECKING:
    from crawler.handlers.listen import Attempt

MAX_INTERIM = 32
"""1xx responses before the final one. Servers send one or two; each costs a look at all that came."""

MAX_LINES = 2_000
"""Lines of a head, folded ones too, that aiohttp is asked to parse; what has more is read from the bytes."""

MAX_FRAMING = 1 << 20
"""Bytes of chunk frames beside a body: 32 MiB in chunks of 1 KiB have a fifth of it. A body in chunks of
one byte would cost more time than it has bytes."""

SILENCE = 3.0
"""Seconds without a byte after which a response that aiohttp refused is taken to be over."""

_LOOK = 0.05
"""Seconds after which such a response is looked at again, for its end."""


class PatientParser:
    """aiohttp's parser, made to hear a response out.

    aiohttp closes the connection at the first byte that it doesn't understand (a space before a colon,
    two lengths, HTTP/0.9), and what the server says after it would be lost. Here the refusal waits until
    the response is over. And aiohttp 3.14 forgets to tell the reader of a body when the framing
    breaks in the middle: it would wait until the timeout. ``again`` has it fed with nothing, so that
    it looks whether the response is over.
    """

    def __init__(self, parser: Any, attempt: Attempt, again: Callable[[], None]) -> None:
        self._parser = parser
        self._again = again
        self._attempt = attempt
        self._payload: aiohttp.StreamReader | None = None  # of the final response, once its head is there
        self._interims = 0
        self._lines = 0  # of the head that is being received
        self._tail = b""
        self.refusal: HttpProcessingError | None = None
        self._end: int | None = None  # of a refused response, in bytes received
        self._looked = 0  # bytes received at the last look
        self._timer: asyncio.TimerHandle | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._parser, name)

    def feed_data(self, data: bytes) -> Any:
        """As aiohttp's; raises what aiohttp's parser raised once the response is over."""
        if self.refusal is None:
            try:
                self._count(data)
                messages, upgraded, _ = self._parser.feed_data(data)
                self._measure(messages)
                # What follows a 101 is no HTTP, and would come back as if it had been received twice.
                return messages, upgraded, b""
            except HttpProcessingError as error:
                if self._payload is not None:
                    self._attempt.given_up = True
                    if not self._payload.is_eof():
                        self._payload.set_exception(aiohttp.ClientPayloadError(error.message))
                    raise
                self.refusal = error
        if self._is_over():
            self._attempt.given_up = True
            raise self.refusal
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_LOOK, self._tick)
        return (), False, b""

    def _count(self, data: bytes) -> None:
        """Refuse a head of too many lines before it is parsed: aiohttp counts after."""
        if self._payload is not None:
            return
        window, self._tail = self._tail + data, data[-3:]
        if b"\n\r\n" in window or b"\n\n" in window:
            self._lines = 0
            return
        self._lines += data.count(b"\n")
        if self._lines > MAX_LINES:
            raise BadHttpMessage("the head has more lines than allowed")

    def _measure(self, messages: Any) -> None:
        for message, payload in messages:
            if 100 <= message.code < 200 and message.code != 101:
                self._interims += 1
            else:
                self._payload = payload
        limit = MAX_HEAD if self._payload is None else self._attempt.limit
        carried = 0 if self._payload is None else self._payload.total_bytes
        framing = self._attempt.size - carried > MAX_HEAD + MAX_FRAMING
        if self._attempt.size > limit or framing or self._interims > MAX_INTERIM:
            self._attempt.too_long = True
            raise BadHttpMessage("the response is longer than allowed")

    def _is_over(self) -> bool:
        """Whether nothing more is to be expected of a response that can't be parsed."""
        attempt = self._attempt
        limit = MAX_HEAD if self._end is None else attempt.limit
        attempt.too_long = attempt.too_long or attempt.size > limit
        if attempt.too_long or (self._end is not None and attempt.size >= self._end):
            return True
        if attempt.ended is not None and time.monotonic() - attempt.ended >= SILENCE:
            return True
        # Not at each of a thousand small segments: what is between two looks doubles, or takes a while.
        return attempt.size > 2 * self._looked and self._look()

    def _look(self) -> bool:
        """Look for the end in all that came; whether it is there."""
        attempt = self._attempt
        self._looked = attempt.size
        if self._end is None:
            self._end = self._find_end()
        if self._end != sys.maxsize:
            return self._end is not None and attempt.size >= self._end
        received = attempt.wire()
        if not received.endswith((b"\n\r\n", b"\n\n")):  # the end of the trailers
            return False
        return is_whole(received[interim_length(received) :], attempt.method, closed=False)

    def _tick(self) -> None:
        self._timer = None
        if self._attempt.size > self._looked and self._look():
            self._end = self._attempt.size
        self._again()

    def _find_end(self) -> int | None:
        """How many bytes it has, as far as it says so; None as long as its head isn't whole."""
        received = self._attempt.wire()
        start = interim_length(received)
        head = whole_head(received[start:])
        if head is None:
            return None if b"HTTP/".startswith(received[start : start + 5]) else sys.maxsize
        start += head.body_start
        if is_bodiless(head, self._attempt.method):
            return start
        length = stated_length(head)
        return sys.maxsize if length is None else start + length

    def stop(self) -> None:
        """Wait no more for an end."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
