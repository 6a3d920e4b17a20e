"""The sample outlets as data: what must be there is there, and every link leads somewhere on purpose."""

from __future__ import annotations

import itertools
import json
import re
import tomllib
import xml.etree.ElementTree as ElementTree
from collections import Counter
from collections.abc import Iterator
from dataclasses import fields

import pytest

from archive.types import Site
from archive.urls import canonical, join
from crawler.samples.outlets import Served
from crawler.samples.server import SampleServer
from crawler.samples.truth import ArticleTruth

LINK = re.compile(r'(?:href|src|action)="([^"]+)"')
DEMANDED = {
    *("seed-1", "seed-2", "paywall", "live-ticker", "gallery", "line-breaks", "download", "agency"),
    *("teasers-cards", "teasers-inside", "teasers-plain", "teasers-strong", "teasers-h3link", "also-box"),
    *("comments", "windows-1252", "charset-in-page", "gzip", "chunked", "changes", "moves", "bare"),
}


@pytest.fixture(scope="module")
def samples() -> Iterator[SampleServer]:
    with SampleServer() as running:
        yield running


@pytest.fixture(scope="module")
def articles(samples: SampleServer) -> dict[str, ArticleTruth]:
    return samples.expected()


def _html(served: Served) -> str:
    charset = re.search(rb'charset="?([a-z0-9-]+)', served.resource.body)
    return served.resource.body.decode(charset[1].decode() if charset else "utf-8")


def _one(articles: dict[str, ArticleTruth], shape: str) -> ArticleTruth:
    return next(truth for truth in articles.values() if shape in truth.shapes)


def test_there_are_enough(samples: SampleServer, articles: dict[str, ArticleTruth]) -> None:
    assert len(samples.outlets) == 3
    assert len(articles) >= 60
    assert len({truth.title for truth in articles.values()}) == len(articles)
    assert sum(truth.language == "en" for truth in articles.values()) >= 4
    # The outlet that wants half a second between two requests must not make a demo long.
    slow = samples.outlets[2].base_url
    robots = samples.pages()[slow + "/robots.txt"].resource.body
    assert b"Crawl-delay: 0.5" in robots
    assert len([u for u, p in samples.pages().items() if u.startswith(slow) and p.kind != "requisite"]) <= 30


def test_every_shape_is_there(articles: dict[str, ArticleTruth]) -> None:
    assert set().union(*(truth.shapes for truth in articles.values())) >= DEMANDED


def test_texts_differ(articles: dict[str, ArticleTruth]) -> None:
    counts = Counter(p for truth in articles.values() for p in truth.paragraphs)
    assert [p for p, n in counts.items() if n > 1] == []
    for truth in articles.values():
        if not truth.shapes & {"paywall", "gallery", "live-ticker"}:
            assert len(truth.paragraphs) >= 4, truth.slug


def _shingles(truth: ArticleTruth) -> set[tuple[str, ...]]:
    words = re.findall(r"\w+", " ".join([truth.lead, *truth.paragraphs]).lower())
    return set(zip(words, words[1:], words[2:], strict=False))


def test_stories_told_twice_stand_out(articles: dict[str, ArticleTruth]) -> None:
    shingles = {truth.slug: _shingles(truth) for truth in articles.values()}
    shared = {
        frozenset((a, b)): len(first & second) / min(len(first), len(second))
        for (a, first), (b, second) in itertools.combinations(shingles.items(), 2)
    }
    pairs = [
        {"giesswasser-glatteisfalle", "eis-aus-der-giesskanne"},
        {"hallenbad-altenbrock-schliesst", "hallenbad-dichtgemacht"},
        {"emscherbruecke-wanbrueck", "bruecke-wanbrueck-lkw-verbot"},
        {"hafenkran-gruendungspfaehle", "neuer-kai-erste-pfaehle"},
        {"essen-wird-zur-smart-city", "buergermeister-kufen-itec-learning-journey"},
    ]
    told_twice = [shared.pop(frozenset(pair)) for pair in pairs]
    assert min(told_twice) > 0.2
    assert max(shared.values()) < 0.05


def test_seed_stories_stand_as_they_were_found(
    samples: SampleServer, articles: dict[str, ArticleTruth]
) -> None:
    first, second = _one(articles, "seed-1"), _one(articles, "seed-2")
    page = _html(samples.pages()[first.url])
    assert first.url.startswith(samples.outlets[0].base_url)
    assert page.count(f">{first.title}<") == 2
    assert ">Vorspann<" in page
    assert ">Artikeltext<" in page
    assert "Admin User" in page
    assert len(first.teasers) == 12
    titles = {truth.title for truth in articles.values()}
    assert 5 <= sum(teaser.headline in titles for teaser in first.teasers) < 12
    page = _html(samples.pages()[second.url])
    assert second.url.startswith(samples.outlets[1].base_url)
    assert ">2 Min.<" in page
    assert 'alt="Ein Infobrett, Gebäude' in page
    assert all("Kufen" in " ".join(seed.paragraphs) for seed in (first, second))


def test_truth_stands_on_the_pages(samples: SampleServer, articles: dict[str, ArticleTruth]) -> None:
    for url, truth in articles.items():
        page = _html(samples.pages()[url]).replace("&amp;", "&")
        page = re.sub(r"</?a\b[^>]*>", "", page)
        for text in (truth.title, truth.lead, *truth.paragraphs, *truth.captions, *truth.comments):
            assert all(line in page for line in text.split("\n")), (url, text)
        assert truth.published in page


@pytest.mark.parametrize("stage", [1, 2])
def test_every_link_leads_somewhere_on_purpose(samples: SampleServer, stage: int) -> None:
    pages = samples.pages(stage)
    odd = set()
    for url, served in pages.items():
        if not served.resource.content_type.startswith("text/html"):
            continue
        for found in LINK.findall(_html(served)):
            target = canonical(join(url, found.replace("&amp;", "&")) or "")
            if target is None or not target.startswith("http://127.0.0.1:") or target in pages:
                continue
            kind = samples.kind(target, stage)
            if kind not in ("calendar", "forbidden"):
                odd.add(target)
    emscher = samples.outlets[1].base_url
    assert odd == {f"{emscher}/archiv/2019/index.html"}


def test_articles_are_reached_by_following_links(
    samples: SampleServer, articles: dict[str, ArticleTruth]
) -> None:
    pages = samples.pages()
    for outlet in samples.outlets:
        todo, known = [outlet.base_url + "/"], {outlet.base_url + "/"}
        while todo:
            url = todo.pop()
            if pages[url].resource.content_type.startswith("text/html"):
                new = {canonical(join(url, link) or "") for link in LINK.findall(_html(pages[url]))}
                fresh = {link for link in new if link in pages} - known
                known |= {link for link in fresh if link}
                todo += [link for link in fresh if link]
        mine = {url for url in articles if url.startswith(outlet.base_url)}
        assert mine <= known


def test_feeds_and_sitemaps_name_articles(samples: SampleServer, articles: dict[str, ArticleTruth]) -> None:
    pages = samples.pages()
    modern, soup = samples.outlets[0].base_url, samples.outlets[1].base_url

    def locations(path: str, tag: str) -> list[str]:
        root = ElementTree.fromstring(pages[modern + path].resource.body)
        return [element.text or "" for element in root.iter() if element.tag.endswith(tag)]

    assert locations("/sitemap.xml", "}loc") == [
        modern + "/sitemap-artikel.xml",
        modern + "/sitemap-news.xml",
    ]
    assert set(locations("/sitemap-artikel.xml", "}loc")) == {u for u in articles if u.startswith(modern)}
    assert set(locations("/sitemap-news.xml", "}loc")) < set(articles)
    assert len(locations("/sitemap-news.xml", "}publication_date")) == 10
    assert len(set(locations("/feed.rss", "link")) & set(articles)) == 10
    root = ElementTree.fromstring(pages[soup + "/atom.xml"].resource.body)
    hrefs = [
        e.get("href") for e in root.iter("{http://www.w3.org/2005/Atom}link") if e.get("rel") == "alternate"
    ]
    assert len(hrefs) == 12
    assert set(hrefs) < set(articles)


def test_pages_that_are_no_articles(samples: SampleServer) -> None:
    pages = samples.pages()
    modern, soup, lean = (outlet.base_url for outlet in samples.outlets)
    status = {url: served.resource.status for url, served in pages.items() if served.kind == "none"}
    assert status == {modern + "/dossier/stadthalle": 500, soup + "/node/4711": 301}
    assert samples.kind(modern + "/region?seite=2") == "section"
    assert samples.kind(soup + "/lokales/seite/2") == "section"
    assert samples.kind(lean + "/rubrik/hafen/") == "section"
    assert samples.kind(modern + "/intern/redaktionsplan") == "forbidden"
    assert samples.kind(modern + "/suche?q=Rathaus") == "forbidden"
    pdf = pages[modern + "/downloads/amtsblatt-44-2025.pdf"]
    assert pdf.kind == "other"
    assert pdf.resource.body.startswith(b"%PDF-1.4\n")
    start = int(pdf.resource.body.split(b"startxref\n")[1].split(b"\n")[0])
    assert pdf.resource.body[start:].startswith(b"xref\n")


def test_the_calendar_has_no_end(samples: SampleServer) -> None:
    base = samples.outlets[1].base_url
    url = f"{base}/kalender/2026/11?ansicht=monat"
    seen = []
    for _ in range(30):
        assert samples.kind(url) == "calendar"
        seen.append(url)
        url = base + LINK.findall(_html(samples.served(url)).split("Voriger Monat")[1])[0]
    assert seen[2] == f"{base}/kalender/2027/1?ansicht=monat"
    assert len(set(seen)) == 30
    assert samples.is_calendar(url)
    assert samples.kind(f"{base}/kalender/2026/13") == "none"
    assert samples.kind(f"{base}/termine/2026/11") == "none"


def test_the_second_stage_changes_what_was_planted(samples: SampleServer) -> None:
    before, after = samples.expected(1), samples.expected(2)
    planted = {each.kind: each for each in samples.planted()}
    assert len(planted) == len(samples.planted()) == 6
    changed = {planted[kind].url for kind in ("announced", "silent")}
    touched = changed | {planted["trivial"].url}
    moved = [planted["moved"], planted["moved-unsaid"]]
    # The stamp of the trivial change is no text; its quotes are another style of it.
    assert {u for u in before.keys() & after.keys() if before[u] != after[u]} == touched
    told = {kind: before[p.url].modified != after[p.url_after].modified for kind, p in planted.items()}
    assert [kind for kind, is_so in told.items() if is_so] == ["announced"]
    assert set(before) - set(after) == {each.url for each in moved}
    assert set(after) - set(before) == {each.url_after for each in moved}
    assert all(after[each.url_after].paragraphs == before[each.url].paragraphs for each in moved)
    old = samples.served(planted["moved"].url, 2).resource
    assert (old.status, old.headers) == (301, (("Location", planted["moved"].url_after),))
    assert samples.served(planted["moved-unsaid"].url, 2).resource.status == 404
    same = [
        samples.pages(1)[u].resource == samples.pages(2)[u].resource
        for u in before.keys() & after.keys() - touched
    ]
    assert all(same)
    assert len(same) == len(before) - 5


def test_site_files_say_what_a_site_file_may_say(samples: SampleServer) -> None:
    keys = {field.name for field in fields(Site)} - {"name"}
    read = {outlet.name: tomllib.loads(samples.site_file(outlet.name)) for outlet in samples.outlets}
    for outlet in samples.outlets:
        site = read[outlet.name]
        assert set(site) <= keys
        for url in [*site["seeds"], *site["sections"], *site.get("feeds", []), *site.get("sitemaps", [])]:
            assert url in samples.pages()
    assert re.search(read["emscher-bote"]["deny"][0], "http://127.0.0.1:1/kalender/2026/11?ansicht=monat")
    crawled = [
        url
        for url, page in samples.pages().items()
        if url.startswith(samples.outlets[0].base_url) and page.kind != "requisite"
    ]
    assert read["ruhr-aktuell"]["max_pages"] > len(crawled)


def test_json_ld_is_valid_and_dated(samples: SampleServer, articles: dict[str, ArticleTruth]) -> None:
    offsets = Counter(truth.published[-6:] for truth in articles.values())
    assert set(offsets) == {"+01:00", "+02:00"}
    for url, truth in articles.items():
        found = re.search(r'<script type="application/ld\+json">(.*?)</script>', _html(samples.pages()[url]))
        if not url.startswith(samples.outlets[0].base_url):
            assert found is None
            continue
        assert found is not None
        data = json.loads(found[1])
        assert data["headline"] == truth.title
        assert data["datePublished"] == truth.published
        assert data["isAccessibleForFree"] is not truth.paywall
        assert (data["@type"] == "LiveBlogPosting") == ("live-ticker" in truth.shapes)
