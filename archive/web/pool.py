"""Readers of one generation of the index, lent out one at a time; a rebuild moves the link to another."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Generic, TypeVar

from archive.db import open_reader

_T = TypeVar("_T")

_TRIES = 3


class Pool(Generic[_T]):
    """Lends what ``make`` made for the file that ``link`` points to now, and ends what read an older one.

    There are as many as were ever lent at the same time.
    """

    def __init__(self, link: Path, make: Callable[[Path], _T], end: Callable[[_T], None]) -> None:
        self._link, self._make, self._end = link, make, end
        self._lock = threading.Lock()
        self._idle: list[tuple[Path, _T]] = []

    @contextmanager
    def lend(self) -> Iterator[_T]:
        """One that nobody else has while the block runs; if the block raises, it is ended."""
        self.follow()
        with self._lock:
            taken = self._idle.pop() if self._idle else None
        target, lent = taken if taken is not None else self.make()
        try:
            yield lent
        except BaseException:
            self._end(lent)
            raise
        with self._lock:
            self._idle.append((target, lent))
        self.follow()

    def follow(self) -> None:
        """End those that wait with an older generation, so that its file is let go."""
        target = self._link.resolve()
        with self._lock:
            old = [lent for at, lent in self._idle if at != target]
            self._idle = [(at, lent) for at, lent in self._idle if at == target]
        for lent in old:
            self._end(lent)

    def close(self) -> None:
        """End those that wait."""
        with self._lock:
            old, self._idle = self._idle, []
        for _, lent in old:
            self._end(lent)

    def make(self) -> tuple[Path, _T]:
        """A new one, which is the caller's, and the file that it reads."""
        for attempt in range(_TRIES):
            target = self._link.resolve()
            try:
                return target, self._make(target)
            except (sqlite3.OperationalError, FileNotFoundError):
                # It was replaced and deleted since the link was read.
                if attempt == _TRIES - 1 or target == self._link.resolve():
                    raise
        raise AssertionError("the last try returns or raises")


def readers(link: Path) -> Pool[sqlite3.Connection]:
    """A pool of connections that can't write."""
    return Pool(link, open_reader, sqlite3.Connection.close)
