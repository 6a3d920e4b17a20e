"""crawl.db: what the crawler remembers. The state of each URL, the rounds of each site, the log of runs.

    queued -> kept (its exchange is durable in a WARC file) -> expanded (its links are stored)
    queued -> refused | failed, with the reason

A *run* is one start of the crawler. A *round* is one pass over a site: a run that was killed or
interrupted leaves its round open, and the next run goes on with it. In one round no URL is fetched
twice; a new round fetches anew what it finds. What is in flight is only in memory and so is queued
again after a crash. If crawl.db is lost, no capture is.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from archive.db import open_writer, transaction
from archive.errors import NoArchive
from archive.types import Capture, RecordRef
from crawler.task import Kept, Offer, Task

VERSION = 1

_SCHEMA = """
CREATE TABLE urls (
    id INTEGER PRIMARY KEY,
    site TEXT NOT NULL,
    url TEXT NOT NULL,
    authority TEXT NOT NULL,
    state TEXT NOT NULL,
    round INTEGER NOT NULL,
    kind TEXT NOT NULL,
    rank REAL NOT NULL,
    depth INTEGER NOT NULL,
    hops TEXT NOT NULL,
    via TEXT,
    attempts INTEGER NOT NULL DEFAULT 0,
    not_before REAL NOT NULL DEFAULT 0,
    reason TEXT,
    run TEXT,
    status INTEGER,
    mime TEXT,
    fetched_at TEXT,
    warc TEXT,
    offset INTEGER,
    length INTEGER,
    record_id TEXT,
    payload_digest TEXT,
    etag TEXT,
    last_modified TEXT,
    UNIQUE (site, url)
);
CREATE INDEX queue ON urls (site, authority, rank, id) WHERE state = 'queued';
CREATE INDEX unexpanded ON urls (site) WHERE state = 'kept';
CREATE TABLE rounds (
    site TEXT PRIMARY KEY,
    round INTEGER NOT NULL,
    started_at TEXT NOT NULL,
    finished_at TEXT
);
CREATE TABLE runs (
    id TEXT PRIMARY KEY,
    started_at TEXT NOT NULL,
    ended_at TEXT,
    args TEXT NOT NULL,
    exit_code INTEGER,
    reason TEXT
);
CREATE TABLE run_sites (
    run TEXT NOT NULL,
    site TEXT NOT NULL,
    fetched INTEGER NOT NULL DEFAULT 0,
    failed INTEGER NOT NULL DEFAULT 0,
    refused INTEGER NOT NULL DEFAULT 0,
    bytes INTEGER NOT NULL DEFAULT 0,
    reason TEXT,
    PRIMARY KEY (run, site)
) WITHOUT ROWID;
"""

_OFFER = """
INSERT INTO urls (site, url, authority, state, round, kind, rank, depth, hops, via, reason)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (site, url) DO UPDATE SET
    state = excluded.state, round = excluded.round, kind = excluded.kind, rank = excluded.rank,
    depth = excluded.depth, hops = excluded.hops, via = excluded.via, reason = excluded.reason,
    attempts = 0, not_before = 0
WHERE urls.round < excluded.round AND urls.state != 'kept'
"""


@dataclass(frozen=True, slots=True)
class Known:
    """What a round knows of a URL."""

    queued: bool
    not_before: float  # epoch seconds; 0.0 unless it was postponed
    capture: Capture | None  # once it is expanded


@dataclass(frozen=True, slots=True)
class Round:
    """A pass over a site; ``finished_at`` is None while it is open."""

    site: str
    number: int
    started_at: datetime
    finished_at: datetime | None


_KEEP = """
UPDATE urls SET state = 'kept', run = :run, reason = NULL, status = :status, mime = :mime,
    fetched_at = :fetched_at, warc = :warc, offset = :offset, length = :length, record_id = :record_id,
    payload_digest = :payload_digest, etag = :etag, last_modified = :last_modified
WHERE id = :id
"""

_TASK = "id, site, url, authority, kind, depth, hops, via, attempts"
_HEAD = f"""
SELECT {_TASK} FROM urls WHERE site = ? AND authority = ? AND state = 'queued' AND not_before <= ?
ORDER BY rank, id LIMIT 1
"""  # noqa: S608 - made of constants


class CrawlDb:
    """All reads and writes of crawl.db. Each method that writes is one short transaction."""

    def __init__(self, path: Path) -> None:
        self.connection = open_writer(path)
        with transaction(self.connection):
            version = self.connection.execute("PRAGMA user_version").fetchone()[0]
            if version == 0:
                for statement in _SCHEMA.split(";"):
                    self.connection.execute(statement)
                self.connection.execute(f"PRAGMA user_version = {VERSION}")
            elif version != VERSION:
                raise NoArchive(
                    f"{path}: of version {version}, this Gazette reads {VERSION}; use the one that made it"
                )

    def close(self) -> None:
        self.connection.close()

    def begin_round(self, site: str, now: datetime) -> int:
        """Open the site's next round, or go on with the one that is open: its number."""
        with transaction(self.connection):
            row = self.connection.execute("SELECT * FROM rounds WHERE site = ?", (site,)).fetchone()
            if row is not None and row["finished_at"] is None:
                return int(row["round"])
            number: int = row["round"] + 1 if row else 1
            self.connection.execute(
                "INSERT OR REPLACE INTO rounds VALUES (?, ?, ?, NULL)", (site, number, _text(now))
            )
            # What an earlier round left waiting at its budget is still wanted.
            self.connection.execute(
                "UPDATE urls SET round = ? WHERE site = ? AND state = 'queued'", (number, site)
            )
        return number

    def finish_round(self, site: str, now: datetime) -> None:
        self.connection.execute("UPDATE rounds SET finished_at = ? WHERE site = ?", (_text(now), site))

    def rounds(self) -> dict[str, Round]:
        """The newest round of each site."""
        rows = self.connection.execute("SELECT * FROM rounds")
        return {r["site"]: Round(r["site"], r["round"], _date(r["started_at"]), _or_none(r)) for r in rows}

    def offer(self, site: str, number: int, offers: Sequence[Offer]) -> int:
        """Queue what this round hasn't seen yet, and say how many that were."""
        with transaction(self.connection):
            return self._offer(site, number, offers)

    def _offer(self, site: str, number: int, offers: Sequence[Offer]) -> int:
        self._insert(site, number, "refused", [o for o in offers if o.refused])
        before = self.connection.total_changes
        self._insert(site, number, "queued", [o for o in offers if not o.refused])
        return self.connection.total_changes - before

    def _insert(self, site: str, number: int, state: str, offers: Sequence[Offer]) -> None:
        self.connection.executemany(
            _OFFER,
            (
                (site, o.url, o.authority, state, number, o.kind, o.rank, o.depth, o.hops, o.via, o.refused)
                for o in offers
            ),
        )

    def force(self, site: str, number: int, offer: Offer) -> int:
        """Queue a URL although this round has seen it (robots.txt, when its answer is needed anew)."""
        with transaction(self.connection):
            self.connection.execute(
                "UPDATE urls SET round = round - 1 WHERE site = ? AND url = ? AND round = ?",
                (site, offer.url, number),
            )
            return self._offer(site, number, [offer])

    def fetched(self, site: str, number: int) -> int:
        """How many URLs a round has fetched so far, in all its runs."""
        (count,) = self.connection.execute(
            "SELECT count(*) FROM urls WHERE site = ? AND round = ? AND state IN ('kept', 'expanded')",
            (site, number),
        ).fetchone()
        return int(count)

    def lanes(self, site: str) -> dict[str, int]:
        """How many URLs are queued, by authority."""
        rows = self.connection.execute(
            "SELECT authority, count(*) FROM urls WHERE site = ? AND state = 'queued' GROUP BY authority",
            (site,),
        )
        return dict(rows.fetchall())

    def head(self, site: str, authority: str, now: float) -> Task | None:
        """The first queued URL of a lane that may be fetched at ``now`` (epoch seconds)."""
        row = self.connection.execute(_HEAD, (site, authority, now)).fetchone()
        return Task(*row) if row else None

    def next_retry(self, site: str, authority: str) -> float | None:
        """When the first postponed URL of a lane may be tried again, in epoch seconds."""
        found: float | None = self.connection.execute(
            "SELECT min(not_before) FROM urls WHERE site = ? AND authority = ? AND state = 'queued'",
            (site, authority),
        ).fetchone()[0]
        return found

    def keep(self, task: Task, run: str, kept: Kept) -> None:
        """The exchange is durable: state ``kept``."""
        self.connection.execute(_KEEP, _kept_row(task, run, kept))

    def expand(self, task: Task, number: int, offers: Sequence[Offer]) -> int:
        """Store a kept page's links and its state ``expanded``, both or neither; how many were queued."""
        with transaction(self.connection):
            self.connection.execute("UPDATE urls SET state = 'expanded' WHERE id = ?", (task.id,))
            return self._offer(task.site, number, offers)

    def settle(self, task: Task, run: str, state: str, reason: str) -> None:
        """End a URL's way in this round without a page: ``refused`` or ``failed``."""
        self.connection.execute(
            "UPDATE urls SET state = ?, run = ?, reason = ? WHERE id = ?", (state, run, reason, task.id)
        )

    def postpone(self, task: Task, not_before: float, reason: str) -> None:
        """Queue a URL again, to be tried from ``not_before`` (epoch seconds) on."""
        self.connection.execute(
            "UPDATE urls SET state = 'queued', attempts = attempts + 1, not_before = ?, reason = ?"
            " WHERE id = ?",
            (not_before, reason, task.id),
        )

    def unexpanded(self, site: str) -> list[tuple[Task, Capture]]:
        """What is kept and not expanded, and where it lies."""
        rows = self.connection.execute(
            "SELECT * FROM urls WHERE site = ? AND state = 'kept'", (site,)
        ).fetchall()
        return [(Task(*(row[name] for name in _TASK.split(", "))), _capture(row)) for row in rows]

    def find(self, site: str, url: str, number: int) -> Known | None:
        """What this round knows of a URL; None when it hasn't met it."""
        row = self.connection.execute(
            "SELECT * FROM urls WHERE site = ? AND url = ? AND round = ?", (site, url, number)
        ).fetchone()
        if row is None:
            return None
        done = row["state"] == "expanded" and row["warc"] is not None
        return Known(row["state"] == "queued", row["not_before"], _capture(row) if done else None)

    def begin_run(self, run: str, sites: Iterable[str], args: dict[str, object], now: datetime) -> None:
        with transaction(self.connection):
            self.connection.execute(
                "INSERT INTO runs (id, started_at, args) VALUES (?, ?, ?)",
                (run, _text(now), json.dumps(args, ensure_ascii=False, sort_keys=True)),
            )
            self.connection.executemany(
                "INSERT INTO run_sites (run, site) VALUES (?, ?)", ((run, site) for site in sites)
            )

    def count(self, run: str, site: str, fetched: int, failed: int, refused: int, size: int) -> None:
        """Add to a run's counters."""
        self.connection.execute(
            "UPDATE run_sites SET fetched = fetched + ?, failed = failed + ?, refused = refused + ?,"
            " bytes = bytes + ? WHERE run = ? AND site = ?",
            (fetched, failed, refused, size, run, site),
        )

    def end_run(self, run: str, reasons: dict[str, str], exit_code: int, reason: str, now: datetime) -> None:
        with transaction(self.connection):
            self.connection.execute(
                "UPDATE runs SET ended_at = ?, exit_code = ?, reason = ? WHERE id = ?",
                (_text(now), exit_code, reason, run),
            )
            self.connection.executemany(
                "UPDATE run_sites SET reason = ? WHERE run = ? AND site = ?",
                ((why, run, site) for site, why in reasons.items()),
            )


def _kept_row(task: Task, run: str, kept: Kept) -> dict[str, object]:
    return {
        "id": task.id,
        "run": run,
        "status": kept.status,
        "mime": kept.mime,
        "fetched_at": kept.fetched_at.astimezone(UTC).isoformat(),
        "warc": kept.ref.warc,
        "offset": kept.ref.offset,
        "length": kept.ref.length,
        "record_id": kept.record_id,
        "payload_digest": kept.payload_digest,
        "etag": kept.etag,
        "last_modified": kept.last_modified,
    }


def _capture(row: sqlite3.Row) -> Capture:
    ref = RecordRef(row["warc"], row["offset"], row["length"])
    mime, digest = row["mime"], row["payload_digest"]
    return Capture(row["record_id"], ref, row["url"], _date(row["fetched_at"]), row["status"], mime, digest)


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _date(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _or_none(row: sqlite3.Row) -> datetime | None:
    return _date(row["finished_at"]) if row["finished_at"] else None
