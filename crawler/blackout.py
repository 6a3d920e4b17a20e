"""Blackout hours: spans of local time in which no round of a site begins.

An instant lies in a blackout when the wall clock of the site's zone shows a time in one of its spans; a
span that ends before it begins goes on past midnight.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from archive.types import Blackout

_DAY = 1440
_WEEK = 7 * _DAY


def closed(spans: Sequence[Blackout]) -> bool:
    """Whether the spans leave no minute of the week."""
    return all(_taken(spans))


def covers(spans: tuple[Blackout, ...], zone: ZoneInfo, at: datetime) -> bool:
    """Whether an instant lies in a blackout."""
    return bool(spans) and _left(spans)[_minute(at, zone)] > 0


def end(spans: tuple[Blackout, ...], zone: ZoneInfo, at: datetime) -> datetime:
    """The first instant from ``at`` on (UTC) that lies in no blackout: ``at`` itself, or a whole minute."""
    while covers(spans, zone, at):
        at = at.replace(second=0, microsecond=0)
        then = at + timedelta(minutes=_left(spans)[_minute(at, zone)])
        # Where the clock is set in between: go there, and look again.
        at = then if _offset(then, zone) == _offset(at, zone) else _set(zone, at, then)
    return at


def before(spans: tuple[Blackout, ...], zone: ZoneInfo, at: datetime) -> datetime:
    """An instant not after ``at`` (UTC) at or before the begin of the blackout in which ``at`` lies."""
    if not covers(spans, zone, at):
        return at
    begun = at - timedelta(minutes=_gone(spans)[_minute(at, zone)] + 1)
    # Where a clock is set back, hours come again.
    return begun if _offset(begun, zone) == _offset(at, zone) else begun - timedelta(hours=3)


def _set(zone: ZoneInfo, early: datetime, late: datetime) -> datetime:
    """The first whole minute after ``early`` with another offset than there; ``late`` has another."""
    low, high = 0, int((late - early).total_seconds()) // 60
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(early + timedelta(minutes=middle), zone) == _offset(early, zone):
            low = middle
        else:
            high = middle
    return early + timedelta(minutes=high)


def _offset(at: datetime, zone: ZoneInfo) -> timedelta | None:
    return at.astimezone(zone).utcoffset()


def _minute(at: datetime, zone: ZoneInfo) -> int:
    """The minute of the week that the wall clock shows, from Monday 00:00 on."""
    local = at.astimezone(zone)
    return local.weekday() * _DAY + local.hour * 60 + local.minute


def _taken(spans: Sequence[Blackout]) -> list[bool]:
    """For each minute of the week whether a span holds it."""
    taken = [False] * _WEEK
    for span in spans:
        length = (span.end - span.start) % _DAY or _DAY
        for day in span.days:
            for step in range(length):
                taken[(day * _DAY + span.start + step) % _WEEK] = True
    return taken


@lru_cache(maxsize=256)
def _left(spans: tuple[Blackout, ...]) -> tuple[int, ...]:
    """For each minute of the week, in how many minutes its blackout ends; 0 for what lies in none."""
    return tuple(reversed(_runs(reversed(_taken(spans)))))


@lru_cache(maxsize=256)
def _gone(spans: tuple[Blackout, ...]) -> tuple[int, ...]:
    """For each minute of the week, how many minutes of its blackout it ends; 0 for what lies in none."""
    return tuple(_runs(_taken(spans)))


def _runs(taken: Iterable[bool]) -> list[int]:
    """For each element the length of the unbroken run of true ones that it ends; the list is a ring."""
    ring, run = [], 0
    for value in list(taken) * 2:
        run = run + 1 if value else 0
        ring.append(run)
    return ring[_WEEK:]
