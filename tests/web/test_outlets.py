from __future__ import annotations

import asyncio
import html
from datetime import timedelta

import httpx
from datasette.app import Datasette

from archive.layout import Layout
from archive.research.desk import open_desk
from tests.samples_archive import STARTS


def get(room: Datasette, path: str, language: str = "en") -> httpx.Response:
    response: httpx.Response = asyncio.run(room.client.get(path, headers={"accept-language": language}))
    return response


def test_all_outlets_stand_in_one_table_with_most_articles_first(room: Datasette, layout: Layout) -> None:
    text = get(room, "/outlets").text
    with open_desk(layout.root) as archive:
        sites = archive.sql("SELECT name, articles FROM sites ORDER BY articles DESC, name")
    places = [text.index(f'href="/outlet/{site["name"]}"') for site in sites]
    assert places == sorted(places)
    for site, place in zip(sites, places, strict=True):
        row = text[place:].partition("</tr>")[0]
        assert f'<td class="number">{site["articles"]}</td>' in row
        assert "14\u00a0November 2025" in row
        assert "28\u00a0November 2025" in row


def test_an_outlet_shows_what_the_archive_has_of_it(room: Datasette, layout: Layout) -> None:
    name = "ruhr-aktuell"
    page = get(room, f"/outlet/{name}").text
    text = html.unescape(page)
    with open_desk(layout.root) as archive:
        newest = archive.sql(
            "SELECT id, title FROM articles WHERE site = ? ORDER BY pk DESC LIMIT 12", [name]
        )
        sections = archive.sql(
            "SELECT section, count(*) AS n FROM articles WHERE site = ? AND section <> '' GROUP BY 1",
            [name],
        )
        runs = archive.sql("SELECT * FROM runs WHERE site = ?", [name])
    assert all(f'href="/article/{row["id"]}"' in text and row["title"] in text for row in newest)
    for row in sections:
        assert f'section={row["section"]}">{row["section"]}</a></th><td class="number">{row["n"]}<' in text
    assert f'href="/find?site={name}"' in text
    assert f'href="/outlet/{name}/front"' in text
    assert len(runs) == len(STARTS)
    for run in runs:
        line = text.partition(f'title="{run["run"]}"')[2].partition("</tr>")[0]
        shown = [run[c] for c in ("ok", "unchanged", "redirects", "errors", "failed", "refused")]
        assert "".join(f'<td class="number">{n}</td>' for n in shown) in "".join(line.split("\n")).replace(
            "        ", ""
        )
    failed = sum(run["errors"] + run["failed"] for run in runs)
    asked = sum(run["captures"] + run["failed"] for run in runs)
    assert f"{failed} of {asked} requests" in text


def test_what_the_front_page_promotes_stands_with_the_time_it_did(room: Datasette) -> None:
    text = get(room, "/outlet/emscher-bote", "de").text
    _, _, promoted = text.partition("Am längsten auf der Titelseite")
    span = STARTS[2] - STARTS[1]
    assert span == timedelta(days=14)
    assert "14 Tage" in promoted.partition("</ol>")[0]


def test_no_outlet_of_that_name(room: Datasette) -> None:
    response = get(room, "/outlet/nirgends")
    assert response.status_code == 404
    assert "nirgends" in response.text
    assert get(room, "/outlet/%3Cscript%3E").text.count("<script>") == 0
