"""The inverted index of stories: which articles share kept shingles within ``WINDOW`` days.

A posting is one number: the period of four weeks, 22 bits of the shingle, the document's place in the period.
Time comes first, so that what is published together is written together, however large the index grows; a
single number is written and found in half the time of four columns, and takes half the room.

What one outlet prints in more than ``STOCK`` articles of a period is a stock phrase of these, and joins
none of them: an offer of subscriptions, a line on how a text was made, a service box. What a hundred outlets
print once each is agency copy, and joins them.
"""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from itertools import chain

import numpy as np

from archive.index.rownumbers import HASH_BITS, day_number
from archive.index.shingles import KEPT_BITS, Places
from archive.index.story_evidence import WINDOW

PERIOD = 28
"""Days whose postings lie together: half of all windows lie in one period, and an outlet's weekly column may
still be joined."""
STOCK = 8
NEEDED = 3
"""Kept shingles that two articles must share to be held against each other."""
_OUTLET_BITS = 23
_PLACE_BITS = HASH_BITS + 5  # 28 days, each with its documents
_PLACE = (1 << _PLACE_BITS) - 1
_PERIOD_SHIFT = _PLACE_BITS + KEPT_BITS
_PERIOD_SPAN = PERIOD << HASH_BITS  # row numbers

Group = int
"""A period, a shingle and an outlet, in one number; without the outlet it is a spot."""


@dataclass(frozen=True, slots=True)
class Entered:
    """An article as the inverted index knows it."""

    number: int  # documents.pk
    outlet: int
    kept: Places

    @property
    def period(self) -> int:
        return day_number(self.number) // PERIOD

    def spots(self, period: int) -> Places:
        """Where in a period articles stand that share its shingles."""
        return self.kept + (period << KEPT_BITS)

    def groups(self) -> Places:
        """What it has in common with other articles of its outlet that share its shingles."""
        return (self.spots(self.period) << _OUTLET_BITS) + self.outlet

    def postings(self) -> Places:
        """The numbers of its postings."""
        return (self.spots(self.period) << _PLACE_BITS) + (self.number - self.period * _PERIOD_SPAN)

    def window(self) -> range:
        """The periods that hold the days up to ``WINDOW`` before and behind its own."""
        day = day_number(self.number)
        return range((day - WINDOW) // PERIOD, (day + WINDOW) // PERIOD + 1)


def outlet_number(outlet: str) -> int:
    """23 bits for an outlet: three bytes in SQLite. Two that share them only share their stock phrases."""
    return zlib.crc32(outlet.encode()) >> (32 - _OUTLET_BITS)


def insert(connection: sqlite3.Connection, articles: Sequence[Entered]) -> None:
    """Write the postings of articles, in their order: pages are written one after the other."""
    postings, outlets = _postings(articles)
    order = np.argsort(postings)
    connection.executemany(
        "INSERT INTO story_shingles VALUES (?, ?)",
        zip(postings[order].tolist(), outlets[order].tolist(), strict=True),
    )


def delete(connection: sqlite3.Connection, article: Entered) -> None:
    """Take an article's postings out."""
    connection.executemany(
        "DELETE FROM story_shingles WHERE id = ?", [(number,) for number in article.postings().tolist()]
    )


def holders(connection: sqlite3.Connection, group: Group) -> list[int]:
    """The articles of an outlet that hold a shingle in a period."""
    spot, outlet = group >> _OUTLET_BITS, group & ((1 << _OUTLET_BITS) - 1)
    rows = connection.execute(
        "SELECT id FROM story_shingles WHERE id BETWEEN ? AND ? AND outlet = ?",
        (spot << _PLACE_BITS, ((spot + 1) << _PLACE_BITS) - 1, outlet),
    )
    return [(row[0] >> _PERIOD_SHIFT) * _PERIOD_SPAN + (row[0] & _PLACE) for row in rows]


def _postings(articles: Sequence[Entered]) -> tuple[Places, Places]:
    """The numbers of articles' postings, and the outlet of each."""
    outlets = np.array([article.outlet for article in articles], np.int64)
    return (
        np.concatenate([np.zeros(0, np.int64), *(article.postings() for article in articles)]),
        np.repeat(outlets, [len(article.kept) for article in articles]),
    )


class Postings:
    """Those postings that some articles need, read at once: arrays, as a loop over them would cost most of
    what stories cost."""

    def __init__(self, connection: sqlite3.Connection, articles: Sequence[Entered]) -> None:
        """Read what ``articles`` find others by; their own postings are added if they aren't stored yet."""
        spots = [article.spots(period) for article in articles for period in article.window()]
        needed = np.unique(np.concatenate([np.zeros(0, np.int64), *spots]))
        cursor = connection.cursor()
        cursor.row_factory = None  # plain tuples are three times as fast as Rows
        # CROSS JOIN: from the spots to the postings, never the other way.
        rows = cursor.execute(
            """SELECT found.id, outlet FROM json_each(?) AS asked CROSS JOIN story_shingles AS found
                ON found.id BETWEEN asked.value << ? AND ((asked.value + 1) << ?) - 1""",
            (json.dumps(needed.tolist()), _PLACE_BITS, _PLACE_BITS),
        ).fetchall()
        stored = np.fromiter(chain.from_iterable(rows), np.int64, 2 * len(rows)).reshape(-1, 2)
        own, outlets = _postings(articles)
        postings, first = np.unique(np.concatenate([stored[:, 0], own]), return_index=True)
        self._spots = postings >> _PLACE_BITS
        self._outlets = np.concatenate([stored[:, 1], outlets])[first]
        self._numbers = (postings >> _PERIOD_SHIFT) * _PERIOD_SPAN + (postings & _PLACE)
        self._groups, self._group, self._sizes = np.unique(
            (self._spots << _OUTLET_BITS) + self._outlets, return_inverse=True, return_counts=True
        )

    def crossing(self, new: Set[int], left: Counter[Group]) -> Iterator[list[int]]:
        """The articles but ``new`` ones of groups that became a stock phrase with these."""
        fresh = np.isin(self._numbers, np.fromiter(new, np.int64, len(new)))
        before = self._sizes - np.bincount(self._group[fresh], minlength=len(self._groups))
        for index in np.flatnonzero(self._sizes > STOCK).tolist():
            if before[index] + left[int(self._groups[index])] <= STOCK:
                yield self._numbers[(self._group == index) & ~fresh].tolist()

    def candidates(self, articles: Sequence[Entered]) -> list[tuple[int, int]]:
        """The pairs of articles that share enough kept shingles, stock phrases of either left out.

        The one is of ``articles``, the other may be any; none stands there twice.
        """
        stock = self._sizes[self._group] > STOCK
        asked: list[Places] = []
        for article in articles:
            at = np.searchsorted(self._groups, article.groups())
            kept = article.kept[self._sizes[at] <= STOCK]
            asked += [kept + (period << KEPT_BITS) for period in article.window()]
        of = [article.number for article in articles for _ in article.window()]
        spots = np.concatenate([np.zeros(0, np.int64), *asked])
        one = np.repeat(np.array(of, np.int64), [len(part) for part in asked])
        first = np.searchsorted(self._spots, spots)
        lengths = np.searchsorted(self._spots, spots, side="right") - first
        # The rows of each spot, one after the other: a range for each, without a loop.
        starts = np.repeat(first - np.cumsum(lengths) + lengths, lengths)
        row = starts + np.arange(len(starts))
        one, other = np.repeat(one, lengths), self._numbers[row]
        apart = np.abs((one >> HASH_BITS) - (other >> HASH_BITS))
        good = (one != other) & (apart <= WINDOW) & ~stock[row]
        # Both in one number, by their place among all: pairs are counted three times as fast as rows of two.
        numbers = np.unique(np.concatenate([one[good], other[good]]))
        packed = np.searchsorted(numbers, one[good]) * len(numbers) + np.searchsorted(numbers, other[good])
        pairs, times = np.unique(packed, return_counts=True)
        found = (divmod(pair, len(numbers)) for pair in pairs[times >= NEEDED].tolist())
        return sorted({(int(numbers[min(pair)]), int(numbers[max(pair)])) for pair in found})
