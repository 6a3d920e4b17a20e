"""What an archive holds, what waits, and whether there is room: what ``status`` tells and metrics count."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from archive.layout import Layout
from crawler import counts, runlog
from crawler.history import past
from crawler.room import WINDOW, forecast
from crawler.schedule import next_due
from crawler.settings import GAZETTE_MIN_FREE
from crawler.sites import load_sites

DAYS = 14
"""Days of a site's yield that are shown, today the last of them (UTC)."""
_COUNTED = ("captures", "documents", "articles", "last_capture")


def gather(layout: Layout, now: datetime) -> dict[str, Any]:
    """All of it, ready for JSON. Sizes in bytes, times ISO 8601 in UTC. Raises ArchiveError."""
    from archive.warc.names import files

    warcs = files(layout.warc)
    index = _index(layout, {file.name: file.durable for file in warcs}, now)
    size = sum(file.durable for file in warcs)
    free = shutil.disk_usage(layout.root).free
    with runlog.opened(layout) as connection:
        return {
            "archive": str(layout.root),
            "warc_files": len(warcs),
            "warc_open": sum(not file.sealed for file in warcs),
            "warc_bytes": size,
            "disk_free": free,
            "room": _room(connection, layout, free, size, now),
            "index_wal_bytes": _wal(layout.index.resolve()),
            "crawl_wal_bytes": _wal(layout.crawl_db),
            **{key: index[key] for key in ("new", "unread_bytes", "stale", "stale_seconds", "failures")},
            "comparison": _comparison(layout),
            "sites": _sites(connection, layout, index, now),
        }


def _wal(path: Path) -> int:
    return _size(path.with_name(path.name + "-wal"))


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _room(
    connection: sqlite3.Connection | None, layout: Layout, free: int, warc: int, now: datetime
) -> dict[str, Any] | None:
    """How fast the disk fills and when it will be full; None when too little is known of that."""
    databases = _size(layout.index.resolve()) + _size(layout.crawl_db)
    if connection is None:
        return None
    runs, begun = counts.brought(connection, now - WINDOW), counts.begun(connection)
    beside = databases / warc if warc else 0.0
    found = forecast(runs, begun, free, GAZETTE_MIN_FREE, now, beside=beside)
    if found is None:
        return None
    full = found.full_at
    return {"bytes_per_day": round(found.per_day), "full_on": f"{full:%Y-%m-%d}" if full else None}


def _comparison(layout: Layout) -> str | None:
    from archive.index import generation

    if generation.unfinished(layout) is not None:
        return "unfinished"
    return "waiting" if generation.candidate(layout) is not None else None


def _index(layout: Layout, durable: Mapping[str, int], now: datetime) -> dict[str, Any]:
    from archive.extract import extractor_key
    from archive.index import generation, pace
    from archive.research import documents

    if generation.current(layout) is None:
        unread = sum(durable.values())
        return {"new": 0, "unread_bytes": unread, "stale": 0, "stale_seconds": 0, "failures": {}, "sites": {}}
    connection = generation.open_index(layout)
    try:
        found = documents.status(connection, extractor_key())
        read = dict(connection.execute("SELECT name, indexed_offset FROM warc_files").fetchall())
        return {
            "new": found["new"],
            "unread_bytes": sum(max(0, whole - read.get(name, 0)) for name, whole in durable.items()),
            "stale": found["stale"],
            "stale_seconds": round(found["stale"] * (pace.read(layout) or pace.USUAL), 1),
            "failures": found["failures"],
            "sites": _held(connection, now),
        }
    finally:
        connection.close()


def _held(connection: sqlite3.Connection, now: datetime) -> dict[str, dict[str, Any]]:
    """What the index holds of each site, and what it yielded of late."""
    from archive.research import yields

    days = [f"{now - timedelta(days=age):%Y-%m-%d}" for age in reversed(range(DAYS))]
    found = {}
    rows = connection.execute(
        "SELECT name, captures, documents, articles, last_capture FROM sites"
    ).fetchall()
    for row in rows:
        daily = yields.daily(connection, row["name"], days[0])
        found[row["name"]] = {key: row[key] for key in _COUNTED} | {
            "new_by_day": {day: daily.get(day, 0) for day in days},
            "last_new": yields.newest(connection, row["name"]),
        }
    return found


def _sites(
    connection: sqlite3.Connection | None, layout: Layout, index: Mapping[str, Any], now: datetime
) -> list[dict[str, Any]]:
    configured, held = load_sites(layout), index["sites"]
    waiting = runlog.queued(connection) if connection else {}
    last = runlog.last_runs(connection) if connection else {}
    well = counts.successes(connection) if connection else {}
    known = past(layout, configured.values())
    result = []
    for name in sorted({*configured, *held, *known.rounds}):
        site, run = configured.get(name), last.get(name)
        planned = next_due(site, known.rounds.get(name), now, known.histories.get(name, ())) if site else None
        result.append(
            {
                "site": name,
                "configured": site is not None,
                **dict.fromkeys(_COUNTED[:-1], 0),
                **dict.fromkeys(("last_capture", "last_new"), None),
                "new_by_day": {},
                **held.get(name, {}),
                "queued": waiting.get(name, 0),
                "due": planned is not None and planned.at <= now,
                "next_run": f"{planned.at:%Y-%m-%dT%H:%M:%SZ}" if planned else None,
                "last_run": run.run if run else None,
                "last_started": run.started_at if run else None,
                "last_ended": run.ended_at if run else None,
                "last_exit_code": run.exit_code if run else None,
                "last_reason": run.reason if run else None,
                "last_state": run.state if run else "never crawled",
                "last_success": well.get(name),
            }
        )
    return result
