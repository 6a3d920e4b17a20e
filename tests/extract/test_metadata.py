"""What pages say about themselves, and the ways in which they say it wrongly."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest

from archive.extract import dates, extract_html, names
from archive.extract.asjson import iso
from archive.types import Precision
from tests.extract.support import TITLE, URL, article, read

LD = {
    "@context": "https://schema.org",
    "@type": "NewsArticle",
    "headline": TITLE,
    "datePublished": "2026-02-10T21:40:00+01:00",
    "dateModified": "2026-02-11T08:00:00+01:00",
    "author": [{"@type": "Person", "name": "Erika Muster"}, {"@type": "Person", "name": "Max Beispiel"}],
    "publisher": {"@type": "Organization", "name": "Talkurier"},
    "isAccessibleForFree": "False",
    "articleSection": "Talheim",
    "keywords": ["Haushalt", "Stadtrat"],
}


def _script(data: Any) -> str:
    text = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False)
    return f'<script type="application/ld+json">{text}</script>'


def test_every_field_of_plain_json_ld() -> None:
    found = read(extract_html(article(head=_script(LD)), URL))
    assert found.title == TITLE
    assert found.authors == ("Erika Muster", "Max Beispiel")
    assert found.section == "Talheim"
    assert found.tags == ("Haushalt", "Stadtrat")
    assert found.paywall_declared is True
    assert found.language == "de"
    assert found.published is not None
    assert found.published.instant == datetime(2026, 2, 10, 20, 40, tzinfo=UTC)
    assert (found.published.offset_minutes, found.published.local_day) == (60, date(2026, 2, 10))
    assert (found.published.precision, found.published.source) == (Precision.SECOND, "json-ld")
    assert iso(found.modified) == "2026-02-11T08:00:00+01:00"


PLAIN = json.dumps(LD, ensure_ascii=False)


@pytest.mark.parametrize(
    "script",
    [
        _script([{"@type": "Organization", "name": "Talkurier"}, LD]),
        _script(
            {"@context": "https://schema.org", "@graph": [{"@type": "WebSite", "name": "Talkurier"}, LD]}
        ),
        _script({"@type": "WebPage", "mainEntity": LD}),
        _script([[LD]]),
        _script(f"<!-- {PLAIN} -->"),
        _script(f"//<![CDATA[\n{PLAIN}\n//]]>"),
        _script(PLAIN[:-1] + ",}"),
        _script(PLAIN + ";"),
        _script(PLAIN + '{"@type": "BreadcrumbList"}'),
        _script(PLAIN.replace('", "', '",\n\t"')),
        _script(PLAIN.replace("Sparhaushalt", "Sparhaushalt\n")),
        _script("{") + _script(LD),
    ],
    ids=[
        "list",
        "graph",
        "main",
        "nested",
        "comment",
        "cdata",
        "comma",
        "semicolon",
        "two",
        "tabs",
        "line",
        "broken first",
    ],
)
def test_json_ld_in_its_many_forms(script: str) -> None:
    found = read(extract_html(article(head=script, title="Anders gesagt"), URL))
    assert found.title == TITLE
    assert found.authors == ("Erika Muster", "Max Beispiel")
    assert iso(found.published) == "2026-02-10T21:40:00+01:00"


def test_quotes_inside_of_strings_cost_no_field() -> None:
    broken = PLAIN.replace(TITLE, 'Rat sagt "Nein" zum Bad')
    found = read(extract_html(article(head=_script(broken)), URL))
    assert found.title == 'Rat sagt "Nein" zum Bad'
    assert iso(found.published) == "2026-02-10T21:40:00+01:00"
    assert found.authors == ("Erika Muster", "Max Beispiel")


def test_references_between_nodes_are_followed() -> None:
    graph = {
        "@graph": [
            {**LD, "author": {"@id": "#erika"}},
            {"@type": "Person", "@id": "#erika", "name": "Erika Muster"},
        ]
    }
    assert read(extract_html(article(head=_script(graph)), URL)).authors == ("Erika Muster",)


def test_the_article_of_this_page_among_teasers() -> None:
    other = {
        **LD,
        "headline": "Ganz etwas anderes",
        "url": "https://www.talkurier.example/anderes-4712",
        "image": "a",
    }
    own = {**LD, "url": URL}
    assert read(extract_html(article(head=_script([other, own])), URL)).title == TITLE


def test_meta_tags_where_there_is_no_json_ld() -> None:
    head = (
        '<meta property="og:title" content="Talheimer Rat beschließt Sparhaushalt | Talkurier">'
        '<meta property="og:site_name" content="Talkurier"><meta name="author" content="Von Erika Muster">'
        '<meta property="article:published_time" content="2026-02-10T20:40:00Z">'
        '<link rel=canonical href="/talheim/x-4711">'
        '<meta property="article:section" content="Lokales">'
        '<meta name="news_keywords" content="Haushalt, Rat">'
    )
    found = read(extract_html(article(head=head), URL))
    assert (found.title, found.authors, found.section) == (TITLE, ("Erika Muster",), "Lokales")
    assert found.tags == ("Haushalt", "Rat")
    assert found.published is not None
    assert (found.published.source, found.published.offset_minutes) == ("meta", 0)
    assert found.canonical_url == "https://www.talkurier.example/talheim/x-4711"


def test_markup_where_there_is_no_head() -> None:
    time = "<time datetime='2026-02-10T21:40:00+01:00'>10. Februar</time>"
    before = f"<p class=meta>{time}</p><p>Von Erika Muster</p>"
    found = read(extract_html(article(before=before), URL))
    assert found.title == TITLE
    assert found.authors == ("Erika Muster",)
    assert found.published is not None
    assert (found.published.source, found.published.local_day) == ("time", date(2026, 2, 10))
    assert "Von Erika" not in found.text


def test_a_date_behind_the_capture_is_none() -> None:
    head = '<meta property="article:published_time" content="2031-01-01T10:00:00Z">'
    bounded = read(extract_html(article(head=head), URL, datetime(2026, 3, 1, tzinfo=UTC)))
    assert bounded.published is None or bounded.published.local_day.year < 2031
    unbounded = read(extract_html(article(head=head), URL))
    assert iso(unbounded.published) == "2031-01-01T10:00:00+00:00"


@pytest.mark.parametrize(
    ("claims", "people", "agencies"),
    [
        (["Admin User"], (), ()),
        (["admin", "root", "Redaktion"], (), ("Redaktion",)),
        (["Von Erika Muster und Max Beispiel"], ("Erika Muster", "Max Beispiel"), ()),
        (["Erika Muster, dpa"], ("Erika Muster",), ("dpa",)),
        (["dpa/emu"], (), ("dpa", "emu")),
        (["KNA", "epd", "AFP", "Reuters"], (), ("KNA", "epd", "AFP", "Reuters")),
        (["Talkurier", "Erika Muster"], ("Erika Muster",), ("Talkurier",)),
        (["Dr. Erika Muster-Frau"], ("Dr. Erika Muster-Frau",), ()),
        (["https://www.talkurier.example/autor/1"], (), ()),
        (["ERIKA MUSTER"], ("Erika Muster",), ()),
        (["Erika Muster (emu)"], ("Erika Muster",), ()),
        (["Foto: Max Beispiel"], (), ()),
        (["Erika Muster", "erika muster"], ("Erika Muster",), ()),
        (["牛镛"], ("牛镛",), ()),
    ],
)
def test_people_apart_from_the_rest(
    claims: list[str], people: tuple[str, ...], agencies: tuple[str, ...]
) -> None:
    assert names.sort_out(claims, ["Talkurier", "talkurier.example"]) == (people, agencies)


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        ("2026-02-10", "2026-02-10"),
        ("20260210", "2026-02-10"),
        ("2026-02-10T00:00:00", "2026-02-10"),
        ("2026-02-10T21:40:00+0100", "2026-02-10T21:40:00+01:00"),
        ("2026-02-10T21:40Z", "2026-02-10T21:40:00+00:00"),
        ("2026-02-10 21:40:31.123456", "2026-02-10T21:40:31"),
        ("10.02.2026, 21:40 Uhr", "2026-02-10T21:40:00"),
        ("Dienstag, 10. Februar 2026", "2026-02-10"),
        ("10. März 2026 um 9.05 Uhr", "2026-03-10T09:05:00"),
        ("February 10, 2026 9:40 PM", "2026-02-10T21:40:00"),
        ("Tue, 10 Feb 2026 21:40:00 +0100", "2026-02-10T21:40:00+01:00"),
        ("1770756000", "2026-02-10T20:40:00"),
        ("0001-01-01T00:00:00", None),
        ("1970-01-01T00:00:00Z", None),
        ("2026-13-45", None),
        ("gestern", None),
        ("", None),
    ],
)
def test_dates_as_pages_write_them(claim: str, expected: str | None) -> None:
    assert iso(dates.parse(claim, "test")) == expected
