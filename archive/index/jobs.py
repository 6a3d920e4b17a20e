"""The one path from WARC files to the index, for live indexing and rebuild alike:

    files | walk whole members beyond the indexed offset | captures     one transaction with the offset
          | those without an outcome | workers: read, extract           references go, outcomes come
          | outcomes + stage 2 + full text                              one transaction per batch

A kill at any point leaves captures without an outcome, and the next run takes them up.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from archive.extract import extractor_key
from archive.index import generation
from archive.index.store import Store
from archive.index.workers import Pool, Result
from archive.layout import Layout
from archive.locks import acquire
from archive.types import Failure
from archive.warc.names import existing_path
from archive.warc.reader import CaptureWalk, Entry, WarcFile, files

BATCH = 200
"""Outcomes per transaction: more doesn't write faster, and is more to do again after a kill."""
BATCH_SECONDS = 2.0
_CHUNK = 1_000  # captures per transaction

Progress = Callable[[int, int], None]
"""Called with the number of outcomes written and the number there will be."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What a pass over the archive did."""

    captures: int = 0  # records taken in, of all kinds
    outcomes: int = 0  # captures that got an outcome, failures too
    documents: int = 0  # documents that were not stored before
    failures: int = 0
    problems: tuple[str, ...] = ()  # "FILE@OFFSET: what stands there instead of a whole record"


class Indexer:
    """Holds the index lock, the index and the workers; each ``step`` takes what is new.

    With ``rebuild`` a fresh generation is filled beside the one in use, and ``step`` puts it in its place.
    Raises Locked when another run holds the index.
    """

    def __init__(
        self, layout: Layout, *, workers: int = 2, pool: Pool | None = None, rebuild: bool = False
    ) -> None:
        self._layout = layout
        self._rebuild = rebuild
        self._lock = acquire(layout.locks / "index.lock", f"{layout.index}: the index")
        self._pool = pool or Pool(layout.warc, workers, extractor_key())
        try:
            generation.sweep(layout)
            self._path = (None if rebuild else generation.current(layout)) or generation.fresh(layout)
            self._store = Store(self._path, self._pool.key)
            if not rebuild and generation.current(layout) is None:
                generation.use(layout, self._path)
        except BaseException:
            os.close(self._lock)
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
        os.close(self._lock)

    def step(self, on_progress: Progress | None = None) -> Summary:
        """One pass: all that is durable in the WARC files now gets its outcome."""
        captures, problems = self._take_in()
        outcomes, documents, failures = self._extract(on_progress or _silent)
        if self._rebuild:
            self._put_in_place()
        return Summary(captures, outcomes, documents, failures, tuple(problems))

    def _take_in(self) -> tuple[int, list[str]]:
        count = 0
        problems: list[str] = []
        for file in files(self._layout.warc):
            start, sealed = self._store.indexed_offset(file.name)
            if start >= file.durable and sealed == file.sealed:
                continue
            # It may have been sealed, and so renamed, since it was listed.
            walk = CaptureWalk(existing_path(self._layout.warc, file.name), file.name, start, file.durable)
            try:
                for entries in _chunks(walk):
                    self._store.add_captures(file, entries, entries[-1].end)
                    count += len(entries)
                    start = entries[-1].end
            except FileNotFoundError:
                continue  # sealed at this very moment; the next pass finds it under its final name
            self._note_end(file, walk, start)
            if walk.problem is not None:
                problems.append(f"{file.name}@{walk.offset}: {walk.problem}")
        return count, problems

    def _note_end(self, file: WarcFile, walk: CaptureWalk, start: int) -> None:
        """Set the offset behind the last record of a sealed file.

        In an open file it stays behind the last capture: the records at its end may be those that
        tell of the capture to come.
        """
        offset = walk.offset if file.sealed else start
        if (offset, file.sealed) != self._store.indexed_offset(file.name):
            self._store.add_captures(file, (), offset)

    def _extract(self, on_progress: Progress) -> tuple[int, int, int]:
        total = self._store.count_new()
        done = documents = failures = 0
        if total == 0:
            return 0, 0, 0
        on_progress(0, total)
        with closing(self._pool.extract_all(self._store.new_captures())) as results:
            for batch in _batches(results):
                documents += self._store.write(batch)
                done += len(batch)
                failures += sum(isinstance(result.outcome, Failure) for result in batch)
                on_progress(done, total)
        return done, documents, failures

    def _put_in_place(self) -> None:
        self._store.close()
        generation.use(self._layout, self._path)
        generation.sweep(self._layout)
        self._rebuild = False
        self._store = Store(self._path, self._pool.key)


def run(
    layout: Layout,
    *,
    workers: int = 2,
    rebuild: bool = False,
    on_progress: Progress | None = None,
    pool: Pool | None = None,
) -> Summary:
    """Take in what is new, or build the whole index anew and put it in place of the one in use.

    ``pool`` stands in for the default one, ``workers`` processes with the installed extractor; it is closed.
    Raises Locked when another run holds the index, ArchiveError when the index can't be used.
    """
    with Indexer(layout, workers=workers, pool=pool, rebuild=rebuild) as indexer:
        return indexer.step(on_progress)


def _chunks(walk: CaptureWalk) -> Iterator[list[Entry]]:
    chunk: list[Entry] = []
    for entry in walk:
        chunk.append(entry)
        if len(chunk) == _CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


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
