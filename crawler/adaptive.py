"""How long to wait between two rounds of a site whose pace follows its yield, as a pure function of the past.

The paces are ``every_min`` and its doublings up to ``every_max``, so that the slower ones leave out planned
times of the faster ones and never shift them. Of these the slowest is taken in which at most four new or
changed articles are to be expected. What is expected is the median of what came per hour in the newest five
runs: one burst of news, or one night, changes nothing. A run's yield counts for the time since the run before
it, so the first run of all, which finds years of articles, tells nothing. As long as nothing is known, the
fastest pace holds: what a site lost before we looked can't be had again.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

RUNS = 6
"""How many of the newest runs are looked at; their five intervals."""
_WANTED = 4.0
_SHORTEST = 60.0
"""Seconds. Two runs by hand, one right after the other, tell little of a site's pace."""


@dataclass(frozen=True, slots=True)
class Yield:
    """What a run found on a site."""

    started_at: datetime  # UTC
    found: int  # new and changed articles


def pace(every_min: float, every_max: float, history: Sequence[Yield]) -> float:
    """Seconds between two planned times; ``history`` holds the newest runs, oldest first."""
    rates = [
        after.found / seconds
        for before, after in zip(history[-RUNS:], history[-RUNS:][1:], strict=False)
        if (seconds := (after.started_at - before.started_at).total_seconds()) >= _SHORTEST
    ]
    step = every_min
    if not rates:
        return step
    rate = statistics.median(rates)
    while step * 2 <= every_max and rate * step * 2 <= _WANTED:
        step *= 2
    return step
