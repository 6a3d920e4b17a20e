"""crawl.db: what the crawler remembers. The state of each URL, the rounds of each site, the log of runs.

    queued -> kept (its exchange is durable in a WARC file) -> expanded (its links are stored)
    queued -> refused | failed, with the reason

A *run* is one start of the crawler. A *round* is one pass over a site: a run that was killed or
interrupted leaves its round open, and the next run goes on with it. In one round no URL is fetched
twice; a new round fetches anew what is due for a visit. What is in flight is only in memory and so is queued
again after a crash. If crawl.db is lost, no capture is.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from archive.db import migrate, open_writer, transaction
from archive.types import Capture
from crawler.crawlrows import (
    Known,
    body_of,
    known_of,
    seconds_of,
    task_of,
    text_of,
    values_of,
    visit_values,
)
from crawler.crawlruns import RunLog
from crawler.crawlschema import (
    DONE,
    HEAD,
    IS_BESIDE,
    IS_NO_PAGE,
    KEEP,
    KEEP_WHOLE,
    MIGRATIONS,
    OFFER,
    RESTORED,
    SETTLE,
)
from crawler.pen import Pen
from crawler.task import Kept, Offer, Task, Visit
from crawler.visits import Pace, every_round


@dataclass(frozen=True, slots=True)
class Round:
    """A pass over a site; ``finished_at`` is None while it is open."""

    site: str
    number: int
    started_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class Stocked:
    """What came of offers: how many were queued, and those that are refused, each once a round."""

    queued: int
    refused: tuple[Offer, ...]


NOTHING = Stocked(0, ())


class CrawlDb:
    """All reads and writes of crawl.db. Each method that writes is one short transaction.

    ``pen``: of a process that writes again and again, beside others. It is closed with the database.
    """

    def __init__(self, path: Path, pen: Pen | None = None) -> None:
        self._pen = pen or Pen()
        self.connection = open_writer(path)
        migrate(self.connection, path, MIGRATIONS)
        # 32 MB: at a million URLs each checkpoint writes pages from all over the file, and SQLite's own 4 MB
        # make eight times as many.
        self.connection.execute("PRAGMA wal_autocheckpoint = 8000")
        self.runs = RunLog(self.connection, self._pen)
        self._lanes: dict[tuple[str, str], int] = {}

    def close(self) -> None:
        self.connection.close()
        self._pen.close()

    def begin_round(self, site: str, now: datetime) -> int:
        """Open the site's next round, or go on with the one that is open: its number."""
        with transaction(self.connection):
            row = self.connection.execute("SELECT * FROM rounds WHERE site = ?", (site,)).fetchone()
            if row is not None and row["finished_at"] is None:
                return int(row["round"])
            number: int = row["round"] + 1 if row else 1
            self.connection.execute(
                "INSERT INTO rounds (site, round, started_at) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET"
                " round = excluded.round, started_at = excluded.started_at, finished_at = NULL",
                (site, number, text_of(now)),
            )
            # What an earlier round left waiting at its budget is still wanted.
            self.connection.execute(
                "UPDATE entries SET round = ?, attempts = 0, not_before = 0 WHERE state = 'queued'"
                " AND lane IN (SELECT id FROM lanes WHERE site = ?)",
                (number, site),
            )
        return number

    def finish_round(self, site: str, now: datetime) -> None:
        self.connection.execute("UPDATE rounds SET finished_at = ? WHERE site = ?", (text_of(now), site))

    def offer(self, site: str, number: int, offers: Sequence[Offer], pace: Pace | None = None) -> Stocked:
        """Queue what this round hasn't seen yet and what may be fetched again, and say what came of it."""
        with self._pen, transaction(self.connection):
            return self._offer(site, number, offers, pace)

    def _offer(self, site: str, number: int, offers: Sequence[Offer], pace: Pace | None) -> Stocked:
        refused = [o for o in offers if o.refused]
        wanted = [o for o in offers if not o.refused] if refused else offers
        told = [o for o in refused if self._insert(site, number, "refused", [o], pace)]
        self.connection.executemany(
            "UPDATE entries SET run = ? WHERE lane = ? AND url = ?",
            [(self.runs.current, self._lane(site, o.authority), o.url) for o in told],
        )
        return Stocked(self._insert(site, number, "queued", wanted, pace), tuple(told))

    def _insert(
        self, site: str, number: int, state: str, offers: Sequence[Offer], pace: Pace | None = None
    ) -> int:
        if not offers:
            return 0
        pace = pace or every_round(time.time())
        return self.connection.executemany(
            OFFER,
            [
                (
                    *(self._lane(site, o.authority), o.url, state, number, o.kind),
                    *(o.rank, o.depth, o.hops, o.via, o.refused),
                    *(pace.now, pace.before(o.kind)),
                )
                for o in offers
            ],
        ).rowcount

    def _lane(self, site: str, authority: str) -> int:
        """The number of a site's lane on an authority; to be called within a transaction."""
        number = self._lanes.get((site, authority))
        if number is None:
            self.connection.execute(
                "INSERT OR IGNORE INTO lanes (site, authority) VALUES (?, ?)", (site, authority)
            )
            (number,) = self.connection.execute(
                "SELECT id FROM lanes WHERE site = ? AND authority = ?", (site, authority)
            ).fetchone()
            self._lanes[site, authority] = number
        return number

    def force(self, site: str, number: int, offer: Offer) -> int:
        """Queue a URL although this round has seen it (robots.txt, when its answer is needed anew)."""
        with transaction(self.connection):
            # What is kept and not expanded is left alone: OFFER would not queue it.
            self.connection.execute(
                "UPDATE entries SET round = round - 1"
                " WHERE lane = ? AND url = ? AND round = ? AND state NOT IN ('kept', 'queued')",
                (self._lane(site, offer.authority), offer.url, number),
            )
            return self._offer(site, number, [offer], None).queued

    def fetched(self, site: str, number: int) -> int:
        """How many URLs a round has fetched so far, in all its runs, beside requisites."""
        (count,) = self.connection.execute(
            "SELECT count(*) FROM urls WHERE site = ? AND round = ? AND status IS NOT NULL"  # noqa: S608
            f" AND state IN ('kept', 'expanded', 'failed') AND NOT {IS_BESIDE}",
            (site, number),
        ).fetchone()
        return int(count)

    def lanes(self, site: str, *, pages: bool = True) -> dict[str, int]:
        """How many URLs are queued, by authority; without ``pages``: requisites, and files of rules."""
        rows = self.connection.execute(
            "SELECT authority, count(*) FROM urls WHERE site = ? AND state = 'queued'"  # noqa: S608
            f" AND (? OR {IS_NO_PAGE}) GROUP BY lane",
            (site, pages),
        )
        return dict(rows.fetchall())

    def drop_requisites(self, site: str) -> None:
        """Forget the requisites that wait: the site file doesn't want them any more."""
        self.connection.execute(
            f"DELETE FROM entries WHERE state = 'queued' AND {IS_BESIDE}"  # noqa: S608
            " AND lane IN (SELECT id FROM lanes WHERE site = ?)",
            (site,),
        )

    def beside(self, site: str) -> int:
        """How many requisites, and files of rules for them, are queued."""
        (count,) = self.connection.execute(
            f"SELECT count(*) FROM urls WHERE site = ? AND state = 'queued' AND {IS_BESIDE}",  # noqa: S608
            (site,),
        ).fetchone()
        return int(count)

    def head(self, site: str, authority: str, now: float, *, since: float = 0.0) -> Task | None:
        """The first queued URL of a lane, from a rank on, that may be fetched at ``now`` (epoch seconds)."""
        lane = self._known_lane(site, authority)
        row = self.connection.execute(HEAD, (lane, now, since)).fetchone()
        return task_of(row, site, authority) if row else None

    def _known_lane(self, site: str, authority: str) -> int:
        number = self._lanes.get((site, authority))
        if number is not None:
            return number
        with transaction(self.connection):
            return self._lane(site, authority)

    def next_retry(self, site: str, authority: str, *, pages: bool = True) -> float | None:
        """When the first postponed URL of a lane may be tried again (epoch seconds); ``pages``: see lanes."""
        found: float | None = self.connection.execute(
            "SELECT min(not_before) FROM entries WHERE lane = ? AND state = 'queued'"  # noqa: S608
            f" AND (? OR {IS_NO_PAGE})",
            (self._known_lane(site, authority), pages),
        ).fetchone()[0]
        return found

    def keep(self, task: Task, run: str, kept: Kept) -> None:
        """The exchange is durable: state ``kept``."""
        row = values_of(task, run, kept)
        with self._pen:  # one statement is its own transaction
            self.connection.execute(KEEP_WHOLE if kept.whole else KEEP, row)

    def expand(
        self, task: Task, number: int, offers: Sequence[Offer], visit: Visit, pace: Pace | None = None
    ) -> tuple[Stocked, str | None]:
        """Store a kept page's links, that it is done, and when it is visited again: all of that or nothing.

        Says what came of the links, and why the page is ``failed`` and not ``expanded``: its status says so.
        """
        with self._pen, transaction(self.connection):
            ((why,),) = self.connection.execute(DONE, visit_values(task.id, visit)).fetchall()
            return (self._offer(task.site, number, offers, pace) if offers else NOTHING), why

    def note(self, task: Task, reason: str) -> None:
        """Say something of a URL that is expanded: why its links are not followed."""
        with self._pen:
            self.connection.execute("UPDATE entries SET reason = ? WHERE id = ?", (reason, task.id))

    def settle(self, task: Task, run: str, state: str, reason: str, again: datetime | None = None) -> None:
        """End a URL's way in this round as ``refused`` or ``failed``. ``again``: its next visit."""
        with self._pen:
            self.connection.execute(SETTLE, (state, run, reason, seconds_of(again), task.id))

    def postpone(self, task: Task, not_before: float, reason: str) -> None:
        """Queue a URL again, to be tried from ``not_before`` (epoch seconds) on."""
        with self._pen:
            self.connection.execute(
                "UPDATE entries SET state = 'queued', attempts = attempts + 1, not_before = ?, reason = ?"
                " WHERE id = ?",
                (not_before, reason, task.id),
            )

    def unexpanded(self, site: str) -> list[tuple[Task, Capture | None]]:
        """What is kept and not expanded, and where its payload lies, if it has one that counts."""
        rows = self.connection.execute("SELECT * FROM urls WHERE site = ? AND state = 'kept'", (site,))
        return [(task_of(row, site, row["authority"]), body_of(row)) for row in rows.fetchall()]

    def told(self, authority: str, url: str) -> list[Known]:
        """What the sites that have work at an authority know of a robots.txt there."""
        rows = self.connection.execute("SELECT * FROM urls WHERE authority = ? AND url = ?", (authority, url))
        return [known_of(row) for row in rows.fetchall()]

    def restore(self, found: Iterable[tuple[str, str, Offer, Kept, str | None]]) -> None:
        """Enter what WARC files tell, oldest first, as if round 1 had fetched and expanded it.

        ``found``: site, run, the URL, where its exchange lies, and what page it is, if that is told.
        """
        with transaction(self.connection):
            for site, run, offer, kept, page in found:
                self._insert(site, 1, "expanded", [offer])
                entry = self.connection.execute(
                    "SELECT * FROM entries WHERE lane = ? AND url = ?",
                    (self._lane(site, offer.authority), offer.url),
                ).fetchone()
                values = values_of(task_of(entry, site, offer.authority), run, kept)
                values |= {"page": page, "moment": kept.fetched_at.timestamp()}
                self.connection.execute(KEEP_WHOLE if kept.whole else KEEP, values)
                self.connection.execute(RESTORED, values)
