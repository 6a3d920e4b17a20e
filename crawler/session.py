"""One run of the crawler over some sites: its locks, its memory, its writer, its limits, its end.

How it begins stands in ``crawler.opening``.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
import sqlite3
import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime

from archive.db import failure_of
from archive.errors import ArchiveError
from archive.layout import Layout
from archive.types import Site
from crawler.crawldb import CrawlDb
from crawler.credentials import Credentials
from crawler.purse import Purse
from crawler.recorder import Recorder
from crawler.rights import RightsBook
from crawler.tally import NO_PAGE, Limits, Missing, Tally, used_up
from crawler.traps import Traps
from crawler.visits import Pace, every_round, pace

logger = logging.getLogger(__name__)

_BUDGET_CODES = {"page budget": 0, "size budget": 14, "time budget": 15}
_ROOM = {True: ("below the limit", "waits"), False: ("there again", "goes on")}


@dataclass(slots=True)
class Session:
    """An open run. ``close`` ends it, whatever happened."""

    layout: Layout
    sites: dict[str, Site]
    limits: Limits
    run: str
    agent: str  # the product token that robots.txt knows us by
    db: CrawlDb
    recorder: Recorder
    rounds: dict[str, int]
    report_fd: int | None
    everything: bool  # all pages that are known are visited, due or not
    tallies: dict[str, Tally]
    began: float
    credentials: dict[str, Credentials]  # by site, of those that have some
    _stack: ExitStack
    stop_reason: str | None = None
    exit_code: int = 0
    budget: str | None = None  # of the run, that its pages have used up; requisites of them are still fetched
    waiting: bool = False  # for room on the disk
    purse: Purse | None = None  # of a crawl in several processes that has a budget
    rights: RightsBook = field(default_factory=RightsBook)
    traps: dict[str, Traps] = field(default_factory=dict)  # by site; what discovery remembers of this run
    _looked: float = -1.0
    _reported: float = 0.0
    _counted: dict[str, dict[str, int]] = field(default_factory=dict)
    _told: dict[str, dict[str, object]] = field(default_factory=dict)

    def pace(self, site: str) -> Pace:
        """Which known pages of a site may be fetched again now, when they are found."""
        now = time.time()
        return every_round(now) if self.everything else pace(self.sites[site], now)

    def stop(self, reason: str, exit_code: int) -> None:
        """End the run as soon as what is in flight has ended; the first reason counts."""
        if self.stop_reason is None:
            self.stop_reason, self.exit_code = reason, exit_code

    def fail(self, error: ArchiveError) -> None:
        """End the run because nothing more can be kept; this outranks a budget."""
        self.stop_reason, self.exit_code = str(error), error.exit_code

    def check_budgets(self, site: str) -> None:
        """Stop the site or the run when one of their budgets is used up."""
        elapsed = time.monotonic() - self.began
        tally, limits = self.tallies[site], Limits.of(self.sites[site])
        tally.stopped = tally.stopped or used_up(limits, tally.before + tally.fetched, tally.bytes, elapsed)
        if limits.max_seconds is not None and elapsed >= limits.max_seconds:
            tally.end_requisites("time budget")
        self.check_run()

    def check_run(self) -> None:
        """Stop the run when one of its own budgets is used up, by all processes that share them."""
        every = self.tallies.values()
        used = sum(t.fetched for t in every), sum(t.bytes for t in every)
        if self.purse is not None:
            used = self.purse.used(*used)
        elapsed = time.monotonic() - self.began
        reason = used_up(self.limits, *used, elapsed)
        if reason is None:
            return
        late = self.limits.max_seconds is not None and elapsed >= self.limits.max_seconds
        if late or not any(site.requisites for site in self.sites.values()):
            self.stop(reason, _BUDGET_CODES[reason])
            return
        self.budget = reason
        for tally in self.tallies.values():
            tally.stopped = tally.stopped or reason

    def out_of_room(self) -> bool:
        """Whether the disk is fuller than the limit; looked at once a second."""
        now = time.monotonic()
        if now - self._looked >= 1.0:
            self._looked = now
            low = shutil.disk_usage(self.layout.warc).free < self.limits.min_free
            if low != self.waiting:
                logger.warning("disk space is %s: the crawl %s", *_ROOM[low])
            self.waiting = low
        return self.waiting

    def report(self, queued: Mapping[str, int], *, force: bool = False) -> None:
        """Tell the process that started this one how far the run is, at most five times a second.

        ``queued``: how many URLs wait, by site. A site is told of when something happened there.
        """
        now = time.monotonic()
        if not force and now - self._reported < 0.2:
            return
        self._reported = now
        self._flush_counts()
        if self.report_fd is None:
            return
        every = self.tallies.values()
        line = {
            "run": self.run,
            "queued": sum(queued.values()) + sum(t.waiting for t in every),
            "fetched": sum(t.fetched for t in every),
            "failed": sum(t.failed for t in every),
            "refused": sum(t.refused for t in every),
            "bytes": sum(t.bytes for t in every),
            "exit_code": self.exit_code,
            "reason": self.stop_reason,
            "waiting": self.waiting,
            "sites": self._moved(queued),
        }
        try:
            os.write(self.report_fd, json.dumps(line, ensure_ascii=False).encode() + b"\n")
        except OSError:
            self.report_fd = None
            self.stop("the process that started the crawl is gone", 11)

    def _moved(self, queued: Mapping[str, int]) -> dict[str, dict[str, object]]:
        """How far the sites are on which something happened since they were last told of."""
        found: dict[str, dict[str, object]] = {}
        for name, tally in self.tallies.items():
            told: dict[str, object] = {
                **tally.counts(),
                "queued": queued.get(name, 0) + tally.waiting,
                "state": None if tally.requisites_due else tally.stopped,
            }
            if self._told.get(name) != told:
                found[name] = self._told[name] = told
        return found

    def _flush_counts(self) -> None:
        added: dict[str, dict[str, int]] = {}
        missing: dict[str, list[Missing]] = {}
        for name, tally in self.tallies.items():
            counts, done = tally.counts(), self._counted.get(name, {})
            if counts == done and not tally.missing:
                continue
            added[name] = {key: count - done.get(key, 0) for key, count in counts.items()}
            tally.seconds = time.monotonic() - self.began
            missing[name] = list(tally.missing.values())
            tally.missing.clear()
            self._counted[name] = counts
        if added:
            seconds = {name: self.tallies[name].seconds for name in added}
            self.db.runs.count(self.run, added, seconds, missing)

    async def close(self, queued: dict[str, int], *, interrupted: bool) -> None:
        """Seal the WARC file, end the rounds that are done, log the run's end, free the locks."""
        now = datetime.now(UTC)
        try:
            try:
                await self.recorder.close()
            except ArchiveError as error:
                self.fail(error)
            if interrupted:
                self.stop("interrupted", 11)
            elif self.budget is not None:
                self.stop(self.budget, _BUDGET_CODES[self.budget])
            reasons = self._end_rounds(queued, now)
            if self.stop_reason is None:
                self._judge()
            self.report(queued, force=True)
            self.db.runs.end(self.run, reasons, self.exit_code, self.stop_reason or "finished", now)
        except sqlite3.Error as error:
            self.fail(failure_of(self.layout.crawl_db, error))
            self.report(queued, force=True)
        finally:
            self.db.close()
            self._stack.close()

    def _end_rounds(self, queued: dict[str, int], now: datetime) -> dict[str, str]:
        """Close the rounds that are done or at their budget; says how each site ended."""
        budget = self.stop_reason is not None and self.stop_reason.endswith("budget")
        reasons = {}
        for name, tally in self.tallies.items():
            done = not queued.get(name)
            if done or tally.stopped or budget:
                self.db.finish_round(name, now)
            reasons[name] = tally.stopped or self.stop_reason or "interrupted"
            if done:
                reasons[name] = f"no page: {tally.error}" if tally.error and not tally.pages else "finished"
        return reasons

    def _judge(self) -> None:
        """A crawl did its round, unless not one of its sites gave a page."""
        self.stop_reason = "finished"
        every = list(self.tallies.values())
        if any(tally.pages or not tally.error for tally in every):
            return
        self.exit_code = 18 if not any(tally.failed for tally in every) else 9
        self.stop_reason = f"{NO_PAGE}; the last said: {every[-1].error}"
