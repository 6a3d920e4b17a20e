"""Causes that only the pages themselves show: they come, and aren't what they were. Pure.

A page of news is missed by three signs, any of which is enough:

- **walls**: what came is a question about consent, a test whether a person asks, or scripts alone. Pages
  that a run found count before those of the site file, and a site file's page counts if it was better before;
- **no article among new pages**, where articles stood before, when the newest run brought none: if until then
  a share p of the new or changed pages with content of their own was articles, k in a row without one are
  chance with the probability (1 - p) ** k; below 1 in 100,000 they are none. p counts as 0.9 at most, and as
  0.8 while less than two weeks are known; and k must be more than twice the longest such row so far: on some
  sites weekends bring events and no news;
- **no stories named**: the front page and the sections named some at each look, and now none does.
"""

from __future__ import annotations

import math
import re
import statistics
from collections.abc import Sequence
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from crawler.health.nouns import Cause, History, Listing, PageSeen, Shown, Source, Trouble

_CHANCE = math.log(1e-5)
_MOST, _MOST_AT_FIRST = 0.9, 0.8
_KNOWN = timedelta(days=14)
_NUMBER = re.compile(r"\d+")
_TWICE = 2
"""A feed that is gone at one look is a server that is being worked on."""
_NAMED = 5
"""Stories that a front page or section has to have named before: below, none is no news."""
_EMPTY = timedelta(days=3)
"""How long a list must be empty: news sitemaps hold what is two days old at most."""

_WALLS = {
    "challenge": (Cause.BLOCKED, "it asks for a test whether a person asks, and gives no page"),
    "consent": (Cause.CONSENT, "pages come, and are a question about consent and nothing else"),
    "shell": (Cause.LAYOUT, "pages come, and hold scripts instead of text"),
}


def walls(history: History) -> Trouble | None:
    """A wall that stands before most of what was fetched."""
    for kind, (cause, what) in _WALLS.items():
        found = [one for one in history.shown if not one.entry]
        entries = [one for one in history.shown if one.entry]
        # Of a site that never gave an article nothing could have been better before.
        changed = [one for one in entries if one.wall == kind and (one.was_better or not history.fresh)]
        met = [one for one in found if one.wall == kind]
        judged, hits = (found, met) if found else (entries, changed)
        if hits and 2 * len(hits) > len(judged):
            example = min(hits, key=_order)
            since = min(one.since for one in (*hits, *changed))
            return Trouble(history.site, cause, since, what, example.url, f"it {example.evidence}")
    return None


def _order(one: Shown) -> tuple[datetime, str]:
    return (one.since, one.url)


def sources(history: History, now: datetime) -> Trouble | None:
    """A feed or sitemap of the site file that is gone, is a page, or names nothing."""
    gone = [one for one in history.sources if one.wrong and _counts(one, now)]
    if not gone:
        return None
    first = min(gone, key=lambda one: (one.what != "feed", one.since, one.url))
    more = f", and {len(gone) - 1} more" if len(gone) > 1 else ""
    word = {"seed": "page"}.get(first.what, first.what)
    what = f"a {word} that the site file names is gone{more}"
    return Trouble(
        history.site, Cause.FEED_GONE, min(one.since for one in gone), what, first.url, f"it {first.wrong}"
    )


def _counts(one: Source, now: datetime) -> bool:
    if one.times < _TWICE:
        return False
    if not one.empty:
        return True
    return one.was_better and (one.what == "feed" or now - one.since >= _EMPTY)


def layout(history: History) -> Trouble | None:
    """Pages that come as before, and no article among them."""
    return _no_articles(history) or _no_stories(history)


def _no_articles(history: History) -> Trouble | None:
    row, longest, articles = list[PageSeen](), 0, 0
    # A calendar is endless and has no articles: only where articles stood is something missing.
    places = {_place(page.url) for page in history.pages if page.article or page.was_article}
    pages = [page for page in history.pages if _place(page.url) in places]
    for page in pages:
        if page.article:
            row, longest, articles = [], max(longest, len(row)), articles + 1
        else:
            row.append(page)
    before = len(pages) - len(row)
    if not row or not articles:
        return None
    # The pages of one run stand in no order of chance: articles first, then what only links lead to.
    if history.looks and any(page.article and page.at >= history.looks[-1].at for page in pages):
        return None
    first = min((history.run_days or (row[0].at,)), default=row[0].at)
    most = _MOST if row[0].at - first >= _KNOWN else _MOST_AT_FIRST
    share = min(most, articles / before)
    if len(row) * math.log1p(-share) > _CHANCE or len(row) <= 2 * longest:
        return None
    example = next((page for page in reversed(row) if page.was_article), row[-1])
    said = f"it was an article, and is {example.said} now" if example.was_article else f"it is {example.said}"
    what = f"pages come as before, and none of the last {len(row)} is an article"
    return Trouble(history.site, Cause.LAYOUT, row[0].at, what, example.url, said)


def _place(url: str) -> tuple[str, bool]:
    """The directory that a page stands in, numbers folded, and whether its address has a query."""
    parts = urlsplit(url)
    folder = parts.path.rstrip("/").rpartition("/")[0]
    return parts.netloc + _NUMBER.sub("0", folder), bool(parts.query)


def _no_stories(history: History) -> Trouble | None:
    known = [one for one in history.listings if len(one.named) > 1 and _usual(one) >= _NAMED]
    bare = [one for one in known if one.named[0] == 0]
    if not bare or 2 * len(bare) <= len(known):
        return None
    example = max(bare, key=lambda one: (_usual(one), one.url))
    said = f"it names no story; before it named {_usual(example)}"
    what = "the front page and the sections name no story any more"
    return Trouble(history.site, Cause.LAYOUT, min(one.at for one in bare), what, example.url, said)


def _usual(one: Listing) -> int:
    return round(statistics.median(one.named[1:]))


def explained(found: Sequence[Trouble]) -> list[Trouble]:
    """The troubles without those that are only what another one leads to."""
    causes = {trouble.cause for trouble in found}
    for shadow, behind in _BEHIND:
        if causes & shadow:
            found = [trouble for trouble in found if trouble.cause not in behind]
            causes -= behind
    return list(found)


_REACH = frozenset(
    {Cause.ROBOTS, Cause.DNS, Cause.TLS, Cause.CONNECTION, Cause.TIMEOUT, Cause.SERVER, Cause.BLOCKED}
)
_BEHIND = (
    (frozenset({Cause.BLOCKED}), frozenset({Cause.SERVER})),
    (_REACH, frozenset({Cause.CONSENT, Cause.FEED_GONE, Cause.LAYOUT, Cause.NOTHING_NEW})),
    (frozenset({Cause.CONSENT}), frozenset({Cause.FEED_GONE, Cause.LAYOUT, Cause.NOTHING_NEW})),
    (frozenset({Cause.FEED_GONE, Cause.LAYOUT}), frozenset({Cause.NOTHING_NEW})),
)
