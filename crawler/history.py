"""What crawl.db remembers that a plan depends on: the newest round of each site, and what its runs found."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from archive.layout import Layout
from archive.types import Site
from crawler import runlog
from crawler.adaptive import RUNS, Yield
from crawler.crawldb import Round

_ROWS = 50_000
"""So many newest rows of the log are looked through for a site that hasn't run for long."""


@dataclass(frozen=True, slots=True)
class Past:
    """The newest round of each site, and its newest runs, oldest first, as far as a plan needs them."""

    rounds: dict[str, Round] = field(default_factory=dict)
    histories: dict[str, list[Yield]] = field(default_factory=dict)


def past(layout: Layout, sites: Iterable[Site]) -> Past:
    """What is remembered of some sites; nothing when nothing was ever crawled."""
    with runlog.opened(layout) as connection:
        if connection is None:
            return Past()
        rounds = runlog.rounds(connection)
        wanted = {site.name for site in sites if site.every_min is not None}
        # When the newest run of an unfinished round began says when to try again.
        wanted |= {name for name, last in rounds.items() if last.finished_at is None}
        return Past(rounds, _histories(connection, wanted))


def _histories(connection: sqlite3.Connection, wanted: set[str]) -> dict[str, list[Yield]]:
    columns = {row["name"] for row in connection.execute("PRAGMA table_info(run_sites)")}
    if not wanted or not {"new", "changed"} <= columns:
        return {}  # an older file: the next crawl brings it up to date
    found: dict[str, list[Yield]] = {}
    # Run ids begin with their time, and run_sites lies in their order: the newest come first, unsorted.
    rows = connection.execute(
        "SELECT site, started_at, new + changed FROM run_sites JOIN runs ON runs.id = run"
        " ORDER BY run DESC LIMIT ?",
        (_ROWS,),
    )
    for site, started_at, count in rows:
        if site in wanted:
            found.setdefault(site, []).insert(0, Yield(datetime.fromisoformat(started_at), count))
            if len(found[site]) == RUNS:
                wanted.discard(site)
                if not wanted:
                    break
    return found
