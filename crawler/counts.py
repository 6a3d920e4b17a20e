"""crawl.db added up: what all runs brought together, and when a site last went well."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime

from crawler.room import Brought
from crawler.runlog import COUNTED
from crawler.task import REQUISITE

GOOD = (0, 14, 15)
"""Exit codes of a run that did its round, or what its budgets left of it."""


def totals(connection: sqlite3.Connection) -> dict[str, dict[str, float]]:
    """What COUNTED names, over all runs of each site."""
    sums = ", ".join(f"total({name})" for name in COUNTED)
    rows = connection.execute(f"SELECT site, {sums} FROM run_sites GROUP BY site ORDER BY site")  # noqa: S608
    return {site: dict(zip(COUNTED, counts, strict=True)) for site, *counts in map(tuple, rows)}


def kinds(connection: sqlite3.Connection) -> dict[tuple[str, str, str], int]:
    """How often a page failed or was refused, over all runs: by site, outcome and kind."""
    rows = connection.execute(
        "SELECT site, outcome, kind, sum(count) FROM run_outcomes WHERE what != ?"
        " GROUP BY site, outcome, kind",
        (REQUISITE,),
    )
    return {(site, outcome, kind): count for site, outcome, kind, count in map(tuple, rows)}


def successes(connection: sqlite3.Connection) -> dict[str, str]:
    """When each site last went well: the end of a run that gave pages of it, or had nothing to ask for."""
    rows = connection.execute(
        "SELECT site, max(ended_at) FROM run_sites JOIN runs ON runs.id = run WHERE exit_code IN (?, ?, ?)"
        " AND run_sites.reason NOT LIKE 'no page:%' GROUP BY site",
        GOOD,
    )
    return dict(rows.fetchall())


def brought(connection: sqlite3.Connection, since: datetime) -> list[Brought]:
    """The bytes that each run since then brought of each site."""
    # Ids of runs begin with their time, and the log lies in their order: no run before is looked at.
    rows = connection.execute(
        "SELECT site, started_at, bytes + coalesce(requisite_bytes, 0) FROM run_sites"
        " JOIN runs ON runs.id = run WHERE run >= ?",
        (f"{since.astimezone(UTC):%Y%m%dT%H%M%SZ}",),
    )
    return [Brought(site, datetime.fromisoformat(at), size) for site, at, size in map(tuple, rows)]


def begun(connection: sqlite3.Connection) -> dict[str, datetime]:
    """When each site was first crawled."""
    rows = connection.execute(
        "SELECT site, started_at FROM (SELECT site, min(run) AS run FROM run_sites GROUP BY site) AS first"
        " JOIN runs ON runs.id = first.run"
    )
    return {site: datetime.fromisoformat(at) for site, at in map(tuple, rows)}
