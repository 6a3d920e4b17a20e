"""A snippet shows why an article was found, by the words around."""

from __future__ import annotations

import pytest

from archive.research.expression import to_fts
from archive.research.marks import terms
from archive.research.snippets import snippet

LONG = "Wort " * 50


def shown(query: str, text: str, title: str | None = "Titel") -> str:
    return snippet(terms(to_fts(query)), title, text).replace("\x02", "[").replace("\x03", "]")


@pytest.mark.parametrize(
    ("query", "text", "expected"),
    [
        ("Brücke", "Die Brücke steht.", "Die [Brücke] steht."),
        ("Bürgermeister", "Die Oberbürgermeisterin kam.", "Die [Oberbürgermeisterin] kam."),
        ("Häuser", "Ein Haus, zwei Rathäuser.", "Ein [Haus], zwei Rathäuser."),
        ("Häusern", "Zwei Rathäuser, Altenhäuser.", "Zwei [Rathäuser], [Altenhäuser]."),
        ("gehen", "Sie ging fort.", "Sie [ging] fort."),
        ('"neue Brücke"', "Eine Neue  Brücke, neue", "Eine [Neue  Brücke], neue"),
        ('"der der"', "der der der", "[der der][ der]"),
        ("Brück*", "Brücken, Brückentag", "[Brücken], [Brückentag]"),
        ("Muller", "Herr Mu\u0308ller.", "Herr [Mu\u0308ller]."),
        ("Titel", "Kein Wort davon.", "[Titel]"),
        ("nirgends", "Kein Wort davon.", "Kein Wort davon."),
        ("nirgends", "", ""),
    ],
)
def test_what_is_marked(query: str, text: str, expected: str) -> None:
    assert shown(query, text) == expected


def test_an_article_without_title_or_text() -> None:
    assert snippet(terms(to_fts("Rat")), None, None) == ""


@pytest.mark.parametrize("word", ["Bürgermeister", "Oberbürgermeisterin"])
def test_words_around_the_place(word: str) -> None:
    found = shown(word, LONG + "die Oberbürgermeisterin sprach " + LONG)
    assert found.startswith("…Wort Wort")
    assert "die [Oberbürgermeisterin] sprach Wort" in found
    assert found.endswith("Wort…")
    assert len(found.split()) == 32


def test_it_begins_with_the_sentence_if_that_is_near() -> None:
    assert shown("Rat", f"{LONG}Ende. Am Abend tagt der Rat. {LONG}").startswith(
        "…Am Abend tagt der [Rat]. Wort"
    )
    assert shown("Rat", f"{LONG}\nDer Rat tagt. {LONG}").startswith("…Der [Rat] tagt. Wort")
    assert shown("Rat", f"Ein Satz. {LONG}Rat {LONG}").startswith("…Wort Wort")


def test_it_shows_the_place_with_most_of_the_words() -> None:
    text = f"Rat und Tat. {LONG}Ende. Der Rat will die Brücke. {LONG}Rat, Brücke"
    assert shown("Rat Brücke", text).startswith("…Der [Rat] will die [Brücke].")


def test_a_word_said_ten_thousand_times() -> None:
    found = shown("Ratsausschuss Brücke", "Ratsausschuss " * 10_000 + "Brücke")
    assert found.count("[") < 40
    assert found.endswith("[Brücke]")
