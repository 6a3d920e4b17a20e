"""The frontier: a Scrapy scheduler that is kept in crawl.db and knows when an authority is due.

    offers -> crawl.db -> [one per authority, when it is due] -> Request -> ... -> kept | settled | postponed

Links never become Requests before their turn, so that a page with a thousand known links costs
a thousand look-ups and nothing else. Scrapy's own delays are off: its queues would hold requests
that a stop has to wait for.
"""

from __future__ import annotations

import logging
import sqlite3
import time
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import cast

from scrapy import Request, Spider, signals
from scrapy.core.scheduler import BaseScheduler
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.utils.defer import deferred_from_coro
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from archive.db import failure_of
from archive.errors import ArchiveError
from archive.types import Exchange
from crawler import discover, rights, visits
from crawler.alarm import Alarm
from crawler.authorities import Authority
from crawler.books import Books
from crawler.choice import Choice
from crawler.crawldb import CrawlDb, Stocked
from crawler.gate import Gate
from crawler.handlers.outcomes import of_status
from crawler.rulebook import Rulebook
from crawler.session import Session
from crawler.task import Answer, Kept, Offer, Task
from crawler.turns import Turns

logger = logging.getLogger(__name__)

TASK = "gazette_task"
"""Key of a request's meta: the Task that it carries out."""
DELAY = "gazette_delay"
"""Key of a request's meta: the seconds that its authority is to be left alone before a second attempt."""


class Frontier(BaseScheduler):
    """Releases one request per authority when that authority is due.

    Without a session (``scrapy shell``, ``fetch``, ``parse``) it is a plain queue in memory, and
    nothing is kept.
    """

    _gate: Gate  # from open() on, in a run over sites, as what follows
    _choice: Choice
    _books: Books

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._plain: deque[Request] = deque()
        self._session: Session | None = None
        settings = crawler.settings
        self._retry_after = [float(seconds) for seconds in settings.getlist("GAZETTE_RETRY_AFTER")] or [0.0]
        self._max_attempts = settings.getint("GAZETTE_MAX_ATTEMPTS")
        self._introduced: set[str] = set()  # authorities whose robots.txt this run has offered
        self._queued: dict[str, int] = {}
        self._alarm = Alarm(self._ask_engine)
        crawler.signals.connect(self._left_downloader, signals.request_left_downloader)
        crawler.signals.connect(self._broken, signals.spider_error)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Frontier:
        return cls(crawler)

    def open(self, spider: Spider) -> None:
        self._session = getattr(spider, "session", None)
        if self._session is None:
            return
        session = self._session
        rulebook = Rulebook(self.db, session.layout.warc, session.agent, session.run)
        self._gate = Gate(rulebook, Turns(session.layout.locks), self._retry_after[0])
        self._choice = Choice(session, self._gate, self._queued, self.offer)
        self._books = Books(session)
        for name, site in self._session.sites.items():
            if not site.requisites:
                self.db.drop_requisites(name)
            found = self.db.lanes(name)
            waiting = self.session.tallies[name].waiting = self.db.beside(name)
            self._queued[name] = sum(found.values()) - waiting
            for authority in found:
                self._gate.add(authority, site)
            self.offer(name, discover.seeds(site))
        self._alarm.watch(session)

    @property
    def session(self) -> Session:
        assert self._session is not None, "only a run over sites has a session"
        return self._session

    @property
    def db(self) -> CrawlDb:
        return self.session.db

    # --- what goes in ---

    def offer(self, site: str, offers: Iterable[Offer]) -> None:
        """Queue what is new in this round, and the robots.txt of each new authority before it.

        Requisites, and the rules for them, are offered by themselves: they are counted apart.
        """
        offers = rights.introduced(list(offers), self._introduced)
        with self._writing():
            stocked = self.db.offer(site, self.session.rounds[site], offers, self.session.pace(site))
        self._note(site, offers, stocked)

    def expand(self, task: Task, offers: Iterable[Offer], answer: Answer, page: str | None) -> None:
        """Store a kept page's links, that it is expanded and its next visit, in one transaction.

        ``page``: what it is to visits, None when it was not read.
        """
        offers = rights.introduced(list(offers), self._introduced)
        site = self.session.sites[task.site]
        visit = visits.after(task, answer, page, site.revisit)
        with self._writing():
            stocked, why = self.db.expand(
                task, self.session.rounds[site.name], offers, visit, self.session.pace(site.name)
            )
        self._note(task.site, offers, stocked)
        self._books.read(task, page)
        if why is not None:
            self._books.missed(task, "failed", of_status(answer.status), why)
            self._report()
        self._settled(task)

    def _note(self, site: str, offers: list[Offer], stocked: Stocked) -> None:
        if offers and offers[-1].beside:
            self.session.tallies[site].waiting += stocked.queued
        else:
            self._queued[site] += stocked.queued
        self._books.left_out(site, stocked.refused)
        for authority in {o.authority for o in offers if not o.refused}:
            self._gate.add(authority, self.session.sites[site])

    # --- what comes out ---

    def has_pending_requests(self) -> bool:
        if self._session is None:
            return bool(self._plain)
        if self.session.stop_reason is not None:
            return False
        tallies = self.session.tallies
        return any(
            (count and not tallies[name].stopped) or tallies[name].requisites_due
            for name, count in self._queued.items()
        )

    def enqueue_request(self, request: Request) -> bool:
        # With a session, URLs come by offer(); a Request here is one of Scrapy's own commands.
        self._plain.append(request)
        return True

    def next_request(self) -> Request | None:
        if self._plain:
            return self._plain.popleft()
        if self._session is None:
            return None
        if self._session.purse is not None:  # the processes beside this one may have used up the rest
            self._session.check_run()
        if self._session.stop_reason is not None:
            return None
        try:
            with self._writing():
                if not self.session.out_of_room():
                    return self._next()
                self._alarm.set(1.0)
                self.session.report(self._queued)
                return None
        except ArchiveError:  # the run is ending: nothing more is released
            return None

    def _next(self) -> Request | None:
        found = self._choice.next()
        if isinstance(found, float):
            self._alarm.set(found)
            return None
        return self._request(*found)

    def _ask_engine(self) -> None:
        engine = self._crawler.engine
        assert engine is not None, "a frontier is opened by an engine"
        if engine._slot is not None:
            engine._slot.nextcall.schedule()

    def _request(self, task: Task, authority: Authority) -> Request:
        return Request(
            task.url,
            callback=self._crawler.spider.parse,  # type: ignore[union-attr]
            errback=self._crawler.spider.failed,  # type: ignore[union-attr]
            dont_filter=True,
            meta={
                TASK: task,
                DELAY: authority.delay,
                "download_slot": task.authority,
                "handle_httpstatus_all": True,
                "verbatim_url": True,  # or Scrapy escapes what canonical URLs leave as it is
            },
        )

    # --- how it ends ---

    def robots_refusal(self, request: Request) -> str | None:
        """Why robots.txt forbids a request, None when it doesn't, or when it was not asked."""
        return self._gate.refusal(request.url)

    def keep(self, task: Task, kept: Kept, size: int) -> None:
        """The task's exchange is durable: nothing can lose the page any more."""
        with self._writing():
            self.db.keep(task, self.session.run, kept)
        self._gate.answered(task.authority, kept.status)
        self._books.kept(task, kept, size)
        self._report()

    def note(self, task: Task, reason: str) -> None:
        """Why nothing that an expanded page leads to was taken."""
        with self._writing():
            self.db.note(task, reason)

    def settle(self, task: Task, state: str, reason: str, kind: str) -> None:
        """The task ends without a page: ``refused`` or ``failed``, of a kind of crawler.handlers.outcomes."""
        ages = self.session.sites[task.site].revisit
        again = visits.after_failure(task.visit, task.kind, datetime.now(UTC), ages)
        with self._writing():
            self.db.settle(task, self.session.run, state, reason, again)
        self._books.missed(task, state, kind, reason)
        self._report()
        self._settled(task)

    def back_off(self, task: Task, why: str, seconds: float | None = None) -> None:
        """The task's authority is asked too much: from now on less, and nothing for so many seconds."""
        self._gate.back_off(task.authority, why, seconds)

    def postpone(self, task: Task, reason: str) -> bool:
        """Queue the task again; False when its attempts are used up and nothing was done."""
        if task.attempts + 1 >= self._max_attempts:
            return False
        wait = self._retry_after[min(task.attempts, len(self._retry_after) - 1)]
        with self._writing():
            self.db.postpone(task, time.time() + wait, reason)
        self._gate.add(task.authority, self.session.sites[task.site])
        self._gate.let_go(task.authority)
        return True

    def release(self, task: Task) -> None:
        """Let go of a task that was not carried out: it stays queued for the next run."""
        self._gate.let_go(task.authority)

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
        if task.beside:
            tally = self.session.tallies[task.site]
            tally.waiting = max(0, tally.waiting - 1)
        else:
            self._queued[task.site] = max(0, self._queued[task.site] - 1)
        if task.kind == "robots":
            with self._writing():
                self._gate.judge(task, self.session.rounds[task.site])
        self._gate.let_go(task.authority)

    def _report(self) -> None:
        with self._writing():
            self.session.report(self._queued)

    def _left_downloader(self, request: Request) -> None:
        task = request.meta.get(TASK)
        if isinstance(task, Task):
            self._gate.left(task.authority)

    def _broken(self, failure: Failure, response: Response | Failure) -> None:
        """An exception nobody foresaw: without an end of its task, its authority would wait for ever."""
        request: Request | None = getattr(response, "request", None)  # Scrapy gives failures one, too
        task = request.meta.get(TASK) if request is not None else None
        if isinstance(task, Task) and self.session.stop_reason is None:
            error = failure.value
            self.settle(task, "failed", f"a bug: {type(error).__name__}: {error}", "other")

    def heard(self, task: Task, exchange: Exchange) -> None:
        """How an exchange went, as far as its authority's pace depends on it."""
        self._gate.heard(task.authority, exchange)

    def close(self, reason: str) -> Deferred[None] | None:
        self._alarm.stop()
        if self._session is None:
            return None
        self._gate.close()
        for name, traps in self._session.traps.items():
            for why, count in traps.left_out.items():
                logger.info("%s: %d links left out: %s", name, count, why)
        return deferred_from_coro(self._session.close(self._queued, interrupted=reason == "shutdown"))


def of(crawler: Crawler) -> Frontier:
    """The frontier of a running crawl."""
    # Asked ten times a page. Scrapy's schedulers make isinstance() look for each of their methods.
    return cast(Frontier, crawler.engine.scheduler)
