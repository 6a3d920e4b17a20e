"""A URL on its way: offered, released as a task, kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from archive.types import Capture, RecordRef

REQUISITE = "requisite"
"""Kind of what a page needs to look as it did: see crawler.requisites."""
BESIDE = "EP"
"""Hops of a robots.txt, or another file of rules, that only a requisite asks for."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A URL that was found, with what decides when it is fetched."""

    url: str  # canonical
    authority: str
    kind: str  # robots, rights, sitemap, feed, seed, item (named by a feed or sitemap), link, page, requisite
    rank: float  # lower goes first
    depth: int  # links from a seed
    hops: str  # Heritrix' letters from the seed
    via: str | None
    refused: str | None = None  # the reason, when it is known but must not be fetched

    @property
    def beside(self) -> bool:
        """As of a Task."""
        return self.kind == REQUISITE or self.hops.startswith(BESIDE)


@dataclass(frozen=True, slots=True)
class Stored:
    """A page that was kept before: what a conditional request and a revisit record say of it."""

    capture: Capture  # of the record that holds the payload
    etag: str | None
    last_modified: str | None


@dataclass(frozen=True, slots=True)
class Visit:
    """What decides when a URL is visited again; see ``crawler.visits``."""

    page: str | None = None  # article, file, other; None: no page was read
    first_at: datetime | None = None  # of the first answer with status 2xx
    visited_at: datetime | None = None  # of the last one with 2xx or 304
    due_at: datetime | None = None  # from then on; what None means depends on ``page``
    gone: int = 0  # answers 404 or 410 in a row


NEVER_VISITED = Visit()


@dataclass(frozen=True, slots=True)
class Answer:
    """How a URL was answered."""

    status: int
    at: datetime


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
    visit: Visit = NEVER_VISITED
    answer: Answer | None = None  # the last one

    @property
    def beside(self) -> bool:
        """Whether it is a requisite, or rules for one: counted apart from pages."""
        return self.kind == REQUISITE or self.hops.startswith(BESIDE)


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
    whole: bool = True  # False: the payload that counts lies where it lay
    revisit: bool = False  # a revisit record: it is the same as before
