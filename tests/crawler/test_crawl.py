"""The whole way over the sample outlets: what is fetched, kept, taken for what it is, and found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import pytest

from archive.db import open_reader
from archive.layout import Layout
from archive.research.search import search
from archive.types import Query
from archive.warc.names import files
from archive.warc.reader import CaptureWalk
from crawler.cli.crawling import Ended
from crawler.samples.loopback import RequestLog
from crawler.samples.server import SampleServer
from tests.crawler.support import ALL, articles, new_archive, rows, run


class Crawled(NamedTuple):
    server: SampleServer
    layout: Layout
    ended: Ended
    log: list[RequestLog]


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crawled]:
    """All three outlets after one crawl, with every delay honoured."""
    with SampleServer() as server:
        layout = new_archive(tmp_path_factory.mktemp("crawl") / "a", server, ALL, delay=0.02)
        ended = run(layout)
        yield Crawled(server, layout, ended, list(server.requests))


def test_it_ends_well_and_says_how(crawled: Crawled) -> None:
    assert crawled.ended.code == 0
    assert crawled.ended.run is not None
    ((code, reason),) = rows(crawled.layout.crawl_db, "SELECT exit_code, reason FROM runs")
    assert (code, reason) == (0, "finished")
    parts = dict(rows(crawled.layout.crawl_db, "SELECT site, reason FROM run_sites"))
    assert parts == {"ruhr-aktuell": "page budget", "emscher-bote": "finished", "hafenblatt": "finished"}


def test_every_article_is_an_article_and_nothing_else_is(crawled: Crawled) -> None:
    found = articles(crawled.layout)
    assert set(found) == set(crawled.server.expected())
    kinds = {url: crawled.server.kind(url) for url in found}
    assert Counter(kinds.values()) == {"article": 66}


def test_sections_are_sections(crawled: Crawled) -> None:
    found = dict(rows(crawled.layout.index, "SELECT url, kind FROM documents WHERE newest"))
    wanted = {u for u, page in crawled.server.pages().items() if page.kind == "section" and u in found}
    assert len(wanted) >= 15
    assert {url: found[url] for url in wanted} == dict.fromkeys(wanted, "section")


def test_both_seed_stories_are_found_and_lead_back_to_their_bytes(crawled: Crawled) -> None:
    connection = open_reader(crawled.layout.index)
    hits = search(connection, Query("Kufen"))
    connection.close()
    assert {hit.site for hit in hits} == {"ruhr-aktuell", "emscher-bote"}
    for hit in hits:
        file = next(f for f in files(crawled.layout.warc) if f.name == hit.ref.warc)
        walk = CaptureWalk(file.path, file.name, hit.ref.offset, hit.ref.offset + hit.ref.length)
        (entry,) = walk
        assert entry.capture.url == hit.url
        assert walk.offset == hit.ref.offset + hit.ref.length


def test_every_request_is_kept_and_nothing_was_asked_twice(crawled: Crawled) -> None:
    captures = rows(crawled.layout.index, "SELECT url, status FROM captures")
    kept = Counter(
        (url.partition("/")[2].partition("/")[2].partition("/")[2], status) for url, status in captures
    )
    asked = Counter((request.path.removeprefix("/"), request.status) for request in crawled.log)
    assert kept == asked
    repeated = {key for key, times in asked.items() if times > 1 and key[1] < 500}
    # The outlets share some paths; a server error is tried again.
    shared = {
        "",
        "robots.txt",
        "impressum",
        "datenschutz",
        "sitemap.xml",
        ".well-known/tdmrep.json",
        "ai.txt",
    }
    assert {path for path, _ in repeated} <= shared


def test_what_robots_txt_forbids_is_refused_with_the_reason(crawled: Crawled) -> None:
    forbidden = {url for url, page in crawled.server.pages().items() if page.kind == "forbidden"}
    refused = dict(rows(crawled.layout.crawl_db, "SELECT url, reason FROM urls WHERE state = 'refused'"))
    assert forbidden & set(refused)
    assert {refused[url] for url in forbidden & set(refused)} == {"robots.txt"}
    assert not any(request.path.startswith(("/intern", "/suche")) for request in crawled.log)


def test_crawl_delay_and_site_delay_are_honoured(crawled: Crawled) -> None:
    for outlet, delay in (("hafenblatt", 0.5), ("ruhr-aktuell", 0.02)):
        starts = [r.started_at for r in crawled.log if r.outlet == outlet]
        gaps = [later - earlier for earlier, later in pairwise(starts)]
        assert (
            min(gaps[1:]) >= delay
        )  # the first one stands between robots.txt, which says so, and what follows


def test_feeds_and_sitemaps_come_before_links_and_robots_before_all(crawled: Crawled) -> None:
    order = [r.path for r in crawled.log if r.outlet == "ruhr-aktuell"]
    assert order[:3] == ["/robots.txt", "/.well-known/tdmrep.json", "/ai.txt"]
    assert {"/sitemap.xml", "/feed.rss"} <= set(order[3:6])


def test_the_endless_calendar_costs_no_more_than_the_budget(crawled: Crawled) -> None:
    pages = rows(
        crawled.layout.crawl_db,
        "SELECT count(*) FROM urls WHERE state = 'expanded' AND url LIKE '%/termine/%'",
    )
    assert 0 < pages[0][0] <= 20
    denied = rows(crawled.layout.crawl_db, "SELECT DISTINCT reason FROM urls WHERE url LIKE '%/kalender/%'")
    assert denied == [("denied by the site file",)]


def test_captures_know_site_run_and_way(crawled: Crawled) -> None:
    told = rows(crawled.layout.index, "SELECT DISTINCT site, run FROM captures")
    assert sorted(told) == sorted((name, crawled.ended.run) for name in ALL)
    ((via,),) = rows(
        crawled.layout.index,
        "SELECT via FROM captures WHERE url LIKE '%/feed.rss' OR url LIKE '%/feed.atom' LIMIT 1",
    )
    assert via is None
    assert rows(crawled.layout.index, "SELECT count(*) FROM captures WHERE via LIKE '%/sitemap%'")[0][0] > 10


def test_unchanged_sites_add_captures_and_no_document(crawled: Crawled, tmp_path: Path) -> None:
    layout = new_archive(tmp_path / "a", crawled.server, ("emscher-bote",))
    run(layout)
    before = {
        name: rows(layout.index, f"SELECT count(*) FROM {name}")[0][0] for name in ("captures", "documents")
    }
    assert run(layout, GAZETTE_REVISIT="all").code == 0
    after = {
        name: rows(layout.index, f"SELECT count(*) FROM {name}")[0][0] for name in ("captures", "documents")
    }
    # A link that leads nowhere is no known page: it has its time.
    (gone,) = rows(layout.crawl_db, "SELECT count(*) FROM urls WHERE gone AND kind = 'link'")[0]
    assert after["captures"] == 2 * before["captures"] - gone
    assert after["documents"] == before["documents"]
