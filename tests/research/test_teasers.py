"""Promotions of the sample outlets: what stood on each page, where, when, and under which headline."""

from __future__ import annotations

import re
from sqlite3 import Connection

import pytest

from archive.research import teasers
from tests.samples_archive import BASES, SITES, STARTS, the_planted

PLANTED = the_planted()


def _expected() -> dict[tuple[str, str, str], tuple[int, int, frozenset[int]]]:
    """(page, story, headline) -> best place, worst place, stages in which it stood there."""
    found: dict[tuple[str, str, str], tuple[int, int, frozenset[int]]] = {}
    for stage, sites in SITES.items():
        for name, site in sites.items():
            for path, page in site.pages.items():
                # A sidebar that repeats a story of the main part adds nothing.
                for place, promo in enumerate(dict.fromkeys((p.url, p.headline) for p in page.promos)):
                    key = (BASES[name] + path, str(promo[0]), promo[1])
                    best, worst, stages = found.get(key, (place, place, frozenset()))
                    found[key] = (min(best, place), max(worst, place), stages | {stage})
    return found


def test_promotions_of_pages_and_feeds_are_those_of_the_outlets(connection: Connection) -> None:
    rows = connection.execute(
        """SELECT page_url, target_url, headline, position, last_position, seen_from, seen_until, gone_by
            FROM promotions WHERE place IN ('front', 'section', 'feed')"""
    )
    days = {start.date().isoformat(): stage for stage, start in STARTS.items()}
    found = {}
    for row in rows:
        stages = frozenset({days[row["seen_from"][:10]], days[row["seen_until"][:10]]})
        # Where a list prints the day before the link, the extractor takes it for a part of the headline.
        headline = re.sub(r"^\d\d\.\d\d\. ", "", row["headline"])
        found[row["page_url"], row["target_url"], headline] = (*row[3:5], stages)
        assert (row["gone_by"] is not None) == (2 not in stages)
    expected = _expected()
    assert len(expected) > 120
    assert found == expected


def test_teasers_on_articles_are_those_of_the_outlets(connection: Connection) -> None:
    """Those without a link too, whose address other stored pages prove. Links in the middle of an article
    that are a headline alone may be records; a sidebar that names the page itself is navigation."""
    sql = """SELECT headline, teasers.url FROM teasers JOIN articles ON articles.id = document_id
        WHERE articles.url = ?"""
    truths = [page.truth for site in SITES[2].values() for page in site.pages.values() if page.truth]
    addresses = {truth.title: truth.url for truth in truths}
    seen = 0
    for truth in truths:
        found = {tuple(row) for row in connection.execute(sql, (truth.url,))}
        below = {(p.headline, p.url or addresses.get(p.headline)) for p in truth.teasers if p.text}
        beside = {(p.headline, p.url) for p in truth.sidebar}
        inside = {(p.headline, p.url) for p in truth.teasers if not p.text}
        if truth.url in {url for _, url in beside}:
            beside = set()
        assert below | beside <= found <= below | beside | inside, truth.slug
        seen += len(found)
    assert seen > 200


def test_a_headline_test_is_the_planted_one(connection: Connection) -> None:
    planted = PLANTED["headline"]
    rows = connection.execute("SELECT page_url, target_url, headline FROM headline_tests")
    front = BASES["ruhr-aktuell"] + "/"
    assert [tuple(row) for row in rows] == [(front, planted.url, each) for each in planted.promoted_as]
    shown = [row["headline"] for row in teasers.of_story(connection, planted.url) if row["place"] == "front"]
    assert shown == list(planted.promoted_as)


def test_a_story_is_followed_to_its_new_url(connection: Connection) -> None:
    move = PLANTED["moved-unsaid"]
    found = teasers.of_story(connection, move.url)
    assert {row["target_url"] for row in found} == {move.url, move.url_after}
    assert teasers.of_story(connection, move.url_after) == found


def test_what_is_promoted_and_not_stored(connection: Connection) -> None:
    """The stories on hosts that are no part of the archive; nothing that a redirect leads to."""
    found = {row["target_url"]: row for row in teasers.unstored(connection, None)}
    foreign = {
        promo.url
        for site in SITES[2].values()
        for page in site.pages.values()
        if page.truth is not None
        for promo in page.truth.teasers
        if promo.url is not None and not promo.url.startswith(tuple(BASES.values()))
    }
    assert found.keys() == foreign
    assert all(row["status"] is None for row in found.values())
    assert teasers.unstored(connection, "hafenblatt") == []
    url = min(foreign)
    assert [row["headline"] for row in teasers.of_story(connection, str(url))] == [found[url]["headline"]]


@pytest.mark.parametrize("name", BASES)
def test_what_a_site_and_its_front_page_promote(connection: Connection, name: str) -> None:
    front = [
        row["headline"] for row in teasers.on_page(connection, BASES[name] + "/") if row["captures"] == 2
    ]
    assert len(front) >= 9
    stories = teasers.of_site(connection, name)
    assert [row["front"] for row in stories] == sorted((row["front"] for row in stories), reverse=True)
    expected = {promo.url for stage in (1, 2) for promo in SITES[stage][name].pages["/"].promos}
    assert {row["target_url"] for row in stories if row["front"]} == expected
