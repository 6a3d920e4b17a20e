"""The time line of a search: a bar for each day, week, month or year, before one of all articles then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from archive.research.timeline import By, Period

HEIGHT = 96.0
"""CSS pixels of the highest bar."""
_LABELS = 5
"""At most so many stand below it: they fit a phone."""
_ROUND = {By.DAY: (1, 2, 7, 14, 28), By.WEEK: (1, 2, 4, 8, 13, 26), By.MONTH: (1, 2, 3, 6, 12, 24)}
_LAST_LABEL = 88.0
"""Per cent of the width; one that begins further right would stand out."""


@dataclass(frozen=True, slots=True)
class Column:
    """A period: where its bars stand (per cent of the width, pixels of the height), and what they mean."""

    x: float
    width: float  # of its place
    bar: float  # of its bars: some air stays between two
    tall: float  # of what was found
    tall_all: float  # of all articles behind it, to a measure of their own
    period: Period
    label: bool  # its name stands below


@dataclass(frozen=True, slots=True)
class TimePlot:
    """Columns side by side over the whole width."""

    by: By
    columns: tuple[Column, ...]
    most: int  # articles of the highest bar
    most_all: int
    behind: bool  # there are others than those that were found
    height: float = HEIGHT


def timeplot(by: By, periods: Sequence[Period]) -> TimePlot | None:
    """The plot of a time line; None where nothing was found, nor anything else then."""
    most = max((period.articles for period in periods), default=0)
    most_all = max((period.all for period in periods), default=0)
    if not most_all:
        return None
    width = 100.0 / len(periods)
    steps = [step for step in _ROUND.get(by, ()) if len(periods) / step <= _LABELS]
    step = steps[0] if steps else -(-len(periods) // _LABELS)
    return TimePlot(
        by,
        tuple(
            Column(
                x=round(number * width, 3),
                width=round(width, 3),
                bar=round(width * 0.82, 3),
                tall=_tall(period.articles, most),
                tall_all=_tall(period.all, most_all),
                period=period,
                label=_begins(by, period, number, step) and number * width <= _LAST_LABEL,
            )
            for number, period in enumerate(periods)
        ),
        most,
        most_all,
        any(period.articles < period.all for period in periods),
    )


def _begins(by: By, period: Period, number: int, step: int) -> bool:
    """Whether a label stands here: at months that divide the year, else at each so many of the first."""
    if by is By.MONTH and 12 % step == 0:
        return (period.first.month - 1) % step == 0
    return number % step == 0


def _tall(number: int, most: int) -> float:
    # One article stays to be seen beside a thousand.
    return round(max(number / most * HEIGHT, 2.0), 2) if number else 0.0
