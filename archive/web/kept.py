"""Answers that are kept for a while, as to count them anew takes longer than they take to become old.

A page gets what was counted less than a minute ago, and behind its back it is counted anew when that is older
than some seconds. So nobody waits but who comes first after a minute in which nobody came; and many who come
at once let it be counted once.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, cast

_T = TypeVar("_T")

FRESH = 10.0
"""Seconds in which an answer is handed on as it is."""
GOOD = 60.0
"""Seconds in which it is still handed on, while it is counted anew."""

Ask = Callable[[Callable[[sqlite3.Connection], Any]], "Future[Any]"]
"""Asks the index in another thread."""


@dataclass(frozen=True, slots=True)
class _Answer:
    value: Any
    at: float  # of the monotonic clock
    source: Path  # the file of the index that it was counted in


class Kept:
    """Answers of one index by their names, which are few; ``link`` points to the generation in use."""

    def __init__(self, link: Path, ask: Ask) -> None:
        self._link, self._ask = link, ask
        self._lock = threading.Lock()
        self._answers: dict[Hashable, _Answer] = {}
        self._asked: dict[Hashable, tuple[Path, Future[Any]]] = {}

    async def get(self, name: Hashable, work: Callable[[sqlite3.Connection], _T]) -> _T:
        """What ``work`` gives, or gave less than a minute ago. Raises what it raises."""
        source, now = self._link.resolve(), time.monotonic()
        with self._lock:
            known = self._answers.get(name)
            age = now - known.at if known is not None and known.source == source else GOOD
            asked = self._anew(name, work, source) if age >= FRESH else None
        if asked is None or age < GOOD:
            assert known is not None  # else its age is GOOD
            return cast(_T, known.value)
        return cast(_T, await asyncio.shield(asyncio.wrap_future(asked)))

    def _anew(self, name: Hashable, work: Callable[[sqlite3.Connection], _T], source: Path) -> Future[Any]:
        """The question to this file that is on its way, or another; the lock is held."""
        told, asked = self._asked.get(name, (None, None))
        if asked is None or asked.done() or told != source:
            asked = self._ask(lambda connection: self._count(name, work, source, connection))
            self._asked[name] = source, asked
        return asked

    def _count(
        self,
        name: Hashable,
        work: Callable[[sqlite3.Connection], _T],
        source: Path,
        connection: sqlite3.Connection,
    ) -> _T:
        began = time.monotonic()
        value = work(connection)
        with self._lock:
            self._answers[name] = _Answer(value, began, source)
        return value
