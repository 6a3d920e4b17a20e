"""The log of runs in crawl.db: what was started by whom, and what came of it, site by site."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from datetime import datetime

from archive.db import transaction
from crawler.crawlrows import text_of
from crawler.crawlschema import BEGIN_SITE, COUNT, OUTCOME
from crawler.pen import Pen
from crawler.tally import COUNTERS, Missing


class RunLog:
    """The writing side; ``crawler.runlog`` reads. ``pen``: see CrawlDb."""

    def __init__(self, connection: sqlite3.Connection, pen: Pen) -> None:
        self._connection = connection
        self._pen = pen
        self.current: str | None = None  # the run that was begun here

    def begin(
        self,
        run: str,
        sites: Iterable[str],
        args: dict[str, object],
        now: datetime,
        *,
        started_by: str | None = None,
        config_digest: str | None = None,
    ) -> None:
        """``started_by``: a person, their machine and how; ``config_digest``: see crawler.launch."""
        self.current = run
        with transaction(self._connection):
            self._connection.execute(
                "INSERT INTO runs (id, started_at, args, started_by, config_digest) VALUES (?, ?, ?, ?, ?)",
                (
                    *(run, text_of(now), json.dumps(args, ensure_ascii=False, sort_keys=True)),
                    *(started_by, config_digest),
                ),
            )
            self._connection.executemany(BEGIN_SITE, ((run, site) for site in sites))

    def count(
        self,
        run: str,
        added: Mapping[str, Mapping[str, int]],
        seconds: Mapping[str, float],
        missing: Mapping[str, Iterable[Missing]],
    ) -> None:
        """Add to a run's counters, all by site. ``added``: of COUNTERS; ``seconds``: since the run began."""
        with self._pen, transaction(self._connection):
            for site, counts in added.items():
                values = {**dict.fromkeys(COUNTERS, 0), **counts, "run": run, "site": site}
                self._connection.execute(COUNT, values | {"seconds": seconds[site]})
            self._connection.executemany(
                OUTCOME,
                (
                    (run, site, m.outcome, m.kind, m.what, m.count, m.example_url, m.example_reason)
                    for site, some in missing.items()
                    for m in some
                ),
            )

    def end(self, run: str, reasons: dict[str, str], exit_code: int, reason: str, now: datetime) -> None:
        """``reasons``: how it ended, by site."""
        with transaction(self._connection):
            self._connection.execute(
                "UPDATE runs SET ended_at = ?, exit_code = ?, reason = ? WHERE id = ?",
                (text_of(now), exit_code, reason, run),
            )
            self._connection.executemany(
                "UPDATE run_sites SET reason = ? WHERE run = ? AND site = ?",
                ((why, run, site) for site, why in reasons.items()),
            )

    def restore(
        self, run: str, started: datetime, ended: datetime, sites: Mapping[str, tuple[int, int]]
    ) -> None:
        """Enter a run as WARC files tell it; ``sites``: exchanges and bytes, by site."""
        why = "restored from WARC"
        with transaction(self._connection):
            self._connection.execute(
                "INSERT INTO runs (id, started_at, ended_at, args, reason) VALUES (?, ?, ?, ?, ?)",
                (run, text_of(started), text_of(ended), json.dumps({"sites": sorted(sites)}), why),
            )
            self._connection.executemany(
                "INSERT INTO run_sites (run, site, fetched, bytes, reason) VALUES (?, ?, ?, ?, ?)",
                ((run, site, *counts, why) for site, counts in sorted(sites.items())),
            )
