"""Small plots and times for people, in one line."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from crawler.cli.output import duration

_BLOCKS = " ▁▂▃▄▅▆▇█"
_PLAIN = " .:-=+*#@"


def spark(values: Sequence[int], encoding: str | None) -> str:
    """A line of small columns, the tallest of them the largest value; a dot in the middle for none at all.

    In ASCII where the terminal's ``encoding`` has no blocks. What is not zero is always seen.
    """
    try:
        _BLOCKS.encode(encoding or "ascii")
        steps, nothing = _BLOCKS, "·"
    except (UnicodeEncodeError, LookupError):
        steps, nothing = _PLAIN, "_"
    most = max(values, default=0)
    high = len(steps) - 1
    return "".join(steps[max(1, round(value * high / most))] if value else nothing for value in values)


def passed(since: str | None, now: datetime) -> str:
    """How long ago: "4 min ago"; "" for never."""
    if since is None:
        return ""
    return f"{_span((now - datetime.fromisoformat(since)).total_seconds())} ago"


def ahead(until: str | None, now: datetime) -> str:
    """How long yet: "in 4 min", "now"; "" for never."""
    if until is None:
        return ""
    seconds = (datetime.fromisoformat(until) - now).total_seconds()
    return f"in {_span(seconds)}" if seconds > 0 else "now"


def _span(seconds: float) -> str:
    return f"{seconds / 86_400:.0f} d" if seconds >= 2 * 86_400 else duration(max(0.0, seconds))
