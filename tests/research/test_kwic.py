"""A concordance shows each place, and the word as it stands in the text."""

from __future__ import annotations

import sqlite3

import pytest

from archive.errors import BadQuery
from archive.index.words import fold
from archive.research.kwic import Sort, lines
from archive.research.search import search
from archive.types import Query


def test_lines_are_pieces_of_the_texts(connection: sqlite3.Connection) -> None:
    found = list(lines(connection, Query("Bürgermeister", limit=1_000), width=30))
    words = {line.word for line in found}
    assert {"Bürgermeister", "Oberbürgermeister"} <= words
    for line in found:
        row = connection.execute(
            "SELECT title, text, day FROM articles WHERE id = ?", (line.document_id,)
        ).fetchone()
        assert line.left + line.word + line.right in " ".join(row[line.field].split())
        assert len(line.left) <= 30
        assert len(line.right) <= 30
        assert line.day.isoformat() == row["day"]
    assert [line.day for line in found] == sorted((line.day for line in found), reverse=True)
    hits = search(connection, Query("Bürgermeister", limit=1_000))
    assert {line.document_id for line in found} == {hit.document_id for hit in hits}


def test_lines_come_sorted_by_their_neighbours(connection: sqlite3.Connection) -> None:
    whole = list(lines(connection, Query("der", limit=100_000), width=25))

    def key(text: str) -> list[str]:
        return [word for part in text.split() if (word := "".join(c for c in fold(part) if c.isalnum()))]

    for sort, keys in (
        (Sort.RIGHT, [key(line.right) for line in whole]),
        (Sort.LEFT, [key(line.left)[::-1] for line in whole]),
    ):
        found = list(lines(connection, Query("der", limit=50), width=25, sort=sort))
        order = [number for _, number in sorted((words, number) for number, words in enumerate(keys))]
        assert found == [whole[number] for number in order[:50]]


def test_exact_and_phrases(connection: sqlite3.Connection) -> None:
    exact = list(lines(connection, Query("Bürgermeister", exact=True, limit=1_000)))
    assert {line.word for line in exact} == {"Bürgermeister"}
    (first, *_) = exact
    following = first.right.split()[0].strip(".,;:!?“”")
    phrase = f'"{first.word} {following}"'
    found = list(lines(connection, Query(phrase, limit=1_000)))
    assert any(line.document_id == first.document_id and line.word.endswith(following) for line in found)


def test_nothing_and_nonsense(connection: sqlite3.Connection) -> None:
    assert list(lines(connection, Query("Xylophonfabrikant"))) == []
    with pytest.raises(BadQuery):
        next(lines(connection, Query("Rat AND")))
