"""The referee's model: two passes of small trees over the features, kept as JSON, predicted with numpy.

A tree is a leaf (log-odds) or ``[feature, threshold, when at most, when above]``; all numbers are whole,
in units of 1/``SCALE``. The first pass judges each piece by itself; the second sees what the first said
of the pieces around.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from archive.extract.dom import Element
from archive.extract.referee import MODEL
from archive.extract.referee.features import NAMES, SCALE, Hints, Table, mean_around, shifted, table
from archive.extract.split import Piece

_WORDS = NAMES.index("words")
_STEPS = (1, -1, 2, -2, 3, -3)
SECOND_NAMES = (
    *(f"said_{step}" for step in (0, *_STEPS)),
    *("said_near", "said_around", "said_words_near", "said_words", "said_most", "said_share"),
    *("said_most_before", "said_most_after"),
)
"""What the second pass sees beside the features of the first."""


class Trees:
    """Trees whose leaves are summed."""

    def __init__(self, trees: Sequence[Any]) -> None:
        self._feature: list[int] = []
        self._threshold: list[int] = []
        self._next: list[tuple[int, int]] = []  # when above, when at most
        self._value: list[int] = []
        self._depth = 0
        roots = [self._add(tree, 0) for tree in trees]
        self.roots = np.array(roots, dtype=np.int64)
        self.features = np.array(self._feature, dtype=np.int64)
        self.thresholds = np.array(self._threshold, dtype=np.int64)
        self.children = np.array(self._next, dtype=np.int64).ravel()
        self.values = np.array(self._value, dtype=np.int64)

    def _add(self, tree: Any, depth: int) -> int:
        number = len(self._feature)
        self._depth = max(self._depth, depth)
        if isinstance(tree, int):
            # A leaf leads to itself, so that all pieces walk the same number of steps.
            self._feature.append(0)
            self._threshold.append(0)
            self._next.append((number, number))
            self._value.append(tree)
            return number
        feature, threshold, low, high = tree
        self._feature.append(feature)
        self._threshold.append(threshold)
        self._next.append((number, number))
        self._value.append(0)
        below, above = self._add(low, depth + 1), self._add(high, depth + 1)
        self._next[number] = (above, below)
        return number

    def probabilities(self, features: Table) -> Table:
        """(pieces,) in units of 1/SCALE."""
        pieces, columns = features.shape
        flat = np.ascontiguousarray(features).ravel()
        place = np.tile(self.roots, pieces)
        start = np.repeat(np.arange(pieces) * columns, len(self.roots))
        for _ in range(self._depth):
            at_most = flat[start + self.features[place]] <= self.thresholds[place]
            place = self.children[2 * place + at_most]
        odds = self.values[place].reshape(pieces, len(self.roots)).sum(axis=1)
        return np.asarray(np.rint(SCALE / (1 + np.exp(-odds / SCALE))), dtype=np.int64)


class Model:
    """Both passes."""

    def __init__(self, first: Sequence[Any], second: Sequence[Any]) -> None:
        self.first, self.second = Trees(first), Trees(second)

    @classmethod
    def of_json(cls, text: str) -> Model:
        """The model of a file's text. Raises ValueError when it was trained for other features."""
        stored = json.loads(text)
        if tuple(stored["features"]) != NAMES + SECOND_NAMES or stored["scale"] != SCALE:
            raise ValueError("the referee's model is not for these features; run: scripts/train_referee")
        return cls(*stored["passes"])

    def probabilities(self, features: Table) -> Table:
        """(pieces,) in units of 1/SCALE: how sure each piece is part of the text."""
        if not len(features):
            return np.zeros(0, dtype=np.int64)
        return self.second.probabilities(with_first(features, self.first.probabilities(features)))


def with_first(features: Table, said: Table) -> Table:
    """The features of the second pass: those of the first, and what it said around each piece."""
    # Words count as they are: a long paragraph says more about its neighbours than a short line.
    size = np.rint(np.expm1(features[:, _WORDS] / SCALE)).astype(np.int64)
    weighed = said * size
    total = max(SCALE, int(weighed.sum()))
    return np.column_stack(
        [
            features,
            said,
            *(shifted(said, step) for step in _STEPS),
            mean_around(said, 3),
            mean_around(said, 8),
            mean_around(weighed, 5),
            np.full_like(said, total),
            np.full_like(said, said.max(initial=0)),
            np.cumsum(weighed) * SCALE // total,
            np.maximum.accumulate(said),
            np.maximum.accumulate(said[::-1])[::-1],
        ]
    )


@functools.cache
def shipped() -> Model:
    """The model beside the code."""
    return Model.of_json(MODEL.read_text(encoding="utf-8"))


def opinion(pieces: Sequence[Piece], body: Element, hints: Hints) -> Table:
    """(pieces,) in units of 1/SCALE: how sure the shipped model is that each piece is part of the text."""
    return shipped().probabilities(table(pieces, body, hints))
