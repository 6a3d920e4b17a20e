"""Two crawls of the sample sites: versions, silent changes, moves and promotions are the planted ones."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from archive.layout import Layout
from crawler.samples.server import SampleServer
from crawler.samples.truth import Planted
from tests.crawler.support import QUICK, deny_calendars, new_archive, rows, run


@pytest.fixture(scope="module")
def server() -> Iterator[SampleServer]:
    with SampleServer() as running:
        yield running


@pytest.fixture(scope="module")
def planted(server: SampleServer) -> dict[str, Planted]:
    return {each.kind: each for each in server.planted()}


@pytest.fixture(scope="module")
def twice(server: SampleServer, tmp_path_factory: pytest.TempPathFactory) -> Layout:
    layout = new_archive(tmp_path_factory.mktemp("twice") / "a", server)
    deny_calendars(layout)
    run(layout)
    server.change()
    run(layout, GAZETTE_REVISIT="all")
    return layout


def test_versions_are_the_planted_changes(twice: Layout, planted: dict[str, Planted]) -> None:
    found = rows(twice.index, "SELECT url, changed, announced FROM versions WHERE number > 1")
    assert sorted(found) == sorted(
        (planted[kind].url, ", ".join(planted[kind].changed), announced)
        for kind, announced in (("announced", 1), ("silent", 0))
    )
    words = "SELECT words_added, words_removed FROM versions WHERE url = ? AND number = 2"
    assert rows(twice.index, words, planted["silent"].url) == [(2, 2)]
    assert rows(twice.index, "SELECT url, changed FROM silent_changes") == [(planted["silent"].url, "text")]


def test_a_trivial_change_is_one_version_of_two_contents(twice: Layout, planted: dict[str, Planted]) -> None:
    found = rows(twice.index, "SELECT url, number, captures FROM versions WHERE contents > 1")
    # An article that moved has a document under each of its URLs, and says the same under both.
    expected = [(planted[kind].url, 1, 2) for kind in ("trivial", "moved", "moved-unsaid")]
    assert sorted(found) == sorted(expected)


def test_articles_are_followed_to_their_new_urls(twice: Layout, planted: dict[str, Planted]) -> None:
    found = rows(twice.index, "SELECT url, moved_to, evidence FROM article_moves")
    assert sorted(found) == sorted(
        (planted[kind].url, planted[kind].url_after, evidence)
        for kind, evidence in (("moved", "redirect"), ("moved-unsaid", "text"))
    )
    versions = "SELECT count(*) FROM article_documents JOIN article_versions USING (article_id) WHERE url = ?"
    assert rows(twice.index, versions, planted["moved"].url_after) == [(1,)]
    # An article that is known under another URL is not gone, though the old one answers 404.
    assert rows(twice.index, "SELECT url FROM gone_articles") == []


def test_promotions_are_those_of_the_pages_in_their_time(twice: Layout, server: SampleServer) -> None:
    """Of each section page, front page and feed, in both states: what stood on it, where, and when."""
    expected: dict[tuple[str, str | None, str], tuple[int, int]] = {}
    bases = tuple(outlet.base_url + "/" for outlet in server.outlets if outlet.name in QUICK)
    for stage in (1, 2):
        for url, page in server.pages(stage).items():
            if url.startswith(bases):
                shown = dict.fromkeys((promo.url, promo.headline) for promo in page.promos)
                for place, (target, headline) in enumerate(shown):
                    best, stages = expected.get((url, target, headline), (place, 0))
                    expected[url, target, headline] = (min(best, place), stages + stage)
    found = rows(
        twice.index,
        """SELECT page_url, target_url, headline, position,
                (SELECT sum(DISTINCT CASE run WHEN (SELECT min(run) FROM captures) THEN 1 ELSE 2 END)
                FROM captures WHERE url = page_url AND captured_at IN (seen_from, seen_until))
            FROM promotions WHERE place IN ('front', 'section', 'feed')""",
    )
    assert len(expected) > 80
    assert {row[:3]: row[3:] for row in found} == expected
