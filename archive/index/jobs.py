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
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from archive.db import open_reader
from archive.extract import extractor_key
from archive.index import generation, pace
from archive.index.batches import batches, log_is_short
from archive.index.inside import Inside
from archive.index.intake import take_in
from archive.index.select import Picked, Selection, pick
from archive.index.store import Store, captures_at
from archive.index.workers import Extracting, Pool
from archive.layout import Layout
from archive.locks import acquire
from archive.types import Capture, Failure, RecordRef

LOOK_SECONDS = 10.0
"""How long new pages may wait behind others before they are looked for: the newest go first."""
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
        found = take_in(self._store, self._layout.warc)
        summary.captures += found.captures
        summary.problems = found.problems
        self._looked = time.monotonic()

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

        try:
            with closing(self._pool.extract_all(captures, ended)) as results:
                for batch in batches(results):
                    summary.documents += self._store.write(batch)
                    self._handed.difference_update(result.capture.ref for result in batch)
                    summary.outcomes += len(batch)
                    summary.failures += sum(isinstance(result.outcome, Failure) for result in batch)
                    summary.held = not log_is_short(self._store, 0.0 if deadline is not None else None)
                    total = max(total, summary.outcomes)
                    tell(summary.outcomes, total)
        finally:
            self._handed.clear()  # what isn't written, also because of Ctrl-C, is for the next pass

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


def _silent(done: int, total: int) -> None:
    return
