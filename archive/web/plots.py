"""Plots as SVG: here where each shape stands, in templates/gazette/plot_*.html how it is drawn.

Places along the width are per cent, so that a plot fits any page and its letters keep their size; heights are
CSS pixels.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

_HOUR = 3600.0
_DAY = 24 * _HOUR
_MOST_TICKS = 7
_STEPS = [  # seconds between two ticks
    *(hours * _HOUR for hours in (1, 3, 6, 12)),
    *(days * _DAY for days in (1, 2, 7, 14, 30, 91, 182, 365, 730, 1825, 3650, 18250)),
]


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark under the axis; with ``timed``, people want to read the hour."""

    x: float
    at: datetime
    timed: bool


@dataclass(frozen=True, slots=True)
class Bar:
    """The articles of one day."""

    x: float
    width: float
    y: float
    height: float
    day: date
    number: int


@dataclass(frozen=True, slots=True)
class Row:
    """Bars of one outlet on the axis that all rows share."""

    name: str
    bars: tuple[Bar, ...]
    total: int


@dataclass(frozen=True, slots=True)
class Bars:
    """A row of bars per outlet; ``height`` is that of one row."""

    rows: tuple[Row, ...]
    ticks: tuple[Tick, ...]
    first: date
    last: date
    most: int  # articles of the highest bar
    height: float


@dataclass(frozen=True, slots=True)
class Scale:
    """Times along the width, with some air on either side."""

    first: datetime
    last: datetime
    left: float = 2.0
    right: float = 98.0

    def x(self, at: datetime) -> float:
        """Where a time stands, in per cent of the width."""
        length = (self.last - self.first).total_seconds()
        share = (at - self.first).total_seconds() / length if length else 0.5
        return round(self.left + share * (self.right - self.left), 3)


def ticks(scale: Scale) -> tuple[Tick, ...]:
    """Some seven marks at most, at round hours or days."""
    length = (scale.last - scale.first).total_seconds()
    step = next((step for step in _STEPS if length / step <= _MOST_TICKS), _STEPS[-1])
    at = scale.first.replace(hour=0, minute=0, second=0, microsecond=0)
    found = []
    while at <= scale.last:
        if at >= scale.first:
            found.append(Tick(scale.x(at), at, step < _DAY))
        at += timedelta(seconds=step)
    return tuple(found)


def bars(counts: Mapping[str, Mapping[date, int]], first: date, last: date, height: float = 28.0) -> Bars:
    """A row for each name, in their order, with a bar for each day that has any; all to one measure."""
    days = (last - first).days + 1
    most = max((number for each in counts.values() for number in each.values()), default=0)
    width = 100.0 / days
    rows = []
    for name, each in counts.items():
        found = tuple(
            _bar((day - first).days * width, width, number / most * height, height, day, number)
            for day, number in sorted(each.items())
            if first <= day <= last and number
        )
        rows.append(Row(name, found, sum(bar.number for bar in found)))
    begin = datetime.combine(first, datetime.min.time())
    end = datetime.combine(last, datetime.min.time()) + timedelta(days=1)
    return Bars(tuple(rows), ticks(Scale(begin, end, 0.0, 100.0)), first, last, most, height)


def _bar(x: float, width: float, tall: float, height: float, day: date, number: int) -> Bar:
    tall = max(tall, 1.5)  # one article stays to be seen beside a thousand
    return Bar(round(x, 3), round(width * 0.85, 3), round(height - tall, 2), round(tall, 2), day, number)


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a whole in a time: the bar of the whole is as high as the plot."""

    x: float
    width: float
    y: float
    height: float
    first: date
    last: date
    number: int  # of all
    part: int

    @property
    def percent(self) -> int:
        """Of all, the part."""
        return round(100 * self.part / self.number)


@dataclass(frozen=True, slots=True)
class Shares:
    """Parts over time, from 0 to 100 %; times without anything have no bar."""

    bars: tuple[Share, ...]
    ticks: tuple[Tick, ...]
    number: int
    part: int
    height: float

    @property
    def percent(self) -> int:
        """Of all there were, the part."""
        return round(100 * self.part / self.number)


def shares(counts: Sequence[tuple[date, int, int]], days: int, height: float = 48.0) -> Shares | None:
    """``counts`` are (first day of a time, all, part), times ``days`` long; None where all are nothing."""
    number = sum(whole for _, whole, _ in counts)
    if not number:
        return None
    first, last = counts[0][0], counts[-1][0] + timedelta(days=days)
    width = 100.0 * days / (last - first).days
    found = []
    for day, whole, part in counts:
        if whole:
            tall = round(max(part / whole * height, 1.5), 2) if part else 0.0
            x = round(100.0 * (day - first).days / (last - first).days, 3)
            until = day + timedelta(days=days - 1)
            found.append(
                Share(x, round(width * 0.85, 3), round(height - tall, 2), tall, day, until, whole, part)
            )
    scale = Scale(
        datetime.combine(first, datetime.min.time()), datetime.combine(last, datetime.min.time()), 0.0, 100.0
    )
    return Shares(tuple(found), ticks(scale), number, sum(part for *_, part in counts), height)


@dataclass(frozen=True, slots=True)
class Dot:
    """Something that happened at a time, in the row of its outlet."""

    x: float
    y: float
    key: str
    label: str


@dataclass(frozen=True, slots=True)
class Dots:
    """What happened where and when: a row per outlet, in the order of their first."""

    names: tuple[tuple[str, float], ...]  # with the height at which the row stands
    dots: tuple[Dot, ...]
    ticks: tuple[Tick, ...]
    height: float


def dots(events: Iterable[tuple[str, datetime, str, str]], row: float = 34.0) -> Dots:
    """``events`` are (outlet, time, key, label)."""
    listed: Sequence[tuple[str, datetime, str, str]] = sorted(events, key=lambda event: event[1])
    names = list(dict.fromkeys(name for name, *_ in listed))
    heights = {name: round((number + 0.6) * row, 1) for number, name in enumerate(names)}
    scale = Scale(listed[0][1], listed[-1][1])
    return Dots(
        tuple(heights.items()),
        tuple(Dot(scale.x(at), heights[name], key, label) for name, at, key, label in listed),
        ticks(scale),
        round(len(names) * row + 8, 1),
    )
