"""The short ways of reading a page lead to what the long ones lead to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.extract import charset
from archive.types import Capture, Page, RecordRef
from archive.urls import join
from crawler import articles, discover, links, tame

HERE = "https://www.outlet.example/sport/artikel.html"
MARKUP = st.lists(
    st.sampled_from(
        [
            *(
                b"<",
                b">",
                b"</",
                b"<a ",
                b"<p>",
                b" ",
                b"\n",
                b"/",
                b"x",
                b"xxxxxx",
                b"<script>",
                b"</script>",
            ),
            *(b"<div>", b"</div>", b"<b class=x>", b"<!-- ", b" -->"),
        ]
    ),
    max_size=60,
).map(b"".join)


def page(body: bytes, content_type: str = "text/html", url: str = HERE) -> Page:
    capture = Capture(
        "x", RecordRef("w", 0, 1), url, datetime(2026, 3, 1, tzinfo=UTC), 200, "text/html", None
    )
    return Page(capture, (("Content-Type", content_type),), body)


@contextmanager
def tight() -> Iterator[None]:
    """Bounds so small that short pages reach them."""
    with pytest.MonkeyPatch.context() as patch:
        for name, bound in {"MAX_TAG": 8, "_MANY": 9, "MAX_NESTED": 9, "SMALL": 60, "BUDGET": 70}.items():
            patch.setattr(tame, name, bound)
        patch.setattr(tame, "_LONG_TAG", re.compile(rb"<[^<>]{8,}"))
        yield


@given(MARKUP)
def test_of_a_plain_page_nothing_is_cut(body: bytes) -> None:
    with tight():
        assert tame._has_long_tag(body) == (tame._LONG_TAG.search(body) is not None)
        if tame.is_plain(body):
            assert tame.tame(body) == body
            assert tame.shallow(body.decode()) == body.decode()


@pytest.mark.parametrize(
    "body",
    [
        b"<p>" * 5_000 + b"</p>" * 5_000,
        b"<style>" + b"a{b:c}\n" * 100_000 + b"</style><a href=x>",
        b"<a " + b"x" * tame.MAX_TAG,
        b"<" + b"x" * (tame.MAX_TAG - 1) + b">",
    ],
)
def test_real_bounds(body: bytes) -> None:
    cut = tame.tame(body) != body or tame.shallow(body.decode()) != body.decode()
    assert tame.is_plain(body) == (not cut)


@pytest.mark.parametrize("body", [b"<div>" * 7_000, b"<a" + b" x" * 4_000 + b">", b"<i\n>" * 200_000])
def test_costly_pages_are_not_plain(body: bytes) -> None:
    assert not tame.is_plain(body)
    assert len(body) <= tame.SMALL or not links.is_light(body)


TEXTS = st.one_of(
    st.binary(max_size=80),
    st.lists(
        st.sampled_from(
            [
                *(
                    "ä".encode(),
                    b"\xe4",
                    b"a",
                    b"\0",
                    b"\x01",
                    b"\x1b$B",
                    b"\x0e",
                    b"\xef\xbb\xbf",
                    b"\xff\xfe",
                ),
                *("\ufffd".encode(), "„".encode(), b"\xed\xa0\x80", b'<meta charset="iso-8859-1">', b"\xc3"),
            ]
        ),
        max_size=30,
    ).map(b"".join),
)


@given(
    TEXTS, st.sampled_from(["text/html", *(f"text/html; charset={c}" for c in ("utf-8", "cp1252", "koi8-r"))])
)
def test_what_is_taken_for_utf8_is_what_the_extractor_reads(body: bytes, content_type: str) -> None:
    short = links._utf8(body)
    if short is not None:
        decoded = charset.decode(body, content_type)
        assert decoded is not None
        assert decoded.text.encode() == short


def test_iso_2022_is_none_of_it() -> None:
    body = b'<a href="/x">' + "日本".encode("iso2022_jp")
    assert body.isascii()
    assert links._utf8(body) is None


PIECES = st.lists(
    st.sampled_from(
        [
            *(
                '<a href="/a">x</a>',
                '<a href="b">',
                "<a href>",
                '<a href="#t">',
                '<a href="?page=2">Weiter</a>',
            ),
            *('<link rel="next" href="?after=1">', '<link href="/no">', '<link rel="" href="/empty">', "<p>"),
            *('<p href="/p">' + "wort " * 30, "<p>" + "ander " * 30, '<base href="/q/">', "<base>", "<svg>"),
            *('<base href="//b.example/">', '<a xlink:href="/x" href="/y">', '<area href=" /z ">', "</svg>"),
            *(
                '<meta http-equiv=refresh content="0;url=/r">',
                '<meta http-equiv=refresh content="60;/s" href=x>',
            ),
            *('<link rel="alternate" type="application/rss+xml" href="/feed">', "<template>", "</template>"),
            *('<a href="https://www.outlet.example/a#f">', '<a href="' + "l" * 600 + '">', "<select>", "ä"),
            *("<selectedcontent></selectedcontent><option><a href=/o>o</a></option>", "</select>", "<!--"),
        ]
    ),
    max_size=25,
).map("".join)


@given(PIECES)
def test_a_page_says_the_same_by_the_long_way(html: str) -> None:
    known = page(html.encode())
    with pytest.MonkeyPatch.context() as patch:
        short = links.read(known)
        found = discover.read(known)
        patch.setattr(links, "is_plain", lambda body: False)
        patch.setattr(links, "LONG_REFERENCE", 0)  # nothing is remembered
        assert links.read(known) == short
        assert discover.read(known) == found


@given(
    st.lists(
        st.sampled_from(["/a", "b/c", "../d", "?e", "//f.example/", "http:g", "/\\h", "", " /i "]), max_size=9
    )
)
def test_references_are_joined_as_if_none_were_remembered(said: list[str]) -> None:
    for base in (HERE, "https://www.outlet.example/typo3/", "https://www.outlet.example"):
        html = f'<base href="{base}">' + "".join(f'<a href="{one}">x</a>' for one in said)
        wanted = [join(base + "/" if base.endswith("example") else base, one.strip()) for one in said if one]
        assert list(links.read(page(html.encode())).links) == [url for url in wanted if url]


def test_light_pages() -> None:
    styles = b"<style>" + b"a{b:c}" * 60_000 + b"</style>"
    assert discover.is_light(page(styles + b'<a href="/x">'), "link")
    assert not discover.is_light(page(styles + b"<p>" * 200_000), "link")
    assert not discover.is_light(page(b"<?xml version='1.0'?>" + styles), "link")
    assert not discover.is_light(page(styles), "feed")
    assert not discover.is_light(page(styles + b"\xe4"), "link")


@pytest.mark.parametrize(
    ("body", "article"),
    [
        (b'<META property="Article:Published_Time" content="2026">', True),
        (b"x" * (64 << 10) + b'<meta property="article:published_time">', False),
        (b"article:published_time", False),
        (
            b'<script type="application/ld+json">{"@type": "NewsArticle"}, {"@type": "ItemList"}</script>',
            False,
        ),
    ],
)
def test_what_states_an_article(body: bytes, article: bool) -> None:
    assert articles.states_article(body) is article
