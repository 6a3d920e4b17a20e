"""Hostile servers beside good ones: one outcome for each URL, bounded memory, and no good page harmed."""

from __future__ import annotations

from pathlib import Path

import pytest

from archive.layout import Layout
from tests.crawler import hostile, ssrf
from tests.crawler.hostile import EVERY, HostileServers
from tests.crawler.hostile_crawl import crawl, faults, pages, site_files
from tests.crawler.small_site import SmallSite

SHORT = (
    *("zstd bomb, 1 GiB", "one tag of a million attributes", "brotli that is text", "gzip with a wrong sum"),
    *("length -1", "chunks of one byte without end", "10 MB of headers", "folded lines without end"),
    *("1xx without end", "HTTP/0.9", "Location of 1 MB", "reset in the body", "to itself", "to a file"),
    *("expired", "signed by itself", "plain HTTP where TLS should be", "robots.txt without end"),
)


def test_there_are_enough_of_them() -> None:
    assert len(EVERY) >= 60
    assert EVERY.keys() >= set(SHORT)


def test_hostile_servers_harm_nobody(tmp_path: Path) -> None:
    shapes = {name: EVERY[name] for name in SHORT}
    assert not any(shape.lasting for shape in shapes.values())
    (tmp_path / "certificates").mkdir()
    with SmallSite() as good, HostileServers(shapes, str(tmp_path / "certificates")) as servers:
        alone, beside = Layout(tmp_path / "alone"), Layout(tmp_path / "beside")
        crawl(alone, site_files(alone, good, None), None)
        crawled = crawl(beside, site_files(beside, good, servers), servers)
        # How long it took depends on what else the machine does; scripts/measure_hostile looks at that.
        assert [fault for fault in faults(crawled, servers) if " took " not in fault] == []
        assert pages(beside, good) == pages(alone, good)


@pytest.mark.parametrize("scope", [True, False])
def test_no_connection_reaches_what_is_inside(tmp_path: Path, scope: bool) -> None:
    with ssrf.Inside() as inside:
        found = ssrf.crawl(tmp_path / "archive", inside, scope=scope)
        assert inside.reached == []
    assert any(asked.startswith("news.test/refresh/") for asked in inside.asked)
    reasons = [reason for url, (_, reason) in found.items() if "rebind.test" in url and url.endswith("/")]
    assert reasons == [
        "refused: 127.0.0.1 is not a public address; allow_private = true in the site file allows it"
    ]
    if not scope:
        met = {url.rpartition("/")[2] for url in found}
        expected = {
            f"{way}-{i}"
            for way in ("link", "redirect", "refresh", "sitemap", "robots-redirect")
            for i in range(len(ssrf.SPELLINGS))
        }
        assert expected <= met
        inside_urls = [url for url in found if ".test:" not in url]
        assert {found[url][0] for url in inside_urls} == {"refused"}


def test_sitemaps_that_robots_txt_names_are_not_asked_for_inside() -> None:
    with ssrf.Inside() as inside:
        found = ssrf.asked_by_add(inside)
        assert inside.reached == []
    assert [url.rpartition("/")[2] for url in found][: len(ssrf.SPELLINGS)] == [
        f"robots-line-{i}" for i in range(len(ssrf.SPELLINGS))
    ]
    assert {state for url, (state, _) in found.items() if "robots-line" in url} == {"refused"}


def test_the_bombs_are_bombs() -> None:
    assert len(hostile.gzip_bomb()) < (4 << 20)
    assert len(hostile.zstd_bomb()) < (1 << 20)
