"""What the forty outlets of tests/crawler/year.py must do in a year, worked out in another way.

Each minute of the year is looked at, with what the clock of the outlet's zone shows then; cron fields, hours
and spans are read here by themselves. Nothing of crawler/ is used, and no cron library.
"""

from __future__ import annotations

import hashlib
import statistics
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

_BEFORE = 8 * 1440
"""Minutes before the year that are laid out too: a plan looks back."""
_AFTER = 70 * 1440
"""And after it: two months may lie between two planned times."""
_MONDAY = datetime(1970, 1, 5, tzinfo=UTC)
_NAMES = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]

Wall = tuple[int, int, int, int, int]
"""Month, day, hour, minute and weekday (Monday is 0) that a clock shows."""


@dataclass(frozen=True, slots=True)
class Row:
    """A run: its minute, and what it was."""

    at: datetime
    late: bool
    goes_on: bool


@dataclass(slots=True)
class Calendar:
    """The minutes around a time span in a zone: what the clock shows, which of it again, what it skips."""

    begin: datetime  # of minute 0
    shown: list[Wall] = field(default_factory=list)
    again: list[bool] = field(default_factory=list)  # the clock has shown this before
    skipped: dict[int, list[Wall]] = field(default_factory=dict)  # just before a minute

    def minute(self, at: datetime) -> int:
        return int((at - self.begin).total_seconds()) // 60

    def time(self, minute: float) -> datetime:
        return self.begin + timedelta(minutes=minute)


@lru_cache(maxsize=16)
def calendar(zone: str, start: datetime, end: datetime) -> Calendar:
    """The minutes of a zone."""
    begin = start - timedelta(minutes=_BEFORE)
    found, info, latest, last = Calendar(begin), ZoneInfo(zone), None, None
    for minute in range(_BEFORE + int((end - start).total_seconds()) // 60 + _AFTER):
        wall = (begin + timedelta(minutes=minute)).astimezone(info).replace(tzinfo=None)
        found.shown.append(_wall(wall))
        found.again.append(latest is not None and wall <= latest)
        if last is not None and wall - last > timedelta(minutes=1):
            step = last + timedelta(minutes=1)
            skipped = []
            while step < wall:
                skipped.append(_wall(step))
                step += timedelta(minutes=1)
            found.skipped[minute] = skipped
        latest, last = wall if latest is None else max(latest, wall), wall
    return found


def _wall(at: datetime) -> Wall:
    return at.month, at.day, at.hour, at.minute, at.weekday()


def _span(text: str) -> int:
    return int(text[:-1]) * {"m": 1, "h": 60, "d": 1440, "w": 10_080}[text[-1]]


# --- what a line says ---


def _field(text: str, low: int, high: int) -> set[int]:
    """The numbers of a cron field of digits, commas, hyphens, slashes and stars."""
    found: set[int] = set()
    for part in text.split(","):
        span, _, step = part.partition("/")
        first, last = (low, high) if span == "*" else (int(span.split("-")[0]), int(span.split("-")[-1]))
        found.update(range(first, last + 1, int(step or 1)))
    return found


def _matcher(expression: str) -> tuple[Callable[[Wall], bool], bool]:
    """Whether a cron expression holds at what a clock shows, and whether it holds in every hour."""
    texts = expression.split()
    minutes, hours = _field(texts[0], 0, 59), _field(texts[1], 0, 23)
    days, months = _field(texts[2], 1, 31), _field(texts[3], 1, 12)
    weekdays = {(number - 1) % 7 for number in _field(texts[4], 0, 7)}
    both = texts[2] != "*" and texts[4] != "*"

    def holds(wall: Wall) -> bool:
        month, day, hour, minute, weekday = wall
        if minute not in minutes or hour not in hours or month not in months:
            return False
        if both:  # cron's oddity: then one of them is enough
            return day in days or weekday in weekdays
        return day in days and weekday in weekdays

    return holds, len(hours) == 24


def _dark(text: str) -> Callable[[Wall], bool]:
    """Whether a blackout such as "Sat 22:00-05:00" holds at what a clock shows."""
    if not text:
        return lambda wall: False
    *named, hours = text.split(" ")
    days = set(range(7))
    if named:
        ends = [_NAMES.index(name.lower()) for part in named[0].split(",") for name in part.split("-")]
        days = set(range(ends[0], ends[-1] + 1))
    begin, end = (int(clock[:2]) * 60 + int(clock[3:]) for clock in hours.split("-"))

    def holds(wall: Wall) -> bool:
        _, _, hour, minute, weekday = wall
        now = hour * 60 + minute
        if begin < end:
            return weekday in days and begin <= now < end
        return (weekday in days and now >= begin) or ((weekday - 1) % 7 in days and now < end)

    return holds


def _raw(cal: Calendar, plan: str, step: int | None) -> list[int]:
    """The minutes that a plan names, before anything moves them."""
    if step is not None:
        first = int((cal.begin - _MONDAY).total_seconds()) // 60
        return [minute for minute in range(len(cal.shown)) if (first + minute) % step == 0]
    holds, hourly = _matcher(plan)
    found = []
    for minute, wall in enumerate(cal.shown):
        hit = holds(wall) and (hourly or not cal.again[minute])
        if not hourly:
            hit = hit or any(holds(lost) for lost in cal.skipped.get(minute, ()))
        if hit:
            found.append(minute)
    return found


def _slots(cal: Calendar, raw: Sequence[int], dark: Sequence[bool], name: str, jitter: int) -> list[float]:
    """When runs are to begin, in minutes: out of blackouts, shifted, out of blackouts again."""
    found: list[float] = []
    free = _next_free(dark)
    for opened in sorted({free[minute] for minute in raw}):
        if opened >= len(dark) - 1:
            break
        behind, shift = bisect_right(raw, opened), 0
        if jitter and behind < len(raw):
            room = (raw[behind] - opened) * 60 / 4
            text = f"{name} {cal.time(opened).isoformat()}"
            part = int(hashlib.sha256(text.encode()).hexdigest()[:12], 16) / 16**12
            shift = int(part * min(jitter, room))
        moved = opened + shift / 60
        found.append(moved if not dark[int(moved)] else float(free[int(moved)]))
    return sorted(set(found))


def _next_free(dark: Sequence[bool]) -> list[int]:
    free = [len(dark)] * len(dark)
    for minute in range(len(dark) - 1, -1, -1):
        if not dark[minute]:
            free[minute] = minute
        elif minute + 1 < len(dark):
            free[minute] = free[minute + 1]
    return free


# --- the year of one outlet ---


def table(
    line: str,
    start: datetime,
    end: datetime,
    off: Sequence[tuple[datetime, datetime]],
    published: Callable[[datetime, datetime], int],
) -> list[Row]:
    """The runs of an outlet (a line as in OUTLETS); ``published`` counts articles between two times."""
    name, zone, plan, hours, jitter, takes = (part.strip() for part in line.split("|"))
    cal = calendar(zone, start, end)
    kind, _, value = plan.partition(" ")
    dark = [_dark(hours)(wall) for wall in cal.shown]
    outages = [(cal.minute(begin), cal.minute(until)) for begin, until in off]
    bounds = [_span(part) for part in value.split()] if kind == "pace" else []
    made: dict[int | None, list[float]] = {}

    def slots(step: int | None) -> list[float]:
        if step not in made:
            made[step] = _slots(cal, _raw(cal, value, step), dark, name, int(jitter))
        return made[step]

    rows: list[Row] = []
    runs: list[tuple[int, int]] = []  # began, found
    round_began: int | None = None
    unfinished, busy, left = False, -1, 0
    step = _span(value) if kind == "every" else None
    for minute in range(cal.minute(start), cal.minute(end)):
        if any(begin <= minute < until for begin, until in outages) or minute < busy or dark[minute]:
            continue
        if kind == "pace":
            step = _pace(bounds, runs)
        late = False
        if unfinished:
            if minute < runs[-1][0] + 5:
                continue
        elif round_began is not None:
            wanted = _wanted(slots(step), round_began, step)
            if minute < wanted:
                continue
            late = minute - wanted > 1
        since = cal.time(runs[-1][0]) if runs else cal.time(minute) - timedelta(days=30)
        runs.append((minute, published(since, cal.time(minute))))
        rows.append(Row(cal.time(minute), late, unfinished))
        if not unfinished:
            round_began, left = minute, int(takes)
        busy, unfinished = minute + left, False
        for begin, until in outages:
            if minute < begin < busy:
                left, busy, unfinished = busy - begin, until, True
                break
        else:
            busy = max(busy, minute + 1)
    return rows


def _wanted(slots: Sequence[float], began: int, step: int | None) -> float:
    """The planned minute that is due next after a round that began at a minute."""
    counted = float(began)
    least = 0.0
    if step is not None:
        least = step / 2
        early = bisect_right(slots, began - step / 4 - 1 / 60 + 1e-9)
        if slots[early] <= began:
            counted = slots[early]
    place = bisect_right(slots, began)
    while slots[place] - counted < least - 1e-9:
        place += 1
    return slots[place]


def _pace(bounds: Sequence[int], runs: Sequence[tuple[int, int]]) -> int:
    """Minutes between runs: four articles at the median of what the last five gaps brought."""
    step = bounds[0]
    newest = runs[-6:]
    rates = [newest[i][1] / (newest[i][0] - newest[i - 1][0]) for i in range(1, len(newest))]
    if rates:
        while step * 2 <= bounds[1] and statistics.median(rates) * step * 2 <= 4 + 1e-12:
            step *= 2
    return step


def visit_counts(starts: Sequence[datetime], article: datetime, ages: Sequence[float]) -> list[datetime]:
    """At which runs an article is fetched: at its first, and at each at which an age has come since."""
    first = bisect_left(starts, article)
    if first == len(starts):
        return []
    fetched = [starts[first]]
    marks = [fetched[0] + timedelta(seconds=age) for age in ages]
    for start in starts[first + 1 :]:
        if start > marks[-1] and fetched[-1] > marks[-1]:
            break
        if any(fetched[-1] < mark <= start for mark in marks):
            fetched.append(start)
    return fetched


# --- worked out by hand ---

BY_HAND: dict[str, tuple[int, tuple[str, ...], tuple[str, ...]]] = {
    # 8760 hours; 10:00 without the machine comes at 10:30; of the week's 168 one is left, at 06:10
    "utc-hour": (
        8760 - 168 + 1,
        ("05-12T10:30", "05-12T11:00", "08-10T06:10", "08-10T07:00"),
        ("05-12T10:00",),
    ),
    # 365 midnights (the first run of all is one of them), seven of them missed
    "utc-day": (365 - 7 + 1, ("08-03T00:00", "08-10T06:10", "08-11T00:00"), ("08-04T00:00", "08-10T00:00")),
    # the first, 261 working days, five missed and caught up once, after the round went on that was cut off
    "utc-workdays": (1 + 261 - 5 + 1 + 1, ("08-03T06:00", "08-10T06:10", "08-10T07:00"), ("08-10T06:00",)),
    # the first, 365 nights, seven missed
    "berlin-gap": (
        1 + 365 - 7 + 1,
        ("01-01T01:30", "03-28T01:30", "03-29T01:00", "03-30T00:30", "10-25T00:30", "10-26T01:30"),
        ("03-29T00:30", "03-29T01:30", "10-25T01:30"),
    ),
    # the first, 8760 half hours; 09:30 and 10:30 are one run, a week is one
    "berlin-half": (1 + 8760 - 1 - 168 + 1, ("03-29T00:30", "03-29T01:30", "10-25T00:30", "10-25T01:30"), ()),
    # the first at midnight, caught up when that round ends at 05:00, eleven more
    "berlin-month": (1 + 12, ("01-01T05:00", "04-01T02:00", "11-01T03:00"), ("01-01T03:00",)),
    # the first, 365 nights, seven missed; in Britain the hour from 01:00 UTC on is skipped, and comes twice
    "london-gap": (
        1 + 365 - 7 + 1,
        ("03-29T01:00", "03-30T00:15", "10-25T00:15", "10-26T01:15"),
        ("10-25T01:15",),
    ),
    # 8 March at 07:00 UTC the clock skips from 02:00 to 03:00
    "york-gap": (
        1 + 365 - 7 + 1,
        ("03-07T07:30", "03-08T07:00", "03-09T06:30", "11-01T07:30"),
        ("03-08T07:30",),
    ),
    # 1 November: 01:30 is 05:30 and, again, 06:30 UTC
    "york-fall": (1 + 365 - 7 + 1, ("10-31T05:30", "11-01T05:30", "11-02T06:30"), ("11-01T06:30",)),
    # 5 April the hour comes twice, 4 October it is skipped
    "sydney-gap": (
        1 + 365 - 7 + 1,
        ("04-04T15:30", "04-05T16:30", "10-03T16:00", "10-04T15:30"),
        ("04-04T16:30",),
    ),
    # half an hour is skipped on 4 October: 02:15 is 02:30
    "howe-half": (
        1 + 365 - 7 + 1,
        ("10-02T15:45", "10-03T15:30", "10-04T15:15"),
        ("10-03T15:45", "10-03T15:15"),
    ),
    # midnight is skipped on 6 September
    "santiago-night": (1 + 365 - 7 + 1, ("09-05T04:00", "09-06T04:00", "09-07T03:00"), ("09-06T03:00",)),
    # the first, 52 Sundays, of which the week has one; 29 March at 02:00, 25 October at the first 01:30
    "london-sunday": (
        1 + 52 - 1 + 1,
        ("03-22T01:30", "03-29T01:00", "04-05T00:30", "10-25T00:30"),
        ("10-25T01:30",),
    ),
    # the first, 52 Fridays and the 13th of nine months that is none; one Friday missed
    "york-or": (1 + 52 + 9 - 1 + 1, ("01-13T17:00", "03-13T16:00", "04-13T16:00"), ("01-12T17:00",)),
}
"""Runs in the year, minutes (UTC) at which one begins, minutes at which none does."""
