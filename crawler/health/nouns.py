"""The nouns of health: what is known of a site, and what may be off with it. Times are UTC-aware."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime


class Cause(enum.StrEnum):
    """Why a site, or the whole archive, is unhealthy; the values are an interface."""

    ROBOTS = "robots"
    DNS = "dns"
    TLS = "tls"
    CONNECTION = "connection"
    TIMEOUT = "timeout"
    SERVER = "server"
    BLOCKED = "blocked"
    CONSENT = "consent"
    FEED_GONE = "feed-gone"
    LAYOUT = "layout"
    NOTHING_NEW = "nothing-new"
    NOT_RUN = "not-run"
    SITE_FILE = "site-file"
    NETWORK = "network"
    RUN_FAILED = "run-failed"
    DISK = "disk"


OF_PAGES = frozenset({Cause.BLOCKED, Cause.CONSENT, Cause.FEED_GONE, Cause.LAYOUT, Cause.NOTHING_NEW})
"""What is found, or is over, by the index as well."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that is off, from the first run that met it."""

    site: str  # "" for the whole archive
    cause: Cause
    since: datetime
    what: str  # one line
    url: str | None = None  # an example
    said: str | None = None  # what came of it there


@dataclass(frozen=True, slots=True)
class Miss:
    """What a run did not get of a site, of one sort: a row of ``run_outcomes``."""

    outcome: str  # failed or refused
    kind: str  # robots, scope, rights, guard, other; dns, tls, connect, timeout, reset, blocked, gone ...
    what: str  # robots, sitemap, feed, seed, item, link, page, rights
    count: int
    url: str | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Look:
    """One run over one site."""

    run: str
    at: datetime  # when it started
    pages: int  # pages that came, unchanged ones too; no robots.txt and no error among them
    new: int  # of these, URLs that no run had got before
    misses: tuple[Miss, ...] = ()


@dataclass(frozen=True, slots=True)
class Shown:
    """What stands at a page that was fetched: news, or a wall that gives a crawler nothing."""

    url: str
    entry: bool  # the site file names it, or it redirects to this one; else a page that was found
    wall: str | None  # consent, challenge, shell; None: none of these
    evidence: str  # what follows "it ..."; "" without a wall
    since: datetime  # the first capture of the same, without a better one between
    was_better: bool  # whether an earlier capture was none of this


@dataclass(frozen=True, slots=True)
class Source:
    """A feed, a sitemap or a page of the site file, and what is wrong with its newest answer."""

    url: str
    what: str  # feed, sitemap or seed
    wrong: str | None  # what follows "it ..."; None: it is as it should be
    empty: bool  # it is a list of nothing
    since: datetime  # the first capture of the same, without a better one between
    times: int  # captures since then
    was_better: bool


@dataclass(frozen=True, slots=True)
class PageSeen:
    """A page that a run brought, new or changed; no lists of articles, and nothing that never was an article
    and only changed."""

    at: datetime
    url: str
    article: bool
    was_article: bool  # an earlier capture of the URL was an article
    said: str  # what it is: "article", "section", "other", or why it could not be extracted


@dataclass(frozen=True, slots=True)
class Listing:
    """How many stories a page of the site file named, at each of its newest contents, the newest first."""

    url: str
    at: datetime  # when its newest content was captured first
    named: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class History:
    """What is known of one site. Sequences are in the order of time, the newest last."""

    site: str
    zone: str  # IANA name
    looks: tuple[Look, ...] = ()  # the newest ones
    run_days: tuple[datetime, ...] = ()  # a run of each day on which there was one, further back
    shown: tuple[Shown, ...] = ()
    sources: tuple[Source, ...] = ()
    pages: tuple[PageSeen, ...] = ()
    listings: tuple[Listing, ...] = ()
    fresh: tuple[datetime, ...] = ()  # first captures of articles that were new when they were captured
    indexed_to: datetime | None = None  # runs that started later are not wholly in the index; None: all are
    running: bool = False
    due_since: datetime | None = None  # None: not due, or no plan
    patience: float = 0.0  # seconds that a due site may wait before somebody should look


@dataclass(frozen=True, slots=True)
class ArchiveHistory:
    """What is known of the archive as a whole."""

    sites: tuple[History, ...]
    free: int  # bytes
    min_free: int  # bytes below which a crawl waits
    ended: tuple[Ended, ...] = ()  # the newest runs, the newest last
    unreadable: tuple[Unreadable, ...] = ()
    complete: bool = True  # False: only some of its sites were looked at
    unread: str | None = None  # why the index can't be read, so that nothing is known of pages


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A site whose file is wrong: nobody crawls it."""

    site: str
    at: datetime  # when the file was changed last
    error: str


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run ended; ``code`` is None for one that ended without a word: killed, or the power went."""

    run: str
    at: datetime
    sites: tuple[str, ...]
    code: int | None
    reason: str
