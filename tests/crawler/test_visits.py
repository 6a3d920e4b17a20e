"""The plan of visits: ages since the first capture, missed ones caught up, what is gone, what fails."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from archive.types import Capture, Page, RecordRef, Site
from crawler.articles import page_of, states_article
from crawler.task import NEVER_VISITED, Answer, Task, Visit
from crawler.visits import ARTICLE, FILE, OTHER, after, after_failure, every_round, next_visit, pace, planned

FIRST = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
AGES = Site("one").revisit
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def task(visit: Visit = NEVER_VISITED, kind: str = "link") -> Task:
    return Task(1, "one", "https://one.example/a", "", kind, 0, "", None, 0, None, visit)


@pytest.mark.parametrize(
    ("last", "following"),
    [
        (timedelta(0), HOUR),
        (HOUR, 6 * HOUR),  # on the dot: that age has had its visit
        (2 * HOUR, 6 * HOUR),
        (timedelta(days=3), 7 * DAY),  # two were missed: the visit at three days was for both
        (30 * DAY, None),
        (-HOUR, HOUR),  # a clock that was set back
    ],
)
def test_the_next_visit_is_the_first_age_behind_the_last(
    last: timedelta, following: timedelta | None
) -> None:
    found = next_visit(FIRST, FIRST + last, AGES)
    assert found == (None if following is None else FIRST + following)


def test_no_ages_no_visit() -> None:
    assert next_visit(FIRST, FIRST, ()) is None
    assert after(task(), Answer(200, FIRST), ARTICLE, ()).due_at is None


def test_a_page_that_never_changes_is_visited_once_an_age() -> None:
    visit, visits = after(task(), Answer(200, FIRST), ARTICLE, AGES), 0
    assert visit.first_at == FIRST
    while visit.due_at is not None:
        visits += 1
        visit = after(task(visit), Answer(304, visit.due_at), ARTICLE, AGES)
    assert (visits, visit.visited_at) == (len(AGES), FIRST + 30 * DAY)


@pytest.mark.parametrize("kind", ["seed", "feed", "sitemap", "page", "robots", "rights"])
def test_what_is_named_or_has_rules_of_its_own_has_no_ages(kind: str) -> None:
    assert after(task(kind=kind), Answer(200, FIRST), OTHER, AGES).due_at is None


def test_a_page_that_is_gone_gets_one_more_visit() -> None:
    known = Visit(ARTICLE, FIRST, FIRST)
    once = after(task(known), Answer(404, FIRST + HOUR), None, AGES)
    assert (once.due_at, once.first_at) == (FIRST + 6 * HOUR, FIRST)
    assert after(task(once), Answer(410, FIRST + 6 * HOUR), None, AGES).due_at is None
    back = after(task(once), Answer(200, FIRST + 6 * HOUR), ARTICLE, AGES)
    assert (back.due_at, back.gone, back.first_at) == (FIRST + DAY, 0, FIRST)


def test_a_link_that_leads_nowhere_is_asked_for_less_and_less() -> None:
    visit, waits = NEVER_VISITED, []
    for _ in range(7):
        visit = after(task(visit), Answer(404, FIRST), None, AGES)
        assert visit.due_at is not None
        assert visit.page is None  # it is asked for when a page names it, and not by itself
        waits.append((visit.due_at - FIRST).total_seconds())
    assert waits == [*AGES, AGES[-1], AGES[-1]]


def test_what_fails_is_tried_again_soon_and_rests_in_the_end() -> None:
    visit, at, tries = Visit(ARTICLE, FIRST, FIRST, FIRST + HOUR), FIRST + HOUR, 0
    while (due := after(task(visit), Answer(403, at), None, AGES).due_at) is not None:
        assert at < due <= (next_visit(FIRST, at, AGES) or due)
        at, tries = due, tries + 1
    assert tries < 30
    assert at > FIRST + 30 * DAY  # every age had its try
    assert after_failure(NEVER_VISITED, "link", FIRST, AGES) is None  # whenever it is found


def test_a_redirect_of_a_known_page_counts_as_its_visit() -> None:
    moved = after(task(Visit(ARTICLE, FIRST, FIRST)), Answer(301, FIRST + HOUR), None, AGES)
    assert (moved.page, moved.due_at) == (ARTICLE, FIRST + 6 * HOUR)


def test_a_new_plan_counts_from_the_same_first_capture() -> None:
    visit = Visit(ARTICLE, FIRST, FIRST + HOUR)
    assert planned(visit, "link", (7200.0,)) == FIRST + 2 * HOUR
    assert planned(visit, "link", (600.0,)) is None


def test_the_pace_of_sections_and_feeds() -> None:
    assert pace(Site("one"), 1e9) == every_round(1e9)
    slow = pace(Site("one", feeds_every=60, sections_every=600, sitemaps_every=86_400), 1e9)
    assert [slow.before(k) for k in ("feed", "seed", "link", "sitemap")] == [
        1e9 - 60,
        1e9 - 600,
        1e9 - 600,
        1e9 - 86_400,
    ]


_META = b'<html><head><meta property="article:published_time" content="2026-03-01"></head>'
_LD = b'<script type="application/ld+json">{"@type": "NewsArticle", "datePublished": "2026-03-01"}</script>'
_LIST = b'<script type="application/ld+json">{"@type": "ItemList"}</script>'


@pytest.mark.parametrize(
    ("body", "article"),
    [
        (_META, True),
        (b"<p>" + _LD, True),
        (b'<time itemprop="datePublished">1. M\xc3\xa4rz</time><div itemprop="articleBody">', True),
        (_LD + _LIST, False),  # a section that states its newest article, too
        (_META + _LD + _LIST, True),
        (_LD * 3, False),
        (b'<meta property="og:type" content="article">', False),  # of categories, by a widespread plug-in
        (b"", False),
        (b"<script type=application/ld+json>" * 50, False),
    ],
)
def test_what_states_that_it_is_an_article(body: bytes, article: bool) -> None:
    assert states_article(body) is article


@pytest.mark.parametrize(
    ("path", "kind", "mime", "body", "prose", "page"),
    [
        ("/a", "link", "text/html", _LD, 0, ARTICLE),
        ("/", "link", "text/html", _META, 9, OTHER),
        ("/a", "seed", "text/html", _LD, 9, OTHER),
        ("/lokales?page=2", "link", "text/html", _LD, 0, OTHER),
        ("/brand-in-der-altstadt-1234567", "item", "text/html", b"", 2, ARTICLE),
        ("/brand-in-der-altstadt-1234567", "link", "text/html", b"", 9, OTHER),
        ("/lokales/", "item", "text/html", b"", 9, OTHER),
        ("/amtsblatt.pdf", "link", "application/pdf", b"%PDF", 0, FILE),
        ("/feed", "link", "application/rss+xml", b"<rss", 0, OTHER),
    ],
)
def test_what_a_page_is(path: str, kind: str, mime: str, body: bytes, prose: int, page: str) -> None:
    capture = Capture("", RecordRef("", 0, 0), f"https://one.example{path}", FIRST, 200, mime, None)
    assert page_of(Page(capture, (), body), kind, listed=False, prose=prose) == page
