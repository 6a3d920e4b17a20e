"""Feeds and sitemaps, kind and hostile."""

from __future__ import annotations

import gzip
import json
import time
from datetime import UTC, date, datetime

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
            date(2026, 2, 10),
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
                "https://www.talkurier.example/a-2",
                datetime(2026, 2, 10, 20, 40, tzinfo=UTC),
                "Rat tagt",
                date(2026, 2, 10),
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


def found_in(body: str | bytes) -> list[str]:
    feed = parse_feed(body.encode() if isinstance(body, str) else body, BASE)
    assert feed is not None
    return [item.url or "" for item in feed.items]


def rss(items: str, head: str = "") -> str:
    spaces = (
        "xmlns:atom='http://www.w3.org/2005/Atom' xmlns:content='http://purl.org/rss/1.0/modules/content/'"
    )
    return f"<rss version='2.0' {spaces}><channel><title>O</title>{head}{items}</channel></rss>"


def test_a_guid_is_a_link_unless_it_says_that_it_is_none() -> None:
    items = "<item><guid isPermaLink='false'>https://a.example/1</guid><title>1</title></item>"
    items += "<item><guid>https://a.example/2</guid></item><item><guid isPermaLink='true'>/3</guid></item>"
    assert found_in(rss(items)) == ["", "https://a.example/2", "https://www.talkurier.example/3"]


def test_relative_links_stand_on_xml_base() -> None:
    body = """<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://a.example/x/"><title>T</title>
    <link rel="next" href="?seite=2"/><link rel="hub" href="https://hub.example/"/>
    <entry xml:base="y/"><id>1</id><title>1</title><link rel="enclosure" href="t.mp3"/><link href="z"/>
    </entry></feed>"""
    feed = parse_feed(body.encode(), BASE)
    assert feed is not None
    assert [item.url for item in feed.items] == ["https://a.example/x/y/z"]
    assert feed.next_url == "https://a.example/x/?seite=2"


def test_an_archived_feed_leads_back_in_time() -> None:
    head = "<atom:link rel='self' href='/f'/><atom:link rel='prev-archive' href='/f/2025'/>"
    feed = parse_feed(rss("<item><link>/1</link></item>", head).encode(), BASE)
    assert feed is not None
    assert feed.next_url == "https://www.talkurier.example/f/2025"


def test_ill_formed_feeds_give_what_they_hold() -> None:
    body = rss("<item><title>A & B &nbsp;</title><link>/1?a=1&b=2</link></item><item><link>/2</link>")
    assert found_in(body[: body.index("</channel>")]) == [
        "https://www.talkurier.example/1?a=1&b=2",
        "https://www.talkurier.example/2",
    ]


def test_old_dialects() -> None:
    rdf = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">
    <channel><title>T</title></channel><item rdf:about="https://a.example/1"><title>1</title></item></rdf:RDF>"""
    assert found_in(rdf) == ["https://a.example/1"]
    netscape = """<?xml version="1.0"?><!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN"
    "http://my.netscape.com/publish/formats/rss-0.91.dtd"><rss version="0.91"><channel><title>T</title>
    <item><title>1</title><link>https://a.example/1</link></item></channel></rss>"""
    assert found_in(netscape) == ["https://a.example/1"]


def test_the_day_is_the_publishers() -> None:
    item = "<item><link>/1</link><pubDate>Tue, 10 Feb 2026 00:30:00 +0100</pubDate></item>"
    feed = parse_feed(rss(item).encode(), BASE)
    assert feed is not None
    assert feed.items[0].published == datetime(2026, 2, 9, 23, 30, tzinfo=UTC)
    assert feed.items[0].day == date(2026, 2, 10)


def json_feed(**more: object) -> bytes:
    return json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "T", **more}).encode()


def test_a_json_feed() -> None:
    items = [
        {"id": "1", "url": "/1", "title": "Eins", "date_published": "2026-02-10T21:40:00+01:00"},
        {"id": "https://a.example/2", "content_html": "<p>Zwei</p>"},
        {"title": "ohne id", "url": 7, "external_url": "https://a.example/3"},
        "no object",
    ]
    feed = parse_feed(b"\xef\xbb\xbf" + json_feed(items=items, next_url="/feed.json?page=2"), BASE)
    assert feed is not None
    assert [i.url for i in feed.items] == [
        *("https://www.talkurier.example/1", "https://a.example/2", "https://a.example/3"),
    ]
    assert (feed.items[0].title, feed.items[0].day, feed.items[1].summary) == (
        "Eins",
        date(2026, 2, 10),
        "Zwei",
    )
    assert feed.next_url == "https://www.talkurier.example/feed.json?page=2"


@pytest.mark.parametrize(
    "body",
    [
        b'{"version": "https://jsonfeed.org/version/1.1", "items": [',
        b'{"items": [{"url": "https://a.example/1"}]}',
        json_feed(items=[])[:-1] + b', "x": ' + b"[" * 100_000,
        b'["jsonfeed.org/version/1"]',
    ],
)
def test_what_is_no_json_feed(body: bytes) -> None:
    assert parse_feed(body, BASE) is None


@pytest.mark.parametrize("items", [None, 5, {"a": 1}, [None, 1, []]])
def test_a_json_feed_without_items(items: object) -> None:
    assert found_in(json_feed(items=items)) == []


def test_a_huge_feed_is_read_as_far_as_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeds, "MAX_TAGS", 200)
    found = found_in(rss("<item><link>/1</link></item>" * 1_000))
    assert 40 <= len(found) <= 50


def test_a_doctype_without_an_end_is_refused() -> None:
    body = b"<!DOCTYPE x [" * 20_000 + rss("<item><link>/1</link></item>").encode()
    start = time.process_time()
    assert parse_feed(body, BASE) is None
    assert time.process_time() - start < 5


def named(body: bytes) -> list[str]:
    found = parse_sitemap(body, BASE)
    assert found is not None
    return [entry.url.removeprefix("https://www.talkurier.example") for entry in found.entries]


def test_bare_ampersands_and_foreign_entities() -> None:
    body = "<urlset><url><loc>/a?x=1&y=2</loc></url><url><loc>/b&nbsp;c?d=1&amp;e=2</loc></url></urlset>"
    assert named(body.encode()) == ["/a?x=1&y=2", "/b&nbsp;c?d=1&e=2"]


@pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "latin-1", "cp1252"])
def test_the_charset_is_read_from_the_bytes(charset: str) -> None:
    body = '<?xml version="1.0" encoding="UTF-8"?><urlset><url><loc>/straße?a=1&amp;b=2</loc></url></urlset>'
    assert named(body.encode(charset)) == ["/stra%C3%9Fe?a=1&b=2"]


def test_missing_ends_lose_no_address() -> None:
    count = 3_000
    body = "<urlset>" + "".join(f"<url><loc>/{n}?a&amp;b</loc>" for n in range(count))
    assert sorted(named(body.encode())) == sorted(f"/{n}?a&b" for n in range(count))


def test_a_border_between_pieces_cuts_nothing() -> None:
    for shift in range(12):
        start = "<urlset>" + " " * (65_500 + shift)
        assert named(f"{start}<url><loc>/a?x=1&amp;y=2&z=3</loc></url></urlset>".encode()) == [
            "/a?x=1&y=2&z=3"
        ]


def test_gzip_is_known_by_its_bytes_and_may_be_torn() -> None:
    body = (
        "<urlset>" + "".join(f"<url><loc>/{n * 7919 % 10007}</loc></url>" for n in range(5_000)) + "</urlset>"
    )
    whole = gzip.compress(body.encode())
    assert len(named(whole)) == 5_000
    found = parse_sitemap(whole[: len(whole) // 2], BASE)
    assert found is not None
    assert found.cut
    assert 1_000 < len(found.entries) < 4_000


def test_the_last_line_of_what_was_cut_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sitemaps, "MAX_BYTES", 60)
    assert named(b"https://www.talkurier.example/eins\nhttps://www.talkurier.example/zwei") == ["/eins"]
