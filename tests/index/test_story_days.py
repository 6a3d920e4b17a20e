"""Days of kept shingles: the same row whatever the order in which articles come and go."""

from __future__ import annotations

import random
import sqlite3
from itertools import chain

import numpy as np
import pytest

from archive.db import open_memory
from archive.index import story_days
from archive.index.rownumbers import HASH_BITS
from archive.index.story_days import Entered


@pytest.fixture
def connection() -> sqlite3.Connection:
    connection = open_memory()
    connection.execute("CREATE TABLE story_shingles (day INTEGER PRIMARY KEY, postings BLOB)")
    return connection


def article(day: int, place: int, *kept: int) -> Entered:
    return Entered((day << HASH_BITS) + place, 2**23 - 1 - place % 7, np.array(kept, np.int64))


def many(seed: int, count: int = 60) -> list[Entered]:
    dice = random.Random(seed)
    places = dice.sample(range(1 << HASH_BITS), count)
    return [
        article(dice.choice((-70_000, -1, 0, 20_000)), place, *sorted(dice.sample(range(1 << 22), n % 9)))
        for n, place in enumerate(places)
    ]


def rows(connection: sqlite3.Connection) -> list[tuple[int, bytes]]:
    return [tuple(row) for row in connection.execute("SELECT day, postings FROM story_shingles ORDER BY day")]


def told(articles: list[Entered]) -> list[tuple[int, int, list[int]]]:
    return sorted((a.number, a.outlet, a.kept.tolist()) for a in articles if len(a.kept))


def stored(connection: sqlite3.Connection) -> list[tuple[int, int, list[int]]]:
    found = story_days.days(connection, -100_000, 100_000)
    return told(
        list(chain.from_iterable([day.article(at) for at in range(len(day.places))] for day in found))
    )


def test_what_is_packed_is_read_again(connection: sqlite3.Connection) -> None:
    story_days.insert(connection, many(1))
    assert stored(connection) == told(many(1))
    assert len(rows(connection)) == 4


@pytest.mark.parametrize("seed", range(5))
def test_any_order_of_coming_and_going_gives_the_same_rows(connection: sqlite3.Connection, seed: int) -> None:
    story_days.insert(connection, many(1))
    wanted = rows(connection)
    connection.execute("DELETE FROM story_shingles")
    dice, waiting = random.Random(seed), [*many(1), *many(2, 25)]
    strangers = {other.number for other in many(2, 25)}
    dice.shuffle(waiting)
    while waiting:
        lot = [waiting.pop() for _ in range(min(len(waiting), dice.choice((1, 2, 9, 40))))]
        story_days.insert(connection, lot)
        for gone in (a for a in lot if a.number in strangers):
            taken = story_days.take_out(connection, gone.number)
            assert told([taken] if taken else []) == told([gone])
    assert rows(connection) == wanted


def test_what_has_no_shingles_has_no_row(connection: sqlite3.Connection) -> None:
    story_days.insert(connection, [article(5, 1)])
    assert rows(connection) == []
    assert story_days.take_out(connection, (5 << HASH_BITS) + 1) is None
    story_days.insert(connection, [article(5, 2, 7, 8)])
    assert story_days.take_out(connection, (5 << HASH_BITS) + 1) is None
    assert story_days.take_out(connection, (5 << HASH_BITS) + 2) is not None
    assert rows(connection) == [], "a day without articles"
