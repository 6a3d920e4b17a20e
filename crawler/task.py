"""A URL on its way: offered, released as a task, kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from archive.types import Capture, RecordRef


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
class Stored:
    """A page that was kept before: what a conditional request and a revisit record say of it."""

    capture: Capture  # of the record that holds the payload
    etag: str | None
    last_modified: str | None


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
    stored: Stored | None  # None when no page (status 200) of this URL is kept yet


@dataclass(frozen=True, slots=True)
class Kept:
    """Where a fetched URL's exchange lies now."""

    ref: RecordRef
    record_id: str
    status: int
    mime: str | None
    payload_digest: str | None
    fetched_at: datetime
    etag: str | None
    last_modified: str | None
    whole: bool = True  # False for a revisit record: the payload lies where it lay
