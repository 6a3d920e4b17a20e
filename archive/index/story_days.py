"""The kept shingles of a day's articles, packed into one row: arrays that are written and read as they are.

    number of articles | of each its place in the day, ascending | its outlet | its shingles' number | these

All are 32-bit numbers, least byte first. So what is published together is written together, however large the
index grows, and a period is read in a few dozen rows instead of some hundred thousand. The row is the same
whatever the order in which its articles came.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from archive.index.rownumbers import HASH_BITS, day_number
from archive.index.shingles import Places

_Packed = NDArray[np.uint32]
_NUMBER = np.dtype("<u4")


@dataclass(frozen=True, slots=True)
class Entered:
    """An article as the inverted index knows it."""

    number: int  # documents.pk
    outlet: int
    kept: Places


@dataclass(frozen=True, slots=True)
class Day:
    """Articles of a day, in the order of their row numbers."""

    number: int  # days since 1970
    places: _Packed  # of each article, its row number without the day's part
    outlets: _Packed
    lengths: _Packed  # how many shingles each keeps
    kept: _Packed  # these shingles, article by article

    @classmethod
    def unpacked(cls, number: int, row: bytes) -> Day:
        """The day of a row."""
        values = np.frombuffer(row, _NUMBER)
        articles = int(values[0])
        ends = [articles, 2 * articles, 3 * articles]
        places, outlets, lengths, kept = np.split(values[1:], ends)
        return cls(number, places, outlets, lengths, kept)

    @classmethod
    def of(cls, number: int, articles: Sequence[Entered]) -> Day:
        """The day of these articles."""
        return cls(
            number,
            np.array([article.number - (number << HASH_BITS) for article in articles], _NUMBER),
            np.array([article.outlet for article in articles], _NUMBER),
            np.array([len(article.kept) for article in articles], _NUMBER),
            np.concatenate([article.kept for article in articles]).astype(_NUMBER),
        )

    def with_(self, other: Day) -> Day:
        """The articles of both."""
        places, outlets, lengths, kept = (
            np.concatenate((getattr(self, name), getattr(other, name)))
            for name in ("places", "outlets", "lengths", "kept")
        )
        order = np.argsort(places)
        # Where each article's shingles begin now, and then those of all of them in the new order.
        begins = (np.cumsum(lengths, dtype=np.int64) - lengths)[order]
        moved = lengths[order]
        shift = begins - (np.cumsum(moved, dtype=np.int64) - moved)
        kept = kept[np.repeat(shift, moved) + np.arange(len(kept))]
        return Day(self.number, places[order], outlets[order], moved, kept)

    def without(self, at: int) -> Day:
        """All articles but the one at a position."""
        begin = int(self.lengths[:at].sum(dtype=np.int64))
        kept = np.delete(self.kept, slice(begin, begin + int(self.lengths[at])))
        places, outlets, lengths = (
            np.delete(array, at) for array in (self.places, self.outlets, self.lengths)
        )
        return Day(self.number, places, outlets, lengths, kept)

    def article(self, at: int) -> Entered:
        """The article at a position."""
        begin = int(self.lengths[:at].sum(dtype=np.int64))
        kept = self.kept[begin : begin + int(self.lengths[at])].astype(np.int64)
        return Entered((self.number << HASH_BITS) + int(self.places[at]), int(self.outlets[at]), kept)

    def packed(self) -> bytes:
        """The row of the day."""
        head = np.array([len(self.places)], _NUMBER)
        return np.concatenate((head, self.places, self.outlets, self.lengths, self.kept)).tobytes()


def days(connection: sqlite3.Connection, first: int, last: int) -> Iterator[Day]:
    """The days from ``first`` to ``last`` that hold articles."""
    rows = connection.execute(
        "SELECT day, postings FROM story_shingles WHERE day BETWEEN ? AND ?", (first, last)
    )
    return (Day.unpacked(*row) for row in rows)


def insert(connection: sqlite3.Connection, articles: Iterable[Entered]) -> None:
    """Take in articles. Those without shingles can't be found by any, and have no place here."""
    told = sorted((article for article in articles if len(article.kept)), key=lambda a: a.number)
    for number, group in groupby(told, key=lambda article: day_number(article.number)):
        day = Day.of(number, list(group))
        for stored in days(connection, number, number):
            day = stored.with_(day)
        _write(connection, day)


def take_out(connection: sqlite3.Connection, number: int) -> Entered | None:
    """Take an article out; None if it has no place here."""
    own = day_number(number)
    for day in days(connection, own, own):
        at = int(np.searchsorted(day.places, number - (own << HASH_BITS)))
        if at < len(day.places) and day.places[at] == number - (own << HASH_BITS):
            _write(connection, day.without(at))
            return day.article(at)
    return None


def _write(connection: sqlite3.Connection, day: Day) -> None:
    if len(day.places):
        connection.execute("INSERT OR REPLACE INTO story_shingles VALUES (?, ?)", (day.number, day.packed()))
    else:
        connection.execute("DELETE FROM story_shingles WHERE day = ?", (day.number,))
