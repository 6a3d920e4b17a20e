"""Simulated days: what an archive remembers becomes older, instead of waiting for it."""

from __future__ import annotations

import re
import sqlite3
from datetime import datetime, timedelta

from archive.layout import Layout

_TEXT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}")
_CRAWL_TIMES = {"entries": ("not_before", "first_at", "visited_at", "visit_at")}  # epoch seconds
_SKIPPED = {"published", "published_day", "modified", "modified_day", "args"}


def pass_by(layout: Layout, time: timedelta) -> None:
    """Make all times in crawl.db and in the index older by ``time``."""
    for path in (layout.crawl_db, layout.index.resolve()):
        connection = sqlite3.connect(path, isolation_level=None)
        connection.create_function("older", 1, lambda text: _older(text, time), deterministic=True)
        for (table,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            if "_fts" not in table and not table.startswith("sqlite_"):
                _shift(connection, table, time)
        connection.close()


def _shift(connection: sqlite3.Connection, table: str, time: timedelta) -> None:
    seconds = _CRAWL_TIMES.get(table, ())
    parts = [f"{name} = {name} - {time.total_seconds()}" for name in seconds]
    columns = connection.execute(f"PRAGMA table_info({table})").fetchall()
    parts += [
        f"{row[1]} = older({row[1]})"
        for row in columns
        if row[2] == "TEXT" and (row[1].endswith("_at") or row[1] == "since") and row[1] not in _SKIPPED
    ]
    if parts:
        connection.execute(f"UPDATE {table} SET {', '.join(parts)}")


def _older(text: str | None, time: timedelta) -> str | None:
    if text is None or not _TEXT.match(text):
        return text
    moved = datetime.fromisoformat(text) - time
    exact = "microseconds" if "." in text else "seconds"
    return moved.isoformat(timespec=exact).replace("+00:00", "Z" if text.endswith("Z") else "+00:00")
