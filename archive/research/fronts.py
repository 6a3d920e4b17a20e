"""A front page through time: which headlines stood where and when, as its captures show it.

    captures of the page around a time | their teasers, read once | stories with their stays and headlines

A story is what a teaser links to. Nothing is read but so many captures before and after that time: a stay
that reaches the first or the last of them may be longer than it seems, and says so.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from archive.db import moment
from archive.errors import BadQuery
from archive.index import rows
from archive.research.stood import (
    AFTER,
    UNTIL,
    Page,
    Seen,
    Shot,
    Stay,
    Story,
    gathered,
    near,
    stays_of,
    stories_of,
)

AROUND = 100
"""Captures that are looked at on either side of the one that is shown."""
_PAGES = 2_000  # pages that list articles, the newest first, among which front pages are looked for
_DAYS = timedelta(days=15)

# Feeds list articles too. The path of a front page is "/", as in the view `promotions`.
_LISTING = """SELECT documents.url, documents.url_key FROM (
        SELECT url, url_key, warc, offset FROM documents
        WHERE site = ? AND kind = 'section' AND newest = 1 ORDER BY pk DESC LIMIT ?) AS documents
    JOIN captures ON captures.warc = documents.warc AND captures.offset = documents.offset
    WHERE captures.mime LIKE '%html%'
    ORDER BY substr(documents.url, instr(substr(documents.url, 9), '/') + 8) <> '/', length(documents.url),
        documents.url"""
_LISTED = """SELECT documents.url_key FROM documents INDEXED BY documents_url
    JOIN captures ON captures.warc = documents.warc AND captures.offset = documents.offset
    WHERE documents.site = ? AND documents.url = ? AND documents.kind = 'section'
        AND captures.mime LIKE '%html%' LIMIT 1"""
_DAYS_NEAR = """SELECT substr(captured_at, 1, 10) AS day, min(captured_at) AS first, count(*) AS captures
    FROM captures WHERE url_key = ? AND captured_at BETWEEN ? AND ? AND document_id IS NOT NULL
    GROUP BY 1 ORDER BY 1"""
_LED = """SELECT status, EXISTS (SELECT 1 FROM documents WHERE documents.url = redirect_to) AS led
    FROM captures WHERE url = ? AND status >= 300 AND status <> 304 ORDER BY captured_at DESC"""


@dataclass(frozen=True, slots=True)
class Front:
    """The page at a time; stories in order of their places, and those that went with this capture."""

    page: Page
    shot: Shot
    earlier: Shot | None
    later: Shot | None
    shots: tuple[Shot, ...]  # all that were looked at, in order of time
    stories: tuple[Story, ...]
    gone: tuple[Story, ...]


@dataclass(frozen=True, slots=True)
class Day:
    """A day on which the page was captured."""

    day: date
    first: str
    captures: int


@dataclass(frozen=True, slots=True)
class Promoted:
    """A story that stood on the page, and for how long in all captures looked at."""

    story: Story
    time: timedelta  # from the first capture with it to the first without it


@dataclass(frozen=True, slots=True)
class Unstored:
    """A story that the page promoted and that is not stored, not even where a redirect of its leads."""

    url: str
    headline: str
    seen_until: str
    status: int | None  # of its last answer, if it was asked for


@dataclass(frozen=True, slots=True)
class Recent:
    """What a page promoted in its newest captures."""

    longest: tuple[Promoted, ...]
    unstored: tuple[Unstored, ...]  # the latest first
    stories: int
    captures: int
    since: str
    until: str


def pages(connection: sqlite3.Connection, site: str) -> list[Page]:
    """Pages of a site that list articles, its front pages first."""
    return [Page(row["url"], row["url_key"]) for row in connection.execute(_LISTING, (site, _PAGES))]


def page_at(connection: sqlite3.Connection, site: str, url: str) -> Page | None:
    """The page of a site with a URL, if it lists articles; also one that ``pages`` has no place for."""
    row = connection.execute(_LISTED, (site, url)).fetchone()
    return Page(url, row["url_key"]) if row is not None else None


def front(
    connection: sqlite3.Connection, page: Page, at: datetime | None, around: int = AROUND
) -> Front | None:
    """The page in the last capture until ``at`` (else its first one; None: the newest of all).

    None where no capture of it has content.
    """
    when = "9999" if at is None else rows.moment(at)
    with moment(connection):
        shots = near(connection, page, when, around)
        if not shots:
            return None
        shown = max((number for number, shot in enumerate(shots) if shot.at <= when), default=0)
        seen = gathered(connection, shots)
        here = [url for url, each in seen.items() if shown in each.places]
        here.sort(key=lambda url: seen[url].places[shown])
        gone = [url for url, each in seen.items() if shown - 1 in each.places and shown not in each.places]
        gone.sort(key=lambda url: seen[url].places[shown - 1])
        found = stories_of(connection, shots, {url: seen[url] for url in (*here, *gone)}, shown)
    return Front(
        page,
        shots[shown],
        shots[shown - 1] if shown else None,
        shots[shown + 1] if shown + 1 < len(shots) else None,
        tuple(shots),
        tuple(found[: len(here)]),
        tuple(found[len(here) :]),
    )


def recent(connection: sqlite3.Connection, page: Page, captures: int, limit: int) -> Recent | None:
    """What a page promoted in so many of its newest captures; None where it has none."""
    with moment(connection):
        shots = near(connection, page, "9999", captures)
        if not shots:
            return None
        seen = gathered(connection, shots)
        times = {url: _time(stays_of(each.shots, shots), shots) for url, each in seen.items()}
        order = sorted(seen, key=lambda url: (-times[url], min(seen[url].places.values()), url))[:limit]
        found = stories_of(connection, shots, {url: seen[url] for url in order}, len(shots) - 1)
        missing = _unstored(connection, shots, seen)
    longest = tuple(Promoted(story, times[story.url]) for story in found)
    return Recent(longest, missing, len(seen), len(shots), shots[0].at, shots[-1].at)


def days(connection: sqlite3.Connection, page: Page, at: str) -> list[Day]:
    """The days with captures of a page from two weeks before a capture to two weeks after."""
    middle = datetime.fromisoformat(at)
    span = (rows.moment(middle - _DAYS), rows.moment(middle + _DAYS))
    found = connection.execute(_DAYS_NEAR, (page.url_key, *span))
    return [Day(date.fromisoformat(row["day"]), row["first"], row["captures"]) for row in found]


def ends(connection: sqlite3.Connection, page: Page) -> tuple[str, str] | None:
    """When the page was captured first and last; None: never."""
    first = connection.execute(AFTER, (page.url_key, "", 1)).fetchone()
    last = connection.execute(UNTIL, (page.url_key, "9999", 1)).fetchone()
    return None if first is None else (first["captured_at"], last["captured_at"])


def chosen(listed: Sequence[Page], url: str | None) -> Page | None:
    """The page with a URL, the first of all if none is named. Raises BadQuery for one that is not there."""
    if url is None:
        return listed[0] if listed else None
    for page in listed:
        if page.url == url:
            return page
    raise BadQuery(
        f"{url}: no page of this outlet that lists articles is stored under this address", "no_front", url=url
    )


def _unstored(
    connection: sqlite3.Connection, shots: Sequence[Shot], seen: Mapping[str, Seen]
) -> tuple[Unstored, ...]:
    found = []
    for url, each in seen.items():
        if any(told["target_id"] for told in each.told.values()):
            continue
        answers = connection.execute(_LED, (url,)).fetchall()
        if not any(answer["led"] for answer in answers):
            last = each.shots[-1]
            status = answers[0]["status"] if answers else None
            found.append(Unstored(url, each.told[last]["headline"] or url, shots[last].at, status))
    return tuple(sorted(found, key=lambda one: (one.seen_until, one.url), reverse=True))


def _time(stays: Iterable[Stay], shots: Sequence[Shot]) -> timedelta:
    last = shots[-1].at
    return sum(
        (
            datetime.fromisoformat(stay.gone_by or last) - datetime.fromisoformat(stay.seen_from)
            for stay in stays
        ),
        timedelta(),
    )
