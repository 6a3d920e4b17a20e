"""Connections for the pages' own questions, apart from those that visitors' SQL has.

So no visitor's SQL makes a page wait, and no page waits for the writer of the index: readers of a WAL
database never do.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from archive.db import open_reader
from archive.errors import ArchiveError

_T = TypeVar("_T")

THREADS = 4
"""More than most machines have cores for: a short question passes a long one."""

SECONDS = 2.0
"""How long a page may ask before it gives up."""

_STEPS = 2_000
"""Of SQLite's machine between two looks at the clock: about .1 ms."""


class TooSlow(ArchiveError):
    """A question took longer than a page may ask."""


class Readers:
    """Answers questions from the index in threads, each with a connection of its own."""

    def __init__(self, path: Path) -> None:
        self._path = path  # perhaps a link: a rebuild moves it to another file
        self._threads = ThreadPoolExecutor(THREADS, "gazette-page")
        self._own = threading.local()

    async def ask(self, work: Callable[[sqlite3.Connection], _T], seconds: float = SECONDS) -> _T:
        """What ``work`` gives for a connection that can't write. Raises TooSlow after so many seconds."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._answer, work, seconds)

    def _answer(self, work: Callable[[sqlite3.Connection], _T], seconds: float) -> _T:
        connection = self._connection()
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

    def _connection(self) -> sqlite3.Connection:
        """This thread's connection to the generation that the link points to now."""
        target = self._path.resolve()
        if getattr(self._own, "target", None) != target:
            if (old := getattr(self._own, "connection", None)) is not None:
                old.close()
            self._own.connection, self._own.target = open_reader(target), target
        connection: sqlite3.Connection = self._own.connection
        return connection
