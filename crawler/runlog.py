"""crawl.db as people ask it: what ran, what came of it, what still waits. Reads only."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from archive.db import open_reader
from archive.layout import Layout
from crawler.crawldb import Round


@dataclass(frozen=True, slots=True)
class SiteRun:
    """What a run did on one site."""

    run: str
    site: str
    fetched: int
    failed: int
    refused: int
    bytes: int
    reason: str | None  # how it ended there; None while it runs, or when it was killed


@dataclass(frozen=True, slots=True)
class Run:
    """One start of the crawler; times are ISO 8601 in UTC."""

    id: str
    started_at: str
    ended_at: str | None  # None while it runs, or when it was killed
    args: dict[str, object]
    exit_code: int | None
    reason: str | None
    sites: tuple[SiteRun, ...]


@dataclass(frozen=True, slots=True)
class Missed:
    """A URL that a run tried, or was about to try, and did not get."""

    run: str
    site: str
    url: str
    kind: str  # robots, sitemap, feed, seed, item, link, rights
    outcome: str  # "failed": no page came; "refused": it was not asked for, or its answer was not wanted
    status: int | None  # of the answer, when there was one
    attempts: int  # how often it was asked for
    reason: str | None
    via: str | None


@contextmanager
def opened(layout: Layout) -> Iterator[sqlite3.Connection | None]:
    """A reader of crawl.db while the block runs, None when nothing was ever crawled."""
    if not layout.crawl_db.exists():
        yield None
        return
    connection = open_reader(layout.crawl_db)
    try:
        yield connection
    finally:
        connection.close()


def runs(connection: sqlite3.Connection, prefix: str = "", limit: int = 20) -> list[Run]:
    """The newest runs whose id begins with ``prefix``, newest first."""
    rows = connection.execute(
        "SELECT * FROM runs WHERE substr(id, 1, ?) = ? ORDER BY started_at DESC, id DESC LIMIT ?",
        (len(prefix), prefix, limit),
    ).fetchall()
    return [
        Run(
            id=row["id"],
            started_at=row["started_at"],
            ended_at=row["ended_at"],
            args=json.loads(row["args"]),
            exit_code=row["exit_code"],
            reason=row["reason"],
            sites=_site_runs(connection, row["id"]),
        )
        for row in rows
    ]


def _site_runs(connection: sqlite3.Connection, run: str) -> tuple[SiteRun, ...]:
    rows = connection.execute(
        "SELECT run, site, fetched, failed, refused, bytes, reason FROM run_sites"
        " WHERE run = ? ORDER BY site",
        (run,),
    )
    return tuple(SiteRun(*row) for row in rows)


@dataclass(frozen=True, slots=True)
class LastRun:
    """The newest run of a site, and how it ended there (None while it runs, or when it was killed)."""

    run: str
    started_at: str  # ISO 8601, UTC
    reason: str | None


def last_runs(connection: sqlite3.Connection) -> dict[str, LastRun]:
    """The newest run of each site, by the site's name."""
    # With a lone max(), SQLite takes the other columns from the row that holds it.
    rows = connection.execute(
        "SELECT site, run, max(started_at), run_sites.reason FROM run_sites JOIN runs ON runs.id = run"
        " GROUP BY site"
    )
    return {row[0]: LastRun(*row[1:]) for row in map(tuple, rows)}


def missed(connection: sqlite3.Connection, run: str, outcome: str) -> Iterator[Missed]:
    """The URLs that a run did not get and no run got since; ``outcome`` as in Missed.

    An answer of 400 or more is a failure too, but for the files that most servers don't have.
    """
    rows = connection.execute(_MISSED, {"run": run, "outcome": outcome})
    return (Missed(*row) for row in rows)


_MISSED = """
SELECT run, site, url, kind, outcome, status, attempts, coalesce(reason, 'HTTP ' || status), via FROM (
    SELECT run, site, url, kind, via, reason, status,
        attempts + (state != 'refused') AS attempts,
        CASE state WHEN 'refused' THEN 'refused' ELSE 'failed' END AS outcome
    FROM urls
    WHERE run = :run AND (state IN ('failed', 'refused')
        OR state IN ('kept', 'expanded') AND status >= 400 AND kind NOT IN ('robots', 'rights'))
) WHERE outcome = :outcome ORDER BY site, url
"""


def queued(connection: sqlite3.Connection) -> dict[str, int]:
    """How many URLs wait, by site."""
    rows = connection.execute("SELECT site, count(*) FROM urls WHERE state = 'queued' GROUP BY site")
    return dict(rows.fetchall())


def rounds(connection: sqlite3.Connection) -> dict[str, Round]:
    """The newest round of each site."""
    rows = connection.execute("SELECT site, round, started_at, finished_at FROM rounds")
    return {r["site"]: Round(r["site"], r["round"], _date(r["started_at"]), _end(r)) for r in rows}


def _end(row: sqlite3.Row) -> datetime | None:
    return _date(row["finished_at"]) if row["finished_at"] else None


def _date(text: str) -> datetime:
    return datetime.fromisoformat(text)
