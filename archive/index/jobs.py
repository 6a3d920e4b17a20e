"""The one path from WARC files to the index, for live indexing, rebuild, comparison and re-extraction alike:

    files | walk whole members beyond the indexed offset | captures     one transaction with the offset
          | those selected, then those without an outcome
          | workers: read, extract                                      references go, outcomes come
          | outcomes + stage 2 + full text                              one transaction per batch

A kill at any point leaves captures without an outcome, or with a stale one, and the next run takes them up.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from archive.db import open_reader
from archive.extract import extractor_key
from archive.index import generation, pace
from archive.index.inside import Inside
from archive.index.select import Picked, Selection, pick
from archive.index.store import Store, captures_at
from archive.index.workers import Extracting, Pool, Result
from archive.layout import Layout
from archive.locks import acquire
from archive.types import Capture, Failure, RecordRef
from archive.warc.names import existing_path
from archive.warc.reader import CaptureWalk, Entry, WarcFile, files

BATCH = 200
"""Outcomes per transaction: more doesn't write faster, and is more to do again after a kill."""
BATCH_SECONDS = 2.0
LOOK_SECONDS = 10.0
"""How long new pages may wait behind others before they are looked for: the newest go first."""
LOG_BYTES = 256 << 20
"""Write-ahead log beyond which no more is written: a reader keeps it from being emptied."""
LOG_SECONDS = 30.0
"""How long a pass waits for such a reader before it leaves the rest to the next one."""
_CHUNK = 1_000  # captures per transaction
_PAGE = 500  # captures that are looked up at once

Progress = Callable[[int, int], None]
"""Called with the number of outcomes written and the number there will be."""


@dataclass(slots=True)
class Summary:
    """What a pass over the archive did."""

    captures: int = 0  # records taken in, of all kinds
    outcomes: int = 0  # captures that got an outcome, failures too
    documents: int = 0  # documents that were not stored before
    failures: int = 0
    problems: tuple[str, ...] = ()  # "FILE@OFFSET: what stands there instead of a whole record"
    held: bool = False  # ended early: a reader keeps the index's log from being emptied


@dataclass(frozen=True, slots=True)
class Plan:
    """What an extraction of a selection would take."""

    records: int
    bytes: int  # compressed
    seconds: float  # of a clock, about


class Indexer:
    """Holds the index lock, the index and the workers; each ``step`` takes what is new.

    With ``rebuild`` a fresh generation is filled beside the one in use, and ``step`` puts it in its place.
    ``into`` names another generation to be filled, whose lock the caller holds.
    Raises Locked when another run holds the index.
    """

    def __init__(
        self,
        layout: Layout,
        *,
        workers: int = 2,
        pool: Extracting | None = None,
        rebuild: bool = False,
        into: Path | None = None,
    ) -> None:
        self._layout = layout
        self._rebuild = rebuild
        self._newest_first = not rebuild and into is None
        self._lock = -1 if into else _lock(layout)
        self._pool = pool or Pool(layout.warc, workers, extractor_key())
        self._looked = 0.0
        self._handed: set[RecordRef] = set()  # given to the workers, not written yet
        try:
            if into is None:
                generation.sweep(layout)
            used = None if rebuild else into or generation.current(layout)
            self._path = used or generation.fresh(layout)
            self._store = Store(self._path, self._pool.key)
            if not rebuild and into is None and used is None:
                generation.use(layout, self._path)
        except BaseException:
            self._give_back()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the workers, close the index and give the lock back."""
        self._pool.close()
        self._store.close()
        self._give_back()

    def _give_back(self) -> None:
        if self._lock >= 0:
            os.close(self._lock)

    def step(
        self,
        on_progress: Progress | None = None,
        *,
        selection: Selection | None = None,
        seconds: float | None = None,
    ) -> Summary:
        """One pass: all that is durable in the WARC files now gets its outcome.

        Before that, what ``selection`` picks gets a new one. After ``seconds`` nothing more is begun: the
        rest is for the next pass. Raises BadQuery for a selection that can't be understood.
        """
        summary = Summary()
        tell = on_progress or _silent
        picked = pick(self._path, self._pool.key, selection) if selection else None
        self._take_in(summary)
        deadline = None if seconds is None else time.monotonic() + seconds
        began = time.monotonic()
        if picked is not None:
            self._extract(self._again(picked), summary, tell, len(picked.numbers))
        self._extract(self._new(summary), summary, tell, 0, deadline)
        if picked is not None:
            self._store.adopt(self._pool.key)
        pace.note(self._layout, summary.outcomes, time.monotonic() - began, self._pool.size)
        if self._rebuild:
            self._put_in_place()
        return summary

    def _take_in(self, summary: Summary) -> None:
        problems: list[str] = []
        for file in files(self._layout.warc):
            start, sealed = self._store.indexed_offset(file.name)
            if start >= file.durable and sealed == file.sealed:
                continue
            # It may have been sealed, and so renamed, since it was listed.
            walk = CaptureWalk(existing_path(self._layout.warc, file.name), file.name, start, file.durable)
            try:
                for entries in _chunks(walk):
                    self._store.add_captures(file, entries, entries[-1].end, walk.unanswered(), walk.software)
                    summary.captures += len(entries)
                    start = entries[-1].end
            except FileNotFoundError:
                continue  # sealed at this very moment; the next pass finds it under its final name
            self._note_end(file, walk, start)
            if walk.problem is not None:
                problems.append(f"{file.name}@{walk.offset}: {walk.problem}")
        summary.problems = tuple(problems)
        self._looked = time.monotonic()

    def _note_end(self, file: WarcFile, walk: CaptureWalk, start: int) -> None:
        """Set the offset behind the last record of a sealed file.

        In an open file it stays behind the last capture: the records at its end may be those that
        tell of the capture to come.
        """
        offset = walk.offset if file.sealed else start
        unanswered = walk.unanswered()
        if unanswered or (offset, file.sealed) != self._store.indexed_offset(file.name):
            self._store.add_captures(file, (), offset, unanswered, walk.software)

    def _again(self, picked: Picked) -> Iterator[Capture]:
        """What was selected, in its order."""
        yield from self._store.captures_at(picked.numbers)

    def _new(self, summary: Summary) -> Iterator[Capture]:
        """What waits for an outcome, and what comes meanwhile; each capture once."""
        while page := self._store.new_captures(_PAGE, newest_first=self._newest_first, but=self._handed):
            for capture in page:
                self._handed.add(capture.ref)
                yield capture
                if self._newest_first and time.monotonic() - self._looked >= LOOK_SECONDS:
                    self._take_in(summary)
                    break

    def _extract(
        self,
        captures: Iterator[Capture],
        summary: Summary,
        tell: Progress,
        more: int,
        deadline: float | None = None,
    ) -> None:
        """Extract and write; ``more`` are those that are not counted as new."""
        waiting = more + self._store.count_new()
        if waiting == 0 or summary.held:
            return
        total = summary.outcomes + waiting
        tell(summary.outcomes, total)

        def ended() -> bool:
            return summary.held or (deadline is not None and time.monotonic() >= deadline)

        taken = _until(captures, ended)
        with closing(self._pool.extract_all(taken)) as results:
            for batch in _batches(results):
                summary.documents += self._store.write(batch)
                self._handed.difference_update(result.capture.ref for result in batch)
                summary.outcomes += len(batch)
                summary.failures += sum(isinstance(result.outcome, Failure) for result in batch)
                summary.held = not self._log_is_short(LOG_SECONDS if deadline is None else 0.0)
                total = max(total, summary.outcomes)
                tell(summary.outcomes, total)

    def _log_is_short(self, seconds: float) -> bool:
        """Empty the index's log; where a reader is in the way, wait for it. Whether more may be written."""
        deadline = time.monotonic() + seconds
        while self._store.trim() > LOG_BYTES:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.1)
        return True

    def _put_in_place(self) -> None:
        self._store.close()
        generation.use(self._layout, self._path)
        generation.sweep(self._layout)
        self._rebuild = False
        self._newest_first = True
        self._store = Store(self._path, self._pool.key)


@contextmanager
def locked(layout: Layout) -> Iterator[None]:
    """Hold the index lock while the block runs. Raises Locked."""
    descriptor = _lock(layout)
    try:
        yield
    finally:
        os.close(descriptor)


def _lock(layout: Layout) -> int:
    return acquire(layout.locks / "index.lock", f"{layout.index}: the index")


def pool_for(layout: Layout, workers: int) -> Extracting:
    """What extracts with the installed extractor: for one worker, this process itself."""
    key = extractor_key()
    if workers == 1:
        return Inside(layout.warc, key, layout.locks / "extracting")
    return Pool(layout.warc, workers, key)


def plan(layout: Layout, selection: Selection, pool: Extracting) -> Plan:
    """How much there is to extract again, and about how long: by the last long pass, else by a sample.

    Closes ``pool``. Raises BadQuery for a selection that can't be understood, NoArchive without an index.
    """
    with closing(pool):
        with closing(generation.open_index(layout)):
            path = layout.index.resolve()
        picked = pick(path, pool.key, selection)
        seconds = pace.read(layout)
        if seconds is None and picked.numbers:
            with closing(open_reader(path)) as connection:
                some = picked.numbers[:: max(1, len(picked.numbers) // pace.SAMPLE)]
                sample = list(captures_at(connection, some))
            seconds = pace.measure(pool, sample) * pool.size
        return Plan(len(picked.numbers), picked.bytes, len(picked.numbers) * (seconds or 0) / pool.size)


def run(
    layout: Layout,
    *,
    workers: int = 2,
    rebuild: bool = False,
    selection: Selection | None = None,
    on_progress: Progress | None = None,
    pool: Extracting | None = None,
) -> Summary:
    """Take in what is new, or build the whole index anew and put it in place of the one in use.

    What ``selection`` picks is extracted again. ``pool`` stands in for the default one, ``workers``
    processes with the installed extractor; it is closed.
    Raises Locked when another run holds the index, ArchiveError when the index can't be used.
    """
    with Indexer(layout, workers=workers, pool=pool, rebuild=rebuild) as indexer:
        return indexer.step(on_progress, selection=selection)


def _chunks(walk: CaptureWalk) -> Iterator[list[Entry]]:
    chunk: list[Entry] = []
    for entry in walk:
        chunk.append(entry)
        if len(chunk) == _CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _until(captures: Iterable[Capture], ended: Callable[[], bool]) -> Iterator[Capture]:
    """The captures, as long as it hasn't ended: what was begun is always finished."""
    for capture in captures:
        yield capture
        if ended():
            return


def _batches(results: Iterator[Result]) -> Iterator[list[Result]]:
    """Results in lots that are written at once."""
    batch: list[Result] = []
    begun = time.monotonic()
    for result in results:
        batch.append(result)
        if len(batch) >= BATCH or time.monotonic() - begun >= BATCH_SECONDS:
            yield batch
            batch = []
            begun = time.monotonic()
    if batch:
        yield batch


def _silent(done: int, total: int) -> None:
    return
