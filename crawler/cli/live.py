"""What a crawl does, as it does it: one line a site on a terminal, nothing in a log file or a pipe.

reports of the crawling process (``gazette crawl``) |
crawl.db                 (``gazette status --watch``) | -> Progress of each site -> Board -> table
"""

from __future__ import annotations

import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from archive.layout import Layout
from crawler.cli.output import one_line, size

if TYPE_CHECKING:
    from rich.table import Table

_SPAN = 10.0
"""Seconds over which the pages per second are counted."""
_WORDS = ("site", "state")
_LEAST = ("changed", "same", "pages/s")
_ALL = 80
"""Characters of a terminal that has room for all columns."""
HEAD = ("site", "fetched", "new", "changed", "same", "failed", "queued", "pages/s", "state")


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is with one site."""

    site: str
    fetched: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    failed: int = 0
    refused: int = 0
    bytes: int = 0
    queued: int = 0
    state: str | None = None  # why no more of it is fetched; "no room": the disk is full; None: it goes on
    requisites: int = 0


_COUNTS = ("fetched", "new", "changed", "unchanged", "failed", "refused", "bytes", "queued", "requisites")

Show = Callable[[Iterable[Progress]], None]


def of_report(report: Mapping[str, Any]) -> list[Progress]:
    """What a report of the crawling process says of each site; see Session.report."""
    whole = report.get("reason") or ("no room" if report.get("waiting") else None)
    return [
        Progress(site, **{name: counts[name] for name in _COUNTS}, state=counts["state"] or whole)
        for site, counts in report.get("sites", {}).items()
    ]


def of_archive(layout: Layout) -> list[Progress]:
    """What crawl.db says of the runs that go on now, whichever process does them."""
    from crawler import runlog

    with runlog.opened(layout) as connection:
        if connection is None:
            return []
        going = [run for run in runlog.unended(connection) if run.state == "running"]
        waiting = runlog.queued(connection) if going else {}
    return [
        Progress(
            part.site,
            *(part.fetched, part.new or 0, part.changed or 0, part.unchanged or 0),
            *(part.failed, part.refused, part.bytes, waiting.get(part.site, 0)),
            requisites=part.requisites or 0,
        )
        for run in going
        for part in run.sites
    ]


@dataclass(slots=True)
class Board:
    """What was seen of the sites so far; knows how fast each goes."""

    seen: dict[str, Progress] = field(default_factory=dict)
    _past: dict[str, deque[tuple[float, int]]] = field(default_factory=dict)

    def note(self, found: Iterable[Progress], now: float) -> None:
        """Take in how far the sites are; ``now`` in seconds of a clock that only goes forward."""
        for progress in found:
            self.seen[progress.site] = progress
            past = self._past.setdefault(progress.site, deque())
            answers = progress.fetched + progress.requisites
            if past and answers < past[-1][1]:  # another run of it has begun
                past.clear()
            past.append((now, answers))
            while past[-1][0] - past[0][0] > _SPAN and len(past) > 2:
                past.popleft()

    def rate(self, site: str) -> float:
        """Answers a second of late."""
        past = self._past[site]
        seconds = past[-1][0] - past[0][0]
        return (past[-1][1] - past[0][1]) / seconds if seconds > 0 else 0.0

    def rows(self, most: int) -> list[tuple[str, ...]]:
        """Lines in the order of HEAD: those that go on first, at most so many, then all together."""
        everyone = sorted(self.seen.values(), key=lambda p: (_ended(p), p.site))
        lines = [self._line(progress) for progress in everyone[:most]]
        if len(everyone) > most:
            lines.append((f"and {len(everyone) - most} more", *[""] * (len(HEAD) - 1)))
        if len(everyone) > 1:
            lines.append(self._sum(everyone))
        return lines

    def _line(self, p: Progress) -> tuple[str, ...]:
        rate = self.rate(p.site)
        state = p.state or ("fetches" if rate else "waits" if p.queued else "ends")
        counts = (p.fetched, p.new, p.changed, p.unchanged, p.failed, p.queued)
        return (one_line(p.site), *map(str, counts), f"{rate:.1f}", one_line(state))

    def _sum(self, everyone: list[Progress]) -> tuple[str, ...]:
        names = ("fetched", "new", "changed", "unchanged", "failed", "queued")
        sums = [str(sum(getattr(p, name) for p in everyone)) for name in names]
        rate = sum(self.rate(p.site) for p in everyone if not _ended(p))
        return ("together", *sums, f"{rate:.1f}", size(sum(p.bytes for p in everyone)))


def _ended(progress: Progress) -> bool:
    return progress.state is not None and progress.state != "no room"


def drawn(rows: Iterable[tuple[str, ...]], width: int) -> Table:
    """The lines as a table of at most ``width`` characters: words are cut, numbers never.

    Where there is no room for all, three columns stay away.
    """
    from rich.table import Table

    names = [name for name in HEAD if width >= _ALL or name not in _LEAST]
    spare = max(16, width - sum(len(name) + 2 for name in names if name not in _WORDS) - 2)
    found = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for name in names:
        words = name in _WORDS
        most = {"site": spare - spare * 2 // 5, "state": spare * 2 // 5}.get(name)
        justify: Literal["left", "right"] = "left" if words else "right"
        found.add_column(
            name, justify=justify, no_wrap=True, max_width=most, min_width=1 if words else len(name)
        )
    for row in rows:
        cells = [cell for name, cell in zip(HEAD, row, strict=True) if name in names]
        found.add_row(*cells, style="bold" if row[0] == "together" else None)
    return found


@contextmanager
def shown() -> Iterator[Show]:
    """A table on stderr while the block runs, gone at its end; hands out what brings it up to date."""
    if not sys.stderr.isatty():
        yield lambda found: None
        return
    from rich.console import Console
    from rich.live import Live
    from rich.text import Text

    console, board = Console(stderr=True), Board()
    with Live(Text("begins ..."), console=console, transient=True, auto_refresh=False) as live:
        last = float("-inf")

        def show(found: Iterable[Progress]) -> None:
            nonlocal last
            now = time.monotonic()
            board.note(found, now)
            if board.seen and now - last >= 0.5:
                last = now
                rows = board.rows(max(1, console.height - 5))
                live.update(drawn(rows, console.width), refresh=True)

        yield show
