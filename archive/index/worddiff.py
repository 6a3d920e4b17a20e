"""The difference of two texts word by word, with some words around each change."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
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


def diff(before: str, after: str, key: Callable[[str], str] = str) -> tuple[Piece, ...]:
    """The changes that make ``after`` of ``before``; words are the same whose ``key`` is."""
    return tuple(_shown(list(_pieces(_Words(before, key), _Words(after, key)))))


class _Words:
    """The words of a text, and what they are compared by; those whose key is empty are not there."""

    def __init__(self, text: str, key: Callable[[str], str]) -> None:
        keyed = [(word, key(word)) for word in text.split()]
        self.words = [word for word, said in keyed if said]
        self.keys = [said for _, said in keyed if said]


def _pieces(old: _Words, new: _Words) -> Iterator[tuple[str, list[str]]]:
    most, start, end = min(len(old.keys), len(new.keys)), 0, 0
    while start < most and old.keys[start] == new.keys[start]:
        start += 1
    while end < most - start and old.keys[-1 - end] == new.keys[-1 - end]:
        end += 1
    if start:
        yield "=", new.words[:start]
    yield from _middle(old, new, start, end)
    if end:
        yield "=", new.words[-end:]


def _middle(old: _Words, new: _Words, start: int, end: int) -> Iterator[tuple[str, list[str]]]:
    """The changes between ``start`` words at the beginning and ``end`` at the end, that both have."""
    gone, come = old.words[start : len(old.words) - end], new.words[start : len(new.words) - end]
    if len(gone) * len(come) > _TOO_MANY:
        yield "-", gone
        yield "+", come
        return
    keys = (old.keys[start : len(old.keys) - end], new.keys[start : len(new.keys) - end])
    for kind, a, b, c, d in SequenceMatcher(None, *keys, autojunk=False).get_opcodes():
        if kind == "equal":
            yield "=", come[c:d]
            continue
        if b > a:
            yield "-", gone[a:b]
        if d > c:
            yield "+", come[c:d]


def _shown(pieces: Sequence[tuple[str, list[str]]]) -> Iterator[Piece]:
    for position, (sign, words) in enumerate(pieces):
        before = AROUND if position > 0 else 0
        after = AROUND if position + 1 < len(pieces) else 0
        if sign == "=" and len(words) > before + after:
            words = [*words[:before], "…", *words[len(words) - after :]]
        elif sign != "=" and len(words) > LONGEST:
            words = [*words[:LONGEST], "…"]
        yield Piece(sign, " ".join(words))
