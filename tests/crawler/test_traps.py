"""Traps, bounds and redirects: what is refused, why, and how much it costs until then."""

from __future__ import annotations

import dataclasses
from datetime import UTC, date, datetime

import pytest

from archive.types import Capture, Page, RecordRef, Site
from crawler import discover, scope
from crawler.task import Offer, Task
from crawler.traps import BUDGET, LIST_PAGES, QUERIES, Traps, shape_of

SITE = Site("one", seeds=("https://www.outlet.example/",))
BASE = "https://www.outlet.example"
NOW = datetime(2026, 3, 1, tzinfo=UTC)


def task(url: str = BASE + "/", kind: str = "link", depth: int = 0, hops: str = "") -> Task:
    return Task(1, "one", url, "www.outlet.example:443", kind, depth, hops, None, 0, None)


def expand(html: str, of: Task, site: Site = SITE, traps: Traps | None = None, **headers: str) -> list[Offer]:
    status = 302 if headers else 200
    capture = Capture("x", RecordRef("w", 0, 1), of.url, NOW, status, "text/html", None)
    return discover.expand(Page(capture, tuple(headers.items()), html.encode()), of, site, traps)


def crawl_calendar(traps: Traps, most: int) -> int:
    """Follow the links to the next month as long as it is let; how many months were fetched."""
    for month in range(most):
        url = f"{BASE}/kalender/{2026 + month // 12}/{month % 12 + 1:02}/"
        if traps.refusal(task(url)):
            return month
        traps.learn(url, [f"{BASE}/kalender/{2026 + month // 12}/{month % 12 + 2:02}/", BASE + "/"], [])
    return most


def test_an_endless_calendar_costs_its_budget() -> None:
    assert crawl_calendar(Traps(), 5_000) == BUDGET


def test_days_that_tell_nothing_do_not_nourish_their_months() -> None:
    traps = Traps()
    fetched = 0
    for month in range(1_000):
        links = [f"{BASE}/tag/{month}/{day}/" for day in range(1, 29)]
        for url, found in ((f"{BASE}/monat/{month}/", links), *((link, [BASE + "/"]) for link in links)):
            if traps.refusal(task(url)) is None:
                traps.learn(url, found, [])
                fetched += 1
    assert fetched < 3 * BUDGET


def test_articles_of_one_form_are_all_read() -> None:
    traps = Traps()
    for number in range(1_000):
        url = f"{BASE}/artikel.php?id={number}"
        assert traps.refusal(task(url)) is None
        traps.learn(url, [BASE + "/"], [2 * number, 2 * number + 1])


def test_the_same_boilerplate_makes_no_article() -> None:
    traps = Traps()
    for number in range(BUDGET + 10):
        traps.learn(f"{BASE}/kalender/{number}", [], [1, 2, 3, 4])
    assert traps.refusal(task(BASE + "/kalender/999")) is not None


def test_filters_in_all_combinations_end_at_the_path() -> None:
    traps = Traps()
    asked = 0
    for number in range(1_024):
        names = "&".join(f"f{bit}=1" for bit in range(10) if number >> bit & 1)
        url = f"{BASE}/liste?{names}&x={number}"
        if traps.refusal(task(url)) is None:
            traps.learn(url, [], [])
            asked += 1
    assert asked == QUERIES


def test_what_a_list_names_is_never_a_trap() -> None:
    traps = Traps()
    crawl_calendar(traps, BUDGET + 1)
    assert traps.refusal(task(BASE + "/kalender/2099/01/")) is not None
    assert traps.refusal(task(BASE + "/kalender/2099/01/", kind="item")) is None


def test_memory_is_bounded() -> None:
    traps = Traps()
    for number in range(4_200):
        word = "".join(chr(97 + (number >> 4 * place) % 16) for place in range(4))
        traps.learn(f"{BASE}/{word}/", [f"{BASE}/{word}/{n}" for n in range(25)], [])
    assert len(traps._shapes) <= 4_096
    assert len(traps._seen) <= 100_000


@pytest.mark.parametrize(
    ("url", "shape"),
    [
        ("/kalender/2031/05/?b=2&a=1", "/kalender/0/0/?a&b"),
        ("/termine/mai-2031", "/termine/0-0"),
        ("/d/3f2a9c81d4e5f607", "/d/0"),
        ("/maibaum-steht", "/maibaum-steht"),
    ],
)
def test_shapes(url: str, shape: str) -> None:
    assert shape_of(BASE + url) == "www.outlet.example" + shape


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("/a/b/a/b/a/b", "parts of its path repeat themselves"),
        ("/a/a/a", "parts of its path repeat themselves"),
        ("/11/11/11/x", None),
        ("/a/b/a/c", None),
        ("/" + "x/" * 2 + "/".join(str(n) for n in range(30)), "more than 20 parts in its path"),
        ("/s?" + "&".join(f"p{n}=1" for n in range(13)), "more than 12 parameters"),
        ("/termine/2031/05/", "a date more than a year ahead"),
        ("/termine/2026/05/", None),
        ("/termine/1931/05/", "a date before there was a web"),
    ],
)
def test_traps_by_form(url: str, why: str | None) -> None:
    assert scope.trap_by_form(BASE + url, date(2026, 3, 1)) == why


def test_links_end_at_the_depth_of_the_site_file() -> None:
    (made,) = expand('<a href="/x">x</a>', task(depth=20))
    assert made.refused == "deeper than 20 links"
    (made,) = expand('<a href="/x">x</a>', task(depth=2), dataclasses.replace(SITE, max_depth=2))
    assert made.refused == "deeper than 2 links"


def test_further_pages_of_a_list_are_no_deeper_and_bounded() -> None:
    traps, of = Traps(), task(BASE + "/sport/", kind="seed")
    read = 0
    while True:
        html = f'<a href="/sport/artikel-{read}.html">x</a><a href="/sport/?seite={read + 2}">Weiter</a>'
        made = {o.kind: o for o in expand(html, of, traps=traps)}
        assert made["link"].depth == 1
        if made["page"].refused:
            break
        read += 1
        of = task(made["page"].url, "page", made["page"].depth, made["page"].hops)
        assert of.depth == 0
    assert (read, made["page"].refused) == (LIST_PAGES, f"only {LIST_PAGES} further pages of a list are read")


def test_a_list_ends_where_it_shows_nothing_new() -> None:
    traps, of = Traps(), task(BASE + "/sport/", kind="seed")
    for page in (2, 3):
        html = f'<a href="/sport/artikel.html">x</a><a href="?seite={page}">Weiter</a>'
        made = next(o for o in expand(html, of, traps=traps) if o.kind == "page")
        of = task(made.url, "page", made.depth, made.hops)
    assert made.refused == "the page of the list before it showed nothing new"


def test_links_that_leave_no_row_are_counted() -> None:
    traps = Traps()
    assert expand('<a href="https://other.example/">1</a><a href="/a.png">2</a>', task(), traps=traps) == []
    assert traps.left_out == {"off site": 1, "media": 1}


def test_ten_redirects_in_a_row_and_no_more() -> None:
    (made,) = expand("", task(hops="LR" * 3 + "R" * 8), Location="/weiter")
    assert made.refused is None
    (made,) = expand("", task(hops="L" + "R" * 10), Location="/weiter")
    assert made.refused == "more than 10 redirects in a row"


def test_a_refresh_counts_as_a_redirect() -> None:
    html = '<meta http-equiv="refresh" content="0; url=https://other.example/">'
    (made,) = expand(html, task(kind="seed"), dataclasses.replace(SITE, follow=False))
    assert (made.url, made.kind, made.hops, made.refused) == (
        *("https://other.example/", "seed", "R", "redirect: off site"),
    )


def test_a_redirect_to_a_session_is_followed_where_there_is_no_other_way() -> None:
    (made,) = expand("", task(BASE + "/x"), Location="/x;jsessionid=1")
    assert made.url == BASE + "/x;jsessionid=1"
    (made,) = expand("", task(BASE + "/x"), Location="/y;jsessionid=1")
    assert made.url == BASE + "/y"


DATED = dataclasses.replace(SITE, since=date(2026, 1, 1), until=date(2026, 6, 30))


@pytest.mark.parametrize(
    ("path", "day", "modified", "why"),
    [
        ("/x", date(2025, 12, 31), None, "dated before 2026-01-01"),
        ("/x", date(2026, 1, 1), None, None),
        ("/x", date(2026, 7, 1), None, "dated after 2026-06-30"),
        ("/2025/12/31/x", date(2026, 1, 1), None, None),
        ("/2025/12/31/x", None, NOW, "dated before 2026-01-01"),
        ("/2026/07/01/x", None, None, "dated after 2026-06-30"),
        ("/2026/06/", None, None, None),
        ("/x", None, datetime(2025, 12, 30, tzinfo=UTC), "dated before 2026-01-01"),
        ("/x", None, datetime(2026, 9, 1, tzinfo=UTC), None),
        ("/x", None, None, None),
    ],
)
def test_the_date_range(path: str, day: date | None, modified: datetime | None, why: str | None) -> None:
    assert scope.refusal(BASE + path, DATED, "item", day=day, modified=modified) == why


def test_subdomains_only_when_they_are_wanted() -> None:
    alone = dataclasses.replace(SITE, subdomains=False)
    assert scope.refusal("https://sport.outlet.example/a", SITE) is None
    assert scope.refusal("https://sport.outlet.example/a", alone) == "off site"
    assert scope.refusal("https://outlet.example/a", alone) is None


def test_lists_are_no_media_and_need_not_be_allowed() -> None:
    site = dataclasses.replace(SITE, allow=("/lokales/",))
    assert scope.refusal(BASE + "/sitemap-1.xml.gz", site, "sitemap") is None
    assert scope.refusal(BASE + "/archiv.gz", site) == "media"


def test_sitemaps_are_nested_five_deep() -> None:
    body = f"<sitemapindex><sitemap><loc>{BASE}/s.xml</loc></sitemap></sitemapindex>"
    (made,) = expand(body, task(kind="sitemap", depth=4))
    assert (made.kind, made.refused) == ("sitemap", None)
    (made,) = expand(body, task(kind="sitemap", depth=5))
    assert made.refused == "sitemaps nested deeper than 5"


def test_a_sitemap_that_is_not_read_to_its_end_is_said_to_be_so(caplog: pytest.LogCaptureFixture) -> None:
    entry = f"<url><loc>{BASE}/1</loc></url>"
    place = task(BASE + "/s.xml", "sitemap")
    assert len(expand(f"<urlset>{entry}</urlset>", place)) == 1
    assert caplog.messages == []
    assert len(expand(f"<urlset>{entry}<url><loc>", place)) == 1
    assert caplog.messages == [f"{BASE}/s.xml: torn, or too long for a sitemap: 1 addresses are read"]
