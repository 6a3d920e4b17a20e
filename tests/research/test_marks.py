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
    for start, end in marks.spans(marks.terms(to_fts(query)), text):
        shown += f"{text[last:start]}[{text[start:end]}]"
        last = end
    assert shown + text[last:] == marked


def test_exact_marks_no_other_form() -> None:
    terms = marks.terms(to_fts("Bürgermeister", exact=True))
    text = "Oberbürgermeisterin, Bürgermeister"
    assert marks.spans(terms, text) == [(21, 34)]


@pytest.mark.parametrize(
    "text", ["Müller", "İstanbul Müller", "Mu\u0308ller, Müller", "ﬁn Müller ß Müllerin"]
)
@pytest.mark.parametrize("query", ["Müller", '"istanbul müller"', "müll*"])
def test_places_are_the_same_in_any_way_to_write_a_letter(query: str, text: str) -> None:
    """Where letters can be folded in their places, this is how FTS5 finds them; else word by word."""
    terms = marks.terms(to_fts(query))
    joined = f"{text} \u0301"  # a mark that combines: the text is read word by word
    assert marks.occurrences(terms, text) == marks.occurrences(terms, joined)
