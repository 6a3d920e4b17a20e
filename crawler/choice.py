"""Which task is next: of the authorities that are due, the first with a URL that may be asked for now.

    authorities without a request -> due? -> the first URL of a lane -> its rules known? -> the turn -> a task

Nobody is asked for what an authority refuses as a whole, because its robots.txt can't be had: its tasks need
not wait until it is due, so that each has its outcome at once, however long the authority is left alone.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace

from crawler import rights
from crawler.authorities import Authority
from crawler.gate import Gate
from crawler.requisites import RANK
from crawler.rights import RULES
from crawler.session import Session
from crawler.task import Offer, Task
from crawler.visits import REVISITS, SHARE

_NEVER = float("inf")


class Choice:
    """Chooses among what a run has queued.

    ``queued``: how many URLs of each site wait, which is kept up to date here too; ``offer``: queues what a
    site wants to know first.
    """

    def __init__(
        self,
        session: Session,
        gate: Gate,
        queued: dict[str, int],
        offer: Callable[[str, Iterable[Offer]], None],
    ) -> None:
        self._session = session
        self._gate = gate
        self._queued = queued
        self._offer = offer
        self._released: Counter[tuple[str, str]] = Counter()  # by lane

    def next(self) -> tuple[Task, Authority] | float:
        """The next task, whose authority is busy from now on; or the seconds after which to ask again.

        Infinity: nothing changes before an exchange ends. Raises ArchiveError when the turns of the archive
        can't be kept, and sqlite3.Error.
        """
        now = time.monotonic()
        wake = _NEVER
        for authority in self._gate.idle():
            due = authority.due <= now
            if not due and not authority.closed:
                wake = min(wake, authority.due)
                continue
            task, later = self._task_of(authority, due=due)
            if task is not None:
                later = self._gate.enter(authority, task)
                if later == 0.0:
                    self._released[task.site, authority.name] += 1
                    return task, authority
            wake = min(wake, now + later)
        if wake == _NEVER and self._gate.only_resting():
            self._stop_resting()
        return wake - now

    def _stop_resting(self) -> None:
        """Nothing is due any more: sites that wait for authorities that rest until another run are done."""
        for name, count in self._queued.items():
            tally = self._session.tallies[name]
            pages = bool(count) and not tally.stopped
            if pages or tally.requisites_due:
                lanes = self._session.db.lanes(name, pages=not tally.stopped)
                why = [self._gate.resting(authority) for authority in lanes]
                if why and None not in why:
                    tally.end_requisites(why[0] or "")
                    if pages:
                        tally.stopped = tally.error = why[0]

    def _task_of(self, authority: Authority, *, due: bool) -> tuple[Task | None, float]:
        """The next task of an authority, its sites in turn; or None and the seconds to wait for one."""
        db = self._session.db
        later = _NEVER
        for _ in range(len(authority.lanes)):
            site = authority.lanes[0]
            authority.lanes.rotate(-1)
            tally = self._session.tallies[site]
            if tally.stopped and not tally.requisites_due:
                continue
            task = self._head(site, authority.name)
            if task is not None:
                # To ask for robots.txt is never refused: that has to wait for its time.
                asks = not due and task.kind == "robots"
                wait = max(authority.due - time.monotonic(), 0.001) if asks else self._wait(task)
                if wait == 0.0:
                    return task, 0.0
                later = min(later, wait)
                continue
            retry = db.next_retry(site, authority.name, pages=not tally.stopped)
            if retry is None:
                authority.lanes.remove(site)
            else:
                later = min(later, max(0.05, retry - time.time()))
        return None, later

    def _head(self, site: str, authority: str) -> Task | None:
        """The first URL of a lane; now and then the first revisit, which stands behind all that is new.

        When the site's pages are at their budget, a file of rules or a requisite.
        """
        db, now = self._session.db, time.time()
        if self._session.tallies[site].stopped:
            first = db.head(site, authority, now)
            return (
                first if first is None or first.kind in RULES else db.head(site, authority, now, since=RANK)
            )
        if self._released[site, authority] % SHARE == SHARE - 1:
            task = db.head(site, authority, now, since=REVISITS)
            if task is not None:
                return task
        return db.head(site, authority, now)

    def _wait(self, task: Task) -> float:
        """Get hold of the rules for a task: seconds to wait for them, 0.0 when they are known now."""
        site, number = self._session.sites[task.site], self._session.rounds[task.site]
        wait, wanted = self._gate.rules(task, site, number)
        if wanted is not None:
            count = self._session.db.force(task.site, number, _for(task, wanted))
            if task.beside:
                self._session.tallies[task.site].waiting += count
            else:
                self._queued[task.site] += count
        return wait or self._wait_for_rights(task)

    def _wait_for_rights(self, task: Task) -> float:
        """As ``_wait``, for the files that reserve rights, where a site's policy is to obey them."""
        if task.kind in RULES or rights.is_file(task.url):
            return 0.0
        session = self._session
        if session.sites[task.site].rights != "obey":
            return 0.0
        number = session.rounds[task.site]
        wait, unasked = rights.pending(
            session.rights, session.db, session.layout.warc, task.site, number, task.url
        )
        self._offer(task.site, [_for(task, offer) for offer in unasked])
        return wait


def _for(task: Task, rules: Offer) -> Offer:
    """The offer of a file of rules, by what asks for it."""
    return replace(rules, hops="E" + rules.hops) if task.beside else rules
