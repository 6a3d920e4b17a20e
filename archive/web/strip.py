"""The plot of a front page through time: a row for each story, a bar for each stay of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from archive.research.fronts import Front
from archive.research.stood import Stay, Story
from archive.web.plots import Scale, Tick, ticks

HEIGHT = 16.0
"""CSS pixels of a row."""
_LEAST = 0.5
"""Per cent of the width: a story that stood in one capture alone is seen too."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A stay; it ends where the story was first missing."""

    x: float
    width: float
    stay: Stay


@dataclass(frozen=True, slots=True)
class Row:
    """A story of the capture that is shown, or one that went with it."""

    story: Story
    bars: tuple[Bar, ...]
    changes: tuple[float, ...]  # where another headline came


@dataclass(frozen=True, slots=True)
class Strip:
    """Rows on one axis; the capture that is shown stands at ``shown``."""

    rows: tuple[Row, ...]
    ticks: tuple[Tick, ...]
    shown: float
    first: str
    last: str
    height: float


def strip(front: Front, most: int) -> Strip:
    """The stories of a front page as they stood in all captures that were looked at."""
    first, last = _at(front.shots[0].at), _at(front.shots[-1].at)
    # Captures at one moment alone have no length to be drawn.
    scale = Scale(first, last if last > first else first + timedelta(hours=1), 0.0, 100.0)
    rows = tuple(_row(story, scale, last) for story in front.stories[:most])
    return Strip(
        rows,
        ticks(scale),
        min(scale.x(_at(front.shot.at)), 99.8),
        front.shots[0].at,
        front.shots[-1].at,
        HEIGHT,
    )


def _row(story: Story, scale: Scale, last: datetime) -> Row:
    bars = []
    for stay in story.stays:
        begin = scale.x(_at(stay.seen_from))
        end = scale.x(_at(stay.gone_by) if stay.gone_by else last)
        width = max(end - begin, _LEAST)
        bars.append(Bar(round(min(begin, 100.0 - width), 3), round(width, 3), stay))
    changes = tuple(scale.x(_at(headline.seen_from)) for headline in story.headlines[1:])
    return Row(story, tuple(bars), changes)


def _at(text: str) -> datetime:
    """A time of `captures`, in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=None)
