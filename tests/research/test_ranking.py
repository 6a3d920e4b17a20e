"""What a search gives is what a computation over all articles gives, whichever short cut it took."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from archive.db import moment, open_reader, open_writer
from archive.errors import BadQuery
from archive.index.store import Store
from archive.research import facets, matches, phrases, ranking, search
from archive.research.answers import Facets
from archive.research.expression import to_fts
from archive.types import Kind, Order, Query
from scripts.benchmarks.german import EXTRACTOR, FUNCTION_WORDS, Press
from scripts.benchmarks.writing import take_in
from tests.research.generated import FORMS, write

COMMON, PHRASE = FUNCTION_WORDS[5], f'"{FUNCTION_WORDS[0]} {FUNCTION_WORDS[2]}"'
WORDS = [COMMON, FUNCTION_WORDS[90], PHRASE, f"{COMMON} OR {PHRASE}", "Tag", "Ausschuss", "wirtschaft*"]


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("generated") / "index.db"
    write(path)
    return path


@pytest.fixture
def index(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(open_reader(path)) as connection:
        yield connection


def ids(connection: sqlite3.Connection, query: Query) -> list[str]:
    return [hit.document_id for hit in search.search(connection, query)]


def everything(connection: sqlite3.Connection, words: str, order: str) -> list[str]:
    """All matches, by plain FTS5."""
    weights = ", ".join(map(str, ranking.WEIGHTS))
    rows = connection.execute(
        f"""SELECT id, bm25(articles_fts, {weights}) AS badness FROM articles_fts
            JOIN articles ON articles.pk = articles_fts.rowid WHERE articles_fts MATCH ? ORDER BY {order}""",
        (to_fts(words),),
    )
    return [row["id"] for row in rows]


BEST, NEWEST = "badness, articles.pk DESC", "articles.pk DESC"


@pytest.mark.parametrize("words", WORDS)
def test_order_is_that_of_all_matches(index: sqlite3.Connection, words: str) -> None:
    assert everything(index, words, BEST), "the generated words hold it"
    for query, order in (
        (Query(words), BEST),
        (Query(words, order=Order.DATE), NEWEST),
        (Query(words, full_rank=True), BEST),
    ):
        assert ids(index, query) == everything(index, words, order)[:20]
        answer = search.answer(index, query)
        assert answer.order is query.order
        assert not answer.capped
    days = [hit.day for hit in search.search(index, Query(words, order=Order.DATE, limit=500))]
    assert days == sorted(days, key=lambda day: day or date.min, reverse=True)


@pytest.mark.parametrize("words", WORDS)
@pytest.mark.parametrize("ranked", [0, 1, 5, 19, 60, 120])
def test_too_many_to_rank_are_the_newest_and_said_to_be(
    index: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch, words: str, ranked: int
) -> None:
    monkeypatch.setattr(ranking, "RANKED", ranked)
    best, newest = everything(index, words, BEST), everything(index, words, NEWEST)
    answer = search.answer(index, Query(words))
    assert answer.capped is (len(best) > ranked)
    assert [hit.document_id for hit in answer.hits] == (newest if answer.capped else best)[:20]
    assert {hit.score is None for hit in answer.hits} == {answer.capped}
    assert ids(index, Query(words, full_rank=True)) == best[:20]


def _phrases(connection: sqlite3.Connection) -> list[str]:
    """Any two and three words that follow each other in some article."""
    found = []
    for row in connection.execute("SELECT title, text FROM articles ORDER BY pk LIMIT 10"):
        for text in (row["title"], row["text"]):
            words = text.replace(".", "").split()
            found += [
                f'"{words[0]} {words[1]}"',
                f'"{" ".join(words[-3:])}"',
                f'title:"{words[1]} {words[2]}"',
            ]
    return [*found, PHRASE, f"text:{PHRASE}", '"kein solches"']


@pytest.mark.parametrize("few", [0, 10_000])
def test_relevance_of_phrases_is_that_of_bm25(
    index: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr(phrases, "LEAST", few)
    some = 0
    for words in _phrases(index):
        rows = everything(index, words, BEST)
        some += len(rows)
        found = search.answer(index, Query(words, limit=1_000))
        assert [hit.document_id for hit in found.hits] == rows, words
        for hit in found.hits:
            badness = index.execute(
                f"""SELECT bm25(articles_fts, {", ".join(map(str, ranking.WEIGHTS))}) FROM articles_fts
                    WHERE articles_fts MATCH ? AND rowid = (SELECT pk FROM documents WHERE id = ?)""",
                (to_fts(words), hit.document_id),
            ).fetchone()[0]
            assert hit.score == pytest.approx(-badness, rel=1e-12)
        token, pages = None, []
        while rows:
            page = search.answer(index, Query(words, limit=7, after=token))
            pages += [hit.document_id for hit in page.hits]
            if (token := page.next) is None:
                break
        assert pages == rows
    assert some > 100


@pytest.fixture(scope="module")
def compounds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    """Articles of which some hold "Burger Meister" in title or text, and some in their stems."""
    said = (
        "Ein Burger Meister.",
        "Der Bürgermeister spricht.",
        "Der Bürgermeister und der Burger Meister.",
        "Er ist Burger Meister, und Burger Meister bleibt er.",
        "Nichts davon.",
    )
    store = Store(tmp_path_factory.mktemp("compounds") / "index.db", EXTRACTOR)
    written = []
    for number, article in enumerate(Press(FORMS).articles(0, 40, 40)):
        text = f"{article.document.text}\n{said[number % 5]}"
        document = replace(article.document, text=text, title=said[number // 5 % 5])
        written.append(replace(article, document=document))
    take_in(store, written)
    store.close()
    with closing(open_reader(store.path)) as connection:
        yield connection


@pytest.mark.parametrize("few", [0, 10_000])
def test_relevance_of_phrases_that_stand_in_stems_too(
    compounds: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr(phrases, "LEAST", few)
    in_stems = 'stems : "burger meister"'
    assert compounds.execute("SELECT count(*) FROM articles_fts(?)", (in_stems,)).fetchone()[0]
    for words in ('"Burger Meister"', 'title:"Burger Meister"'):
        expected = everything(compounds, words, BEST)
        assert 5 < len(expected) < 40
        for full_rank in (False, True):
            query = Query(words, limit=1_000, full_rank=full_rank)
            assert ids(compounds, query) == expected
            found = search.search(compounds, query)
            with monkeypatch.context() as patched:
                patched.setattr(phrases, "anywhere", lambda expression: None)
                assert search.search(compounds, query) == found
    assert ids(compounds, Query('"burgermeister sprechen"')) == []


@pytest.mark.parametrize("words", [PHRASE, '"und die"'])
def test_relevance_is_to_the_last_bit_that_of_bm25(
    index: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch, words: str
) -> None:
    query = Query(words, limit=1_000)
    found = []
    for few, sought in ((10_000, phrases.anywhere), (0, phrases.anywhere), (0, lambda expression: None)):
        monkeypatch.setattr(phrases, "LEAST", few)
        monkeypatch.setattr(phrases, "anywhere", sought)
        found.append([(hit.document_id, hit.score) for hit in search.search(index, query)])
    assert len(found[0]) > 20
    assert found[0] == found[1] == found[2]


def test_only_one_phrase_of_all_columns_is_looked_for_in_the_stems_too() -> None:
    assert phrases.anywhere(to_fts('"Rat der Stadt"')) == '"Rat der Stadt"'
    for words in ('text:"der Rat"', '"der Rat" Stadt', '"der Rat" OR "die Stadt"', '"der Ra"*', '"Rat"'):
        assert phrases.anywhere(to_fts(words)) is None, words


def test_relevance_of_phrases_among_the_articles_of_some_days(
    index: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    for limits in ({"since": date(2008, 1, 1), "until": date(2012, 1, 1)}, {"language": "de"}):
        query = Query(PHRASE, limit=1_000, **limits)
        monkeypatch.setattr(phrases, "LEAST", 0)
        expected = ids(index, query)
        monkeypatch.setattr(phrases, "LEAST", 10_000)
        assert len(expected) > 5
        assert ids(index, query) == expected


def test_a_phrase_that_the_tokenizer_divides_in_another_way_is_ranked_by_fts5(
    index: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(phrases, "LEAST", 10_000)
    monkeypatch.setattr(phrases, "occurrences", lambda asked, text: [[]])
    assert ids(index, Query(PHRASE)) == everything(index, PHRASE, BEST)[:20]


def test_an_answer_is_of_one_moment(path: Path, index: sqlite3.Connection, tmp_path: Path) -> None:
    copy = tmp_path / "index.db"
    copy.write_bytes(path.read_bytes())
    with closing(open_reader(copy)) as reader, closing(open_writer(copy)) as writer:
        before = reader.execute("SELECT count(*) FROM articles").fetchone()[0]
        with moment(reader), moment(reader):
            assert reader.execute("SELECT count(*) FROM articles").fetchone()[0] == before
            writer.execute("UPDATE documents SET newest = 0")
            assert reader.execute("SELECT count(*) FROM articles").fetchone()[0] == before
        assert reader.execute("SELECT count(*) FROM articles").fetchone()[0] == 0
        assert not reader.in_transaction


@pytest.mark.parametrize("limit", [1, 7, 50])
@pytest.mark.parametrize("order", list(Order))
@pytest.mark.parametrize("ranked", [20_000, 10])
def test_pages_repeat_nothing_and_leave_out_nothing(
    index: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch, order: Order, limit: int, ranked: int
) -> None:
    monkeypatch.setattr(ranking, "RANKED", ranked)
    whole = ids(index, Query(COMMON, order=order, limit=1_000))
    token, pages = None, []
    for _ in range(1_000):
        answer = search.answer(index, Query(COMMON, order=order, limit=limit, after=token))
        pages += [hit.document_id for hit in answer.hits]
        token = answer.next
        if token is None:
            break
    assert pages == whole
    assert len(set(pages)) == len(pages) == search.count(index, Query(COMMON))


@pytest.mark.parametrize(
    "token", ["", "x", "d", "dx", "r1", "r1_", "r1_zz", "d1_0x1p0", "r1_0x1p99999", "-1"]
)
def test_what_is_no_place_is_told(index: sqlite3.Connection, token: str) -> None:
    if token:
        with pytest.raises(BadQuery, match="no place in a list of hits"):
            search.search(index, Query(COMMON, after=token))


def test_sites_sections_and_authors_are_those_of_the_rows(
    index: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = index.execute(
        """SELECT articles.*, coalesce(paywall_declared, 0) OR coalesce(paywall_observed, 0) AS paywall
            FROM articles JOIN articles_fts ON articles_fts.rowid = pk WHERE articles_fts MATCH ?""",
        (to_fts(COMMON),),
    ).fetchall()
    site, section = rows[0]["site"], next(row["section"] for row in rows if row["section"])
    author = next(row["authors"] for row in rows if row["authors"])
    cases: list[tuple[dict[str, Any], Callable[[sqlite3.Row], bool]]] = [
        ({"site": site}, lambda row: row["site"] == site),
        ({"site": "nowhere"}, lambda row: False),
        ({"section": section.upper()}, lambda row: row["section"] == section),
        ({"author": author.upper()}, lambda row: row["authors"] == author),
        (
            {"author": author.split()[-1]},
            lambda row: row["authors"] is not None and author.split()[-1] in row["authors"].split(),
        ),
        ({"language": "DE"}, lambda row: row["language"] == "de"),
        ({"language": "d"}, lambda row: False),
        ({"paywall": True}, lambda row: bool(row["paywall"])),
        ({"paywall": False}, lambda row: not row["paywall"]),
        (
            {"since": date(2008, 1, 1), "until": date(2009, 6, 30)},
            lambda row: "2008" <= row["day"] < "2009-07",
        ),
        ({"site": site, "paywall": True}, lambda row: row["site"] == site and bool(row["paywall"])),
    ]
    for selective in (matches.SELECTIVE, 0):
        monkeypatch.setattr(matches, "_NUMBER", f"SELECT count(*) FROM ({{members}} LIMIT {selective + 1})")
        monkeypatch.setattr(matches, "SELECTIVE", selective)
        for limits, passes in cases:
            expected = {row["id"] for row in rows if passes(row)}
            for order in Order:
                found = ids(index, Query(COMMON, limit=1_000, order=order, **limits))
                assert (set(found), len(found)) == (expected, len(expected)), limits
            assert search.count(index, Query(COMMON, **limits)) == len(expected)


def test_facets_count_all_that_match(index: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    def counted(most: int) -> tuple[dict[str, Counter[Any]], int]:
        numbers = [
            row[0]
            for row in index.execute(
                "SELECT rowid FROM articles_fts WHERE articles_fts MATCH ? ORDER BY rowid DESC",
                (to_fts(COMMON),),
            )
        ]
        rows = [
            index.execute("SELECT * FROM articles WHERE pk = ?", (number,)).fetchone() for number in numbers
        ]
        spread = {name: Counter(row[name] for row in rows[:most]) for name in ("site", "section", "language")}
        spread["author"] = Counter(row["authors"] for row in rows[:most] if row["authors"])
        spread["year"] = Counter(row["day"][:4] for row in rows)
        spread["month"] = Counter(row["day"][:7] for row in rows)
        return spread, len(rows)

    for most in (facets.COUNTED, 30):
        monkeypatch.setattr(facets, "COUNTED", most)
        found = search.answer(index, Query(COMMON, limit=1), counted=True).facets
        spread, total = counted(most)
        assert found is not None
        assert (found.total, found.counted) == (total, min(total, most))
        for name, counter in spread.items():
            numbers = sorted(counter.values(), reverse=True)[: facets.SHOWN]
            if name in ("year", "month"):
                assert found.counts[name] == tuple(sorted(counter.items()))
            else:
                assert [number for _, number in found.counts[name]] == numbers
                assert all(counter[value] == number for value, number in found.counts[name])
        assert sum(number for _, number in found.counts["paywall"]) == min(total, most)


def test_pages_of_other_kinds_are_found_if_asked_for(index: sqlite3.Connection) -> None:
    assert search.search(index, Query(COMMON, kind=Kind.SECTION)) == []
    assert search.answer(index, Query(COMMON, kind=Kind.OTHER), counted=True).facets == Facets(
        0, 0, dict.fromkeys(("site", "section", "language", "paywall", "author", "year", "month"), ())
    )


def test_literal_words_weigh_more_than_their_other_forms(connection: sqlite3.Connection) -> None:
    hits = search.search(connection, Query("Bürgermeister", limit=100))
    literal = [position for position, hit in enumerate(hits) if "bürgermeister\x03" in hit.snippet.lower()]
    assert hits
    assert literal
    assert {hit.document_id for hit in search.search(connection, Query("Bürgermeister", exact=True))} < {
        hit.document_id for hit in hits
    }


def test_sections_of_the_sample_outlets(connection: sqlite3.Connection) -> None:
    hits = search.search(connection, Query("Sport", kind=Kind.SECTION))
    assert hits
    for hit in hits:
        row = connection.execute("SELECT kind FROM documents WHERE id = ?", (hit.document_id,)).fetchone()
        assert row["kind"] == "section"
    assert not {hit.url for hit in hits} & {hit.url for hit in search.search(connection, Query("Sport"))}
