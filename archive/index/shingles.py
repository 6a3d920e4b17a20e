"""Shingles: a text's runs of three words as numbers, all of them and a small sample to find others by.

The containment of word 3-shingles tells a rewritten press release from two texts on one matter where
longer shingles and whole-text measures miss it: 0.26 for two outlets' versions of one release, at most
0.02 for unrelated articles.

    text -> code points -> small letters -> words -> a hash of each word -> a hash of each three

All steps are array operations: a loop over the words of a text would cost more than all else that is done
to join stories. The hashes are the same in each process and on each machine.
"""

from __future__ import annotations

import functools
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]
Places = NDArray[np.int64]

WIDTH = 3
RATE = 9
"""One of so many shingles is kept, about: of the 60 that two versions of a press release share, seven."""
KEPT_BITS = 22
"""Bits of the hash of a kept shingle: two articles in 4,000 share one by chance, and hardly any two."""
SAMPLE = 25
"""Of a short text as many are kept as it takes to have so many."""
_WEIGHT = 12
"""Letters that the long words of a shingle must have together to be kept: "in der Nacht" says nothing."""
_LONG = 4
_NUMBER = 5
"""Letters that a number counts for."""
_TABLE = 0x2000
"""Code points that have an entry in the tables. Those beyond it have no case; from 0x2E80 on they are letters
of East Asia, but for the planes of pictures."""
_EAST_ASIA = 0x2E80
_PICTURES = 0x1F000, 0x20000

_AT_ONCE = 50_000
"""Characters whose arrays the processor still holds near, about twenty articles."""

_BASE = 0x9E3779B97F4A7C15
_INVERSE = pow(_BASE, -1, 1 << 64)
_FACTORS = np.uint64(0xC2B2AE3D27D4EB4F), np.uint64(0x165667B19E3779F9), np.uint64(0x27D4EB2F165667C5)
_MIX = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_SHIFTS = np.uint64(30), np.uint64(27), np.uint64(31)
_KEPT_SHIFT = np.uint64(64 - KEPT_BITS)
_ZERO, _NINE = np.uint64(ord("0")), np.uint64(9)
_LOT = np.uint64(0xFFFF)


@dataclass(frozen=True, slots=True)
class Shingles:
    """The shingles of a text, as 64-bit hashes, and where its words are."""

    text: str  # in NFKC: what the places count in
    starts: Places  # of each word, its first character
    ends: Places  # of each word, the character behind it
    hashes: Hashes  # of each word but the last two: it and the next two; repeats as often as they are there
    kept: Places  # 22-bit hashes of the sample, ascending, without repeats

    def word(self, position: int) -> str:
        """A word as it stands in the text."""
        return self.text[self.starts[position] : self.ends[position]]


def shingles(text: str) -> Shingles:
    """The shingles of a text; none where it has fewer than three words."""
    text = unicodedata.normalize("NFKC", text)
    starts, ends, hashes, heavy = _hashed(text)
    (kept,) = _kept(hashes, heavy, np.array([0, len(hashes)]))
    return Shingles(text, starts, ends, hashes, kept)


def samples(texts: Iterable[str]) -> Iterator[Places]:
    """What is kept of each text: `Shingles.kept`, in half the time where there are many."""
    lot: list[str] = []
    for text in texts:
        lot.append(unicodedata.normalize("NFKC", text))
        if sum(map(len, lot)) >= _AT_ONCE:
            yield from _samples(lot)
            lot = []
    yield from _samples(lot)


def _samples(texts: list[str]) -> Iterator[Places]:
    starts, _, hashes, heavy = _hashed("\n".join(texts))
    bounds = np.searchsorted(starts, np.cumsum([0, *(len(text) + 1 for text in texts)]))
    # None that begins in one text and ends in another.
    across = np.concatenate([bounds[1:] - step for step in range(1, WIDTH)])
    heavy[across[(across >= 0) & (across < len(heavy))]] = False
    yield from _kept(hashes, heavy, np.minimum(bounds, len(hashes)))


def _hashed(text: str) -> tuple[Places, Places, Hashes, NDArray[np.bool_]]:
    """(starts, ends, hashes, heavy): where words are, each shingle's hash, and whether it may be kept."""
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    small, is_word = _tables()
    inside = np.zeros(len(codes) + 2, np.bool_)
    inside[1:-1] = is_word.take(codes, mode="clip")
    folded = small.take(codes, mode="clip")
    if len(codes) and codes.max() >= _TABLE:
        far = codes >= _TABLE
        folded[far] = codes[far]
        inside[1:-1] |= (codes >= _EAST_ASIA) & ((codes < _PICTURES[0]) | (codes >= _PICTURES[1]))
    edges = np.flatnonzero(inside[1:] != inside[:-1])
    starts, ends = edges[::2], edges[1::2]
    if len(starts) < WIDTH:
        return starts, ends, np.zeros(0, np.uint64), np.zeros(0, np.bool_)
    one = _words(folded, starts, ends)
    hashes = _mixed(one[:-2] * _FACTORS[0] ^ one[1:-1] * _FACTORS[1] ^ one[2:] * _FACTORS[2])
    return starts, ends, hashes, _weights(folded, starts, ends) >= _WEIGHT


def _words(folded: Hashes, starts: Places, ends: Places) -> Hashes:
    """A hash of each word: the sum of its letters times powers, brought to the word's own beginning."""
    powers, inverses = _powers(1 << max(12, len(folded).bit_length()))
    sums = np.zeros(len(folded) + 1, np.uint64)
    np.cumsum(folded * powers[: len(folded)], out=sums[1:])
    return _mixed((sums[ends] - sums[starts]) * inverses[starts])


def _mixed(hashes: Hashes) -> Hashes:
    """The finish of splitmix64: each bit reaches each other."""
    hashes = (hashes ^ hashes >> _SHIFTS[0]) * _MIX[0]
    hashes = (hashes ^ hashes >> _SHIFTS[1]) * _MIX[1]
    return hashes ^ hashes >> _SHIFTS[2]


def _weights(folded: Hashes, starts: Places, ends: Places) -> Places:
    """How much each shingle's words say: the letters of the long ones, and something for each number."""
    length = ends - starts
    weight: Places = length * (length >= _LONG)
    weight[folded[starts] - _ZERO <= _NINE] = _NUMBER
    found: Places = weight[:-2] + weight[1:-1] + weight[2:]
    return found


def _kept(hashes: Hashes, heavy: NDArray[np.bool_], bounds: Places) -> list[Places]:
    """Of the heavy shingles between each two bounds, a text's, those whose hash lies below a limit.

    The limit depends on their number alone: what a longer text keeps of the shingles that it shares with a
    shorter one, that one keeps too. With a fixed number of them a story would be lost that is a small part of
    a long text.
    """
    at = np.flatnonzero(heavy)
    ends = np.searchsorted(at, bounds)
    number = np.diff(ends)
    limit = np.minimum(1 << 16, np.maximum((1 << 16) // RATE, (SAMPLE << 16) // np.maximum(number, 1)))
    found = hashes[at]
    chosen = (found & _LOT) < np.repeat(limit.astype(np.uint64), number)
    text = np.repeat(np.arange(len(number)), number)[chosen]
    kept = (text << KEPT_BITS) + (found[chosen] >> _KEPT_SHIFT).astype(np.int64)
    kept.sort()
    first = np.ones(len(kept), np.bool_)
    first[1:] = kept[1:] != kept[:-1]
    kept = kept[first]
    parts = np.searchsorted(kept, np.arange(len(number) + 1) << KEPT_BITS).tolist()
    kept &= (1 << KEPT_BITS) - 1
    return [kept[begin:end] for begin, end in pairwise(parts)]


@functools.cache
def _tables() -> tuple[Hashes, NDArray[np.bool_]]:
    """By code point: its small letter, and whether it is part of a word; the last row is for all others."""
    small = np.arange(_TABLE + 1, dtype=np.uint64)
    is_word = np.zeros(_TABLE + 1, np.bool_)
    for code in range(_TABLE):
        letter = chr(code)
        lower = letter.lower()
        small[code] = ord(lower) if len(lower) == 1 else code
        is_word[code] = letter.isalnum() or letter == "_" or unicodedata.category(letter).startswith("M")
    return small, is_word


@functools.lru_cache(maxsize=4)
def _powers(number: int) -> tuple[Hashes, Hashes]:
    """The powers of the base and of its inverse, modulo 2 ** 64."""
    both = []
    for base in (_BASE, _INVERSE):
        row = np.full(number, base, np.uint64)
        row[0] = 1
        both.append(np.cumprod(row))
    return both[0], both[1]
