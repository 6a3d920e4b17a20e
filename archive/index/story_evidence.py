"""Whether two articles tell the same story: a pure function of both, with the evidence for and against.

    shared word 3-shingles -> runs of words that both have -> facts inside of the runs: for
                                                           -> facts that differ between two runs: against

A rewrite keeps the quotations, names and numbers of what it was made of, and changes words around them. Two
pieces of a series (speed traps, emergency pharmacies, match reports that a program wrote) share the words
around, and the facts differ.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from archive.index.shingles import WIDTH
from archive.index.story_facts import DAY_WORDS, Facts, dated, facts, firsts, names, numbers, quotations

WINDOW = 7
"""Days between two articles of one story. Outlets take over agency copy and press releases within days, and a
weekly paper within a week; beyond that, what is alike is a series, a column or a text kept in stock."""
MIN_CONTAINMENT = 0.1
MIN_SHARED = 14
"""Shingles that must be shared, whatever their share is."""
MIN_SCORE = 0.24
COPY = 0.8
"""Share of all shingles of both (Jaccard) from which on two texts are the same copy."""
EXCERPT = 0.8
"""Share of the shorter one's shingles that stand in the longer one, which has more."""
STRONG = 0.3
"""Share of all shingles of both from which on either text is no mere part of the other."""
_MAX_AGAINST = 0.34
_MAX_AGAINST_APART = 0.2
"""Differing facts for each shared clause, at most; less where the days differ and nobody is quoted alike."""
_CLAUSE = 8
"""Words of a clause. Those of runs of fewer than ``_PHRASE`` don't count."""
_PHRASE = 5
_SLOT = 6
"""Words that two texts may have between two shared runs, to stand for each other."""
_SOLID = 8
"""Words of a run that is no turn of phrase."""
_TAIL = 0.65
_FACTS = 2
"""Names and quotations (which count twice) that both must have; all numbers together count once."""
_FRAME = 10
"""Words that the two runs around such a place have together: less is a turn of phrase."""
_FORM_WORDS = 4
_FORM = 2
"""Differing facts that headlines of one form count for."""
_STOCK_WORDS = 40
_STOCK_SHARE = 0.85
"""Two texts that share their ends (behind 65 % of either), and little else, share what a company says of
itself below each of its releases, or an outlet below each of its articles."""
_PART = 4
"""How many times as long a text must be to be looked at as a round-up of many stories."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why two texts are taken for one story. Shares are of the shorter text's."""

    containment: float
    jaccard: float
    quotations: tuple[str, ...]
    names: tuple[str, ...]
    numbers: tuple[str, ...]
    differing: int  # facts that stand in the same place of both texts, and differ
    days_apart: int
    score: float  # 0 to 1

    @property
    def relation(self) -> str:
        """copy, excerpt or rewrite."""
        if self.jaccard >= COPY:
            return "copy"
        return "excerpt" if self.containment >= EXCERPT else "rewrite"

    def reason(self) -> str:
        """For people: "26 % of the shorter text, 1 quotation, 5 names, 2 numbers; same day"."""
        parts = [f"{self.containment:.0%} of the shorter text's three-word runs".replace("%", " %")]
        for number, word in (
            (len(self.quotations), "quotation"),
            (len(self.names), "name"),
            (len(self.numbers), "number"),
        ):
            parts += [f"{number} {word}{'s' * (number > 1)}"] if number else []
        if self.differing:
            parts.append(f"{self.differing} differing fact{'s' * (self.differing > 1)}")
        apart = {0: "same day", 1: "1 day apart"}.get(self.days_apart, f"{self.days_apart} days apart")
        return f"{', '.join(parts)}; {apart}"

    def shared(self) -> str:
        """What both texts hold, as JSON."""
        told = {"quotations": self.quotations, "names": self.names, "numbers": self.numbers}
        return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class _Run:
    """Words that two texts share in the same order."""

    first: int  # number of its first word in the one text
    other: int  # and in the other one
    words: int


def weigh(one: Facts, other: Facts, titles: tuple[str, str], days_apart: int) -> Evidence | None:
    """The evidence that two texts tell one story; None when it isn't enough. Symmetric."""
    if (len(one.unique), one.shingles.text) > (len(other.unique), other.shingles.text):
        return weigh(other, one, (titles[1], titles[0]), days_apart)
    at = np.minimum(np.searchsorted(other.unique, one.unique), len(other.unique) - 1)
    shared = int(np.count_nonzero(other.unique[at] == one.unique)) if len(one.unique) else 0
    if shared < MIN_SHARED or shared < MIN_CONTAINMENT * len(one.unique):
        return None
    runs = _runs(one, other)
    containment = shared / len(one.unique)
    jaccard = shared / (len(one.unique) + len(other.unique) - shared)
    if jaccard < COPY and (_is_stock(runs, one, other) or _is_part(runs, one, other)):
        return None
    differing = _differing(one, other, runs) + _FORM * _of_one_form(*titles)
    against = differing / max(1.0, sum(run.words for run in runs if run.words >= _PHRASE) / _CLAUSE)
    if against >= _MAX_AGAINST:
        return None
    text, other_text = one.shingles.text, other.shingles.text
    said = _both_said(quotations(text), quotations(other_text))
    if days_apart and (
        _is_series(*titles, quoted=bool(said)) or (not said and against >= _MAX_AGAINST_APART)
    ):
        return None
    named = tuple(sorted(name for folded, name in names(text).items() if folded in names(other_text)))
    counted = tuple(sorted(numbers(text) & numbers(other_text)))
    if jaccard < COPY and len(said) * 2 + len(named) + min(1, len(counted)) < _FACTS:
        return None
    for_it = 0.1 * min(2, len(said)) + 0.1 * min(1, len(named) / 5) + 0.05 * min(1, len(counted) / 3)
    score = round(min(1.0, containment + for_it) * (1 - against), 3)
    if score < MIN_SCORE:
        return None
    return Evidence(
        round(containment, 3), round(jaccard, 3), said, named, counted, differing, days_apart, score
    )


def _is_series(one: str, other: str, *, quoted: bool) -> bool:
    """Whether headlines name different days: of a series, where nothing else differs or nobody is quoted."""
    (rest, days), (other_rest, other_days) = dated(one), dated(other)
    if rest == other_rest:
        return days != other_days
    return bool(days and other_days and not days & other_days and not quoted)


def _of_one_form(one: str, other: str) -> bool:
    """Whether headlines have most words in common, and each names something else: "Kreisliga: A gegen B"."""
    mine, theirs = re.findall(r"\w+", one), re.findall(r"\w+", other)
    shared = {word.lower() for word in mine} & {word.lower() for word in theirs}
    if len(shared) < _FORM_WORDS or 2 * len(shared) <= max(len(mine), len(theirs)):
        return False
    return all(
        any((word[0].isupper() or word[0].isdecimal()) and word.lower() not in shared for word in words)
        for words in (mine, theirs)
    )


def _runs(one: Facts, other: Facts) -> list[_Run]:
    """The longest stretches that both have, in the order of the one text."""
    hashes = one.shingles.hashes
    at = np.minimum(np.searchsorted(other.unique, hashes), len(other.unique) - 1)
    here = np.flatnonzero(other.unique[at] == hashes)
    there = firsts(other.shingles.text)[at[here]]
    if not len(here):
        return []
    breaks = np.flatnonzero((np.diff(here) != 1) | (np.diff(there) != 1)) + 1
    bounds = [0, *breaks.tolist(), len(here)]
    return [_Run(int(here[a]), int(there[a]), b - a + WIDTH - 1) for a, b in pairwise(bounds)]


def _both_said(one: dict[str, str], other: dict[str, str]) -> tuple[str, ...]:
    """Quotations that both have, whole or as a part of a longer one."""
    found = (
        said for folded, said in one.items() if any(folded in theirs or theirs in folded for theirs in other)
    )
    return tuple(sorted(found))


def _is_stock(runs: list[_Run], one: Facts, other: Facts) -> bool:
    """Whether what they share is the end of both."""
    first, last = _TAIL * len(one.shingles.starts), _TAIL * len(other.shingles.starts)
    solid = sum(run.words for run in runs if run.words >= _SOLID)
    tail = sum(run.words for run in runs if run.words >= _SOLID and run.first >= first and run.other >= last)
    return tail >= _STOCK_WORDS and tail >= _STOCK_SHARE * solid


def _is_part(runs: list[_Run], one: Facts, other: Facts) -> bool:
    """Whether the shorter text is a part of a round-up: what they share begins deep inside of the longer."""
    whole = len(other.shingles.starts)
    solid = [run.other for run in runs if run.words >= _SOLID] or [run.other for run in runs]
    return whole > _PART * len(one.shingles.starts) and min(solid) > whole / 4


def _differing(one: Facts, other: Facts, runs: list[_Run]) -> int:
    """In how many places facts differ between the same words of both texts."""
    differing = 0
    for run, following in pairwise(runs):
        here, there = run.first + run.words, run.other + run.words
        if run.words + following.words < _FRAME or not (
            0 <= following.first - here <= _SLOT and 0 <= following.other - there <= _SLOT
        ):
            continue
        mine = set(_facts_in(one, here, following.first))
        theirs = set(_facts_in(other, there, following.other))
        differing += bool(mine and theirs and not mine & theirs)
    return differing


def _facts_in(facts: Facts, first: int, last: int) -> Iterator[str]:
    """Words that name somebody, something, a number or a day: capitals and digits."""
    for position in range(first, last):
        word = facts.shingles.word(position)
        if word[0].isupper() or word[0].isdecimal() or word.lower() in DAY_WORDS:
            yield word.lower()


def passages(text: str, other: str) -> tuple[str, ...]:
    """What a text has word for word from another, in its order: runs of eight words and more."""
    one, two = facts(text), facts(other)
    if not len(one.unique) or not len(two.unique):
        return ()
    found = one.shingles
    return tuple(
        " ".join(found.text[found.starts[run.first] : found.ends[run.first + run.words - 1]].split())
        for run in _runs(one, two)
        if run.words >= _SOLID
    )
