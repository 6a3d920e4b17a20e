"""Feeds and sitemaps, kind and hostile."""

from __future__ import annotations

import gzip
import time
from datetime import UTC, datetime

import pytest

from archive.extract import feeds, sitemaps
from archive.extract.feeds import parse_feed
from archive.extract.sitemaps import parse_sitemap

BASE = "https://www.talkurier.example/karte/sitemap.xml"
BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "lol">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + i, b"&%c;" % (97 + i) * 10) for i in range(9))
    + b"]>"
)
ATOM = """<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="de"><title>Talkurier</title>
<link href="https://www.talkurier.example/"/>
<entry><title>Rat tagt</title><id>tag:1</id><link href="/rat-tagt-1"/><updated>2026-02-10T20:40:00Z</updated>
<summary type="html">&lt;p&gt;Viel zu &lt;b&gt;tun&lt;/b&gt;&lt;/p&gt;</summary></entry></feed>"""


def test_atom() -> None:
    feed = parse_feed(ATOM.encode(), BASE)
    assert feed is not None
    assert (feed.title, feed.url, feed.language) == ("Talkurier", "https://www.talkurier.example/", "de")
    assert feed.items == (
        feeds.FeedItem(
            "Rat tagt",
            "https://www.talkurier.example/rat-tagt-1",
            "Viel zu tun",
            datetime(2026, 2, 10, 20, 40, tzinfo=UTC),
            "tag:1",
        ),
    )


def test_rss_in_an_old_charset() -> None:
    channel = "<channel><title>Grüße</title></channel>"
    text = f'<?xml version="1.0" encoding="ISO-8859-1"?><rss version="2.0">{channel}</rss>'
    feed = parse_feed(text.encode("latin-1"), BASE)
    assert feed is not None
    assert feed.title == "Grüße"


@pytest.mark.parametrize(
    "body", [b"", b"<html><body>no feed</body></html>", b"/etc/passwd", b"https://www.talkurier.example/"]
)
def test_what_is_no_feed(body: bytes) -> None:
    assert parse_feed(body, BASE) is None


def test_an_entity_bomb_in_a_feed_stays_small() -> None:
    body = (
        BOMB + b"<rss version='2.0'><channel><title>&j;</title><item><title>a</title></item></channel></rss>"
    )
    start = time.process_time()
    feed = parse_feed(body, BASE)
    assert time.process_time() - start < 2
    assert feed is None or len(feed.title or "") < 1000


def test_urlset_and_news() -> None:
    body = """<?xml version="1.0" encoding="UTF-8"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"
     xmlns:news="http://www.google.com/schemas/sitemap-news/0.9" xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">
     <url><loc> https://www.talkurier.example/a-1?x=1&amp;y=2 </loc><lastmod>2026-02-10</lastmod>
      <image:image><image:loc>https://www.talkurier.example/bild.jpg</image:loc></image:image></url>
     <url><loc>/a-2</loc><news:news><news:publication_date>2026-02-10T21:40:00+01:00</news:publication_date>
      <news:title>Rat tagt</news:title></news:news></url><url><lastmod>2026-01-01</lastmod></url></urlset>"""
    found = parse_sitemap(body.encode(), BASE)
    assert found == sitemaps.Sitemap(
        False,
        (
            sitemaps.SitemapEntry(
                "https://www.talkurier.example/a-1?x=1&y=2", datetime(2026, 2, 10, tzinfo=UTC), None
            ),
            sitemaps.SitemapEntry(
                "https://www.talkurier.example/a-2", datetime(2026, 2, 10, 20, 40, tzinfo=UTC), "Rat tagt"
            ),
        ),
        False,
    )


def test_an_index_gzipped() -> None:
    body = gzip.compress(b"<sitemapindex><sitemap><loc>/s1.xml</loc></sitemap></sitemapindex>")
    found = parse_sitemap(body, BASE)
    assert found is not None
    assert (found.index, [e.url for e in found.entries]) == (True, ["https://www.talkurier.example/s1.xml"])


def test_plain_text() -> None:
    found = parse_sitemap(
        b"\xef\xbb\xbfhttps://www.talkurier.example/a\r\nhttps://www.talkurier.example/b\n", BASE
    )
    assert found is not None
    assert [e.url[-1] for e in found.entries] == ["a", "b"]


def test_a_torn_sitemap_gives_what_it_held() -> None:
    found = parse_sitemap(b"<urlset><url><loc>/a</loc></url><url><loc>/b", BASE)
    assert found is not None
    assert ([e.url for e in found.entries][:1], found.cut) == (["https://www.talkurier.example/a"], True)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"words",
        b"<html><body></body></html>",
        b"<rss/>",
        b"\x1f\x8b\x08junk",
        BOMB + b"<urlset>&j;</urlset>",
    ],
)
def test_what_is_no_sitemap(body: bytes) -> None:
    assert parse_sitemap(body, BASE) is None


def test_an_external_entity_is_never_read() -> None:
    secret = "file:///etc/hostname"
    padding = b" " * 5000  # behind the place where a doctype is looked for first
    body = b"<?xml version='1.0'?>" + padding + f'<!DOCTYPE u [<!ENTITY x SYSTEM "{secret}">]>'.encode()
    found = parse_sitemap(body + b"<urlset><url><loc>/a&x;</loc></url></urlset>", BASE)
    assert found is None or [e.url for e in found.entries] in ([], ["https://www.talkurier.example/a"])


def test_a_gzip_bomb_is_cut_at_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sitemaps, "MAX_BYTES", 100_000)
    entry = b"<url><loc>/a</loc></url>"
    found = parse_sitemap(gzip.compress(b"<urlset>" + entry * 100_000 + b"</urlset>"), BASE)
    assert found is not None
    assert found.cut
    assert len(found.entries) <= 100_000 // len(entry)


def test_entries_beyond_the_limit_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sitemaps, "MAX_ENTRIES", 5)
    found = parse_sitemap(b"<urlset>" + b"<url><loc>/a</loc></url>" * 9 + b"</urlset>", BASE)
    assert found is not None
    assert (len(found.entries), found.cut) == (5, True)
