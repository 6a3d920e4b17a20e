"""Reads what is known of sites: crawl.db, the index, and the WARC records of what looks odd.

    crawl.db -> runs, refusals, failures      index -> articles by time, pages by kind
    site file -> its addresses -> their newest captures -> [odd ones read from WARC, back to a good one]

While all is well no record is read: a page that gave an article or named stories is no wall.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from archive.errors import DamagedRecord
from archive.layout import Layout
from archive.research import arrivals
from archive.research.arrivals import Answer, Brought
from archive.types import Capture, Page, Site
from archive.urls import canonical
from archive.warc.reader import read_page
from crawler.health.nouns import History, Listing, Look, Miss, PageSeen, Shown, Source
from crawler.task import REQUISITE

_WEEKS = timedelta(weeks=26)
_RECENT = timedelta(days=14)
_NEWEST = 3
"""Runs of a site that are looked at; further back only when these show something."""
_BACK = 2_000
_CAPTURES = 30
"""Captures of an address that are looked at; more only where something is wrong."""
_ITEMS = 12
"""New pages of the newest run that are looked at."""
_HOPS = 3
_CONTENTS = 10
_STORIES = 3
"""Stories that a page has to name to be no wall, as crawler.survey.marks has it."""
_MOVED = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, slots=True)
class Sources:
    """Where histories are read from; None for what isn't there yet."""

    layout: Layout
    crawl: sqlite3.Connection | None
    index: sqlite3.Connection | None
    now: datetime


def history(sources: Sources, site: Site, fresh: Sequence[datetime]) -> History:
    """What is known of a site's pages and runs; its plan is not looked at.

    ``fresh``: when its articles came, of arrivals.fresh_articles.
    """
    looks = _looks(sources.crawl, site.name, _NEWEST)
    if any(look.misses for look in looks):
        looks = _looks(sources.crawl, site.name, _BACK)
    known = History(site.name, site.zone, looks=looks, run_days=_run_days(sources, site.name))
    if sources.index is None:
        return known
    entries = [_Entry(sources, site, what, url) for what, url in _named(site)]
    pages_seen = arrivals.brought(sources.index, site.name, sources.now - _RECENT)
    shown = [found for entry in entries if (found := entry.shown()) is not None]
    return replace(
        known,
        shown=(*shown, *_items_shown(sources.layout, pages_seen, looks)),
        sources=tuple(source for entry in entries if (source := entry.source()) is not None),
        pages=tuple(_page_seen(one) for one in pages_seen if _counts(one)),
        listings=tuple(listing for entry in entries if (listing := entry.listing()) is not None),
        fresh=tuple(fresh),
        indexed_to=_indexed_to(sources.index, site.name, looks),
    )


# --- crawl.db ---

_RUNS = """
SELECT run_sites.*, runs.started_at AS started FROM run_sites JOIN runs ON runs.id = run_sites.run
WHERE run_sites.site = ? AND run_sites.reason IS NOT NULL ORDER BY run_sites.run DESC LIMIT ?
"""
_DAYS = """
SELECT min(runs.started_at) FROM run_sites JOIN runs ON runs.id = run_sites.run
WHERE run_sites.site = ? AND run_sites.run >= ? GROUP BY substr(runs.started_at, 1, 10) ORDER BY 1
"""


def _looks(crawl: sqlite3.Connection | None, site: str, limit: int) -> tuple[Look, ...]:
    """The newest ended runs of a site, the newest last."""
    if crawl is None:
        return ()
    rows = crawl.execute(_RUNS, (site, limit)).fetchall()
    return tuple(
        Look(
            run=row["run"],
            at=datetime.fromisoformat(row["started"]),
            pages=_pages(row),
            new=row["new"] or 0,
            misses=_misses(crawl, row["run"], site),
        )
        for row in reversed(rows)
    )


def _pages(row: sqlite3.Row) -> int:
    # Runs of a Gazette that did not count these yet: what it got is the best that is known.
    counted = [row["new"], row["changed"], row["unchanged"]]
    return int(row["fetched"]) if None in counted else sum(counted)


def _misses(crawl: sqlite3.Connection, run: str, site: str) -> tuple[Miss, ...]:
    rows = crawl.execute(
        "SELECT outcome, kind, what, count, example_url, example_reason FROM run_outcomes"
        " WHERE run = ? AND site = ? AND what != ? ORDER BY outcome, kind, what",
        (run, site, REQUISITE),
    )
    return tuple(Miss(*row) for row in rows)


def _run_days(sources: Sources, site: str) -> tuple[datetime, ...]:
    if sources.crawl is None:
        return ()
    # A run's name begins with its date.
    first = f"{sources.now - _WEEKS:%Y%m%d}"
    return tuple(datetime.fromisoformat(at) for (at,) in sources.crawl.execute(_DAYS, (site, first)))


# --- the index, and the records of what looks odd ---


def _indexed_to(index: sqlite3.Connection, site: str, looks: Sequence[Look]) -> datetime | None:
    """The time up to which the runs of a site are wholly in the index; None when all are."""
    waiting = arrivals.first_waiting(index, site)
    if waiting is not None:
        return waiting
    newest = [look for look in looks if look.pages][-1:]
    behind = newest and not arrivals.knows_run(index, site, newest[0].run)
    return newest[0].at - timedelta(seconds=1) if behind else None


def _named(site: Site) -> Iterator[tuple[str, str]]:
    for what, urls in (
        ("feed", site.feeds),
        ("sitemap", site.sitemaps),
        ("seed", site.seeds + site.sections),
    ):
        for url in urls:
            if (plain := canonical(url)) is not None:
                yield what, plain


def _counts(one: Brought) -> bool:
    """Whether a page tells of the layout: not a list by nature, nor what changes and never was an article."""
    if one.kind == "article" or one.before == "article":
        return True
    return one.kind != "section" and one.before is None


def _page_seen(one: Brought) -> PageSeen:
    said = {"section": "a list of links", "other": "a page without an article"}.get(one.kind, one.kind)
    return PageSeen(one.at, one.url, one.kind == "article", one.before == "article", said)


def _items_shown(layout: Layout, seen: Sequence[Brought], looks: Sequence[Look]) -> Iterator[Shown]:
    """What stands at the newest pages of the newest run."""
    newest = [one for one in seen if looks and one.run == looks[-1].run and _counts(one)]
    for one in newest[-_ITEMS:]:
        page = None if one.kind == "article" else _read(layout, one.capture)
        wall, evidence = _wall(page) or (None, "")
        yield Shown(one.url, False, wall, evidence, one.at, was_better=one.before == "article")


def _read(layout: Layout, capture: Capture) -> Page | None:
    try:
        return read_page(layout.warc, capture)
    except DamagedRecord:
        return None


# What judges a page is imported when there is one to judge: while all is well, that would cost the most
# of what follows each run.
def _wall(page: Page | None) -> tuple[str, str] | None:
    from crawler.health import pages

    return pages.wall(page) if page is not None else None


def _wrong(page: Page | None, what: str) -> tuple[str | None, bool]:
    from crawler.health import pages

    return pages.wrong(page, what) if page is not None else (None, False)


def _target(page: Page | None) -> str | None:
    from crawler.discover import redirect_target

    return redirect_target(page) if page is not None else None


Verdict = tuple[str, str]
"""What is wrong with an answer, in a word, and by what that is seen."""


@dataclass(frozen=True, slots=True)
class _Since:
    verdict: Verdict | None
    since: datetime
    times: int
    was_better: bool


class _Entry:
    """An address of the site file and its captures, the newest first."""

    def __init__(self, sources: Sources, site: Site, what: str, url: str) -> None:
        assert sources.index is not None, "without an index there are no captures"
        self.what, self.url = what, url
        self._layout, self._index, self._site = sources.layout, sources.index, site.name
        self.answers = self._followed(url, _HOPS)

    def _followed(self, url: str, hops: int, limit: int = _CAPTURES) -> list[Answer]:
        """The captures of an address; of what it redirects to, if that was fetched."""
        found = arrivals.answers(self._index, self._site, url, limit)
        if not found or not hops or found[0].status not in _MOVED:
            return found
        page = _read(self._layout, found[0].capture)
        target = _target(page)
        # What it gave before it moved tells whether it was better.
        moved = self._followed(target, hops - 1, limit) if target and target != url else []
        return [*moved, *(one for one in found if one.status not in _MOVED)] if moved else found

    def source(self) -> Source | None:
        """What is wrong with it as a list, or that it is gone; None for one that was never fetched."""
        if not self.answers:
            return None
        found = self._since(self._wrong)
        word, evidence = found.verdict or ("", None)
        return Source(
            self.url, self.what, evidence, word == "empty", found.since, found.times, found.was_better
        )

    def shown(self) -> Shown | None:
        """The wall that stands there, if it is a page; None for one that was never fetched, and for lists."""
        if self.what != "seed" or not self.answers:
            return None
        found = self._since(self._wall)
        wall, evidence = found.verdict or (None, "")
        return Shown(self.url, True, wall, evidence, found.since, found.was_better)

    def listing(self) -> Listing | None:
        """How many stories it named at each of its contents; None for lists for machines."""
        contents = {one.content: one for one in reversed(self.answers) if one.kind in ("section", "other")}
        newest = list(reversed(contents.values()))
        if self.what != "seed" or not newest:
            return None
        return Listing(self.url, newest[0].at, tuple(one.named for one in newest[:_CONTENTS]))

    def _since(self, judge: Callable[[Answer], Verdict | None]) -> _Since:
        """The verdict of the newest capture, and back to when it has been the same."""
        verdict = judge(self.answers[0])
        since, times = self.answers[0].at, 1
        if verdict is None:
            return _Since(None, since, times, was_better=True)
        judged: dict[str | None, Verdict | None] = {self.answers[0].content: verdict}
        for older in self._followed(self.url, _HOPS, _BACK)[1:]:
            if older.content is None or older.content not in judged:
                judged[older.content] = judge(older)
            before = judged[older.content]
            if before is None or before[0] != verdict[0]:
                return _Since(verdict, since, times, was_better=before is None)
            since, times = older.at, times + 1
        return _Since(verdict, since, times, was_better=False)

    def _wall(self, answer: Answer) -> Verdict | None:
        if answer.kind == "article" or answer.named >= _STORIES:
            return None
        return _wall(_read(self._layout, answer.capture))

    def _wrong(self, answer: Answer) -> Verdict | None:
        if self.what == "feed" and answer.kind == "section" and answer.named:
            return None
        page = _read(self._layout, answer.capture)
        evidence, empty = _wrong(page, self.what)
        return ("empty" if empty else "gone", evidence) if evidence is not None else None
