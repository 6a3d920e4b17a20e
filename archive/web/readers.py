"""Connections for the pages' own questions, apart from those that visitors' SQL has.

So no visitor's SQL makes a page wait, and no page waits for the writer of the index: readers of a WAL
database never do.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Literal, TypeVar

from archive.errors import ArchiveError
from archive.web.pool import readers

_T = TypeVar("_T")

Lane = Literal["page", "count", "export"]
THREADS: Mapping[Lane, int] = {"page": 4, "count": 2, "export": 2}
"""Of each lane. Pages have more than most machines have cores for: a short question passes a long one. What
is counted beside a page, and what is handed on, never keeps a page waiting."""

SECONDS = 2.0
"""How long a page may ask before it gives up."""

_STEPS = 2_000
"""Of SQLite's machine between two looks at the clock: about .1 ms."""


class TooSlow(ArchiveError):
    """A question took longer than a page may ask."""


class Readers:
    """Answers questions from the index in threads, each with a connection of its own."""

    def __init__(self, path: Path) -> None:
        self._pool = readers(path)
        self._lanes = {lane: ThreadPoolExecutor(n, f"gazette-{lane}") for lane, n in THREADS.items()}

    async def ask(
        self, work: Callable[[sqlite3.Connection], _T], seconds: float = SECONDS, lane: Lane = "page"
    ) -> _T:
        """What ``work`` gives for a connection that can't write. Raises TooSlow after so many seconds."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._lanes[lane], self._answer, work, seconds)

    def follow(self) -> None:
        """Let go of the file of a generation that was replaced."""
        self._pool.follow()

    def _answer(self, work: Callable[[sqlite3.Connection], _T], seconds: float) -> _T:
        with self._pool.lend() as connection:
            end = time.monotonic() + seconds
            connection.set_progress_handler(lambda: time.monotonic() > end, _STEPS)
            try:
                return work(connection)
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT:
                    raise TooSlow(
                        f"this took longer than {seconds:g} s; ask for fewer days or rarer words"
                    ) from None
                raise
            finally:
                connection.set_progress_handler(None, 0)
