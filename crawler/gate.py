"""The gate of each authority: whether a task may go to it now, and what was learned from how it went.

rules known? -> due? -> the turn among all runs -> exchange -> left (the delay begins) -> let go
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from datetime import UTC, datetime

from archive.types import Exchange, ExchangeEnd, Site
from crawler.authorities import LONGEST_REST, Authorities, Authority
from crawler.robots import tells, unreachable
from crawler.rulebook import Found, Rulebook, Wanted
from crawler.task import Offer, Task
from crawler.turns import Turns

logger = logging.getLogger(__name__)

LOOK = 0.2
"""Seconds after which something that another exchange, or another run, has to bring is looked for again."""


class Gate:
    """The authorities of a run. ``first``: seconds that the first refusal for being asked too much costs."""

    def __init__(self, rulebook: Rulebook, turns: Turns, first: float) -> None:
        self._rulebook = rulebook
        self._turns = turns
        self._authorities = Authorities(first)

    def add(self, authority: str, site: Site) -> None:
        """A site has work at an authority."""
        self._authorities.add(authority, site)

    def idle(self) -> Iterator[Authority]:
        """The authorities with work and without a request, due or not."""
        return self._authorities.idle()

    def resting(self, authority: str) -> str | None:
        """Why no request goes to an authority in this run, None when one may."""
        return self._authorities.resting(authority)

    def only_resting(self) -> bool:
        """Whether authorities rest until another run and nothing is under way at any other."""
        return self._authorities.only_resting()

    def refusal(self, url: str) -> str | None:
        """Why robots.txt forbids a URL, None when it doesn't, or when it was not asked."""
        return self._authorities.refusal(url)

    def rules(self, task: Task, site: Site, number: int) -> tuple[float, Offer | None]:
        """Get hold of the rules for a task of a site in its round ``number``.

        Gives the seconds to wait for them, 0.0 when they are known now, and what is to be queued first.
        """
        if task.kind == "robots" or self._authorities.rules_hold(task.authority):
            return 0.0, None
        step = self._rulebook.look_up(task.url, task.site, number, datetime.now(UTC))
        if isinstance(step, Found):
            self._authorities.learn(task.authority, step.rules, step.age)
            # The delay that they ask for counts from now on, also before this request.
            return max(0.0, self._authorities[task.authority].due - time.monotonic()), None
        resting = self._authorities.resting(step.offer.authority)
        if resting is not None:
            self._authorities.learn(task.authority, unreachable(resting))
            return 0.0, None
        self._authorities.add(step.offer.authority, site)
        if isinstance(step, Wanted):
            return 0.001, step.offer
        return max(LOOK, step.not_before - time.time()), None

    def judge(self, task: Task, number: int) -> None:
        """The robots.txt that a task asked for has its outcome: learn what follows without waiting."""
        step = self._rulebook.look_up(task.url, task.site, number, datetime.now(UTC))
        if isinstance(step, Found):
            self._authorities.learn(task.authority, step.rules, step.age)

    def enter(self, authority: Authority, task: Task) -> float:
        """Take the one turn at an authority, among all runs: 0.0, or the seconds after which to ask again.

        A task that is going to be refused needs no turn. Raises ArchiveError when the turns of the archive
        can't be kept.
        """
        if authority.closed and task.kind != "robots":
            authority.busy = True
            return 0.0
        past = self._turns.take(authority.name)
        if past is None:
            return LOOK
        now = time.time()
        if (rest := past.rest(now, LONGEST_REST)) > 0.0:
            self._leave_alone(authority.name, rest, past.why)
        self._authorities.elsewhere(authority.name, past.since(now))
        wait = authority.due - time.monotonic()
        if wait > 0.0 or authority.resting is not None:
            self._turns.give_back(authority.name)
            return max(wait, 0.001)
        self._turns.begin(authority.name, now)
        authority.busy = True
        return 0.0

    def left(self, authority: str) -> None:
        """The exchange has ended: the delay begins, however long the page is worked on."""
        self._authorities.left(authority)
        self._turns.end(authority, time.time())

    def heard(self, authority: str, exchange: Exchange) -> None:
        """How long it took. What did not end is the back-off's to judge: counted twice, it costs hours."""
        if exchange.end is not ExchangeEnd.FAILED and exchange.reason != "time":
            self._authorities.heard(authority, exchange.fetch_ms / 1000)

    def answered(self, authority: str, status: int) -> None:
        """With what it ended."""
        if tells(status):
            self._authorities.eased(authority)

    def back_off(self, authority: str, why: str, seconds: float | None = None) -> None:
        """It is asked too much: from now on less, and nothing for so many seconds."""
        self._authorities.strained(authority)
        if seconds is not None:
            self._turns.rest(authority, time.time() + min(seconds, LONGEST_REST), why)
            self._leave_alone(authority, seconds, why)

    def _leave_alone(self, authority: str, seconds: float, why: str) -> None:
        known = self._authorities.resting(authority)
        if self._authorities.leave_alone(authority, seconds, why) and known is None:
            logger.warning("%s", self._authorities.resting(authority))

    def let_go(self, authority: str) -> None:
        """The one request is settled, whether it was sent or not; the next may follow."""
        self._authorities.free(authority)
        self._turns.give_back(authority)

    def close(self) -> None:
        """Give all turns back."""
        self._turns.close(time.time())
