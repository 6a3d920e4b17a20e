"""The frontier: a Scrapy scheduler that is kept in crawl.db and knows when an authority is due.

    offers -> crawl.db -> [one per authority, when it is due] -> Request -> ... -> kept | settled | postponed

Links never become Requests before their turn, so that a page with a thousand known links costs
a thousand look-ups and nothing else. Scrapy's own delays are off: its queues would hold requests
that a stop has to wait for.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from scrapy import Request, Spider, signals
from scrapy.core.scheduler import BaseScheduler
from scrapy.crawler import Crawler
from scrapy.utils.defer import deferred_from_coro
from twisted.internet.defer import Deferred

from archive.db import failure_of
from archive.errors import ArchiveError
from crawler import discover
from crawler.authorities import Authorities, Authority
from crawler.crawldb import CrawlDb
from crawler.robots import MAX_AGE
from crawler.session import Session
from crawler.task import Kept, Offer, Task

TASK = "gazette_task"
"""Key of a request's meta: the Task that it carries out."""

MAX_ATTEMPTS = 3
RETRY_AFTER = (2.0, 10.0)
"""Seconds before the second and the third attempt. What is down for longer waits for the next round."""


class Frontier(BaseScheduler):
    """Releases one request per authority when that authority is due.

    Without a session (``scrapy shell``, ``fetch``, ``parse``) it is a plain queue in memory, and
    nothing is kept.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._plain: deque[Request] = deque()
        self._session: Session | None = None
        self._authorities = Authorities("")
        self._queued: dict[str, int] = {}
        self._timer: asyncio.TimerHandle | None = None
        crawler.signals.connect(self._left_downloader, signals.request_left_downloader)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Frontier:
        return cls(crawler)

    def open(self, spider: Spider) -> None:
        self._session = getattr(spider, "session", None)
        if self._session is None:
            return
        self._authorities = Authorities(self._session.agent)
        for name, site in self._session.sites.items():
            found = self.db.lanes(name)
            self._queued[name] = sum(found.values())
            for authority in found:
                self._authorities.add(authority, site)
            self.offer(name, discover.seeds(site))
        self._time_budget()

    def _time_budget(self) -> None:
        """End in time also when nothing happens that would make anybody look at the clock."""
        limits = [self.session.limits.max_seconds, *(s.max_seconds for s in self.session.sites.values())]
        loop = asyncio.get_running_loop()
        for seconds in limits:
            if seconds is not None:
                loop.call_later(seconds + 0.01, self._out_of_time)

    def _out_of_time(self) -> None:
        for name in self.session.sites:
            self.session.check_budgets(name)
        self._ask_engine()

    @property
    def session(self) -> Session:
        assert self._session is not None, "only a run over sites has a session"
        return self._session

    @property
    def db(self) -> CrawlDb:
        return self.session.db

    # --- what goes in ---

    def offer(self, site: str, offers: Iterable[Offer]) -> None:
        """Queue what is new in this round, and the robots.txt of each new authority before it."""
        offers = self._with_robots(list(offers))
        with self._writing():
            self._queued[site] += self.db.offer(site, self.session.rounds[site], offers)
        self._note(site, offers)

    def expand(self, task: Task, offers: Iterable[Offer]) -> None:
        """Store a kept page's links and that it is expanded, in one transaction."""
        offers = self._with_robots(list(offers))
        with self._writing():
            self._queued[task.site] += self.db.expand(task, self.session.rounds[task.site], offers)
        self._note(task.site, offers)
        self._settled(task)

    def _with_robots(self, offers: list[Offer]) -> list[Offer]:
        # Offered here so that robots.txt comes first without a second look at the queue.
        new = {o.authority: o.url for o in offers if o.authority not in self._authorities and not o.refused}
        robots = [made for url in new.values() if (made := discover.robots_offer(url)) is not None]
        return robots + offers

    def _note(self, site: str, offers: list[Offer]) -> None:
        for authority in {o.authority for o in offers if not o.refused}:
            self._authorities.add(authority, self.session.sites[site])

    # --- what comes out ---

    def has_pending_requests(self) -> bool:
        if self._session is None:
            return bool(self._plain)
        if self.session.stop_reason is not None:
            return False
        stopped = self.session.tallies
        return any(count for name, count in self._queued.items() if not stopped[name].stopped)

    def enqueue_request(self, request: Request) -> bool:
        # With a session, URLs come by offer(); a Request here is one of Scrapy's own commands.
        self._plain.append(request)
        return True

    def next_request(self) -> Request | None:
        if self._plain:
            return self._plain.popleft()
        if self._session is None or self.session.stop_reason is not None:
            return None
        try:
            with self._writing():
                if not self.session.out_of_room():
                    return self._next_due()
                self._wake(1.0)
                self.session.report(sum(self._queued.values()))
                return None
        except ArchiveError:  # the run is ending: nothing more is released
            return None

    def _next_due(self) -> Request | None:
        now = time.monotonic()
        wake = float("inf")
        for authority in self._authorities.idle():
            if authority.due > now:
                wake = min(wake, authority.due)
                continue
            task, later = self._next_task(authority)
            if task is not None:
                authority.busy = True
                return self._request(task)
            wake = min(wake, now + later)
        self._wake(wake - now)
        return None

    def _next_task(self, authority: Authority) -> tuple[Task | None, float]:
        """The next task of an authority, its sites in turn; or None and the seconds to wait for one."""
        later = float("inf")
        for _ in range(len(authority.lanes)):
            site = authority.lanes[0]
            authority.lanes.rotate(-1)
            if self.session.tallies[site].stopped:
                continue
            task = self.db.head(site, authority.name, time.time())
            if task is not None:
                known = authority.rules_hold or task.kind == "robots"
                wait = 0.0 if known else self._await_robots(task)
                if wait == 0.0:
                    return task, 0.0
                later = min(later, wait)
                continue
            retry = self.db.next_retry(site, authority.name)
            if retry is None:
                authority.lanes.remove(site)
            else:
                later = min(later, max(0.05, retry - time.time()))
        return None, later

    def _request(self, task: Task) -> Request:
        return Request(
            task.url,
            callback=self._crawler.spider.parse,  # type: ignore[union-attr]
            errback=self._crawler.spider.failed,  # type: ignore[union-attr]
            dont_filter=True,
            meta={
                TASK: task,
                "download_slot": task.authority,
                "handle_httpstatus_all": True,
                "verbatim_url": True,  # or Scrapy escapes what canonical URLs leave as it is
            },
        )

    def _wake(self, seconds: float) -> None:
        """Make the engine ask again then. Its own heartbeat of five seconds is too slow for that."""
        if seconds == float("inf"):
            return
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(max(seconds, 0.001), self._ask_engine)

    def _ask_engine(self) -> None:
        engine = self._crawler.engine
        assert engine is not None, "a frontier is opened by an engine"
        if engine._slot is not None:
            engine._slot.nextcall.schedule()

    # --- how it ends ---

    def _await_robots(self, task: Task) -> float:
        """Get hold of the rules for a task: seconds to wait for them, 0.0 when they are known now.

        A resumed round may have robots.txt in its WARC file already.
        """
        made = discover.robots_offer(task.url)
        assert made is not None, "a canonical URL has an origin"
        found = self.db.find(task.site, made, self.session.rounds[task.site])
        if found is not None and found.queued:
            return max(0.05, found.not_before - time.time())
        if found is not None and found.capture is not None:
            age = (datetime.now(UTC) - found.capture.captured_at).total_seconds()
            page = discover.kept_page(self.session.layout.warc, found.capture) if age < MAX_AGE else None
            if page is not None:
                self.learn_robots(task.authority, found.capture.status, page.body, age)
                return 0.0
        self._queued[task.site] += self.db.force(task.site, self.session.rounds[task.site], made)
        return 0.05

    def learn_robots(self, authority: str, status: int | None, body: bytes = b"", age: float = 0.0) -> None:
        """The answer to robots.txt: see Authorities.learn."""
        self._authorities.learn(authority, status, body, age)

    def robots_refusal(self, request: Request) -> str | None:
        """Why robots.txt forbids a request, None when it doesn't, or when it was not asked."""
        return self._authorities.refusal(request.url)

    def keep(self, task: Task, kept: Kept, size: int) -> None:
        """The task's exchange is durable: nothing can lose the page any more."""
        with self._writing():
            self.db.keep(task, self.session.run, kept)
        self.session.tallies[task.site].pages += 200 <= kept.status < 300 and task.kind != "robots"
        self._count(task, size, fetched=1)

    def settle(self, task: Task, state: str, reason: str) -> None:
        """The task ends without a page: ``refused`` or ``failed``."""
        with self._writing():
            self.db.settle(task, self.session.run, state, reason)
        self.session.tallies[task.site].error = reason
        self._count(task, 0, **{state: 1})
        self._settled(task)

    def postpone(self, task: Task, reason: str, seconds: float | None = None) -> bool:
        """Queue the task again; False when its attempts are used up and nothing was done."""
        if task.attempts + 1 >= MAX_ATTEMPTS:
            return False
        wait = RETRY_AFTER[task.attempts] if seconds is None else seconds
        with self._writing():
            self.db.postpone(task, time.time() + wait, reason)
        self._authorities.add(task.authority, self.session.sites[task.site])
        self._authorities.free(task.authority)
        return True

    def release(self, task: Task) -> None:
        """Let go of a task that was not carried out: it stays queued for the next run."""
        self._authorities.free(task.authority)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """A write to crawl.db that fails ends the run: what it can't remember it would fetch again."""
        try:
            yield
        except sqlite3.Error as error:
            failure = failure_of(self.session.layout.crawl_db, error)
            self.session.fail(failure)
            raise failure from error

    def _settled(self, task: Task) -> None:
        self._queued[task.site] = max(0, self._queued[task.site] - 1)
        self._authorities.free(task.authority)

    def _count(self, task: Task, size: int, *, fetched: int = 0, failed: int = 0, refused: int = 0) -> None:
        tally = self.session.tallies[task.site]
        tally.fetched += fetched
        tally.failed += failed
        tally.refused += refused
        tally.bytes += size
        self.session.check_budgets(task.site)
        with self._writing():
            self.session.report(sum(self._queued.values()))

    def _left_downloader(self, request: Request) -> None:
        task = request.meta.get(TASK)
        if isinstance(task, Task):
            self._authorities.left(task.authority)

    def close(self, reason: str) -> Deferred[None] | None:
        if self._timer is not None:
            self._timer.cancel()
        if self._session is None:
            return None
        return deferred_from_coro(self._session.close(self._queued, interrupted=reason == "shutdown"))


def of(crawler: Crawler) -> Frontier:
    """The frontier of a running crawl."""
    assert crawler.engine is not None
    scheduler = crawler.engine.scheduler
    assert isinstance(scheduler, Frontier)
    return scheduler
