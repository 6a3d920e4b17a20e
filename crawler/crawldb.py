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
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from archive.db import migrate, open_writer, transaction
from archive.types import Capture, RecordRef
from crawler.crawlschema import MIGRATIONS
from crawler.task import Kept, Offer, Stored, Task

_OFFER = """
INSERT INTO entries (lane, url, state, round, kind, rank, depth, hops, via, reason)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (lane, url) DO UPDATE SET
    state = excluded.state, round = excluded.round, kind = excluded.kind, rank = excluded.rank,
    depth = excluded.depth, hops = excluded.hops, via = excluded.via, reason = excluded.reason,
    attempts = 0, not_before = 0
WHERE entries.round < excluded.round AND entries.state != 'kept'
"""

_KEEP = """
UPDATE entries SET state = 'kept', run = :run, reason = NULL, status = :status, fetched_at = :at,
    record_id = :record_id, warc = :warc, offset = :offset, length = :length,
    etag = coalesce(:etag, etag), last_modified = coalesce(:last_modified, last_modified)
WHERE id = :id
"""
_KEEP_WHOLE = """
UPDATE entries SET etag = :etag, last_modified = :last_modified, body_status = :status, body_mime = :mime,
    body_digest = :digest, body_at = :at, body_record_id = :record_id, body_warc = :warc,
    body_offset = :offset, body_length = :length
WHERE id = :id
"""

_HEAD = """
SELECT * FROM entries WHERE lane = ? AND state = 'queued' AND not_before <= ? ORDER BY rank, id LIMIT 1
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


class CrawlDb:
    """All reads and writes of crawl.db. Each method that writes is one short transaction."""

    def __init__(self, path: Path) -> None:
        self.connection = open_writer(path)
        migrate(self.connection, path, MIGRATIONS)
        # 32 MB: at a million URLs each checkpoint writes pages from all over the file; SQLite's own 4 MB
        # cost a fifth of the CPU.
        self.connection.execute("PRAGMA wal_autocheckpoint = 8000")
        self._lanes: dict[tuple[str, str], int] = {}

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
                "UPDATE entries SET round = ? WHERE state = 'queued'"
                " AND lane IN (SELECT id FROM lanes WHERE site = ?)",
                (number, site),
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
        if refused := [o for o in offers if o.refused]:
            self._insert(site, number, "refused", refused)
        return self._insert(site, number, "queued", [o for o in offers if not o.refused])

    def _insert(self, site: str, number: int, state: str, offers: Sequence[Offer]) -> int:
        return self.connection.executemany(
            _OFFER,
            [
                (
                    *(self._lane(site, o.authority), o.url, state, number, o.kind),
                    *(o.rank, o.depth, o.hops, o.via, o.refused),
                )
                for o in offers
            ],
        ).rowcount

    def _lane(self, site: str, authority: str) -> int:
        """The number of a site's lane on an authority; to be called within a transaction."""
        number = self._lanes.get((site, authority))
        if number is None:
            self.connection.execute(
                "INSERT OR IGNORE INTO lanes (site, authority) VALUES (?, ?)", (site, authority)
            )
            (number,) = self.connection.execute(
                "SELECT id FROM lanes WHERE site = ? AND authority = ?", (site, authority)
            ).fetchone()
            self._lanes[site, authority] = number
        return number

    def force(self, site: str, number: int, offer: Offer) -> int:
        """Queue a URL although this round has seen it (robots.txt, when its answer is needed anew)."""
        with transaction(self.connection):
            self.connection.execute(
                "UPDATE entries SET round = round - 1 WHERE lane = ? AND url = ? AND round = ?",
                (self._lane(site, offer.authority), offer.url, number),
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
            "SELECT authority, count(*) FROM urls WHERE site = ? AND state = 'queued' GROUP BY lane", (site,)
        )
        return dict(rows.fetchall())

    def head(self, site: str, authority: str, now: float) -> Task | None:
        """The first queued URL of a lane that may be fetched at ``now`` (epoch seconds)."""
        lane = self._known_lane(site, authority)
        row = self.connection.execute(_HEAD, (lane, now)).fetchone()
        return _task(row, site, authority) if row else None

    def _known_lane(self, site: str, authority: str) -> int:
        number = self._lanes.get((site, authority))
        if number is not None:
            return number
        with transaction(self.connection):
            return self._lane(site, authority)

    def next_retry(self, site: str, authority: str) -> float | None:
        """When the first postponed URL of a lane may be tried again, in epoch seconds."""
        found: float | None = self.connection.execute(
            "SELECT min(not_before) FROM entries WHERE lane = ? AND state = 'queued'",
            (self._known_lane(site, authority),),
        ).fetchone()[0]
        return found

    def keep(self, task: Task, run: str, kept: Kept) -> None:
        """The exchange is durable: state ``kept``."""
        row = _kept_row(task, run, kept)
        with transaction(self.connection):
            self.connection.execute(_KEEP, row)
            if kept.whole:
                self.connection.execute(_KEEP_WHOLE, row)

    def expand(self, task: Task, number: int, offers: Sequence[Offer]) -> int:
        """Store a kept page's links and its state ``expanded``, both or neither; how many were queued."""
        with transaction(self.connection):
            self.connection.execute("UPDATE entries SET state = 'expanded' WHERE id = ?", (task.id,))
            return self._offer(task.site, number, offers)

    def settle(self, task: Task, run: str, state: str, reason: str) -> None:
        """End a URL's way in this round without a page: ``refused`` or ``failed``."""
        self.connection.execute(
            "UPDATE entries SET state = ?, run = ?, reason = ? WHERE id = ?", (state, run, reason, task.id)
        )

    def postpone(self, task: Task, not_before: float, reason: str) -> None:
        """Queue a URL again, to be tried from ``not_before`` (epoch seconds) on."""
        self.connection.execute(
            "UPDATE entries SET state = 'queued', attempts = attempts + 1, not_before = ?, reason = ?"
            " WHERE id = ?",
            (not_before, reason, task.id),
        )

    def unexpanded(self, site: str) -> list[tuple[Task, Capture]]:
        """What is kept and not expanded, and where its payload lies."""
        rows = self.connection.execute("SELECT * FROM urls WHERE site = ? AND state = 'kept'", (site,))
        return [(_task(row, site, row["authority"]), _body(row)) for row in rows.fetchall()]

    def find(self, site: str, offer: Offer, number: int) -> Known | None:
        """What this round knows of a URL; None when it hasn't met it."""
        row = self.connection.execute(
            "SELECT * FROM entries WHERE lane = ? AND url = ? AND round = ?",
            (self._known_lane(site, offer.authority), offer.url, number),
        ).fetchone()
        if row is None:
            return None
        done = row["state"] == "expanded" and row["body_warc"] is not None
        return Known(row["state"] == "queued", row["not_before"], _body(row) if done else None)

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

    def restore(self, found: Iterable[tuple[str, str, Offer, Kept]], ended: Mapping[str, datetime]) -> None:
        """Enter what WARC files tell, oldest first, as if round 1 had fetched and expanded it.

        ``found``: site, run, the URL, where its exchange lies. ``ended``: when runs were last heard of.
        """
        with transaction(self.connection):
            for site, run, offer, kept in found:
                self._insert(site, 1, "expanded", [offer])
                entry = self.connection.execute(
                    "SELECT * FROM entries WHERE lane = ? AND url = ?",
                    (self._lane(site, offer.authority), offer.url),
                ).fetchone()
                row = _kept_row(_task(entry, site, offer.authority), run, kept)
                self.connection.execute(_KEEP, row)
                if kept.whole:
                    self.connection.execute(_KEEP_WHOLE, row)
            self.connection.execute("UPDATE entries SET state = 'expanded' WHERE state = 'kept'")
            for run, date in ended.items():
                why = "restored from WARC"
                self.connection.execute(
                    "UPDATE runs SET ended_at = ?, reason = ? WHERE id = ?", (_text(date), why, run)
                )
                self.connection.execute("UPDATE run_sites SET reason = ? WHERE run = ?", (why, run))


def _kept_row(task: Task, run: str, kept: Kept) -> dict[str, object]:
    return {
        "id": task.id,
        "run": run,
        "status": kept.status,
        "mime": kept.mime,
        "digest": kept.payload_digest,
        "at": kept.fetched_at.astimezone(UTC).isoformat(),
        "record_id": kept.record_id,
        "warc": kept.ref.warc,
        "offset": kept.ref.offset,
        "length": kept.ref.length,
        "etag": kept.etag,
        "last_modified": kept.last_modified,
    }


def _task(row: sqlite3.Row, site: str, authority: str) -> Task:
    page = row["body_status"] == 200
    return Task(
        id=row["id"],
        site=site,
        url=row["url"],
        authority=authority,
        kind=row["kind"],
        depth=row["depth"],
        hops=row["hops"],
        via=row["via"],
        attempts=row["attempts"],
        stored=Stored(_body(row), row["etag"], row["last_modified"]) if page else None,
    )


def _body(row: sqlite3.Row) -> Capture:
    """The capture whose record holds the payload."""
    return Capture(
        record_id=row["body_record_id"],
        ref=RecordRef(row["body_warc"], row["body_offset"], row["body_length"]),
        url=row["url"],
        captured_at=_date(row["body_at"]),
        status=row["body_status"],
        mime=row["body_mime"],
        payload_digest=row["body_digest"],
    )


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _date(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _or_none(row: sqlite3.Row) -> datetime | None:
    return _date(row["finished_at"]) if row["finished_at"] else None
