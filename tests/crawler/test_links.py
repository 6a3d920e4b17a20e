"""Links of a page, and what a URL says by its form."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from archive.types import Capture, Page, RecordRef
from crawler import links, variants
from crawler.tame import shallow

HERE = "https://www.outlet.example/sport/"


def read(html: str | bytes, url: str = HERE) -> links.Outward:
    body = html.encode() if isinstance(html, str) else html
    capture = Capture(
        "x", RecordRef("w", 0, 1), url, datetime(2026, 3, 1, tzinfo=UTC), 200, "text/html", None
    )
    return links.read(Page(capture, (("Content-Type", "text/html"),), body))


def test_what_leads_on_and_what_does_not() -> None:
    html = """<link rel="canonical" href="/c"><link rel="amphtml" href="/amp">
    <link rel="stylesheet" href="/s.css">
    <link rel="alternate" hreflang="en" href="/en/"><a href="/a" rel="nofollow">1</a><area href="/b">
    <a data-href="/d" onclick="go('/e')">2</a><a href="mailto:a@b.example">3</a><a href="https://[bad/">4</a>"""
    assert [url.removeprefix("https://www.outlet.example") for url in read(html).links] == ["/c", "/a", "/b"]


def test_feeds_of_the_head_but_not_of_comments() -> None:
    html = """<link rel="alternate" type="application/rss+xml" href="/feed">
    <link rel="alternate" type="application/feed+json; charset=utf-8" href="/feed.json">
    <link rel="alternate" type="application/rss+xml" title="Kommentar-Feed" href="/k">
    <link rel="alternate" type="application/rss+xml" href="/2026/artikel/feed/">"""
    assert read(html).feeds == ("https://www.outlet.example/feed", "https://www.outlet.example/feed.json")


@pytest.mark.parametrize(
    "target",
    [*("?page=2", "?seite=2", "/sport/seite/2/", "/sport/page/3", "?start=20", "/sport/?x=1&page=2")][:5],
)
def test_further_pages_of_a_list(target: str) -> None:
    assert len(read(f'<a href="{target}">2</a><a href="/artikel">x</a>').pages) == 1


@pytest.mark.parametrize("words", ["Weiter", "Ältere Artikel »", "nächste Seite", "older posts", "Next"])
def test_further_pages_by_their_words(words: str) -> None:
    assert read(f'<a href="/archiv/seite/2/">{words}</a>').pages == (
        "https://www.outlet.example/archiv/seite/2/",
    )


@pytest.mark.parametrize(
    "html",
    [
        '<a href="/kultur/?page=2">Kultur</a>',
        '<a href="/artikel-1.html">Weiter</a>',
        '<link rel="next" href="/naechster-artikel.html">',
        '<a href="/?p=4711">Artikel</a>',
    ],
)
def test_what_is_no_further_page(html: str) -> None:
    assert read(html).pages == ()
    assert len(read(html).links) == 1


def test_rel_next_with_a_cursor_is_a_further_page() -> None:
    assert read('<a rel="next" href="?after=Zx81">mehr</a>').pages == (HERE + "?after=Zx81",)


@pytest.mark.parametrize(
    ("content", "refresh", "link"),
    [
        ("0; url=/neu", "/neu", None),
        ("5;URL='/neu'", "/neu", None),
        ("0;/neu", "/neu", None),
        ("300; url=/neu", None, "/neu"),
        ("300", None, None),
        ("0; url=javascript:x", None, None),
    ],
)
def test_a_refresh_is_a_redirect_when_it_comes_soon(
    content: str, refresh: str | None, link: str | None
) -> None:
    found = read(f'<meta http-equiv="Refresh" content="{content}">')
    base = "https://www.outlet.example"
    assert found.refresh == (base + refresh if refresh else None)
    assert found.links == ((base + link,) if link else ())


def test_prose_is_told_by_number_and_not_by_place() -> None:
    text = "<p>" + "Wort " * 40 + "</p>"
    assert len(read(text).prose) == 1
    assert read(text).prose == read("<div>" + text + "</div><p>kurz</p>").prose


def test_links_in_an_old_charset() -> None:
    body = '<meta charset="windows-1250"><a href="/żółw">x</a>'.encode("cp1250")
    assert read(body).links == ("https://www.outlet.example/%C5%BC%C3%B3%C5%82w",)


def test_bytes_that_are_no_text_lead_nowhere() -> None:
    assert read(bytes(range(32)) * 100).links == ()


@pytest.mark.parametrize(
    ("url", "plain"),
    [
        ("https://a.example/x;jsessionid=0A1B?b=1", "https://a.example/x?b=1"),
        ("https://a.example/x?PHPSESSID=1&b=2", "https://a.example/x?b=2"),
        ("https://a.example/x?sid=0123456789abcdef0123456789abcdef", "https://a.example/x"),
        ("https://a.example/x?sid=12", "https://a.example/x?sid=12"),
        ("https://a.example/?s=haushalt", "https://a.example/?s=haushalt"),
    ],
)
def test_sessions_are_taken_out(url: str, plain: str) -> None:
    assert variants.without_session(url) == plain


@pytest.mark.parametrize(
    ("url", "print_view"),
    [
        ("https://a.example/x?print=1", True),
        ("https://a.example/x?print=0", False),
        ("https://a.example/artikel/drucken", True),
        ("https://a.example/print/", False),
        ("https://a.example/blueprint", False),
        ("https://a.example/x.print.html", True),
        ("https://a.example/x?tmpl=component&layout=print", True),
        ("https://a.example/x?replytocom=7", True),
        ("https://a.example/share-deal.html", False),
    ],
)
def test_views_of_another_page(url: str, print_view: bool) -> None:
    assert (variants.duplicate_of_another(url) is not None) is print_view


@pytest.mark.parametrize(
    ("path", "first", "last"),
    [
        ("/2026/11/22/titel.html", date(2026, 11, 22), date(2026, 11, 22)),
        ("/lokales/titel-20261122", date(2026, 11, 22), date(2026, 11, 22)),
        ("/2026-11-22/titel", date(2026, 11, 22), date(2026, 11, 22)),
        ("/archiv/2026/02/", date(2026, 2, 1), date(2026, 2, 28)),
    ],
)
def test_dates_in_paths(path: str, first: date, last: date) -> None:
    assert variants.days("https://a.example" + path) == (first, last)


@pytest.mark.parametrize(
    "path", ["/2026/13/01/", "/2026/02/31/", "/artikel-120261122", "/1234/5", "/x?d=20261122"]
)
def test_what_is_no_date(path: str) -> None:
    assert variants.days("https://a.example" + path) is None


DEEP = {
    "elements in each other": "<div>" * 100_000,
    "with end tags that close nothing": "<div></x>" * 100_000,
    "behind walls": ("<i>" * 1_500 + "<object>" + "</i>" * 1_500) * 60,
    "unknown ones": "<x-y>" * 100_000,
}


@pytest.mark.parametrize("name", DEEP)
def test_what_lies_too_deep_is_cut_before_it_costs_a_minute(name: str) -> None:
    assert len(shallow(DEEP[name])) < 40_000


def test_long_pages_are_not_deep_ones() -> None:
    html = (
        "<p>x</p>" * 5_000 + "<li><b>x</b>" * 5_000 + "<script>" + "'<div>'" * 5_000 + "</script><a href=x>"
    )
    assert shallow(html) == html
