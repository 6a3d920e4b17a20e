"""What a round visits again: queued in crawl.db when the round begins, in short transactions.

    the site's ages -> when each known page is due -> due? -> still in scope? -> queued

What a run does not reach in its budget stays queued, and so is due in the next round.
"""

from __future__ import annotations

import json
from datetime import datetime

from archive.db import transaction
from archive.types import Site
from crawler.crawldb import CrawlDb
from crawler.crawlrows import moment_of, seconds_of
from crawler.crawlschema import DUE, KNOWN, REPLAN, REVISIT
from crawler.scope import refusal
from crawler.task import Visit
from crawler.visits import after_failure, planned

_BATCH = 5_000
"""Rows of one transaction: 0.1 s, in which other runs wait."""


def queue_due(db: CrawlDb, site: Site, number: int, now: datetime, *, everything: bool = False) -> int:
    """Queue for round ``number`` what is due, or all that is known, and say how much that was.

    What this round has fetched already is not fetched again. A page that the site file excludes by now is
    looked at again at its next age. Raises sqlite3.Error.
    """
    _replan(db, site)
    queued = 0
    lanes = db.connection.execute("SELECT id FROM lanes WHERE site = ?", (site.name,)).fetchall()
    for (lane,) in lanes:
        values = {"lane": lane, "now": now.timestamp(), "round": number}
        rows = db.connection.execute(KNOWN if everything else DUE, values).fetchall()
        for start in range(0, len(rows), _BATCH):
            with transaction(db.connection):
                for row in rows[start : start + _BATCH]:
                    why = refusal(row["url"], site, row["kind"])
                    if why is None:
                        db.connection.execute(REVISIT, {"id": row["id"], "round": number})
                        queued += 1
                    elif not everything:
                        _put_off(db, row["id"], site, now)
    return queued


def _put_off(db: CrawlDb, entry: int, site: Site, now: datetime) -> None:
    row = db.connection.execute("SELECT * FROM urls WHERE id = ?", (entry,)).fetchone()
    visit = Visit(row["page"], moment_of(row["first_at"]))
    again = after_failure(visit, row["kind"], now, site.revisit)
    db.connection.execute("UPDATE entries SET visit_at = ? WHERE id = ?", (seconds_of(again), entry))


def _replan(db: CrawlDb, site: Site) -> None:
    """Make all visits anew when the site file's ages are not those by which they were made."""
    ages = json.dumps(site.revisit)
    (known,) = db.connection.execute("SELECT ages FROM rounds WHERE site = ?", (site.name,)).fetchone()
    if known == ages:
        return

    def next_visit(kind: str, page: str, first: float, visited: float | None, gone: int) -> float | None:
        visit = Visit(page, moment_of(first), moment_of(visited), None, gone)
        return seconds_of(planned(visit, kind, site.revisit))

    db.connection.create_function("next_visit", 5, next_visit, deterministic=True)
    with transaction(db.connection):
        db.connection.execute(REPLAN, (site.name,))
        db.connection.execute("UPDATE rounds SET ages = ? WHERE site = ?", (ages, site.name))
