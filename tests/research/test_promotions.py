"""Promotions of an article of the sample outlets in two editions: one line per page and headline."""

from __future__ import annotations

from sqlite3 import Connection

import pytest

from archive.errors import BadQuery
from archive.research import fronts, promotions, teasers
from tests.samples_archive import BASES, SITES, STARTS

FRONT = BASES["emscher-bote"] + "/"
DAYS = {stage: start.date().isoformat() for stage, start in STARTS.items()}


def _stages(url: str) -> set[int]:
    """The editions in which the front page has a teaser of a story."""
    pages = {stage: sites["emscher-bote"].pages["/"] for stage, sites in SITES.items()}
    return {stage for stage, page in pages.items() if any(promo.url == url for promo in page.promos)}


def _is_stored(connection: Connection, url: str) -> bool:
    return connection.execute("SELECT 1 FROM articles WHERE url = ?", (url,)).fetchone() is not None


def _id(connection: Connection, url: str) -> str:
    row = connection.execute("SELECT id FROM articles WHERE url = ?", (url,)).fetchone()
    return str(row["id"])


def test_a_headline_on_a_page_is_one_line_with_its_time_and_its_captures(connection: Connection) -> None:
    promos = SITES[1]["emscher-bote"].pages["/"].promos
    urls = [str(promo.url) for promo in promos if _stages(str(promo.url)) == {1, 2}]
    both = next(url for url in urls if _is_stored(connection, url))
    found = promotions.of_article(connection, _id(connection, both))
    assert found[0].place == "front"
    assert (found[0].page_url, found[0].site, found[0].captures) == (FRONT, "emscher-bote", 2)
    assert (found[0].seen_from[:10], found[0].seen_until[:10]) == (DAYS[1], DAYS[2])


def test_each_page_and_headline_stands_once_also_for_a_story_under_several_urls(
    connection: Connection,
) -> None:
    rows = connection.execute("SELECT article_id FROM article_documents GROUP BY 1 HAVING count(*) > 1")
    several = [str(row["article_id"]) for row in rows]
    assert several
    listed = 0
    for article in several:
        found = promotions.of_article(connection, article)
        lines = [(one.page_url, one.headline) for one in found]
        assert len(set(lines)) == len(lines)
        every = teasers.of_story(connection, article)
        assert {url for url, _ in lines} == {row["page_url"] for row in every}
        for one in found:
            same = [row for row in every if (row["page_url"], row["headline"]) == lines[found.index(one)]]
            assert one.seen_from <= min(row["seen_from"] for row in same)
            assert one.seen_until >= max(row["seen_until"] for row in same)
            assert max(row["captures"] for row in same) <= one.captures <= len(STARTS)
        listed += len(found)
    assert listed > 10


def test_front_pages_come_first_and_articles_last(connection: Connection) -> None:
    order = {"front": 0, "section": 1, "feed": 2, "article": 3, "other": 3}
    rows = connection.execute(
        "SELECT target_id, count(*) FROM promotions WHERE target_id NOT NULL GROUP BY 1"
    )
    most = max(rows, key=lambda row: row[1])
    places = [one.place for one in promotions.of_article(connection, most[0])]
    assert places == sorted(places, key=order.__getitem__)
    assert len(set(places)) > 1


def test_a_list_that_promoted_it_is_among_the_pages_of_its_outlet(connection: Connection) -> None:
    """The line of a list leads to what stood there at that time."""
    rows = connection.execute("SELECT DISTINCT target_id FROM promotions WHERE target_id NOT NULL").fetchall()
    known = {name: {page.url for page in fronts.pages(connection, name)} for name in BASES}
    lists = {
        (str(one.site), one.page_url)
        for row in rows
        for one in promotions.of_article(connection, row["target_id"])
        if one.place in ("front", "section")
    }
    assert len(lists) > 10
    assert all(url in known[site] for site, url in lists)


def test_an_id_that_is_not_there_is_told(connection: Connection) -> None:
    with pytest.raises(BadQuery):
        promotions.of_article(connection, "aaaaaaaaaaaaaaaa")
