"""Scope, discovery, robots.txt, budgets and politeness: pure functions of their arguments."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from pathlib import Path

import pytest

from archive.types import Capture, Page, RecordRef, Site
from crawler import discover
from crawler.authorities import Authorities
from crawler.crawldb import CrawlDb
from crawler.robots import MAX_DELAY, product_token, rules_of, unreachable
from crawler.scope import refusal
from crawler.tally import Limits, used_up
from crawler.task import Offer, Task

SITE = Site("one", seeds=("https://www.outlet.example/",), deny=("/kalender/",))
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("https://www.outlet.example/a", None),
        ("https://outlet.example/a", None),
        ("http://sport.outlet.example/a", None),
        ("https://outlet.example:8443/a", "off site"),
        ("https://notoutlet.example/a", "off site"),
        ("https://outlet.example.evil.example/a", "off site"),
        ("https://www.outlet.example/bild.JPG?w=3", "media"),
        ("https://www.outlet.example/kalender/2026", "denied by the site file"),
    ],
)
def test_scope(url: str, reason: str | None) -> None:
    assert refusal(url, SITE) == reason


def test_allow_is_all_that_is_allowed() -> None:
    site = dataclasses.replace(SITE, allow=("/lokales/",))
    assert refusal("https://outlet.example/lokales/1", site) is None
    assert refusal("https://outlet.example/sport/1", site) == "not allowed by the site file"


def page(
    body: str | bytes, url: str = "https://www.outlet.example/a/b", mime: str = "text/html", **more: str
) -> Page:
    data = body.encode() if isinstance(body, str) else body
    status = int(more.pop("status", "200"))
    capture = Capture("x", RecordRef("w", 0, 1), url, NOW, status, mime, None)
    return Page(capture, tuple(more.items()), data)


def urls(found: Page, kind: str = "link") -> list[str]:
    return [link.url for link in discover.links(found, kind)]


def test_links_are_absolute_canonical_and_once() -> None:
    html = """<a href="c">1</a><a href="/d?utm_source=x">2</a><a href="/d#top">3</a><a href="#x">4</a>
    <a href="mailto:a@b.example">5</a><a href=" https://other.example/ ">6</a><area href="e">
    <link rel="next" href="?seite=2"><a href="javascript:void(0)">7</a><a>8</a>"""
    assert urls(page(html)) == [
        "https://www.outlet.example/a/b?seite=2",
        "https://www.outlet.example/a/c",
        "https://www.outlet.example/d",
        "https://other.example/",
        "https://www.outlet.example/a/e",
    ]


def test_a_base_element_counts() -> None:
    assert urls(page('<base href="https://www.outlet.example/x/"><a href="y">1</a>')) == [
        "https://www.outlet.example/x/y"
    ]


def test_a_page_in_windows_1252_is_read() -> None:
    assert urls(page('<a href="/straße">ä</a>'.encode("cp1252"))) == [
        "https://www.outlet.example/stra%C3%9Fe"
    ]


def test_a_million_links_are_cut() -> None:
    html = "".join(f'<a href="/{number}">x</a>' for number in range(20_000))
    assert len(urls(page(html))) == discover.MAX_LINKS


SITEMAP = """<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
<url><loc>https://www.outlet.example/1</loc><lastmod>2026-02-01</lastmod></url></urlset>"""
RSS = """<rss version="2.0"><channel><title>O</title><item><title>T</title>
<link>https://www.outlet.example/2</link><pubDate>Sun, 01 Feb 2026 08:00:00 +0100</pubDate></item>
</channel></rss>"""


@pytest.mark.parametrize(("body", "found"), [(SITEMAP, "1"), (RSS, "2")])
def test_lists_name_items_with_their_dates(body: str, found: str) -> None:
    (link,) = discover.links(page(body, mime="application/xml"))
    assert (link.url, link.kind) == (f"https://www.outlet.example/{found}", "item")
    assert link.dated is not None
    assert link.dated.date().isoformat() == "2026-02-01"


def task(kind: str = "link", depth: int = 0) -> Task:
    return Task(
        1, "one", "https://www.outlet.example/", "www.outlet.example:443", kind, depth, "", None, 0, None
    )


def test_a_redirect_is_a_hop_that_keeps_its_place() -> None:
    response = page("", status="301", Location="/new")
    (made,) = discover.expand(response, task("item", depth=2), SITE)
    assert (made.url, made.kind, made.depth, made.hops) == ("https://www.outlet.example/new", "item", 2, "R")
    (made,) = discover.expand(page("", status="302", Location="https://other.example/"), task(), SITE)
    assert (made.url, made.refused) == ("https://other.example/", "redirect: off site")
    assert discover.expand(page("", status="301"), task(), SITE) == []


def test_refused_links_are_told_and_foreign_ones_are_not() -> None:
    html = '<a href="/kalender/1">1</a><a href="https://other.example/">2</a>'
    html += '<a href="/a.png">3</a><a href="/b">4</a>'
    made = {o.url[27:]: o.refused for o in discover.expand(page(html), task(), SITE)}
    assert made == {"kalender/1": "denied by the site file", "b": None}


def test_follow_false_takes_lists_only() -> None:
    site = dataclasses.replace(SITE, follow=False)
    assert discover.expand(page('<a href="/b">4</a>'), task("item"), site) == []
    assert len(discover.expand(page(SITEMAP, mime="text/xml"), task("sitemap"), site)) == 1


def test_the_order_of_the_queue() -> None:
    def rank(kind: str, depth: int = 0, dated: datetime | None = None) -> float:
        return discover.offer("https://a.example/", kind, depth=depth, hops="", via=None, dated=dated).rank

    order = [
        rank("robots"),
        rank("sitemap"),
        rank("seed"),
        rank("item", dated=NOW),
        rank("item", dated=datetime(2020, 1, 1, tzinfo=UTC)),
        rank("item"),
        rank("link", depth=1),
        rank("link", depth=2),
    ]
    assert order == sorted(order)
    assert len(set(order)) == len(order)


@pytest.mark.parametrize(
    ("status", "body", "allowed"),
    [
        (200, b"User-agent: *\nDisallow: /intern", (False, True)),
        (200, b"User-agent: Gazette\nDisallow: /\n\nUser-agent: *\nAllow: /", (False, False)),
        (200, b"\xff\xfe\x00 nonsense", (True, True)),
        (404, b"Disallow: /", (True, True)),
        (301, b"", (True, True)),
        (403, b"", (True, True)),
        (500, b"", (False, False)),
        (503, b"User-agent: *\nAllow: /", (False, False)),
    ],
)
def test_robots_by_status(status: int, body: bytes, allowed: tuple[bool, bool]) -> None:
    rules = rules_of(status, body, "Gazette")
    assert (rules.allows("https://a.example/intern/1"), rules.allows("https://a.example/2")) == allowed


def test_crawl_delay_is_read_and_bounded() -> None:
    assert rules_of(200, b"User-agent: *\nCrawl-delay: 2.5", "Gazette").delay == 2.5
    assert rules_of(200, b"User-agent: *\nCrawl-delay: 99999", "Gazette").delay == MAX_DELAY
    assert unreachable().delay == 0.0


def test_the_product_token() -> None:
    assert product_token("Gazette/0.1.0 (+mailto:a@b.example)") == "Gazette"
    assert product_token("Stadtarchiv Beispiel") == "Stadtarchiv"


def test_a_site_file_asks_for_more_delay_never_for_less() -> None:
    known = Authorities()
    known.add("a.example:443", dataclasses.replace(SITE, delay=1.0))
    (authority,) = known.idle()
    known.learn("a.example:443", rules_of(200, b"User-agent: *\nCrawl-delay: 0.1", "Gazette"))
    assert authority.delay == 1.0
    rules = rules_of(200, b"User-agent: *\nCrawl-delay: 3\nDisallow: /x", "Gazette")
    known.learn("a.example:443", rules)
    assert authority.delay == 3.0
    assert known.refusal("https://a.example/x") == "robots.txt"
    assert known.refusal("https://other.example/x") is None
    authority.busy = True
    assert list(known.idle()) == []
    known.left("a.example:443")
    known.free("a.example:443")
    assert list(known.idle()) == [authority]
    assert authority.due > 0


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        (Limits(), None),
        (Limits(max_pages=10), "page budget"),
        (Limits(max_bytes=100), "size budget"),
        (Limits(max_seconds=1.0), "time budget"),
        (Limits(max_pages=11, max_bytes=101, max_seconds=1.1), None),
    ],
)
def test_budgets_are_used_up_when_they_are_reached(limits: Limits, reason: str | None) -> None:
    assert used_up(limits, 10, 100, 1.0) == reason


def offer(number: int, **more: object) -> Offer:
    made = discover.offer(f"https://a.example/{number}", "link", depth=1, hops="L", via=None)
    return dataclasses.replace(made, **more)  # type: ignore[arg-type]


def test_a_url_is_queued_once_a_round(tmp_path: Path) -> None:
    db = CrawlDb(tmp_path / "crawl.db")
    first = db.begin_round("one", NOW)
    assert db.offer("one", first, [offer(1), offer(2), offer(1)]).queued == 2
    assert db.offer("one", first, [offer(2), offer(3, refused="denied")]).queued == 0
    assert db.begin_round("one", NOW) == first  # still open
    found = db.head("one", "a.example:443", 0.0)
    assert found is not None
    db.settle(found, "run", "failed", "why")
    assert db.offer("one", first, [offer(1)]).queued == 0
    db.finish_round("one", NOW)
    second = db.begin_round("one", NOW)
    assert second == first + 1
    assert db.offer("one", second, [offer(1), offer(2), offer(3)]).queued == 2  # the second still waits
    assert db.lanes("one") == {"a.example:443": 3}


def test_a_postponed_url_waits_for_its_time(tmp_path: Path) -> None:
    db = CrawlDb(tmp_path / "crawl.db")
    number = db.begin_round("one", NOW)
    db.offer("one", number, [offer(1)])
    found = db.head("one", "a.example:443", 100.0)
    assert found is not None
    db.postpone(found, 150.0, "HTTP 503")
    assert db.head("one", "a.example:443", 149.0) is None
    assert db.next_retry("one", "a.example:443") == 150.0
    again = db.head("one", "a.example:443", 150.0)
    assert again is not None
    assert again.attempts == 1
