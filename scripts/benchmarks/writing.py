"""Writing generated German articles into an index, and what it costs.

The articles (scripts/benchmarks/german.py) are made by a process of their own and written by the one writer
of the index, Store, with all that follows from a page: captures, documents, full text and stems, versions,
stories. So rows per CPU second are those of a real index without the extraction. The words' stems are looked
up before, as an archive of this size has met them long ago.
"""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Sequence
from pathlib import Path

from archive.index import stems
from archive.index.store import Store
from archive.index.workers import Result
from archive.warc.names import WarcFile
from scripts.benchmarks.german import EXTRACTOR, Press, Written

BATCH = 200  # as in archive.index.jobs
STEP = 10_000
"""Articles between two marks of the CPU time."""
_FIRST_SIZE = 100_000
"""What the writing at the full size is compared with."""
_AHEAD = 8
"""Batches that the generator may be ahead of the writer."""
SHARE = 1.15
"""What a document may cost at the full size, as a multiple of what it costs at the first."""


def write(path: Path, press: Press, first: int, last: int, total: int) -> list[float]:
    """Write articles ``first`` to ``last`` - 1. The CPU seconds of each step of them."""
    warm(press)
    queue: multiprocessing.Queue[list[Written] | None] = multiprocessing.Queue(_AHEAD)
    generator = multiprocessing.Process(
        target=_generate, args=(queue, press, first, last, total), daemon=True
    )
    generator.start()
    store = Store(path, EXTRACTOR)
    spent: list[float] = []
    mark, written, began = 0.0, first, time.monotonic()
    while (batch := queue.get()) is not None:
        start = time.process_time()
        take_in(store, batch)
        mark += time.process_time() - start
        written += len(batch)
        if written % STEP == 0:
            spent.append(mark)
            mark = 0.0
            said = f"{written:,} written, {STEP / spent[-1]:,.0f} per CPU s"
            print(f"\r{said}, {time.monotonic() - began:,.0f} s ", end="", flush=True)
    generator.join()
    store.close()
    print()
    return spent


def warm(press: Press) -> None:
    """Look up the stems of all words."""
    for word in press.words:
        stems.stems(None, None, word, "de")


def _generate(
    queue: multiprocessing.Queue[list[Written] | None], press: Press, first: int, last: int, total: int
) -> None:
    for start in range(first, last, BATCH):
        queue.put(list(press.articles(start, min(start + BATCH, last), total)))
    queue.put(None)


def take_in(store: Store, batch: Sequence[Written]) -> None:
    """Write a batch of pages and all that follows from them."""
    ref = batch[-1].document.capture.ref
    file = WarcFile(ref.warc, Path(ref.warc), 0, True)
    store.add_captures(file, [article.entry for article in batch], ref.offset + ref.length)
    store.write(
        [
            Result(article.document.capture, article.document, article.document.content_digest)
            for article in batch
        ]
    )
    store.trim()


def rates(spent: Sequence[float]) -> str:
    """The documents per CPU second of all steps."""
    return f"{len(spent) * STEP / sum(spent):,.0f} written per CPU s" if spent else "nothing measured"


def compare(spent: Sequence[float], until: int) -> None:
    """Print what a document cost among the first 100,000 and among all ``until``."""
    if until < 2 * _FIRST_SIZE:
        print(
            f"writing: nothing to compare with the first {_FIRST_SIZE:,}; --until {2 * _FIRST_SIZE} or more"
        )
        return
    few = spent[: _FIRST_SIZE // STEP]
    per = [1e3 * sum(part) / (len(part) * STEP) for part in (few, spent, few[-3:], spent[-3:])]
    print(f"\nwriting, CPU ms a document: {per[0]:.3f} for {_FIRST_SIZE:,}, {per[1]:.3f} for {until:,}")
    verdict = "ok" if per[1] <= SHARE * per[0] else "OVER"
    print(f"  ratio {per[1] / per[0]:.3f}, goal {SHARE}: {verdict}")
    print(
        f"  of the last {3 * STEP:,} before each: {per[2]:.3f} and {per[3]:.3f}, ratio {per[3] / per[2]:.3f}"
    )
