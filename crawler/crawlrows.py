"""Rows of crawl.db as nouns, and back."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime

from archive.types import Capture, RecordRef
from crawler.robots import tells
from crawler.task import NEVER_VISITED, Answer, Kept, Stored, Task, Visit


@dataclass(frozen=True, slots=True)
class Known:
    """What one site knows of a robots.txt, or of an address that one leads to."""

    site: str
    round: int
    state: str
    run: str | None  # the last one that had an answer or a failure
    not_before: float  # epoch seconds; 0.0 unless it was postponed
    reason: str | None  # why it failed
    told_at: datetime | None  # when the newest answer that says what is allowed came
    capture: Capture | None  # of that answer's payload


def values_of(task: Task, run: str, kept: Kept) -> dict[str, object]:
    """What KEEP and KEEP_WHOLE write."""
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


def task_of(row: sqlite3.Row, site: str, authority: str) -> Task:
    """The task that an entry is."""
    body = body_of(row)
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
        stored=Stored(body, row["etag"], row["last_modified"]) if body and body.status == 200 else None,
        visit=_visit_of(row) if row["fetched_at"] is not None else NEVER_VISITED,
        answer=Answer(row["status"], date_of(row["fetched_at"])) if row["status"] is not None else None,
    )


def _visit_of(row: sqlite3.Row) -> Visit:
    first, last, due = (moment_of(row[name]) for name in ("first_at", "visited_at", "visit_at"))
    return Visit(row["page"], first, last, due, row["gone"])


def moment_of(seconds: float | None) -> datetime | None:
    """A time of a visit as crawl.db holds it, in epoch seconds."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def seconds_of(moment: datetime | None) -> float | None:
    """And back."""
    return None if moment is None else moment.timestamp()


def visit_values(task_id: int, visit: Visit) -> dict[str, object]:
    """What DONE writes."""
    return {
        "id": task_id,
        "page": visit.page,
        "first_at": seconds_of(visit.first_at),
        "visited_at": seconds_of(visit.visited_at),
        "visit_at": seconds_of(visit.due_at),
        "gone": visit.gone,
    }


def body_of(row: sqlite3.Row) -> Capture | None:
    """The capture whose record holds the payload, None when no payload was ever kept."""
    if row["body_warc"] is None:
        return None
    return Capture(
        record_id=row["body_record_id"],
        ref=RecordRef(row["body_warc"], row["body_offset"], row["body_length"]),
        url=row["url"],
        captured_at=date_of(row["body_at"]),
        status=row["body_status"],
        mime=row["body_mime"],
        payload_digest=row["body_digest"],
    )


def known_of(row: sqlite3.Row) -> Known:
    """What a site knows of a robots.txt."""
    body = body_of(row)
    # An answer that is the same as before leaves the body where it lay, with its date.
    last = row["status"] is not None and tells(row["status"]) and row["fetched_at"]
    told_at = date_of(row["fetched_at"]) if last else body.captured_at if body else None
    return Known(
        row["site"], row["round"], row["state"], row["run"], row["not_before"], row["reason"], told_at, body
    )


def text_of(moment: datetime) -> str:
    """A time as crawl.db writes it: ISO 8601 in UTC, to the second."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def date_of(text: str) -> datetime:
    """A time as crawl.db holds it."""
    return datetime.fromisoformat(text)
