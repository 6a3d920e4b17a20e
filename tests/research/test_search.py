"""Search as people type it, in German."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import date

import pytest

from archive.errors import BadQuery
from archive.index import generation, jobs
from archive.layout import Layout
from archive.research import documents
from archive.research.search import count, search
from archive.types import Query
from archive.warc.reader import read_block
from tests.index.support import Shot, fake_pool, write_warc

TEXTS = [
    ("echo", "2026-02-01", "Oberbürgermeisterin Müller eröffnet die Rathaus-Straße", "Der Platz ist fertig."),
    (
        "echo",
        "2026-02-02",
        "Kufen statt Reifen",
        "Am Schloßberg fahren die Kinder wieder auf Kufen. Müller kam auch.",
    ),
    (
        "echo",
        "2026-02-03",
        "Streit um Parkplätze",
        "Bürger:innen fordern 30er-Zonen; „Wir warten“, sagt O'Brien.",
    ),
    (
        "foxtrot",
        "2026-02-03",
        "Winter im Allgäu",
        "Kufen, Kufen und noch einmal Kufen: Das Allgäu fährt Schlitten.",
    ),
    (
        "foxtrot",
        "2026-02-28",
        "Rat tagt",
        "Haushalt 2026/27: 3,5 Mio. € mehr & keine C++-Kurse. Near und Not am Schloßberg.",
    ),
    ("foxtrot", "2026-02-28", "Rat tagt", "Der Rat tagt. Der Rat tagt nicht oft."),
]


@pytest.fixture(scope="module")
def layout(tmp_path_factory: pytest.TempPathFactory) -> Layout:
    layout = Layout(tmp_path_factory.mktemp("archive"))
    shots = [
        Shot(
            f"https://{site}.example/{i}",
            {"title": title, "text": text, "day": day, "authors": ["Ada Ö."]},
            i,
            site=site,
        )
        for i, (site, day, title, text) in enumerate(TEXTS)
    ]
    listing = {
        "kind": "section",
        "title": "Kufen",
        "text": "Kufen",
        "teasers": [["K", "https://echo.example/1"]],
    }
    write_warc(layout, "a", [*shots, Shot("https://echo.example/", listing, 50)])
    jobs.run(layout, pool=fake_pool(layout))
    return layout


@pytest.fixture
def connection(layout: Layout) -> Iterator[sqlite3.Connection]:
    connection = generation.open_index(layout)
    yield connection
    connection.close()


def found(connection: sqlite3.Connection, text: str, **limits: object) -> list[int]:
    hits = search(connection, Query(text, **limits))  # type: ignore[arg-type]
    assert count(connection, Query(text, **limits)) == len(hits)  # type: ignore[arg-type]
    return [int(hit.url.rsplit("/")[-1]) for hit in hits]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("Kufen", {1, 3}),
        ("kufen ALLGÄU", {3}),
        ("Muller", {0, 1}),  # umlauts fold
        ("Rathaus-Straße", {0}),
        ("rathaus straße", {0}),
        ("Bürger:innen", {0, 2}),
        ("30er-Zonen;", {2}),
        ("O'Brien", {2}),
        ("„Wir warten“", {2}),
        ("2026/27", {4}),
        ("3,5 Mio. €", {4}),
        ("C++", {4}),
        ("mehr & keine", {4}),
        ("Haushalt - Kurse", {4}),
        ("near", {4}),
        ("not and", set()),
        ('"Rat tagt nicht"', {5}),
        ('"tagt Rat"', set()),
        ("Oberbürger*", {0}),
        ('"kufen und" OR oberbürger*', {0, 3}),
        ("Kufen NOT Allgäu", {1}),
        ("(Kufen OR Rat) Schloßberg", {1, 4}),
        ("Schloßberg (Kufen OR Rat)", {1, 4}),
        ("(Kufen) (Allgäu)", {3}),
        ("title:Kufen", {1}),
        ("title: Kufen", {1}),
        ("text:Müller", {1}),
        ("title:(Kufen OR Rat)", {1, 4, 5}),
        ("Ort:Kufen", set()),
        ("NEAR(Kinder Kufen, 3)", {1}),
        ("NEAR(Kinder Müller, 2)", set()),
        ("Müller AND O'Brien OR Bürger:innen", {0, 2}),
        ("Kufen\x00 \ud800", {1, 3}),
    ],
)
def test_what_people_type(connection: sqlite3.Connection, text: str, numbers: set[int]) -> None:
    assert set(found(connection, text)) == numbers


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", "no word to search for"),
        (' - „" "', "no word to search for"),
        ('"Rat tagt', "this quotation mark is not closed"),
        ("AND Rat", "AND stands between two words"),
        ("Rat NOT", "NOT stands between two words"),
        ("(Rat", "this bracket is not closed"),
        ("Rat)", "this bracket closes nothing"),
        ("NOT", "no word to search for"),
        ("(" * 400 + "Rat" + ")" * 400, "more than 20 brackets in brackets"),
        ("Rat " * 300, "longer than 1000 characters"),
    ],
)
def test_wrong_queries_are_told_clearly(connection: sqlite3.Connection, text: str, line: str) -> None:
    for ask in (search, count):
        with pytest.raises(BadQuery, match=line):
            ask(connection, Query(text))


def test_site_and_days(connection: sqlite3.Connection) -> None:
    assert found(connection, "Kufen", site="echo") == [1]
    assert found(connection, "Kufen", site="golf") == []
    assert found(connection, "Kufen", since=date(2026, 2, 3)) == [3]
    assert found(connection, "Kufen", until=date(2026, 2, 2)) == [1]
    assert found(connection, "Kufen", since=date(2026, 2, 2), until=date(2026, 2, 3), site="foxtrot") == [3]
    assert found(connection, "Kufen", since=date(1, 1, 1), until=date(9999, 12, 31)) == [1, 3]


def test_order_snippet_and_the_way_back(connection: sqlite3.Connection, layout: Layout) -> None:
    hits = search(connection, Query("Kufen"))
    assert [hit.title for hit in hits] == ["Kufen statt Reifen", "Winter im Allgäu"], (
        "a title counts for more"
    )
    assert hits[0].score > hits[1].score > 0
    assert "auf \x02Kufen\x03." in hits[0].snippet
    assert hits[0].day == date(2026, 2, 2)
    assert b"Schlo\\u00dfberg" in read_block(layout.warc, hits[0].ref)[1]
    (only_title,) = search(connection, Query("Oberbürgermeisterin"))
    assert only_title.snippet.startswith("\x02Oberbürgermeisterin\x03 Müller")
    assert len(search(connection, Query("Rat", limit=1))) == 1
    assert [hit.document_id for hit in search(connection, Query("2026 OR Rat"))] == [
        hit.document_id for hit in search(connection, Query("Rat OR 2026"))
    ]


def test_document_with_all_that_is_stored_of_it(connection: sqlite3.Connection) -> None:
    hit = search(connection, Query("Schlitten"))[0]
    document = documents.get(connection, hit.document_id)
    assert document == documents.get(connection, hit.document_id[:6].upper())
    assert document["id"] == hit.document_id
    assert document["authors"] == ["Ada Ö."]
    assert document["newest"] is True
    assert document["blocks"] == [{"kind": "paragraph", "text": TEXTS[3][3]}]
    (capture,) = document["captures"]
    assert (capture["warc"], capture["offset"]) == (document["warc"], document["offset"])
    section = connection.execute("SELECT id FROM documents WHERE kind = 'section'").fetchone()[0]
    (teaser,) = documents.get(connection, section)["teasers"]
    assert documents.get(connection, teaser["target_id"])["title"] == "Kufen statt Reifen"


@pytest.mark.parametrize(
    ("given", "line"), [("abc", "at least 6"), ("zzzzzzzz", "no document"), ("", "at least 6")]
)
def test_ids_that_mean_nothing(connection: sqlite3.Connection, given: str, line: str) -> None:
    with pytest.raises(BadQuery, match=line):
        documents.get(connection, given)


def test_status(connection: sqlite3.Connection) -> None:
    assert documents.status(connection, "fake-1") == {
        "captures": 7,
        "last_capture": "2026-03-01T00:50:00.250000Z",
        "documents": {"article": 6, "section": 1},
        "articles": 6,
        "articles_by_site": {"echo": 3, "foxtrot": 3},
        "failures": {},
        "new": 0,
        "stale": 0,
        "extractor": "fake-1",
    }
