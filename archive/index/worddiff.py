"""The difference of two texts word by word, with some words around each change."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

AROUND = 8
"""Words that are shown on either side of a change."""
LONGEST = 300
"""Words that are shown of a longer change."""
_TOO_MANY = 30_000_000
"""Pairs of words beyond which two texts are shown one after the other: a diff would take minutes."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Words that both texts have ("="), only the later one ("+") or only the earlier one ("-")."""

    sign: str
    text: str  # with one blank between words; "…" stands for what both have and nobody needs to see


def diff(before: str, after: str) -> tuple[Piece, ...]:
    """The changes that make ``after`` of ``before``."""
    return tuple(_shown(list(_pieces(before, after))))


def _pieces(before: str, after: str) -> Iterator[tuple[str, list[str]]]:
    old, new = before.split(), after.split()
    start = 0
    while start < min(len(old), len(new)) and old[start] == new[start]:
        start += 1
    end = 0
    while end < min(len(old), len(new)) - start and old[-1 - end] == new[-1 - end]:
        end += 1
    if start:
        yield "=", old[:start]
    yield from _middle(old[start : len(old) - end], new[start : len(new) - end])
    if end:
        yield "=", old[-end:]


def _middle(old: list[str], new: list[str]) -> Iterator[tuple[str, list[str]]]:
    if len(old) * len(new) > _TOO_MANY:
        yield "-", old
        yield "+", new
        return
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            yield "=", old[a:b]
            continue
        if b > a:
            yield "-", old[a:b]
        if d > c:
            yield "+", new[c:d]


def _shown(pieces: Sequence[tuple[str, list[str]]]) -> Iterator[Piece]:
    for position, (sign, words) in enumerate(pieces):
        before = AROUND if position > 0 else 0
        after = AROUND if position + 1 < len(pieces) else 0
        if sign == "=" and len(words) > before + after:
            words = [*words[:before], "…", *words[len(words) - after :]]
        elif sign != "=" and len(words) > LONGEST:
            words = [*words[:LONGEST], "…"]
        yield Piece(sign, " ".join(words))
