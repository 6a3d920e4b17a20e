"""Plots as images, by matplotlib, which belongs to the extra `research`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from archive.errors import ArchiveError

if TYPE_CHECKING:
    from archive.research.timeline import Period

_INCHES = (10.0, 4.0)
_DOTS = 150  # an inch
_EPOCH = date(1970, 1, 1)
"""From which matplotlib counts days."""


def draw(path: Path, periods: Sequence[Period], words: str, by: str, share: bool) -> None:
    """Draw a timeline into a PNG file. Raises ArchiveError when matplotlib is missing."""
    try:
        # Its own canvas, not pyplot: no window, no global state, no look for a display.
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError:
        raise ArchiveError(
            "--png needs matplotlib, which is not installed; install it with: pip install 'gazette[research]'"
        ) from None
    figure = Figure(figsize=_INCHES, dpi=_DOTS, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    heights = [100 * (period.share or 0.0) if share else period.articles for period in periods]
    widths = [0.9 * ((period.last - period.first).days + 1) for period in periods]
    begins = [(period.first - _EPOCH).days for period in periods]
    axes.bar(begins, heights, width=widths, align="edge", color="#2a6f97")
    axes.xaxis_date()
    axes.set_xlabel(f"Day of publication, by {by}")
    axes.set_ylabel(f"Share of all articles of the {by}, %" if share else "Articles")
    # A dollar sign would begin a formula.
    axes.set_title(words.replace("$", r"\$"), loc="left")
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_ylim(bottom=0)
    # No date and no version of the library in the file: the same timeline gives the same bytes.
    figure.savefig(path, format="png", metadata={"Software": None})
