from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from archive.research.shared import SOLID, Run, marked

WORDS = st.lists(st.sampled_from(["ein", "Haus", "brennt", "„Hof“", "–", "\n"]), max_size=40).map(" ".join)


def test_runs_of_eight_words_are_shared_wherever_they_stand() -> None:
    told = "Die Stadt sperrt die Emscherbrücke am Montag für alle Lastwagen über zwölf Tonnen."
    one = f"Eilmeldung: {told} Mehr folgt."
    other = f"Anwohner sind froh. Heute hieß es: {told.upper()} So geht es weiter."
    first, second = marked(one, other)
    assert first == [Run("Eilmeldung: ", False), Run(told, True), Run(" Mehr folgt.", False)]
    assert [run.text for run in second if run.shared] == [told.upper()]


def test_seven_words_in_a_row_are_a_way_of_speaking() -> None:
    seven = " ".join(f"wort{number}" for number in range(SOLID - 1))
    assert all(not run.shared for runs in marked(f"a {seven} b", f"c {seven} d") for run in runs)


@given(WORDS, WORDS)
def test_the_runs_are_the_text_again(one: str, other: str) -> None:
    for text, runs in zip((one, other), marked(one, other), strict=True):
        assert "".join(run.text for run in runs) == text
        assert all(run.text for run in runs)
        assert all(before.shared != after.shared for before, after in itertools.pairwise(runs))
