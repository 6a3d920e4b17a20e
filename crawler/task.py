"""A URL on its way: offered, released as a task, kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from archive.types import RecordRef


@dataclass(frozen=True, slots=True)
class Offer:
    """A URL that was found, with what decides when it is fetched."""

    url: str  # canonical
    authority: str
    kind: str  # robots, sitemap, feed, seed, item (named by a feed or sitemap), link
    rank: float  # lower goes first
    depth: int  # links from a seed
    hops: str  # Heritrix' letters from the seed
    via: str | None
    refused: str | None = None  # the reason, when it is known but must not be fetched


@dataclass(frozen=True, slots=True)
class Task:
    """A URL that was released to be fetched."""

    id: int
    site: str
    url: str
    authority: str
    kind: str
    depth: int
    hops: str
    via: str | None
    attempts: int


@dataclass(frozen=True, slots=True)
class Kept:
    """Where a fetched URL's response lies, and what a conditional request needs."""

    ref: RecordRef
    record_id: str
    status: int
    mime: str | None
    payload_digest: str | None
    fetched_at: datetime
    etag: str | None
    last_modified: str | None
