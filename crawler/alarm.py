"""When the engine is to ask for the next request: its own heartbeat of five seconds is too slow for that."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from crawler.session import Session


class Alarm:
    """Rings at the time that was last set, and when a budget of time is used up.

    ``ring`` asks the engine to ask for a request.
    """

    def __init__(self, ring: Callable[[], None]) -> None:
        self._ring = ring
        self._next: asyncio.TimerHandle | None = None
        self._budgets: list[asyncio.TimerHandle] = []

    def watch(self, session: Session) -> None:
        """End a run in time also when nothing happens that would make anybody look at the clock."""
        limits = [session.limits.max_seconds, *(site.max_seconds for site in session.sites.values())]
        loop = asyncio.get_running_loop()
        for seconds in limits:
            if seconds is not None:
                self._budgets.append(loop.call_later(seconds + 0.01, self._out_of_time, session))

    def _out_of_time(self, session: Session) -> None:
        for name in session.sites:
            session.check_budgets(name)
        self._ring()

    def set(self, seconds: float) -> None:
        """Ring in so many seconds and not at the time that was set before; infinity changes nothing."""
        if seconds == float("inf"):
            return
        if self._next is not None:
            self._next.cancel()
        self._next = asyncio.get_running_loop().call_later(max(seconds, 0.001), self._ring)

    def stop(self) -> None:
        """Ring no more."""
        for timer in filter(None, (self._next, *self._budgets)):
            timer.cancel()
