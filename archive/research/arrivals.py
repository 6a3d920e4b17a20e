"""What came of each site and when: fresh articles, new and changed pages, the answers of an address.

Nothing is judged here; crawler.health does that.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from archive.index.rownumbers import days_between
from archive.types import Capture, RecordRef
from archive.urls import surt

FRESH = timedelta(days=7)
"""An article that was published longer before its capture is an old one, and tells nothing of today."""


def fresh_articles(connection: sqlite3.Connection, since: date) -> dict[str, list[datetime]]:
    """When articles came that were new then, by site and in order: each URL's first capture as an article.

    Row numbers rise with the day of publication (of capture where none is stated), so this reads the
    newest rows and no other.
    """
    rows = connection.execute(
        "SELECT site, min(captured_at), min(published_day) FROM documents"
        " WHERE pk BETWEEN ? AND ? AND kind = 'article' AND site IS NOT NULL GROUP BY site, url",
        days_between(since - FRESH, None),
    )
    found: dict[str, list[datetime]] = {}
    for site, captured, day in rows:
        at = _date(captured)
        old = day is not None and date.fromisoformat(day) < at.date() - FRESH
        if at.date() >= since and not old:
            found.setdefault(site, []).append(at)
    return {site: sorted(times) for site, times in found.items()}


@dataclass(frozen=True, slots=True)
class Brought:
    """A page in HTML that was captured with content that its URL did not have before."""

    url: str
    at: datetime
    run: str | None
    kind: str  # of the document: article, section, other; or "failure: " and why
    before: str | None  # kind of the URL's content before; None for a URL that was not known
    capture: Capture  # of the record that holds it


_BROUGHT = """
SELECT c.url, c.captured_at, c.run, c.status, c.mime, c.payload_digest, c.record_id, c.warc, c.offset,
    c.length,
    coalesce(d.kind, 'failure: ' || f.kind) AS kind,
    coalesce((SELECT e.kind FROM documents AS e WHERE e.url = coalesce(d.url, c.url)
        AND e.captured_at < c.captured_at ORDER BY e.captured_at DESC LIMIT 1),
        (SELECT 'failure' FROM captures AS e WHERE d.id IS NULL AND e.url_key = c.url_key
        AND e.captured_at < c.captured_at LIMIT 1)) AS before
FROM captures AS c
LEFT JOIN documents AS d ON d.id = c.document_id AND d.warc = c.warc AND d.offset = c.offset
LEFT JOIN failures AS f ON f.warc = c.warc AND f.offset = c.offset
WHERE c.site = ? AND c.captured_at >= ? AND c.record_type = 'response' AND c.status = 200
    AND c.mime LIKE '%html%' AND (d.id IS NOT NULL OR c.outcome = 'failure')
ORDER BY c.captured_at, c.warc, c.offset
"""


def brought(connection: sqlite3.Connection, site: str, since: datetime) -> list[Brought]:
    """The pages that were new or changed since a time, in order. Failures of a known URL come each time."""
    rows = connection.execute(_BROUGHT, (site, _text(since)))
    return [
        Brought(r["url"], _date(r["captured_at"]), r["run"], r["kind"], r["before"], _capture(r))
        for r in rows
    ]


@dataclass(frozen=True, slots=True)
class Answer:
    """One capture of a URL, with what the index knows of its content."""

    at: datetime
    status: int | None
    kind: str | None  # of its document
    named: int  # teasers of its document
    content: str | None  # the same for captures of the same content; None: not known
    capture: Capture  # of the record that holds the content


_ANSWERS = """
SELECT c.captured_at AS at, c.status AS answered, d.kind AS kind,
    (SELECT count(*) FROM teasers WHERE document_id = d.id) AS named,
    coalesce(d.id, c.payload_digest) AS content, b.url, b.captured_at, b.status, b.mime, b.payload_digest,
    b.record_id, b.warc, b.offset, b.length
FROM captures AS c
LEFT JOIN documents AS d ON d.id = c.document_id
JOIN captures AS b ON b.warc = coalesce(d.warc, c.warc) AND b.offset = coalesce(d.offset, c.offset)
WHERE c.url_key = ? AND c.site = ? AND c.record_type IN ('response', 'revisit') AND c.url = ?
ORDER BY c.captured_at DESC, c.warc DESC, c.offset DESC LIMIT ?
"""


def answers(connection: sqlite3.Connection, site: str, url: str, limit: int) -> list[Answer]:
    """The newest captures of a URL, the newest first. ``url`` is canonical."""
    rows = connection.execute(_ANSWERS, (surt(url), site, url, limit))
    return [
        Answer(_date(r["at"]), r["answered"], r["kind"], r["named"], r["content"], _capture(r)) for r in rows
    ]


def first_waiting(connection: sqlite3.Connection, site: str) -> datetime | None:
    """When the first capture of a site came that waits for its extraction; None when none waits."""
    row = connection.execute(
        "SELECT min(captured_at) FROM captures WHERE outcome IS NULL AND site = ?", (site,)
    ).fetchone()
    return _date(row[0]) if row[0] else None


def knows_run(connection: sqlite3.Connection, site: str, run: str) -> bool:
    """Whether the index has a capture that a run made of a site."""
    sql = "SELECT 1 FROM captures WHERE run = ? AND site = ? LIMIT 1"
    return connection.execute(sql, (run, site)).fetchone() is not None


def _capture(row: sqlite3.Row) -> Capture:
    ref = RecordRef(row["warc"], row["offset"], row["length"])
    at = _date(row["captured_at"])
    return Capture(row["record_id"], ref, row["url"], at, row["status"], row["mime"], row["payload_digest"])


def _date(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _text(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
