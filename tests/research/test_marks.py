"""Marks stand at the words that were found, in whatever form."""

from __future__ import annotations

import pytest

from archive.research import marks
from archive.research.expression import to_fts


@pytest.mark.parametrize(
    ("query", "text", "marked"),
    [
        ("Bürgermeister", "Die Oberbürgermeisterin kam.", "Die [Oberbürgermeisterin] kam."),
        ("Bürgermeister", "Der Bürgermeister, ein Bürgermeister", "Der [Bürgermeister], ein [Bürgermeister]"),
        ("Häuser", "Ein Haus; HÄUSER und Rathäuser.", "Ein [Haus]; [HÄUSER] und [Rathäuser]."),
        ("Bürger", "Bürger:innen und Bürger", "[Bürger]:innen und [Bürger]"),
        ("Brücke", "Die Kanal-Brücke.", "Die Kanal-[Brücke]."),
        ("Straße", "Strasse und Straße", "[Strasse] und [Straße]"),
        ('"neue Brücke"', "Die neue Brücke, neue, Brücke", "Die [neue Brücke], [neue, Brücke]"),
        ('"neue Brücke"', "Die neuen Brücken", "Die neuen Brücken"),
        ("Brück*", "Brücken, Brückentag, Kanalbrücke", "[Brücken], [Brückentag], Kanalbrücke"),
        ("Muller", "Mu\u0308ller und Müller", "[Mu\u0308ller] und [Müller]"),
        ("Rat OR Kreistag", "Rat und Kreistag", "[Rat] und [Kreistag]"),
        ("NEAR(eins drei, 3)", "eins zwei drei", "[eins] zwei [drei]"),
        ("Rat", "", ""),
    ],
)
def test_places(query: str, text: str, marked: str) -> None:
    shown, last = "", 0
    for start, end in marks.spans(marks.terms(to_fts(query)), text, "de"):
        shown += f"{text[last:start]}[{text[start:end]}]"
        last = end
    assert shown + text[last:] == marked


def test_exact_marks_no_other_form() -> None:
    terms = marks.terms(to_fts("Bürgermeister", exact=True))
    text = "Oberbürgermeisterin, Bürgermeister"
    assert marks.spans(terms, text, "de") == [(21, 34)]


def test_a_snippet_shows_the_first_other_form_with_words_around_it() -> None:
    terms = marks.terms(to_fts("Bürgermeister"))
    long = "Wort " * 50 + "die Oberbürgermeisterin sprach " + "Wort " * 50
    shown = marks.snippet(terms, "Titel", long, "de")
    assert shown is not None
    assert shown.startswith("…Wort Wort")
    assert "die \x02Oberbürgermeisterin\x03 sprach Wort" in shown
    assert shown.endswith("Wort…")
    assert len(shown.split()) < 40
    assert (
        marks.snippet(terms, "Bürgermeister tritt ab", "Er geht.", "de") == "\x02Bürgermeister\x03 tritt ab"
    )
    assert marks.snippet(terms, None, "Er geht.", "de") is None
