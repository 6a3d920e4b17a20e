"""Crawls side by side, each a process of its own, and the index beside them, until the last one has ended."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import FrameType, TracebackType
from typing import TYPE_CHECKING, Any, Self

import click

from archive.errors import Locked
from archive.layout import Layout
from crawler.cli.child import Crawl
from crawler.cli.exits import Exit
from crawler.cli.live import Show, of_report, shown

if TYPE_CHECKING:
    from archive.index.jobs import Indexer

INDEX_EVERY = 2.0
"""Seconds between two looks at what is new: a page can be found well within a minute of its fetch."""
MORE_EVERY = 30.0
"""Seconds between two looks for sites that became due: half of a timer's minute."""

_LAST = 20.0
"""Seconds for which a run that is told to end still indexes; the next run takes the rest."""

Settings = Mapping[str, str | int | float]
"""Of Scrapy, as ``-s`` takes them."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a crawl ended."""

    run: str | None  # its id; None when it could not begin
    code: int
    reason: str
    others: tuple[Ended, ...] = ()  # those that were begun beside it, as more became due


def run(
    layout: Layout,
    names: Sequence[str],
    settings: Settings,
    *,
    workers: int,
    more: Callable[[], Sequence[str]] | None = None,
    on_end: Callable[[], None] = lambda: None,
) -> Ended:
    """Crawl the sites and index beside, with a table of the sites where a person watches.

    ``workers`` of 0: don't index. ``more`` is asked twice a minute for further sites to crawl beside these.
    ``on_end`` is called when one of several crawls has ended and others go on.
    """
    with ExitStack() as stack:
        show = stack.enter_context(shown())
        stack.enter_context(terminable())
        indexer = _indexer(layout, workers, stack) if workers else None
        crew = stack.enter_context(Crew(layout, settings))
        crew.start(names)
        rest = None
        try:
            _follow(crew, indexer, show, more, on_end)
        except KeyboardInterrupt:
            click.echo("gazette: ending cleanly; the next crawl goes on from here", err=True)
            crew.interrupt()
            rest = _LAST
        ended = crew.end()
        if indexer is not None:
            indexer.step(seconds=rest)
    if more is not None:
        ended = [one for one in ended if one.code != Exit.IN_USE] or ended[:1]
    return _together(ended)


def _together(ended: Sequence[Ended]) -> Ended:
    """One end of several crawls: what stops all of them counts first, then that one did its round."""
    rank = (Exit.DISK_FULL, Exit.INTERRUPTED, Exit.OK)
    first, *others = sorted(ended, key=lambda one: rank.index(one.code) if one.code in rank else len(rank))
    return Ended(first.run, first.code, first.reason, tuple(others))


@dataclass(slots=True)
class Crew:
    """The crawling processes of one parent; those that still run are ended with its ``with`` block."""

    layout: Layout
    settings: Settings
    _running: list[tuple[Crawl, ExitStack]] = field(default_factory=list)
    _ended: list[Ended] = field(default_factory=list)
    _failed: set[str] = field(default_factory=set)  # sites of crawls that could not begin
    _started: int = 0

    def start(self, names: Sequence[str]) -> None:
        """Begin a crawl of some sites."""
        number = f"-{self._started}" if self._started else ""
        log = self.layout.logs / f"crawl-{datetime.now(UTC):%Y%m%dT%H%M%S}-{os.getpid()}{number}.log"
        stack = ExitStack()
        self._running.append((stack.enter_context(Crawl(self.layout, names, self.settings, log)), stack))
        self._started += 1

    def untried(self, names: Sequence[str]) -> list[str]:
        """Those of some sites that none of ours crawls, and that none of ours failed to begin with."""
        tried = {name for crawl, _ in self._running for name in crawl.sites} | self._failed
        return [name for name in names if name not in tried]

    def reports(self) -> list[dict[str, Any]]:
        """The newest report of each that runs; lets go of those that have ended."""
        for crawl, stack in [pair for pair in self._running if not pair[0].running]:
            self._running.remove((crawl, stack))
            self._reap(crawl, stack)
        return [crawl.read() for crawl, _ in self._running]

    @property
    def ended(self) -> int:
        """How many have ended so far."""
        return len(self._ended)

    def interrupt(self) -> None:
        """Ask all to end cleanly."""
        for crawl, _ in self._running:
            crawl.interrupt()

    def end(self) -> list[Ended]:
        """Wait for the end of all: how each ended, in the order of their ends."""
        while self._running:
            self._reap(*self._running.pop(0))
        return self._ended

    def _reap(self, crawl: Crawl, stack: ExitStack) -> None:
        with stack:
            code, reason = crawl.end()
            ended = Ended(crawl.last.get("run"), code, reason)
            self._ended.append(ended)
            if ended.run is None:
                self._failed.update(crawl.sites)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.interrupt()
        self.end()


def _follow(
    crew: Crew,
    indexer: Indexer | None,
    show: Show,
    more: Callable[[], Sequence[str]] | None,
    on_end: Callable[[], None],
) -> None:
    indexed = looked = time.monotonic()
    ended = 0
    while reports := crew.reports():
        if crew.ended > ended:
            ended = crew.ended
            on_end()
        show(progress for report in reports for progress in of_report(report))
        if indexer is not None and time.monotonic() - indexed >= INDEX_EVERY:
            # Not longer: the table waits meanwhile. The newest pages go first, a backlog comes bit by bit.
            indexer.step(seconds=INDEX_EVERY)
            indexed = time.monotonic()
        if more is not None and time.monotonic() - looked >= MORE_EVERY:
            if names := crew.untried(more()):
                crew.start(names)
            looked = time.monotonic()
        time.sleep(0.1)


def _indexer(layout: Layout, workers: int, stack: ExitStack) -> Indexer | None:
    from archive.index.jobs import Indexer

    try:
        return stack.enter_context(Indexer(layout, workers=workers))
    except Locked:
        # Whoever holds the index does the work.
        click.echo("gazette: another run indexes this archive; it takes these pages too", err=True)
        return None


@contextmanager
def terminable() -> Iterator[None]:
    """A service manager's SIGTERM ends the block as Ctrl-C does."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
