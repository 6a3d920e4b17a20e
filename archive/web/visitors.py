"""Datasette's database over an index, in which no SQL of visitors takes more than its share.

Visitors' SQL runs in processes of their own (see visitor.py), which have little memory and are killed when
their time is up. Within one process neither is to be had: SQLite's limit of the heap is for all connections
at once, its progress handler is not called inside a step of its machine, and what one query gives may be a
thousand times the largest value.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import select
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from datasette.app import Datasette
from datasette.database import Database, QueryInterrupted, Results
from datasette.views.base import DatasetteError

from archive.errors import ArchiveError
from archive.web.pool import Pool, readers
from archive.web.rows import FOR_READERS, FOR_SPREADSHEETS, Row, rows

PROCESSES = 3
"""Queries at the same time."""

SECONDS = 2.0
"""From the question to the last byte of the answer; then the process is killed."""

_ASKING = 1.8
"""What SQLite is given of it: a query that it ends leaves a process that can be asked again."""

_BOUNDS = {
    "memory": 200_000_000,  # bytes of a process, all in all
    "bytes": 8_000_000,  # of the values of one answer, which becomes a page, JSON or CSV in this process
    "values": 50_000,  # of one answer as JSON or CSV
}
_CELLS = 10_000
"""Values of an answer that becomes a page: each takes 11 microseconds of the one thread that answers all."""
_NICE = 10
"""By how much visitors' SQL gives way to the pages, where both want a processor: it gets a tenth of it."""

_WAITING = 30
"""Queries that wait for a process; more are refused at once."""

_START_SECONDS = 20.0
_SCRIPT = Path(__file__).with_name("visitor.py")


class _Killed(ArchiveError):
    """The process is gone: its time was up, or it broke."""


class Busy(DatasetteError):  # type: ignore[misc]
    """Too many queries wait already."""


class _Process:
    """A process that answers one query at a time."""

    def __init__(self, target: Path) -> None:
        self._target = str(target)
        self._process = subprocess.Popen(
            [sys.executable, "-P", str(_SCRIPT), json.dumps(_BOUNDS | {"nice": _NICE})],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # what it could say in the end is that it had no memory left
            start_new_session=True,  # Ctrl-C comes to this process
            bufsize=0,
        )
        self._ready = False

    def ask(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Its answer. Raises _Killed when it takes too long or breaks; then it has ended."""
        if not self._ready:
            self._read(time.monotonic() + _START_SECONDS)
            self._ready = True
        assert self._process.stdin is not None
        end = time.monotonic() + SECONDS
        try:
            self._process.stdin.write(json.dumps(asked | {"path": self._target}).encode() + b"\n")
        except BrokenPipeError:
            raise self._broken() from None
        return self._read(end)

    def end(self) -> None:
        """End it at once: it has nothing to lose."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            with contextlib.suppress(OSError):
                pipe.close()

    def _read(self, end: float) -> dict[str, Any]:
        assert self._process.stdout is not None
        parts: list[bytes] = []
        while not parts or not parts[-1].endswith(b"\n"):
            left = end - time.monotonic()
            if left <= 0 or not select.select([self._process.stdout], [], [], left)[0]:
                raise _Killed("slow")
            part = self._process.stdout.read(1 << 20)
            if not part:
                raise self._broken()
            parts.append(part)
        told: dict[str, Any] = json.loads(b"".join(parts))
        return told

    def _broken(self) -> _Killed:
        return _Killed("memory")


class Visited(Database):  # type: ignore[misc]
    """An index as Datasette shows it: what people may ask is bounded, and a rebuilt index is followed.

    ``link`` points to the generation in use.
    """

    def __init__(self, datasette: Datasette, link: Path) -> None:
        super().__init__(datasette, str(link), is_mutable=True)
        self._readers = readers(link)
        self._processes = Pool(link, _Process, _Process.end)
        self._threads = ThreadPoolExecutor(PROCESSES, "gazette-sql")
        self._waiting = 0

    def connect(self, write: bool = False) -> sqlite3.Connection:
        """A reader; there are no writers here."""
        if write:
            raise sqlite3.OperationalError("attempt to write a readonly database")
        return self._readers.make()[1]

    def follow(self) -> None:
        """Let go of the file of a generation that was replaced."""
        self._readers.follow()
        self._processes.follow()

    def close(self) -> None:
        """End the processes and connections that nobody uses."""
        self._readers.close()
        self._processes.close()

    async def attached_databases(self) -> list[Any]:
        """None; SQLite's list would say where the file lies."""
        return []

    async def execute_fn(self, fn: Callable[[sqlite3.Connection], Any]) -> Any:
        """What Datasette itself asks about the schema."""

        def asked() -> Any:
            with self._readers.lend() as connection:
                return fn(connection)

        return await asyncio.get_running_loop().run_in_executor(self.ds.executor, asked)

    async def execute(
        self,
        sql: str,
        params: Mapping[str, Any] | Sequence[Any] | None = None,
        truncate: bool = False,
        custom_time_limit: int | None = None,
        page_size: int | None = None,
        log_sql_errors: bool = True,
    ) -> Results:
        """As Datasette's, with visitors' words in ``sql`` or ``params``. Nothing is logged: they are private.

        Raises QueryInterrupted, sqlite3.OperationalError, and Busy.
        """
        most = self.ds.max_returned_rows if truncate else None
        if most is not None and most == (page_size or self.ds.page_size):
            most += 1
        asked = {
            "sql": sql,
            "params": dict(params) if isinstance(params, Mapping) else list(params or ()),
            "most": most,
            "seconds": min(_ASKING, (custom_time_limit or 1_000_000) / 1000),
            "values": _CELLS if FOR_READERS.get() else _BOUNDS["values"],
        }
        work = partial(self._answer, asked, for_spreadsheets=FOR_SPREADSHEETS.get())
        if self._waiting >= _WAITING:
            raise Busy("too many people are asking just now; try again in a few seconds", status=503)
        self._waiting += 1
        try:
            told, found = await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._waiting -= 1
        if "fault" in told:
            raise _fault(told, sql, params)
        return Results(found, told["truncated"], [(column,) for column in told["columns"]])

    def _answer(self, asked: dict[str, Any], *, for_spreadsheets: bool) -> tuple[dict[str, Any], list[Row]]:
        """What was answered, and its rows; none of a fault."""
        told = self._ask(asked)
        return told, [] if "fault" in told else rows(told, for_spreadsheets=for_spreadsheets)

    def _ask(self, asked: dict[str, Any], again: bool = True) -> dict[str, Any]:
        try:
            with self._processes.lend() as process:
                told = process.ask(asked)
                if told.get("kind") in ("memory", "gone"):
                    raise _Killed(told["kind"])  # so that another takes its place
                return told
        except _Killed as error:
            if str(error) == "gone" and again:  # the generation was replaced after the process was lent
                return self._ask(asked, again=False)
            return {"kind": str(error), "fault": "the index is just being replaced; ask again"}


def _fault(told: dict[str, Any], sql: str, params: object) -> Exception:
    if told["kind"] == "slow":
        slow: Exception = QueryInterrupted(sqlite3.OperationalError("interrupted"), sql, params)
        return slow
    if told["kind"] == "memory":
        return sqlite3.OperationalError(f"this needs more than {_BOUNDS['memory'] // 1_000_000} MB of memory")
    return sqlite3.OperationalError(told["fault"])
