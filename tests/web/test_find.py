from __future__ import annotations

import asyncio
import csv
import html
import io
import json
import re
import sqlite3
from contextlib import closing
from urllib.parse import parse_qsl, quote, urlencode

import bibtexparser
import httpx
import pytest
import rispy
from datasette.app import Datasette

from archive.layout import Layout
from archive.research.desk import open_desk
from archive.web import find, handing
from archive.web.readers import TooSlow

HIT = re.compile(r'<h3><a href="/article/([a-z2-7]+)">')
NEXT = re.compile(r'rel="next" class="next" href="([^"]+)"')
BAR = re.compile(
    r'<a href="([^"]+)" data-since="([-\d]+)" data-until="([-\d]+)" data-first="[^"]+" data-last="[^"]+"'
    r'\s+aria-label="([^"]+)"'
)


def get(room: Datasette, path: str, **asked: str) -> httpx.Response:
    address = f"{path}?{urlencode(asked)}" if asked else path
    response: httpx.Response = asyncio.run(room.client.get(address))
    return response


def hits(room: Datasette, **asked: str) -> list[str]:
    response = get(room, "/find", **asked)
    assert response.status_code == 200
    return HIT.findall(response.text)


def test_a_word_is_found_in_any_form_and_marked(room: Datasette, layout: Layout) -> None:
    with open_desk(layout.root) as archive:
        expected = archive.search("Brücken")
    page = get(room, "/find", q="Brücken").text
    assert HIT.findall(page) == [hit.document_id for hit in expected]
    marked = re.findall(r"<mark>([^<]+)</mark>", page)
    assert len(marked) >= len(expected)
    assert {"Brücke", "Kohlenbrücke"} <= set(marked)
    assert not any(character in page for character in "\x02\x03")


def test_what_is_typed_and_what_is_archived_is_text(room: Datasette) -> None:
    hostile = '"><script>alert(1)</script>'
    for asked in ({"q": hostile + '"'}, {"author": hostile}, {"site": hostile}, {"since": hostile}):
        for path in ("/find", "/find/facets"):
            text = get(room, path, **asked).text
            assert "<script>alert" not in text
    assert list(find.pieces("a <b>\x02c\x03 \x02d\x03")) == [
        (False, "a <b>"),
        (True, "c"),
        (False, " "),
        (True, "d"),
    ]


def test_what_a_filter_is_called_is_read_aloud_as_it_is_written(room: Datasette) -> None:
    text = get(room, "/find", q="Haus", section='Wein & "Bier"').text
    (said,) = re.findall(r'aria-label="(Remove: [^"]*)"', text)
    assert html.unescape(said) == 'Remove: Wein & "Bier"'


def test_pages_follow_each_other_without_a_gap(room: Datasette, layout: Layout) -> None:
    with open_desk(layout.root) as archive:
        newest = [row["id"] for row in archive.sql("SELECT id FROM articles ORDER BY pk DESC")]
        ranked = [hit.document_id for hit in archive.search("der", limit=1000)]
    for first, expected in (("/find", newest), ("/find?q=der", ranked)):
        seen: list[str] = []
        path: str | None = first
        while path:
            page = get(room, path).text
            seen += HIT.findall(page)
            following = NEXT.search(page)
            path = html.unescape(following[1]) if following else None
        assert seen == expected
        assert len(seen) > 20


@pytest.mark.parametrize(
    "asked",
    [
        {"site": "ruhr-aktuell"},
        {"since": "2025-11-01", "until": "2025-11-10"},
        {"author": "voss"},
        {"section": "sport"},
        {"language": "en"},
        {"paywall": "yes"},
        {"paywall": "no", "site": "hafenblatt"},
        {"kind": "section", "site": "emscher-bote"},
        {"kind": "section", "q": "Essen"},
        {"q": "Brücken", "exact": "1"},
        {"q": "title:Brücke OR Kanal", "sort": "date"},
    ],
)
def test_filters_narrow_a_search_and_a_list_alike(
    room: Datasette, layout: Layout, asked: dict[str, str]
) -> None:
    filters: dict[str, object] = {**asked}
    text, order = str(filters.pop("q", "")), filters.pop("sort", "relevance")
    if "paywall" in filters:
        filters["paywall"] = asked["paywall"] == "yes"
    with open_desk(layout.root) as archive:
        if text:
            expected = [hit.document_id for hit in archive.search(text, order=order, **filters)]  # type: ignore[arg-type]
        else:
            expected = [article.id for article in archive.articles(**filters)][::-1]  # type: ignore[arg-type]
    assert expected
    assert hits(room, **asked) == expected[:20]
    counted = get(room, "/find/facets", **asked).text
    assert int(re.search(r'id="total">(\d+) ', counted)[1]) == len(expected)  # type: ignore[index]


def test_a_wrong_query_stays_in_its_field_with_the_place_of_the_fault(room: Datasette) -> None:
    response = get(room, "/find", q="(Haus AND Hof")
    text = html.unescape(response.text)
    assert response.status_code == 400
    assert 'value="(Haus AND Hof"' in text
    assert "This bracket is not closed" in text
    assert "  (Haus AND Hof\n  ^" in text
    assert 'aria-invalid="true" aria-describedby="wrong"' in text
    for asked in ({"since": "2025-13-01"}, {"since": "2025-02-01", "until": "2025-01-01"}, {"after": "x"}):
        assert get(room, "/find", **asked).status_code == 400
    assert get(room, "/find", paywall="perhaps").status_code == 400


def test_what_takes_too_long_is_told_and_can_be_asked_again(
    room: Datasette, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(*_: object) -> None:
        raise TooSlow(2.0)

    monkeypatch.setattr(find, "fitted", slow)
    assert "too many to be counted" in get(room, "/find/facets", q="der").text
    monkeypatch.setattr("archive.research.search.answer", slow)
    response = get(room, "/find", q="der")
    assert response.status_code == 503
    assert 'value="der"' in response.text
    assert "Ask for fewer days" in response.text


def test_bars_of_the_time_line_lead_to_their_periods(room: Datasette, layout: Layout) -> None:
    with open_desk(layout.root) as archive:
        by_day = {str(period.first): period for period in archive.timeline("Wasser", by="day")}
    page = get(room, "/find", q="Wasser", count="1").text
    bars = BAR.findall(page)
    assert {since for _, since, _, _ in bars} == set(by_day)
    for address, since, until, told in bars:
        period = by_day[since]
        assert since == until
        assert told.endswith(f": {period.articles} of {period.all}")
        if period.articles:
            found = HIT.findall(get(room, html.unescape(address)).text)
            assert len(found) == period.articles
    assert page.count('<tr><th scope="row">') == sum(bool(period.all) for period in by_day.values())


@pytest.mark.parametrize(
    ("most", "heading", "first", "until", "below"),
    [
        (20, "Nach Wochen", "Woche ab 8. September 2025: 1 von 1", "2025-09-14", "8.9.25"),
        (5, "Nach Monaten", "September 2025: ", "2025-09-30", "09/2025"),
        (1, "Nach Jahren", "2025: ", "2025-12-31", "2025"),
    ],
)
def test_long_times_are_shown_by_longer_periods(
    room: Datasette,
    monkeypatch: pytest.MonkeyPatch,
    most: int,
    heading: str,
    first: str,
    until: str,
    below: str,
) -> None:
    monkeypatch.setattr(find, "_COLUMNS", most)
    page = asyncio.run(room.client.get("/find/facets", headers={"accept-language": "de"})).text
    assert heading in page
    _, _, last, told = BAR.findall(page)[0]
    assert told.startswith(first)
    assert last == until
    assert re.search(rf"<text [^>]+>{re.escape(below)}</text>", page)


def test_facets_lead_to_as_many_articles_as_they_count(room: Datasette) -> None:
    page = get(room, "/find", q="Wasser", count="1").text
    links = re.findall(r'<li><a href="([^"]+)">[^<]+</a> <span class="n">(\d+)</span>', page)
    assert len(links) > 8
    for address, number in links:
        assert len(HIT.findall(get(room, html.unescape(address)).text)) == int(number)


def test_facets_of_the_newest_alone_say_so(room: Datasette, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(find, "_COUNTED", 7)
    page = get(room, "/find/facets").text
    assert page.count("of the newest 7") == 5
    numbers = re.search(r"Outlet.*?</ul>", page, re.DOTALL)
    assert numbers
    assert sum(int(n) for n in re.findall(r'class="n">(\d+)<', numbers[0])) == 7


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"q": "Brücken"},
        {"q": '"neue Brücke" OR Kanal', "sort": "date"},
        {"q": "der", "since": "2025-11-01", "until": "2025-11-10", "site": "ruhr-aktuell"},
        {"author": "voss", "section": "kultur", "language": "de", "paywall": "no"},
        {"q": "Wasser", "author": "holger", "language": "DE", "exact": "1"},
        {"since": "2025-11-09"},
    ],
)
def test_the_same_articles_come_by_sql(room: Datasette, layout: Layout, asked: dict[str, str]) -> None:
    """By a stock sqlite3, in the same order; what Datasette puts in for a name is always a text."""
    _, values = by_sql(room, asked)
    found: list[str] = []
    address: str | None = f"/find?{urlencode(asked)}"
    while address:
        page = get(room, address).text
        found += HIT.findall(page)
        following = NEXT.search(page)
        address = html.unescape(following[1]) if following else None
    sql = values.pop("sql")
    assert set(re.findall(r":(\w+)", sql)) == set(values)
    with closing(sqlite3.connect(layout.index)) as connection:
        rows = connection.execute(sql, values).fetchall()
    assert found
    assert [identity for _, _, _, identity, _ in rows] == found


def test_datasette_runs_the_sql_of_a_search(room: Datasette) -> None:
    asked = {"q": "Brücken", "author": "kötter", "since": "2025-11-01"}
    path, values = by_sql(room, asked)
    rows = get(room, f"{path}.json", **values, _shape="array").json()
    assert rows
    assert [row["id"] for row in rows] == hits(room, **asked)
    assert "articles_fts" in get(room, path, **values).text


def by_sql(room: Datasette, asked: dict[str, str]) -> tuple[str, dict[str, str]]:
    response = get(room, "/find/sql", **asked)
    assert response.status_code == 302
    path, _, query = response.headers["location"].partition("?")
    return path, dict(parse_qsl(query))


def test_pages_without_a_full_text_have_no_sql(room: Datasette) -> None:
    assert get(room, "/find/sql", kind="section").status_code == 404
    assert "/find/sql" not in get(room, "/find", kind="section").text


def test_a_selection_is_handed_on_in_each_format(room: Datasette, layout: Layout) -> None:
    with open_desk(layout.root) as archive:
        expected = list(archive.articles("Wasser"))
    ids, titles = [article.id for article in expected], [article.title for article in expected]
    got = {end: get(room, f"/find/export.{end}", q="Wasser") for end in handing.FORMATS}
    for end, response in got.items():
        assert response.headers["content-disposition"] == f'attachment; filename="gazette.{end}"'
        assert response.headers["x-gazette-articles"] == str(len(ids))
        assert "x-gazette-capped" not in response.headers
    table = csv.DictReader(io.StringIO(got["csv"].content.decode("utf-8-sig")))
    assert [row["id"] for row in table] == ids
    assert [json.loads(line)["id"] for line in got["jsonl"].text.splitlines()] == ids
    assert [item["id"] for item in got["csl.json"].json()] == ids
    assert [taken["title"] for taken in rispy.loads(got["ris"].text)] == titles
    assert len(bibtexparser.parse_string(got["bib"].text).entries) == len(ids)
    assert got["csv"].headers["content-type"] == "text/csv; charset=utf-8"


def test_an_export_ends_at_its_limits_and_says_so(room: Datasette, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handing, "MOST", 3)
    response = get(room, "/find/export.csl.json")
    assert len(response.json()) == 3
    assert response.headers["x-gazette-capped"] == "articles"
    assert 'filename="gazette-first-3.csl.json"' in response.headers["content-disposition"]
    monkeypatch.setattr(handing, "_BYTES", 1)
    response = get(room, "/find/export.jsonl")
    assert (response.headers["x-gazette-articles"], response.headers["x-gazette-capped"]) == ("1", "bytes")
    monkeypatch.setattr(handing, "_SECONDS", 0.0)
    assert get(room, "/find/export.csv?q=" + quote("(Haus")).status_code == 400
