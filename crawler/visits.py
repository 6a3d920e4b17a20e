"""When a page is visited again. Pure: the clock is an argument.

    an answer -> [what page it is, when it came, the site's ages] -> the next visit | never | whenever found

An *article* and a *file* (a PDF, an image) are fetched again at some ages, which count from their first
capture; several ages that were missed are caught up by one visit. At the beginning of a round all that
is due is queued, also when nothing links to it any more; that a page links to one again changes nothing.

What is *other* leads to articles, or may: front pages, sections, feeds, sitemaps, and all pages of which
nobody knows. It is fetched in each round that finds it, or at the site's own pace for its kind; and, if
only links lead to it, at the same ages as an article, for the page that linked to it may be visited no more.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from archive.types import Site
from crawler.task import Answer, Task, Visit

ARTICLE, FILE, OTHER = "article", "file", "other"

GONE = frozenset({404, 410})
FOUND_BY_LINKS = frozenset({"link", "item"})
"""Kinds of URLs that are visited at ages. What a site file names is offered in every round; a further page
of a list, when the list is read; robots.txt and its like have rules of their own."""
REVISITS = 8e12
"""Rank of a revisit, to which the time is added at which it is due: behind all that is new."""
SHARE = 5
"""Of so many requests to an authority one is a revisit, when any waits: new pages can't starve them."""


def next_visit(first: datetime, last: datetime, ages: Sequence[float]) -> datetime | None:
    """The first planned visit after ``last``, None when there is none; ``ages``: seconds since ``first``."""
    passed = (last - first).total_seconds()
    following = [age for age in ages if age > passed]
    return first + timedelta(seconds=min(following)) if following else None


def after(task: Task, answer: Answer, page: str | None, ages: Sequence[float]) -> Visit:
    """What is known of a URL behind an answer. ``page``: what was read, None when nothing was."""
    before, at = task.visit, answer.at
    if 200 <= answer.status < 300 or answer.status == 304:
        first, page = before.first_at or at, page or before.page
        aged = page is not None and task.kind in FOUND_BY_LINKS
        return Visit(page, first, at, next_visit(first, at, ages) if aged else None)
    if answer.status in GONE:
        return _gone(task, at, ages)
    if answer.status < 400:
        known = dataclasses.replace(before, gone=0)
        moved = dataclasses.replace(known, visited_at=at)  # where it leads is what the page is now
        return dataclasses.replace(known, due_at=planned(moved, task.kind, ages))
    return dataclasses.replace(before, gone=0, due_at=after_failure(before, task.kind, at, ages))


def planned(visit: Visit, kind: str, ages: Sequence[float]) -> datetime | None:
    """The next visit by the plan; ``kind``: of the task. None: there is none, or whenever it is found."""
    if visit.page is None or visit.first_at is None or kind not in FOUND_BY_LINKS or visit.gone > 1:
        return None
    return next_visit(visit.first_at, visit.visited_at or visit.first_at, ages)


def _gone(task: Task, at: datetime, ages: Sequence[float]) -> Visit:
    """A page that is gone gets one more visit; a link that never led anywhere is asked for less and less."""
    gone = task.visit.gone + 1
    known = dataclasses.replace(task.visit, gone=gone, due_at=None)
    if known.page in (ARTICLE, FILE) or (known.page == OTHER and gone == 1):
        return dataclasses.replace(
            known, due_at=planned(dataclasses.replace(known, visited_at=at), task.kind, ages)
        )
    wait = ages[min(gone, len(ages)) - 1] if ages and task.kind in FOUND_BY_LINKS else 0.0
    return dataclasses.replace(known, page=None, due_at=at + timedelta(seconds=wait) if wait else None)


def after_failure(visit: Visit, kind: str, at: datetime, ages: Sequence[float]) -> datetime | None:
    """When a URL that gave no answer, or none that counts, or that was refused is tried again.

    At the next age, or sooner: when it is half as old again as it was. At twice the last age it rests.
    """
    first = visit.first_at
    if visit.page is None or first is None or not ages or kind not in FOUND_BY_LINKS:
        return None
    sooner = at + max(timedelta(seconds=min(ages)), (at - first) / 2)
    planned_for = next_visit(first, at, ages)
    if planned_for is not None:
        return min(sooner, planned_for)
    return sooner if sooner <= first + timedelta(seconds=2 * max(ages)) else None


@dataclass(frozen=True, slots=True)
class Pace:
    """Which known pages a round may fetch again when it finds them: those visited before a time.

    Times in epoch seconds.
    """

    now: float
    feeds: float
    sections: float
    sitemaps: float

    def before(self, kind: str) -> float:
        """The time before which a URL of a kind was visited, if it may be fetched again."""
        if kind == "feed":
            return self.feeds
        return self.sitemaps if kind == "sitemap" else self.sections


_EVER = float("inf")


def every_round(now: float) -> Pace:
    """That of a site whose file names none: whatever is found."""
    return Pace(now, _EVER, _EVER, _EVER)


def pace(site: Site, now: float) -> Pace:
    """A site's pace at ``now`` (epoch seconds)."""

    def before(every: float | None) -> float:
        return _EVER if every is None else now - every

    return Pace(now, before(site.feeds_every), before(site.sections_every), before(site.sitemaps_every))
