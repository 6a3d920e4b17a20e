"""Frozen histories and what is off with them: each cause, and what is none."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from crawler.health.judge import judge, judge_all
from crawler.health.nouns import (
    ArchiveHistory,
    Cause,
    Ended,
    History,
    Listing,
    Look,
    Miss,
    PageSeen,
    Shown,
    Source,
    Trouble,
    Unreadable,
)

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
URL = "https://bote.example/"


def miss(kind: str, what: str = "seed", count: int = 1, outcome: str = "failed", reason: str = "") -> Miss:
    return Miss(outcome, kind, what, count, URL + what, reason or kind)


def shut(reason: str, what: str = "seed") -> Miss:
    return miss("robots", what, 3, "refused", reason)


def looks(*each: tuple[Miss, ...], pages: int = 0) -> tuple[Look, ...]:
    """Hourly runs, the last one an hour ago; those without a miss got pages."""
    first = NOW - HOUR * len(each)
    return tuple(
        Look(f"run-{n}", first + HOUR * n, pages if misses else 20, 0, misses)
        for n, misses in enumerate(each)
    )


def of(*each: tuple[Miss, ...], pages: int = 0) -> History:
    return History("bote", "Europe/Berlin", looks=looks(*each, pages=pages))


WELL: tuple[Miss, ...] = ()


@pytest.mark.parametrize(
    ("misses", "cause"),
    [
        ((shut("robots.txt"),), Cause.ROBOTS),
        (
            (miss("server", "robots"), shut("robots.txt unreachable: HTTP 503")),
            Cause.ROBOTS,
        ),
        ((miss("dns", "robots"), shut("robots.txt unreachable: CannotResolveHostError")), Cause.DNS),
        (
            (miss("tls", "robots"), shut("robots.txt unreachable: TLS: the certificate has expired")),
            Cause.TLS,
        ),
        ((miss("timeout", "robots"), shut("robots.txt unreachable: DownloadTimeoutError")), Cause.TIMEOUT),
        ((miss("connect"), miss("reset", "feed")), Cause.CONNECTION),
        ((miss("blocked"), miss("blocked", "feed")), Cause.BLOCKED),
        ((miss("server"), miss("server", "link", 9)), Cause.SERVER),
    ],
)
def test_a_cause_stands_in_the_log_of_runs(misses: tuple[Miss, ...], cause: Cause) -> None:
    (found,) = judge(of(WELL, misses, misses), NOW)
    assert (found.site, found.cause, found.since) == ("bote", cause, NOW - 2 * HOUR)
    assert found.url is not None
    assert found.url.startswith(URL)
    assert found.said
    assert judge(of(misses, misses, WELL), NOW) == []  # mended


@pytest.mark.parametrize("kind", ["dns", "connect", "timeout", "server", "blocked"])
def test_what_is_over_by_itself_counts_from_the_second_run_on(kind: str) -> None:
    assert judge(of(WELL, (miss(kind),)), NOW) == []
    assert len(judge(of((miss(kind),), (miss(kind),)), NOW)) == 1


def test_some_broken_pages_among_many_are_no_trouble() -> None:
    some = (miss("server", "link", 5), miss("gone", "link", 9), miss("timeout", "item", 2))
    assert judge(of(some, some, pages=40), NOW) == []


def test_links_that_robots_txt_forbids_are_no_trouble() -> None:
    links = (miss("robots", "link", 40, "refused"),)
    assert judge(of(links, links, pages=3), NOW) == []


def test_articles_of_the_feed_that_robots_txt_forbids_are() -> None:
    items = (miss("robots", "item", 12, "refused", "robots.txt"),)
    (found,) = judge(of(items, pages=3), NOW)
    assert found.cause is Cause.ROBOTS


def shown(wall: str | None, *, entry: bool = True, was_better: bool = True, name: str = "") -> Shown:
    return Shown(URL + name, entry, wall, f"shows a {wall}" if wall else "", NOW - HOUR, was_better)


@pytest.mark.parametrize(
    ("wall", "cause"),
    [("consent", Cause.CONSENT), ("challenge", Cause.BLOCKED), ("shell", Cause.LAYOUT)],
)
def test_a_wall_before_the_pages(wall: str, cause: Cause) -> None:
    well = replace(of(WELL, WELL), fresh=(NOW - 9 * HOUR,))
    (found,) = judge(replace(well, shown=(shown(wall),)), NOW)
    assert (found.cause, found.url, found.said) == (cause, URL, f"it shows a {wall}")
    items = tuple(shown(wall, entry=False, name=str(n)) for n in range(3))
    (found,) = judge(replace(well, shown=(shown(None), *items)), NOW)
    assert found.cause is cause
    # It always was so, and articles came all the same.
    assert judge(replace(well, shown=(shown(wall, was_better=False),)), NOW) == []
    # One page of many.
    assert judge(replace(well, shown=(shown(wall), shown(None), shown(None))), NOW) == []
    articles = tuple(shown(None, entry=False, name=str(n)) for n in range(3))
    assert judge(replace(well, shown=(shown(wall), *articles)), NOW) == []


def source(wrong: str | None, what: str = "feed", *, empty: bool = False, hours: int = 1) -> Source:
    return Source(URL + what, what, wrong, empty, NOW - hours * HOUR, 2, True)


def test_a_feed_that_is_gone() -> None:
    well = of(WELL, WELL)
    (found,) = judge(replace(well, sources=(source(None), source("answers 404", "sitemap"))), NOW)
    assert (found.cause, found.url) == (Cause.FEED_GONE, URL + "sitemap")
    assert found.said == "it answers 404"
    once = replace(source("answers 404"), times=1)
    assert judge(replace(well, sources=(once,)), NOW) == []
    # A list of nothing: at once for a feed, after days for a sitemap, never where it always was one.
    assert len(judge(replace(well, sources=(source("is a list of nothing", empty=True),)), NOW)) == 1
    empty = source("is a list of nothing", "sitemap", empty=True)
    assert judge(replace(well, sources=(empty,)), NOW) == []
    assert len(judge(replace(well, sources=(replace(empty, since=NOW - 80 * HOUR),)), NOW)) == 1
    always = replace(source("is a list of nothing", empty=True, hours=900), was_better=False)
    assert judge(replace(well, sources=(always,)), NOW) == []


def pages(kinds: str) -> tuple[PageSeen, ...]:
    """``a`` an article, ``o`` a page that is none, ``x`` one that was an article; one an hour."""
    said = {"a": "article", "o": "a page without an article", "x": "a list of links"}
    first = NOW - HOUR * len(kinds)
    return tuple(
        PageSeen(first + HOUR * n, f"{URL}{n}", kind == "a", kind == "x", said[kind])
        for n, kind in enumerate(kinds)
    )


def test_no_article_among_the_pages_any_more() -> None:
    well = replace(of(WELL, WELL), run_days=(NOW - 90 * 24 * HOUR,))
    (found,) = judge(replace(well, pages=pages("aaaoaaaaaaaaaoooox")), NOW)
    assert (found.cause, found.since) == (Cause.LAYOUT, NOW - 5 * HOUR)
    assert found.said == "it was an article, and is a list of links now"
    assert judge(replace(well, pages=pages("aaaoaaaaaaaaaoooo")), NOW) == []  # four are chance
    assert judge(replace(well, pages=pages("aaaooooaaaaaoooooo")), NOW) == []  # as a weekend before
    assert judge(replace(well, pages=pages("aaaoaaaaaaaaaoooooa")), NOW) == []
    assert judge(replace(well, pages=pages("oooooooooooooooooo")), NOW) == []  # never an article: no change
    one = replace(well, looks=(replace(well.looks[-1], at=NOW - 18 * HOUR),))
    assert (
        judge(replace(one, pages=pages("aaaoaaaaaaaaaoooox")), NOW) == []
    )  # of one run, which brought articles
    young = replace(well, run_days=(NOW - 30 * HOUR,))
    assert judge(replace(young, pages=pages("aaaaaaaaaaaooooo")), NOW) == []
    assert len(judge(replace(young, pages=pages("aaaaaaaaaaaoooooooo")), NOW)) == 1


def test_sections_that_name_no_stories_any_more() -> None:
    bare, full = Listing(URL, NOW - HOUR, (0, 24, 26, 25)), Listing(URL + "sport", NOW - HOUR, (25, 24))
    (found,) = judge(replace(of(WELL, WELL), listings=(bare,)), NOW)
    assert (found.cause, found.said) == (Cause.LAYOUT, "it names no story; before it named 25")
    assert judge(replace(of(WELL, WELL), listings=(bare, full)), NOW) == []


def test_what_follows_from_another_cause_is_not_told() -> None:
    ill = of((miss("dns"),), (miss("dns"),))
    all_of_it = replace(ill, sources=(source("answers 404"),), shown=(shown("consent"),))
    assert [trouble.cause for trouble in judge(all_of_it, NOW)] == [Cause.DNS]


def test_nothing_new_waits_for_the_index() -> None:
    rhythm = tuple(
        NOW - timedelta(days=n, hours=-h / 4)
        for n in range(75, 5, -1)
        for h in range(40)
        if (NOW - timedelta(days=n)).weekday() < 5
    )
    days = tuple(NOW - timedelta(days=n) for n in range(80, 0, -1))
    silent = replace(of(WELL, WELL), fresh=rhythm, run_days=days)
    (found,) = judge(silent, NOW)
    assert (found.cause, found.since) == (Cause.NOTHING_NEW, rhythm[-1])
    assert "Europe/Berlin" in found.what
    assert judge(replace(silent, indexed_to=rhythm[-1]), NOW) == []


def late(name: str, hours: float) -> History:
    return replace(of(WELL), site=name, due_since=NOW - hours * HOUR, patience=3600.0)


def test_a_site_that_is_due_and_not_crawled() -> None:
    assert judge(late("bote", 0.5), NOW) == []
    assert [trouble.cause for trouble in judge(late("bote", 2), NOW)] == [Cause.NOT_RUN]
    assert judge(replace(late("bote", 2), running=True), NOW) == []


def whole(*sites: History, **more: object) -> list[Trouble]:
    return judge_all(replace(ArchiveHistory(sites, 10**12, 10**9), **more), NOW)  # type: ignore[arg-type]


def test_what_all_sites_share_is_told_once() -> None:
    names = ("a", "b", "c")
    assert [(t.site, t.cause) for t in whole(*(late(n, 2) for n in names))] == [("", Cause.NOT_RUN)]
    down = [replace(of((miss("dns"),), (miss("dns"),)), site=name) for name in names]
    assert [(t.site, t.cause) for t in whole(*down)] == [("", Cause.NETWORK)]
    assert len(whole(*down[:2])) == 2
    assert {t.cause for t in whole(*down, replace(of(WELL), site="d"))} == {Cause.DNS}
    assert len(whole(*down, complete=False)) == 3


def ended(code: int | None, reason: str = "", hours: int = 1) -> Ended:
    return Ended(f"run-{hours}", NOW - hours * HOUR, ("bote",), code, reason)


def test_runs_and_the_disk() -> None:
    assert whole(ended=(ended(0), ended(9, "no site gave a page"), ended(11), ended(15))) == []
    (found,) = whole(ended=(ended(0, hours=9), ended(None, hours=5), ended(9, "index.db is damaged")))
    assert (found.cause, found.since, found.said) == (
        Cause.RUN_FAILED,
        NOW - 5 * HOUR,
        "index.db is damaged",
    )
    (found,) = whole(ended=(ended(3, "warc: no space left"),), free=10)
    assert (found.cause, found.said) == (Cause.DISK, "warc: no space left")
    (found,) = whole(free=10**6)
    assert (found.cause, found.what) == (Cause.DISK, "1 MB are free, a crawl waits below 1000 MB")


def test_a_site_file_that_is_wrong() -> None:
    (found,) = whole(of(WELL), unreadable=(Unreadable("neu", NOW, "sites/neu.toml: no valid TOML"),))
    assert (found.site, found.cause, found.said) == ("neu", Cause.SITE_FILE, "sites/neu.toml: no valid TOML")
