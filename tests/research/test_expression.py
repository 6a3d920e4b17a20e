"""Queries as people type them, and what FTS5 is asked."""

from __future__ import annotations

import sqlite3

import pytest

from archive.errors import BadQuery
from archive.research.expression import MAX_DEPTH, to_fts


@pytest.mark.parametrize(
    ("text", "expression"),
    [
        ("Kufen", '("Kufen" OR "kufe")'),
        ("Rat", '"Rat"'),
        ("Häuser Rat", '("Häuser" OR "haus") AND "Rat"'),
        ("häuser,", '("häuser," OR "haus")'),
        ("Straßen", '("Straßen" OR "straße" OR "strasse")'),
        ("Rathausmedaillen", '("Rathausmedaillen" OR "rathausmedaille")'),
        ("Bürger:innen", '("Bürger:innen" OR "burgerinnen" OR "burgerin" OR "burger")'),
        ("Online-Shops", '("Online-Shops" OR "onlineshops" OR "onlineshop")'),
        ("libraries", '("libraries" OR "library")'),
        ('"zum Rat"* Müll*', '{title lead text} : "zum Rat" * AND {title lead text} : "Müll*" *'),
        ("title:Häuser", 'title : ("Häuser" OR "haus")'),
        ('text:(Rat OR "im Hof")', 'text : ( "Rat" OR {title lead text} : "im Hof" )'),
        ("2026/27 30er-Zonen", '{title lead text} : "2026/27" AND {title lead text} : "30er-Zonen"'),
        ("NEAR(Kinder - Rat, 3)", '{title lead text} : NEAR("Kinder" "Rat", 3)'),
        ("(Rat OR Hof) Markt", '( "Rat" OR "Hof" ) AND "Markt"'),
        ("Rat NOT Hof", '"Rat" NOT "Hof"'),
        ("dem Haus", '("dem" OR "der") AND "Haus"'),
        ("dem", '"dem"'),  # of function words alone, each is meant as it is written
        ("title:(Ist OR - war!)", 'title : ( "Ist" OR "war!" )'),
        ('dem "neuen Haus"', '("dem" OR "der") AND {title lead text} : "neuen Haus"'),
    ],
)
def test_words_are_asked_for_in_any_form(text: str, expression: str) -> None:
    assert to_fts(text) == expression
    _prepare(expression)


def test_exact_words_stand_in_the_text_as_they_are() -> None:
    assert to_fts("Häuser title:Rat", exact=True) == '{title lead text} : "Häuser" AND title : "Rat"'


@pytest.mark.parametrize(
    ("text", "reason", "place"),
    [
        ("AND Rat", "AND stands between two words", 0),
        ("Rat NOT", "NOT stands between two words", 4),
        ("Rat OR  OR Hof", "OR stands between two words", 8),
        ("Rat AND -", "AND stands between two words", 4),
        ("(Rat", "this bracket is not closed", 0),
        ("Hof title:(Rat", "this bracket is not closed", 4),
        ("Rat (Hof)) Markt", "this bracket closes nothing", 9),
        ("Rat (Hof OR) Markt", "nothing stands behind this", 9),
        ("Rat () Markt", "nothing stands behind this", 4),
        ('Rat "im Hof', "this quotation mark is not closed", 4),
        ("(" * (MAX_DEPTH + 1) + "Rat", "brackets in brackets", MAX_DEPTH),
        ("ja " * 60 + "OR OR Rat", "OR stands between two words", None),
    ],
)
def test_a_wrong_query_is_marked_at_its_place(text: str, reason: str, place: int | None) -> None:
    with pytest.raises(BadQuery, match=reason) as error:
        to_fts(text)
    _, shown, mark = str(error.value).split("\n")
    assert len(shown) < 80
    if place is not None:
        assert mark == f"  {' ' * place}^"
    assert shown[len(mark) - 1 :].startswith(text[place:] if place is not None else "OR Rat")


def test_no_query_gets_through_to_an_error_of_fts5() -> None:
    """Whatever is typed is either told to be wrong or taken by FTS5."""
    pieces = [
        "Rat",
        "OR",
        "AND",
        "NOT",
        "(",
        ")",
        '"',
        "*",
        "title:",
        "NEAR(",
        ":",
        "-",
        "Häuser",
        ",",
        "^",
        "{",
    ]
    texts = [f"{a} {b}{c} {d}" for a in pieces for b in pieces for c in pieces for d in pieces[::3]]
    taken = 0
    for text in texts:
        for exact in (False, True):
            try:
                expression = to_fts(text, exact=exact)
            except BadQuery:
                continue
            _prepare(expression)
            taken += 1
    assert taken > 1_000


_connection = sqlite3.connect(":memory:")
_connection.execute("CREATE VIRTUAL TABLE articles_fts USING fts5 (title, lead, text, stems)")


def _prepare(expression: str) -> None:
    """Raises sqlite3.OperationalError when FTS5 doesn't understand it."""
    _connection.execute("SELECT rowid FROM articles_fts WHERE articles_fts MATCH ?", (expression,)).fetchall()
