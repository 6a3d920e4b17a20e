from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from crawler.robots import rules_of
from crawler.sites import load_site
from crawler.survey import Head, propose_name, read_head, site_file, sitemaps_of

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
    text = site_file(URL, Head(head.title, "de", feeds), (), 0.5)
    path = tmp_path / "x.toml"
    path.write_text(text, encoding="utf-8")
    site = load_site(path, {})
    assert site.title == 'Fisch " \\ # [x] = """ Müller 😀'
    assert (site.seeds, site.feeds, site.sitemaps) == ((URL,), feeds, ())
    assert site.language == "de"
    assert "robots.txt asks for 0.5 s" in text
    # What stands there as a comment must be right too, once its mark is taken away.
    uncommented = "\n".join(line.removeprefix("# ") if " = " in line else line for line in text.splitlines())
    tomllib.loads(uncommented)
    path.write_text(uncommented, encoding="utf-8")
    assert load_site(path, {}).max_bytes == 2_000_000_000
