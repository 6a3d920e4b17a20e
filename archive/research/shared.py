"""What two texts share word for word, marked in both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from archive.index.trivia import fold_word

SOLID = 8
"""Words that both must have in a row: shorter runs are ways of speaking."""


@dataclass(frozen=True, slots=True)
class Run:
    """A part of a text; ``shared`` if the other text has it, too. Line ends stay within."""

    text: str
    shared: bool


def marked(one: str, other: str) -> tuple[list[Run], list[Run]]:
    """Both texts as runs that join to the text again. Quotes, dashes and case are no difference."""
    first, second = _Words(one), _Words(other)
    return first.runs(second.windows()), second.runs(first.windows())


class _Words:
    """A text with the places and the folded forms of its words."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.spans: list[tuple[int, int]] = []
        self.keys: list[str] = []
        end = 0
        for word in text.split():
            start = text.index(word, end)
            end = start + len(word)
            if key := fold_word(word).casefold():
                self.spans.append((start, end))
                self.keys.append(key)

    def windows(self) -> set[tuple[str, ...]]:
        return {tuple(self.keys[at : at + SOLID]) for at in range(len(self.keys) - SOLID + 1)}

    def runs(self, others: set[tuple[str, ...]]) -> list[Run]:
        shared = [False] * len(self.keys)
        for at in range(len(self.keys) - SOLID + 1):
            if tuple(self.keys[at : at + SOLID]) in others:
                shared[at : at + SOLID] = [True] * SOLID
        return self._cut(shared)

    def _cut(self, shared: Sequence[bool]) -> list[Run]:
        found: list[Run] = []
        begun = 0  # where the run in hand begins
        for number, is_shared in enumerate(shared):
            if number and is_shared == shared[number - 1]:
                continue
            # A shared run ends with its last word; what stands between belongs to the other kind.
            edge = self.spans[number][0] if is_shared else (self.spans[number - 1][1] if number else 0)
            if edge > begun:
                found.append(Run(self.text[begun:edge], not is_shared))
                begun = edge
        if begun < len(self.text):
            ends_shared = bool(shared) and shared[-1]
            edge = self.spans[-1][1] if ends_shared else len(self.text)
            if edge > begun:
                found.append(Run(self.text[begun:edge], ends_shared))
            if edge < len(self.text):
                found.append(Run(self.text[edge:], False))
        return found
