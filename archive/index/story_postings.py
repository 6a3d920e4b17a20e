"""The inverted index of stories: which articles share kept shingles within ``WINDOW`` days.

What is stored is packed by days (see story_days); the index is made of it for each lot of articles, of those
shingles alone that the lot asks for. Reading all of two periods costs less than to look up each shingle.

What one outlet prints in more than ``STOCK`` articles of a period is a stock phrase of these, and joins
none of them: an offer of subscriptions, a line on how a text was made, a service box. What a hundred outlets
print once each is agency copy, and joins them.
"""

from __future__ import annotations

import sqlite3
import zlib
from collections import Counter
from collections.abc import Sequence, Set

import numpy as np
from numpy.typing import NDArray

from archive.index.rownumbers import HASH_BITS
from archive.index.shingles import KEPT_BITS, Places
from archive.index.story_days import Entered, days
from archive.index.story_evidence import WINDOW

PERIOD = 28
"""Days that are looked at together: half of all windows lie in one period, and an outlet's weekly column may
still be joined."""
STOCK = 8
NEEDED = 3
"""Kept shingles that two articles must share to be held against each other."""
_OUTLET_BITS = 23
_PLACE_BITS = HASH_BITS + 5  # 28 days, each with its documents
_PLACE = (1 << _PLACE_BITS) - 1
_PERIOD_SHIFT = _PLACE_BITS + KEPT_BITS
_PERIOD_SPAN = PERIOD << HASH_BITS  # row numbers
_MARKS = 1 << 16
"""Shingles are sifted by so many of their bits first: a table that the processor holds near."""

Group = int
"""A period, a shingle and an outlet, in one number; without the outlet it is a spot, and a posting is a spot
with the place of an article in the period."""


def outlet_number(outlet: str) -> int:
    """23 bits for an outlet. Two that share them only share their stock phrases."""
    return zlib.crc32(outlet.encode()) >> (32 - _OUTLET_BITS)


def groups_of(articles: Sequence[Entered]) -> Places:
    """What articles have in common with others of their outlets that share their shingles."""
    found: Places = _Own(articles).groups
    return found


class _Own:
    """The postings of some articles, before they are stored: in all arrays one for each kept shingle."""

    def __init__(self, articles: Sequence[Entered]) -> None:
        lengths = [len(article.kept) for article in articles]
        self.kept = np.concatenate([np.zeros(0, np.int64), *(article.kept for article in articles)])
        self.numbers = np.repeat(np.array([article.number for article in articles], np.int64), lengths)
        self.outlets = np.repeat(np.array([article.outlet for article in articles], np.int64), lengths)
        days = self.numbers >> HASH_BITS
        self.periods = days // PERIOD
        self.spots = self.kept + (self.periods << KEPT_BITS)
        self.groups = (self.spots << _OUTLET_BITS) + self.outlets
        self.postings = (self.spots << _PLACE_BITS) + (self.numbers - self.periods * _PERIOD_SPAN)
        # Those who share the shingle stand in the periods of the days ``WINDOW`` before and behind.
        first, last = (days - WINDOW) // PERIOD, (days + WINDOW) // PERIOD
        self.wide = np.flatnonzero(last != first)
        self.asked = np.concatenate([first, last[self.wide]])

    def asking(self, which: NDArray[np.bool_]) -> tuple[Places, Places]:
        """(spots, numbers): where those stand that share one of ``which`` shingles, and whose these are."""
        both = np.concatenate([which, which[self.wide]])
        spots = np.concatenate([self.kept, self.kept[self.wide]]) + (self.asked << KEPT_BITS)
        numbers = np.concatenate([self.numbers, self.numbers[self.wide]])
        return spots[both], numbers[both]


class Postings:
    """Those postings that some articles need, read at once: arrays, as a loop over them would cost most of
    what stories cost."""

    def __init__(
        self, connection: sqlite3.Connection, articles: Sequence[Entered], left: Counter[Group]
    ) -> None:
        """Read what ``articles`` find others by, and what shares the groups that lost some; the articles' own
        postings are added if they aren't stored yet."""
        self._own = _Own(articles)
        self._left = np.fromiter(left, np.int64, len(left))
        self._left_times = np.fromiter(left.values(), np.int64, len(left))
        asked = np.concatenate(
            [self._own.asking(np.ones(len(self._own.kept), np.bool_))[0], self._left >> _OUTLET_BITS]
        )
        periods = asked >> KEPT_BITS
        found = [
            _read(connection, period, asked[periods == period]) for period in np.unique(periods).tolist()
        ]
        postings, first = np.unique(
            np.concatenate([*(part[0] for part in found), self._own.postings]), return_index=True
        )
        self._outlets = np.concatenate([*(part[1] for part in found), self._own.outlets])[first]
        self._spots = postings >> _PLACE_BITS
        self._numbers = (postings >> _PERIOD_SHIFT) * _PERIOD_SPAN + (postings & _PLACE)
        self._groups, self._group, self._sizes = np.unique(
            (self._spots << _OUTLET_BITS) + self._outlets, return_inverse=True, return_counts=True
        )

    def crossing(self, new: Set[int]) -> tuple[set[int], set[int]]:
        """The articles but ``new`` ones of groups that became a stock phrase with these, and of groups that
        are none any more without those that left."""
        fresh = np.isin(self._numbers, np.fromiter(new, np.int64, len(new)))
        before = self._sizes - np.bincount(self._group[fresh], minlength=len(self._groups))
        at = np.searchsorted(self._groups, self._left)
        known = at < len(self._groups)
        known[known] = self._groups[at[known]] == self._left[known]
        before[at[known]] += self._left_times[known]
        became = (self._sizes > STOCK) & (before <= STOCK)
        ceased = (self._sizes <= STOCK) & (before > STOCK)
        found = (self._numbers[which[self._group] & ~fresh] for which in (became, ceased))
        more, fewer = (set(numbers.tolist()) for numbers in found)
        return more, fewer

    def candidates(self) -> list[tuple[int, int, int]]:
        """The pairs of articles that share enough kept shingles, stock phrases of either left out, and how
        many these are.

        The one is of those that were asked for, the other may be any; none stands there twice.
        """
        stock = self._sizes > STOCK
        spots, one = self._own.asking(~stock[np.searchsorted(self._groups, self._own.groups)])
        first = np.searchsorted(self._spots, spots)
        lengths = np.searchsorted(self._spots, spots, side="right") - first
        # The rows of each spot, one after the other: a range for each, without a loop.
        starts = np.repeat(first - np.cumsum(lengths) + lengths, lengths)
        row = starts + np.arange(len(starts))
        one, other = np.repeat(one, lengths), self._numbers[row]
        apart = np.abs((one >> HASH_BITS) - (other >> HASH_BITS))
        good = (one != other) & (apart <= WINDOW) & ~stock[self._group[row]]
        # Both in one number, by their place among all: pairs are counted three times as fast as rows of two.
        numbers = np.unique(np.concatenate([one[good], other[good]]))
        packed = np.searchsorted(numbers, one[good]) * len(numbers) + np.searchsorted(numbers, other[good])
        pairs, times = np.unique(packed, return_counts=True)
        enough = times >= NEEDED
        one, other = np.divmod(pairs[enough], len(numbers))
        both = np.column_stack([np.minimum(one, other), np.maximum(one, other), times[enough]])
        both = np.unique(both, axis=0)
        return list(
            zip(numbers[both[:, 0]].tolist(), numbers[both[:, 1]].tolist(), both[:, 2].tolist(), strict=True)
        )


def _read(connection: sqlite3.Connection, period: int, asked: Places) -> tuple[Places, Places]:
    """(postings, outlet of each) of a period that have one of these shingles, and a few others."""
    found = list(days(connection, period * PERIOD, (period + 1) * PERIOD - 1))
    if not found:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    marks = np.zeros(_MARKS, np.bool_)
    marks[asked & (_MARKS - 1)] = True
    kept = np.concatenate([day.kept for day in found])
    at = np.flatnonzero(marks[(kept & np.uint32(_MARKS - 1)).astype(np.uint16)])
    lengths = np.concatenate([day.lengths for day in found])
    article = np.searchsorted(np.cumsum(lengths, dtype=np.int64), at, side="right")
    places = np.concatenate([day.places + ((day.number - period * PERIOD) << HASH_BITS) for day in found])
    outlets: NDArray[np.uint32] = np.concatenate([day.outlets for day in found])
    spots = kept[at].astype(np.int64) + (period << KEPT_BITS)
    return (spots << _PLACE_BITS) + places[article], outlets[article].astype(np.int64)
