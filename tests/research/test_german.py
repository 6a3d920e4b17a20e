"""German is found as Germans write it: the judged set, and a stock sqlite3."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
from datetime import date

import pytest

from archive.index import generation, jobs
from archive.layout import Layout
from archive.research.search import search
from archive.types import Query
from tests.index.support import Shot, fake_pool, write_warc
from tests.research import judged


@pytest.mark.parametrize("part", judged.PARTS)
def test_recall_and_precision_of_the_judged_queries(part: str) -> None:
    results = judged.search(judged.WAYS["gazette"], part)
    reached = judged.score(results)
    wrong = [
        f"{query.text}: missing {sorted(query.wanted - got)}, wrong {sorted(got - query.wanted)}"
        for query, got in results
        if got != query.wanted
    ]
    assert reached.recall >= 0.95, wrong
    assert reached.precision >= 0.9, wrong
    for other in ("unicode61 alone", "trigram", "Snowball alone"):
        than = judged.score(judged.search(judged.WAYS[other], part))
        assert reached.recall > than.recall, other
        assert reached.precision > than.precision or other == "unicode61 alone"


def test_the_set_is_large_enough_and_sound() -> None:
    numbers = [article.number for article in judged.articles(fresh=True)]
    assert len(set(numbers)) == len(numbers) >= 90
    asked = judged.queries(*judged.PARTS)
    assert len({query.text for query in asked}) == len(asked) >= 120
    assert all(len(judged.queries(part)) >= 60 for part in judged.PARTS)
    assert set().union(*(query.wanted for query in asked)) <= set(numbers)


@pytest.fixture(scope="module")
def layout(tmp_path_factory: pytest.TempPathFactory) -> Layout:
    layout = Layout(tmp_path_factory.mktemp("archive"))
    shots = [
        Shot(
            f"https://echo.example/{article.number}",
            {"title": article.title, "text": article.text, "day": "2026-03-01"},
            number,
        )
        for number, article in enumerate(judged.articles())
    ]
    write_warc(layout, "a", shots)
    jobs.run(layout, pool=fake_pool(layout))
    return layout


def test_a_stock_sqlite3_finds_parts_of_compounds_and_base_forms(layout: Layout) -> None:
    """No query is stemmed here, and no function of our own is there."""
    title = "Oberbürgermeisterin ehrt Retter mit der Rathausmedaille"
    sql = "SELECT title FROM articles_fts WHERE articles_fts MATCH '{}'"
    connection = sqlite3.connect(layout.index.resolve())
    for word in ("Bürgermeister", "burgermeister", "Oberbürgermeister", "Rathaus", "Medaille", "retter"):
        assert (title,) in connection.execute(sql.format(word)).fetchall(), word
    for word, other in (("Mueller", "Müller bleibt Trainer"), ("Haus", "Zwei Häuser nach Brand unbewohnbar")):
        assert (other,) in connection.execute(sql.format(word)).fetchall(), word
    connection.close()
    shell = shutil.which("sqlite3")
    if shell is not None:
        arguments = [shell, "-readonly", str(layout.index.resolve()), sql.format("Bürgermeister")]
        told = subprocess.run(arguments, capture_output=True, check=True, timeout=20).stdout.decode()
        assert title in told.splitlines()


def test_what_a_query_finds_is_the_same_in_an_archive(layout: Layout) -> None:
    connection = generation.open_index(layout)
    for query, wanted in judged.search(judged.WAYS["gazette"], "tune")[:40]:
        hits = search(connection, Query(query.text, since=date(2026, 1, 1), limit=200))
        assert {int(hit.url.rpartition("/")[2]) for hit in hits} == wanted, query.text
    connection.close()


def test_literal_hits_come_first(layout: Layout) -> None:
    connection = generation.open_index(layout)
    titles = [hit.title for hit in search(connection, Query("Rathaus"))]
    connection.close()
    assert titles == ["Wochenmarkt zieht um", "Oberbürgermeisterin ehrt Retter mit der Rathausmedaille"]
