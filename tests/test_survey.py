from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from crawler.robots import rules_of
from crawler.sites import load_site
from crawler.survey import marks, page
from crawler.survey.marks import Seen, WallKind
from crawler.survey.page import Section, read_head
from crawler.survey.places import propose_name, same_site, sitemaps_of, within_site
from crawler.survey.sitefile import Listed, Proposal, site_file

URL = "http://127.0.0.1:8101/lokales/"


def test_the_head_names_feeds_title_and_language() -> None:
    head = read_head(
        b"""<!doctype html><html lang="de-DE"><head><title>Start | Hafenblatt</title>
        <meta property="og:site_name" content="  Das
        Hafenblatt ">
        <link rel="alternate" type="application/rss+xml" href="/feed.rss">
        <link rel="Alternate home" type="application/atom+xml; charset=utf-8" href="atom.xml">
        <link rel="alternate" type="application/rss+xml" href="/comments/feed/">
        <link rel="alternate" type="application/rss+xml" title="Kommentare" href="/k.rss">
        <link rel="alternate" hreflang="en" href="/en/">
        <link rel="alternate" type="application/rss+xml" href="javascript:void(0)">
        <link rel="alternate" type="application/rss+xml" href="/feed.rss">
        <link rel="stylesheet" type="text/css" href="/a.css"></head><body></body>""",
        URL,
    )
    assert head.title == "Das Hafenblatt"
    assert head.language == "de"
    assert head.feeds == ("http://127.0.0.1:8101/feed.rss", "http://127.0.0.1:8101/lokales/atom.xml")


def test_a_base_tag_moves_the_links() -> None:
    html = b'<base href="//example.org/x/"><link rel=alternate type="application/rss+xml" href=f.xml>'
    assert read_head(html, URL).feeds == ("http://example.org/x/f.xml",)


@pytest.mark.parametrize(
    "html", [b"", b"\x00\xff\xfe", b"%PDF-1.7 \x80", b"<html lang='\xff'><title>", b"<" * 5000]
)
def test_what_is_no_page_names_nothing(html: bytes) -> None:
    assert read_head(html, URL).feeds == ()


def test_robots_names_sitemaps() -> None:
    text = (
        b"Sitemap: /sitemap.xml\nsitemap: https://example.org/news.xml\nSitemap: /sitemap.xml\n"
        b"Sitemap: mailto:a@example.org\nUser-agent: *\nDisallow: /\n"
    )
    named = sitemaps_of(rules_of(200, text, "Gazette"), URL)
    assert named == ("http://127.0.0.1:8101/sitemap.xml", "https://example.org/news.xml")
    assert sitemaps_of(rules_of(404, text, "Gazette"), URL) == ()


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://www.Example.org/x", "example-org"),
        ("http://www2.example.org:8080/", "example-org-8080"),
        ("http://127.0.0.1:8101/", "127-0-0-1-8101"),
        ("https://müller.example/", "xn--mller-kva-example"),
        (f"https://{'a' * 60}.example.org/", "a" * 60 + "-ex"),
        ("http://[::1]:81/", "1-81"),
    ],
)
def test_a_proposed_name_is_a_valid_one(url: str, expected: str, tmp_path: Path) -> None:
    name = propose_name(url)
    assert name == expected
    path = tmp_path / f"{name}.toml"
    path.write_text(f'seeds = ["{url}"]', encoding="utf-8")
    assert load_site(path, {}).name == name


def test_the_written_file_reads_back_whatever_the_page_said(tmp_path: Path) -> None:
    html = '<title>Fisch " \\ \x07\x7f \n# [x] = """ Müller 😀</title>'.encode()
    head = read_head(html, URL)
    feeds = ('http://127.0.0.1/"a"', "http://127.0.0.1/b")
    section = Section("http://127.0.0.1:8101/lokales/", 'Lo\x07kales = " # \n x')
    found = Proposal(
        seed=URL,
        title=head.title,
        language="de",
        feeds=tuple(Listed(feed, "in the head", 3, datetime(2026, 11, 1, tzinfo=UTC)) for feed in feeds),
        sections=(section,),
        forbidden=(section,),
        next_page="http://127.0.0.1:8101/lokales/?seite=2",
        calendars=("/termine/",),
        delay=0.5,
        inside=True,
        paywall=("isAccessibleForFree is false",),
        consent=("Klaro",),
        rights=("noarchive (meta)\n[x]",),
        notes=("x\ny = 1",),
    )
    text = site_file(found)
    path = tmp_path / "x.toml"
    path.write_text(text, encoding="utf-8")
    site = load_site(path, {})
    assert site.title == 'Fisch " \\ # [x] = """ Müller 😀'
    assert (site.seeds, site.feeds, site.sitemaps) == ((URL,), feeds, ())
    assert site.sections == (section.url,)
    assert (site.language, site.allow_private, site.delay) == ("de", True, 1.0)
    assert "robots.txt asks for 0.5 s" in text
    assert "3 entries, the newest of 2026-11-01; in the head" in text
    # What stands there as a comment must be right too, once its mark is taken away.
    plain = text.replace("# x y = 1\n", "")
    lines = (line.removeprefix("# ") if " = " in line else line for line in plain.splitlines())
    uncommented = "\n".join(line for line in lines if line != "deny = []" and not line.startswith("Left out"))
    path.write_text(uncommented, encoding="utf-8")
    site = load_site(path, {})
    assert (site.max_bytes, site.deny, site.cookies) == (2_000_000_000, ("/termine/",), True)
    assert site.credentials == (("Authorization", "env:NAME"),)


def test_a_bare_proposal_is_a_valid_file_too(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_text(site_file(Proposal(URL)), encoding="utf-8")
    site = load_site(path, {})
    assert (site.seeds, site.feeds, site.sections, site.allow_private) == ((URL,), (), (), False)


@pytest.mark.parametrize(
    ("one", "other", "same", "within"),
    [
        ("http://example.org/", "https://www.example.org/x", True, True),
        ("https://www2.example.org/", "http://example.org/", True, True),
        ("https://sport.example.org/", "https://example.org/", False, True),
        ("https://example.org/", "https://sport.example.org/", False, False),
        ("https://notexample.org/", "https://example.org/", False, False),
        ("http://127.0.0.1:8101/", "http://127.0.0.1:8102/", False, False),
        ("http://example.org:8080/", "http://example.org/", False, False),
        ("mailto:a@b", "mailto:a@b", False, False),
    ],
)
def test_which_addresses_are_one_site(one: str, other: str, same: bool, within: bool) -> None:
    assert same_site(one, other) is same
    assert within_site(one, other) is within


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Hafenblatt – Hafenblatt", "Hafenblatt"),
        ("Startseite | Hafenblatt", "Hafenblatt"),
        ("Home - The Gazette", "The Gazette"),
        ("Emscher-Bote: Nachrichten", "Emscher-Bote: Nachrichten"),
        ("Startseite", "Startseite"),
        ("", None),
    ],
)
def test_the_title_is_that_of_the_site(title: str, expected: str | None) -> None:
    assert read_head(f"<title>{title}</title>", URL).title == expected


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ('<meta http-equiv=refresh content="0; url=/neu">', "http://127.0.0.1:8101/neu"),
        ("<meta http-equiv=Refresh content='3;URL=\"https://example.org/\"'>", "https://example.org/"),
        ('<meta http-equiv=refresh content="600">', None),
        ('<meta http-equiv=refresh content="300; url=/lokales/">', None),
        ('<meta http-equiv=refresh content="0; url=/lokales/">', None),
        ('<meta http-equiv=refresh content="0; url=javascript:x()">', None),
    ],
)
def test_a_page_that_passes_on(html: str, expected: str | None) -> None:
    assert page.refresh_target(html, URL) == expected


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ('<link rel=next href="?seite=2">', "?seite=2"),
        ('<a href="/lokales/seite/2">Nächste Seite</a>', "seite/2"),
        ('<a href="?page=2">Older posts »</a>', "?page=2"),
        ('<a href="?seite=2">2</a>', "?seite=2"),
        ('<a href="/sport/">Weiter</a>', None),
        ('<a href="http://example.org/?page=2">Next</a>', None),
        ("<p>Weiter</p>", None),
    ],
)
def test_the_next_page_of_a_list(html: str, expected: str | None) -> None:
    assert page.next_page(html, URL) == (URL + expected if expected else None)


def test_articles_stand_before_other_links() -> None:
    html = """<nav><a href="/sport/">Sport</a></nav><main>
        <a href="/impressum">Impressum und mehr zum Nachlesen</a>
        <a href="/lokales/rat-beschliesst-neue-bruecke-123456.html">Der Rat beschließt eine neue Brücke</a>
        <a href="/kurz">Kurz</a><a href="/bild.jpg">Ein Bild von der neuen Brücke</a>
        <a href="http://example.org/lokales/ein-anderer-bericht-aus-der-stadt">Ein Bericht von anderswo</a>
        <article><a href="/lokales/markt-zieht-um"><h3>Der Markt zieht auf die Wiese um</h3></a></article>
        <a href="?seite=2">Zur nächsten Seite mit mehr Meldungen</a></main>"""
    found = page.article_links(page.anchors(html, URL), URL)
    assert [address.rpartition("/")[2] for address in found] == [
        "rat-beschliesst-neue-bruecke-123456.html",
        "markt-zieht-um",
    ]


NEWS = (
    "<p>Der Rat der Stadt hat am Donnerstag mit großer Mehrheit beschlossen, dass die Arbeiten beginnen.</p>"
    * 12
)


@pytest.mark.parametrize(
    ("status", "headers", "html", "kind"),
    [
        (403, (("CF-Mitigated", "challenge"),), "", WallKind.CHALLENGE),
        (405, (("x-amzn-waf-action", "captcha"),), "", WallKind.CHALLENGE),
        (200, (("cf-mitigated", "challenge"),), NEWS, None),
        (503, (), "<title>Just a moment...</title><p>Checking your browser</p>", WallKind.CHALLENGE),
        (200, (), "<h1>Verify you are human</h1>", WallKind.CHALLENGE),
        (200, (), NEWS + "<p>Just a moment, he said.</p>", None),
        (403, (), "<h1>Forbidden</h1>", None),
        (200, (), '<app-root id="app"></app-root><script src=x.js></script>', WallKind.SHELL),
        (200, (), '<div id="app"><p>Ein Absatz</p></div><p>Kurz</p>', None),
        (
            200,
            (),
            "<noscript>You need to enable JavaScript to run this app.</noscript><script></script>",
            WallKind.SHELL,
        ),
        (200, (), NEWS + "<noscript>Please enable JavaScript</noscript><script></script>", None),
        (200, (), NEWS + "<button>Alle akzeptieren</button><p>Cookies, Einwilligung, Datenschutz</p>", None),
        (200, (), "", None),
    ],
)
def test_walls(status: int, headers: tuple[tuple[str, str], ...], html: str, kind: WallKind | None) -> None:
    found = marks.wall(Seen(URL, status, headers, html, page.anchors(html, URL)), 0)
    assert (found.kind if found else None) == kind


@pytest.mark.parametrize(
    ("target", "consent"),
    [
        ("https://consent.example.org/?return=x", True),
        ("https://example.org/cmp/start?url=http%3A%2F%2F127.0.0.1%2F", True),
        ("https://login.example.org/?back=http://127.0.0.1:8101/consent", False),
        ("https://example.org/consentration", False),
        ("javascript:consent()", False),
    ],
)
def test_an_address_that_asks_for_consent(target: str, consent: bool) -> None:
    assert marks.is_consent_place(target, URL) is consent


def test_marks_of_paywalls_and_layers() -> None:
    badges = '<a href=/a><span class="icon-plus">Plus</span> Ein Text</a>' * 2
    assert marks.paywall(badges) == ("2 links are marked as paid",)
    assert marks.paywall('<a href=/a><span class="plus">mehr als nur ein Zeichen davor</span></a>' * 2) == ()
    assert marks.paywall('<meta name="article:content_tier" content="locked">') == (
        "meta article:content_tier is locked",
    )
    assert marks.paywall('<meta name="article:content_tier" content="free">') == ()
    assert marks.consent_layers("<script>window.__tcfapi = 1; Sourcepoint</script>") == (
        "IAB TCF",
        "Sourcepoint",
    )
    assert marks.consent_layers('<div id="cookie-banner">Diese Seite benutzt Cookies</div>') == (
        "a box of its own",
    )
    assert marks.consent_layers('<div class="cookie-rezepte">Zimtsterne</div>') == ()
