"""Connections for the pages' own questions, apart from those that visitors' SQL has.

So no visitor's SQL makes a page wait, and no page waits for the writer of the index: readers of a WAL
database never do.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable, Hashable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Literal, TypeVar

from archive.errors import ArchiveError
from archive.research.overview import warm
from archive.web.kept import Kept
from archive.web.pool import readers

_T = TypeVar("_T")

Lane = Literal["page", "count", "export"]
THREADS: Mapping[Lane, int] = {"page": 4, "count": 2, "export": 2}
"""Of each lane. Pages have more than most machines have cores for: a short question passes a long one. What
is counted beside a page, and what is handed on, never keeps a page waiting."""

SECONDS = 2.0
"""How long a page may ask before it gives up."""

_PATIENT = 30.0
"""What is kept for all who come after may take longer."""
_WARMING = 60.0

_STEPS = 20_000
"""Of SQLite's machine between two looks at the clock: about 1 ms. Each look waits for its turn among Python's
threads, of which one makes the pages."""


class TooSlow(ArchiveError):
    """A question took longer than the ``seconds`` that a page may ask."""

    def __init__(self, seconds: float) -> None:
        super().__init__(
            f"this took longer than {seconds:g} s; ask for fewer days or rarer words",
            "slow",
            seconds=round(seconds),
        )


class Readers:
    """Answers questions from the index in threads, each with a connection of its own."""

    def __init__(self, path: Path) -> None:
        self._pool = readers(path)
        self._lanes = {lane: ThreadPoolExecutor(n, f"gazette-{lane}") for lane, n in THREADS.items()}
        self._path = path
        self._warm: Path | None = None
        self._closed = False
        self._kept = Kept(path, lambda work: self._lanes["page"].submit(self._answer, work, _PATIENT))

    async def ask(
        self, work: Callable[[sqlite3.Connection], _T], seconds: float = SECONDS, lane: Lane = "page"
    ) -> _T:
        """What ``work`` gives for a connection that can't write. Raises TooSlow after so many seconds."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._lanes[lane], self._answer, work, seconds)

    async def kept(self, name: Hashable, work: Callable[[sqlite3.Connection], _T]) -> _T:
        """What ``work`` gives, or gave less than a minute ago under this name; names are few."""
        return await self._kept.get(name, work)

    def follow(self) -> None:
        """Let go of the file of a generation that was replaced, and bring the one in use into memory."""
        self._pool.follow()
        target = self._path.resolve()
        if self._warm != target:
            self._warm = target
            self._lanes["count"].submit(self._answer, warm, _WARMING)

    def close(self) -> None:
        """End what is asked, which a process would wait for at its end."""
        self._closed = True
        for lane in self._lanes.values():
            lane.shutdown(wait=False, cancel_futures=True)
        self._pool.close()

    def _answer(self, work: Callable[[sqlite3.Connection], _T], seconds: float) -> _T:
        with self._pool.lend() as connection:
            end = time.monotonic() + seconds
            connection.set_progress_handler(lambda: self._closed or time.monotonic() > end, _STEPS)
            try:
                return work(connection)
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT:
                    raise TooSlow(seconds) from None
                raise
            finally:
                connection.set_progress_handler(None, 0)
