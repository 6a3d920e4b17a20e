"""How long extraction takes on this machine: measured by the passes, noted beside the generations.

It stands in no table: an index is a function of the records, and says nothing of the machine.
"""

from __future__ import annotations

import time
from pathlib import Path

from archive.index.workers import Extracting
from archive.layout import Layout
from archive.types import Capture

USUAL = 0.03
"""Seconds of one worker for a record, where nothing was measured yet."""
ENOUGH = 200
"""Records of a pass that is worth noting: in a shorter one the start of the workers counts for too much."""
SAMPLE = 24


def _file(layout: Layout) -> Path:
    return layout.generations / "pace"


def read(layout: Layout) -> float | None:
    """Seconds that one worker needs for a record, by the last long pass; None when there was none."""
    try:
        seconds = float(_file(layout).read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None
    return seconds if 0 < seconds < 1_000 else None


def note(layout: Layout, records: int, seconds: float, workers: int) -> None:
    """Keep what a pass showed: ``records`` in ``seconds`` of a clock by ``workers``."""
    if records >= ENOUGH:
        _file(layout).write_text(f"{seconds * workers / records:.6f}\n", encoding="ascii")


def measure(pool: Extracting, captures: list[Capture]) -> float:
    """Seconds of a clock for one of these records (at least one); nothing is kept of what is extracted."""
    # The first pays for the start of the process, which thousands of others share.
    for _ in pool.extract_all(captures[:1]):
        pass
    began = time.monotonic()
    for _ in pool.extract_all(captures):
        pass
    return (time.monotonic() - began) / len(captures)
