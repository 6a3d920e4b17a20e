"""When the disk will be full, from what the runs of the last weeks brought. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

WINDOW = timedelta(days=28)
"""So far back runs are counted: four of each weekday."""
LEAST = timedelta(days=7)
"""Of fewer days nothing is foretold: a weekend alone, or a Monday, is no rule."""
FIRST = timedelta(days=1)
"""What a site's first day brings is what it has published so far, and comes once."""
FAR = timedelta(days=3_650)


@dataclass(frozen=True, slots=True)
class Brought:
    """What a run brought of one site."""

    site: str
    started_at: datetime  # UTC
    size: int  # bytes of the answers


@dataclass(frozen=True, slots=True)
class Room:
    """How fast the disk fills."""

    per_day: float  # bytes
    full_at: datetime | None  # UTC, when no room is left above the limit; None: not within ten years


def forecast(
    runs: Iterable[Brought],
    begun: Mapping[str, datetime],
    free: int,
    min_free: int,
    now: datetime,
    *,
    beside: float = 0.0,
) -> Room | None:
    """How fast the disk fills, and when it will be full; None when the runs say too little of that.

    ``runs``: at least those of WINDOW; ``begun``: when each site was first crawled. ``free``: bytes free
    now; ``min_free``: the limit below which a crawl waits. ``beside``: bytes of databases for each byte of
    WARC, as it is in this archive.
    """
    usual = [
        run
        for run in runs
        if run.started_at >= begun[run.site] + FIRST and now - WINDOW <= run.started_at <= now
    ]
    since = max(now - WINDOW, min(begun.values(), default=now) + FIRST)
    days = (now - since) / timedelta(days=1)
    if not usual or now - since < LEAST:
        return None
    per_day = sum(run.size for run in usual) * (1 + beside) / days
    if per_day == 0:
        return Room(0.0, None)
    left = timedelta(days=min(max(0, free - min_free) / per_day, FAR / timedelta(days=1)))
    return Room(per_day, None if left >= FAR else now + left)
