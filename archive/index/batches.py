"""Outcomes in lots that are written at once, and the write-ahead log that grows with them."""

from __future__ import annotations

import time
from collections.abc import Iterator

from archive.index.store import Store
from archive.index.workers import Result

BATCH = 200
"""Outcomes per transaction: more doesn't write faster, and is more to do again after a kill."""
BATCH_SECONDS = 2.0
LOG_BYTES = 256 << 20
"""Write-ahead log beyond which no more is written: a reader keeps it from being emptied."""
LOG_SECONDS = 30.0
"""How long a pass waits for such a reader before it leaves the rest to the next one."""


def batches(results: Iterator[Result]) -> Iterator[list[Result]]:
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


def log_is_short(store: Store, seconds: float | None = None) -> bool:
    """Empty the index's log; where a reader is in the way, wait for it. Whether more may be written.

    ``seconds``: how long to wait, None for LOG_SECONDS.
    """
    deadline = time.monotonic() + (LOG_SECONDS if seconds is None else seconds)
    while store.trim() > LOG_BYTES:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True
