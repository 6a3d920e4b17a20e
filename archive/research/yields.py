"""What sites yield: when an article was captured for the first time."""

from __future__ import annotations

import sqlite3

# The article's earliest version counts, and of that the capture it was made from.
_NEW = """
FROM captures c JOIN documents d ON d.id = c.document_id AND d.captured_at = c.captured_at
WHERE c.site = :site AND c.captured_at >= :since AND d.kind = 'article' AND NOT EXISTS (
    SELECT 1 FROM documents earlier
    WHERE earlier.url = d.url AND earlier.kind = 'article' AND earlier.captured_at < d.captured_at)
"""


def daily(connection: sqlite3.Connection, site: str, since: str) -> dict[str, int]:
    """How many new articles of a site came on each day (UTC, YYYY-MM-DD), from the time ``since`` on."""
    rows = connection.execute(
        f"SELECT substr(c.captured_at, 1, 10) AS day, count(DISTINCT d.url) {_NEW} GROUP BY day",
        {"site": site, "since": since},
    )
    return dict(rows.fetchall())


def newest(connection: sqlite3.Connection, site: str) -> str | None:
    """When the newest article of a site was captured first; None while there is none."""
    row = connection.execute(
        f"SELECT c.captured_at {_NEW} ORDER BY c.captured_at DESC LIMIT 1",
        {"site": site, "since": ""},
    ).fetchone()
    return row[0] if row else None
