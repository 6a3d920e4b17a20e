"""Another generation beside the one in use, built under the installed extractor to be looked at first.

    build -> compare -> people look -> accept: catch up, move the link
                                    -> reject: drop it

It is filled by the same path as any index, under a lock of its own, so that live indexing goes on beside it.
A kill leaves it unfinished, and the next build goes on with it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from archive.db import open_reader
from archive.errors import ArchiveError
from archive.index import generation, jobs
from archive.index.jobs import Indexer, Progress, Summary
from archive.index.workers import Extracting
from archive.layout import Layout
from archive.locks import held


def build(layout: Layout, pool: Extracting, on_progress: Progress | None = None) -> Summary:
    """Bring the candidate up to all that is kept now; begin it if there is none under this extractor.

    Closes ``pool``. Raises Locked when another run builds it.
    """
    with closing(pool), _lock(layout):
        for path in (generation.candidate(layout), generation.unfinished(layout)):
            if path is not None and not _fits(path, pool.key):
                generation.drop_candidate(layout)
        unfinished = generation.unfinished(layout)
        path = unfinished or generation.candidate(layout) or generation.begin_candidate(layout)
        with Indexer(layout, pool=pool, into=path) as indexer:
            summary = indexer.step(on_progress)
        if generation.unfinished(layout) is not None:
            generation.finish_candidate(layout)
        return summary


def accept(layout: Layout, pool: Extracting, on_progress: Progress | None = None) -> Summary:
    """Take in what came since the comparison, then let index.db point to the candidate, at one moment.

    Closes ``pool``. Raises Locked when another run holds the index or the candidate, ArchiveError when
    there is none to accept.
    """
    with closing(pool), jobs.locked(layout), _lock(layout):
        path = generation.candidate(layout)
        if path is None:
            begun = generation.unfinished(layout) is not None
            what = "a comparison isn't finished; go on" if begun else "no comparison waits; make one"
            raise ArchiveError(f"{layout.generations}: {what} with: gazette reextract --compare")
        if not _fits(path, pool.key):
            raise ArchiveError(
                f"{path}: was built under another extractor than the installed one;"
                " compare again with: gazette reextract --compare"
            )
        if path == generation.current(layout):  # a kill came when all was done
            summary = Summary()
        else:
            with Indexer(layout, pool=pool, into=path) as indexer:
                summary = indexer.step(on_progress)
            generation.use(layout, path)
        generation.sweep(layout)
        return summary


def reject(layout: Layout) -> bool:
    """Drop the candidate, finished or not. Whether there was one. Raises Locked while it is being built."""
    with _lock(layout):
        return generation.drop_candidate(layout)


@contextmanager
def _lock(layout: Layout) -> Iterator[None]:
    with held(layout.locks / "candidate.lock", f"{layout.generations}: the index to compare with"):
        yield


def _fits(path: Path, extractor: str) -> bool:
    """Whether a generation is of this version and begun under this key. One without a table yet is."""
    try:
        with closing(open_reader(path)) as connection:
            if connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone() is None:
                return True
            generation.check(connection, path)
            row = connection.execute("SELECT value FROM meta WHERE key = 'extractor'").fetchone()
            return bool(row["value"] == extractor)
    except (sqlite3.DatabaseError, ArchiveError):
        return False
