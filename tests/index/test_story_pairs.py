"""What is printed in many outlets is paired with a few of them, and always with the same few."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import pytest

from archive.db import transaction
from archive.index import schema, stories, story_pairs
from archive.index.entry import insert
from archive.index.rows import Row
from scripts.benchmarks import press
from scripts.measure_stories import Told, row_of

OUTLETS = 14
_DAY = date(2026, 3, 2)


def told() -> list[Told]:
    """Three stories, each printed by all outlets: as it came, with a sentence less, or written anew."""
    dice = random.Random("outlets")
    found = []
    for number, source in enumerate(press.piece(n, 9) for n in (1, 2, 3)):
        for outlet in range(OUTLETS):
            text = source.text
            if outlet % 3 == 1:
                sentences = text.split(". ")
                del sentences[dice.randrange(1, len(sentences))]
                text = ". ".join(sentences)
            elif outlet % 3 == 2:
                text = press.rewrite(source, 100 + outlet, 0.3).text
            day = _DAY + timedelta(dice.randrange(4))
            found.append(Told(f"https://o{outlet}.example/{number}", f"o{outlet}", source.title, text, day))
    return found


@dataclass(slots=True)
class Index:
    """Articles that come and go."""

    connection: sqlite3.Connection
    rows: list[Row]

    @classmethod
    def empty(cls) -> Index:
        connection = sqlite3.connect(":memory:", isolation_level=None)
        connection.row_factory = sqlite3.Row
        schema.create(connection, "tested")
        return cls(connection, [row_of(one) for one in told()])

    def change(self, comes: Sequence[int] = (), goes: Sequence[int] = ()) -> None:
        touched = stories.Touched()
        with transaction(self.connection):
            for number in goes:
                pk = self.rows[number]["pk"]
                stories.leave(self.connection, int(str(pk)), touched)
                self.connection.execute("DELETE FROM documents WHERE pk = ?", (pk,))
            for number in comes:
                insert(self.connection, "documents", self.rows[number])
            stories.settle(
                self.connection, sorted(int(str(self.rows[number]["pk"])) for number in comes), touched
            )

    def tables(self) -> list[list[tuple[object, ...]]]:
        return [
            [tuple(row) for row in self.connection.execute(f"SELECT * FROM {name} ORDER BY 1, 2")]
            for name in ("story_pairs", "story_documents", "stories")
        ]


@pytest.mark.parametrize(("partners", "seed"), [(5, 1), (2, 2), (1, 3)])
def test_coming_and_going_leaves_what_is_made_at_once(
    monkeypatch: pytest.MonkeyPatch, partners: int, seed: int
) -> None:
    monkeypatch.setattr(story_pairs, "PARTNERS", partners)
    dice = random.Random(seed)
    index = Index.empty()
    here: set[int] = set()
    for _ in range(12):
        goes = dice.sample(sorted(here), min(len(here), dice.choice((0, 1, 4))))
        away = sorted(set(range(len(index.rows))) - here)
        comes = dice.sample(away, min(len(away), dice.choice((1, 3, 12))))
        index.change(comes, goes)
        here = (here - set(goes)) | set(comes)
        scratch = Index.empty()
        scratch.change(sorted(here))
        assert index.tables() == scratch.tables()
    assert len(here) > 12


def test_a_copy_in_many_outlets_is_one_story_of_few_pairs() -> None:
    index = Index.empty()
    index.change(range(len(index.rows)))
    pairs, documents, told_by = index.tables()
    assert len(pairs) <= story_pairs.PARTNERS * len(index.rows)
    assert len(told_by) == 3
    assert len(documents) == len(index.rows)
