"""crawl.db as people ask it: what ran, what came of it, what still waits. Reads only."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from archive.db import open_reader
from archive.layout import Layout
from crawler.crawldb import CrawlDb, Round
from crawler.crawlrows import text_of
from crawler.crawlschema import MIGRATIONS

COUNTED = (
    *("fetched", "new", "changed", "unchanged", "articles", "refused", "failed", "bytes"),
    *("requisites", "requisite_bytes", "seconds"),
)
"""What is counted for each site of a run, in the order of tables; see SiteRun."""
Counts = dict[str, int | float | None]


@dataclass(frozen=True, slots=True)
class SiteRun:
    """What a run did on one site."""

    run: str
    site: str
    fetched: int  # exchanges with a response
    new: int | None  # of these, pages that were never seen before; None, as below: an old run, not counted
    changed: int | None  # pages with another payload than the last time
    unchanged: int | None
    articles: int | None  # of the new ones, those that are articles by their own word
    refused: int  # by robots.txt, scope, rights or the guard
    failed: int
    bytes: int  # of the answers
    requisites: int | None  # exchanges with a response beside all these, for the look of pages
    requisite_bytes: int | None
    seconds: float | None  # from the run's beginning to the last that was counted
    reason: str | None  # how it ended there; None while it runs, or when it was killed


@dataclass(frozen=True, slots=True)
class Run:
    """One start of the crawler; times are ISO 8601 in UTC."""

    id: str
    started_at: str
    ended_at: str | None  # None while it runs, or when it was killed
    started_by: str | None  # user@host and how: cli, timer, schedule or scrapyd
    config_digest: str | None  # of the configuration that it ran with
    args: dict[str, object]
    exit_code: int | None
    reason: str | None
    sites: tuple[SiteRun, ...]

    def counts(self) -> Counts:
        """What COUNTED names, of all its sites; ``seconds`` are those of the run, None when it has no end."""
        found: Counts = {}
        for name in COUNTED:
            known = [value for part in self.sites if (value := getattr(part, name)) is not None]
            found[name] = sum(known) if known or not self.sites else None
        ended = self.ended_at and _date(self.ended_at) - _date(self.started_at)
        return found | {"seconds": ended.total_seconds() if ended else None}

    @property
    def state(self) -> str:
        """How it ended, or that it has not."""
        return self.reason or _unended(self.args)


@dataclass(frozen=True, slots=True)
class Outcome:
    """URLs of a run that failed or were refused for the same kind of reason, and one of them."""

    run: str
    site: str
    outcome: str  # "failed" or "refused"
    kind: str  # refused: robots, scope, rights, guard ...; failed: dns, tls, timeout, gone, server ...
    what: str  # robots, sitemap, feed, seed, item, link, page, rights, requisite
    count: int
    example_url: str | None
    example_reason: str | None


@dataclass(frozen=True, slots=True)
class Missed:
    """A URL that a run tried, or was about to try, and did not get."""

    run: str
    site: str
    url: str
    kind: str  # robots, sitemap, feed, seed, item, link, page, rights, requisite
    outcome: str  # "failed": no page came; "refused": it was not asked for, or its answer was not wanted
    status: int | None  # of the answer, when there was one
    attempts: int  # how often it was asked for
    reason: str | None
    via: str | None


@contextmanager
def opened(layout: Layout) -> Iterator[sqlite3.Connection | None]:
    """A reader of crawl.db while the block runs, None when nothing was ever crawled.

    One that an older Gazette wrote is brought up to date first. Raises NoArchive for a newer one's.
    """
    if not layout.crawl_db.exists():
        yield None
        return
    connection = open_reader(layout.crawl_db)
    try:
        if connection.execute("PRAGMA user_version").fetchone()[0] != len(MIGRATIONS):
            CrawlDb(layout.crawl_db).close()
        yield connection
    finally:
        connection.close()


def runs(
    connection: sqlite3.Connection,
    prefix: str = "",
    limit: int = 20,
    *,
    site: str | None = None,
    since: datetime | None = None,
) -> list[Run]:
    """The newest runs whose id begins with ``prefix``, newest first.

    ``site``: only runs over it, and of these only what they did there. ``since``: started at or after it.
    """
    rows = connection.execute(
        "SELECT * FROM runs WHERE substr(id, 1, ?) = ? AND started_at >= ?"
        " AND (? IS NULL OR EXISTS (SELECT 1 FROM run_sites WHERE run = id AND site = ?))"
        " ORDER BY started_at DESC, id DESC LIMIT ?",
        (len(prefix), prefix, text_of(since) if since else "", site, site, limit),
    ).fetchall()
    return [_run(connection, row, site) for row in rows]


def unended(connection: sqlite3.Connection) -> list[Run]:
    """The runs without an end, newest first: they go on, or were killed."""
    rows = connection.execute("SELECT * FROM runs WHERE ended_at IS NULL ORDER BY started_at DESC, id DESC")
    return [_run(connection, row, None) for row in rows.fetchall()]


def _run(connection: sqlite3.Connection, row: sqlite3.Row, site: str | None) -> Run:
    return Run(
        id=row["id"],
        started_at=row["started_at"],
        ended_at=row["ended_at"],
        started_by=row["started_by"],
        config_digest=row["config_digest"],
        args=json.loads(row["args"]),
        exit_code=row["exit_code"],
        reason=row["reason"],
        sites=tuple(_site_runs(connection, row["id"], site)),
    )


def _site_runs(connection: sqlite3.Connection, run: str, site: str | None) -> Iterator[SiteRun]:
    rows = connection.execute(
        f"SELECT run, site, {', '.join(COUNTED)}, reason FROM run_sites"  # noqa: S608 - names from above
        " WHERE run = ? AND (? IS NULL OR site = ?) ORDER BY site",
        (run, site, site),
    )
    return (SiteRun(*row) for row in rows)


def outcomes(connection: sqlite3.Connection, run: str, site: str | None = None) -> list[Outcome]:
    """What failed and what was refused in a run, by kind: the most first in each site."""
    rows = connection.execute(
        "SELECT run, site, outcome, kind, what, count, example_url, example_reason FROM run_outcomes"
        " WHERE run = ? AND (? IS NULL OR site = ?) ORDER BY site, outcome, count DESC, kind, what",
        (run, site, site),
    )
    return [Outcome(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class LastRun:
    """The newest run of a site, and how it ended there (None while it runs, or when it was killed)."""

    run: str
    started_at: str  # ISO 8601, UTC
    reason: str | None
    ended_at: str | None
    exit_code: int | None  # of the whole run
    state: str  # the reason; or that it runs, or was killed


def last_runs(connection: sqlite3.Connection) -> dict[str, LastRun]:
    """The newest run of each site, by the site's name."""
    # Ids of runs begin with their time. The newest ones first, and then their rows: the log may be long.
    rows = connection.execute(
        "SELECT site, run, started_at, run_sites.reason, ended_at, exit_code, args"
        " FROM (SELECT site, max(run) AS run FROM run_sites GROUP BY site) JOIN run_sites USING (site, run)"
        " JOIN runs ON runs.id = run"
    )
    return {
        site: LastRun(run, started, reason, ended, code, reason or _unended(json.loads(args)))
        for site, run, started, reason, ended, code, args in map(tuple, rows)
    }


def _unended(args: Mapping[str, object]) -> str:
    """What a run without an end is: its process still lives, or it was killed."""
    process = args.get("pid")
    if not isinstance(process, int):
        return "running, or killed"
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return "killed"
    except OSError:
        pass  # another user's
    return "running"


def missed(
    connection: sqlite3.Connection, run: str, outcome: str, site: str | None = None
) -> Iterator[Missed]:
    """The URLs that a run did not get and no run got since; ``outcome`` as in Missed.

    An answer of 400 or more is a failure too, but for the files that most servers don't have.
    """
    rows = connection.execute(_MISSED, {"run": run, "outcome": outcome, "site": site})
    return (Missed(*row) for row in rows)


_MISSED = """
SELECT run, site, url, kind, outcome, status, attempts, coalesce(reason, 'HTTP ' || status), via FROM (
    SELECT run, site, url, kind, via, reason, status,
        attempts + (state != 'refused') AS attempts,
        CASE state WHEN 'refused' THEN 'refused' ELSE 'failed' END AS outcome
    FROM urls
    WHERE run = :run AND (state IN ('failed', 'refused')
        OR state IN ('kept', 'expanded') AND status >= 400 AND kind NOT IN ('robots', 'rights'))
) WHERE outcome = :outcome AND (:site IS NULL OR site = :site) ORDER BY site, url
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
