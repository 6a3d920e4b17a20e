"""Crawls side by side, each a process of its own, and the index beside them, until the last one has ended.

sites -> parts, one a process -> Crew -> reports -> one table, one Indexer -> how each ended -> one end
"""

from __future__ import annotations

import os
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import FrameType, TracebackType
from typing import TYPE_CHECKING, Any, Self

import click

from archive.db import failure_of
from archive.errors import Locked
from archive.layout import Layout
from crawler.cli.child import Crawl
from crawler.cli.exits import Exit
from crawler.cli.live import Show, of_report, shown
from crawler.purse import new_purse
from crawler.tally import NO_PAGE

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
_SHARED = frozenset({"GAZETTE_MAX_PAGES", "GAZETTE_MAX_BYTES"})
"""Budgets that count what all processes did together; time passes for each of them alike."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a crawl ended."""

    run: str | None  # its id; None when it could not begin
    code: int
    reason: str
    others: tuple[Ended, ...] = ()  # those that were begun beside it

    @property
    def in_vain(self) -> bool:
        """Whether it did its round and not one of its sites gave a page."""
        return self.reason.startswith(NO_PAGE)


def run(
    layout: Layout,
    names: Sequence[str],
    settings: Settings,
    *,
    workers: int,
    processes: int = 1,
    more: Callable[[], Sequence[str]] | None = None,
    on_end: Callable[[], None] = lambda: None,
) -> Ended:
    """Crawl the sites and index beside, with a table of the sites where a person watches.

    ``workers`` of 0: don't index. ``processes``: over how many the sites are divided, see ``divided``.
    ``more`` is asked twice a minute for further sites to crawl beside these. ``on_end`` is called when one
    of several crawls has ended and others go on.
    """
    parts = _parts(layout, names, processes, tells=more is None) if processes > 1 else [names]
    with ExitStack() as stack:
        show = stack.enter_context(shown())
        stack.enter_context(terminable())
        indexer = _indexer(layout, workers, stack) if workers else None
        shares = len(parts) > 1 and not _SHARED.isdisjoint(settings)
        purse = stack.enter_context(new_purse()) if shares else None
        crew = stack.enter_context(Crew(layout, settings, purse))
        for part in parts:
            crew.start(part)
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


def _parts(layout: Layout, names: Sequence[str], processes: int, *, tells: bool) -> list[list[str]]:
    """The sites for each process. ``tells``: whoever named them hears when that takes fewer processes."""
    from crawler.crawldb import CrawlDb
    from crawler.division import divided
    from crawler.sites import named_sites

    parts = divided(named_sites(layout, names).values(), processes)
    if tells and len(parts) < processes:
        said = f"{len(parts)} of {processes} processes; sites of one authority are crawled by the same one"
        click.echo(f"gazette: {len(names)} sites take {said}", err=True)
    try:
        # Made, or brought up to date, before they begin: SQLite turns a new file to WAL for one at a time.
        CrawlDb(layout.crawl_db).close()
    except sqlite3.Error as error:
        raise failure_of(layout.crawl_db, error) from error
    return parts


def _together(ended: Sequence[Ended]) -> Ended:
    """One end of several crawls: what stops all of them counts first, then that one did its round.

    A crawl that could not go on, or was killed, outranks the round of another; one that did its round in
    vain, or could not begin, does not.
    """
    first, *others = sorted(ended, key=_rank)
    return Ended(first.run, first.code, first.reason, tuple(others))


def _rank(ended: Ended) -> int:
    if ended.in_vain:  # that a site failed outranks that all refused
        return len(_ORDER) + 1 + (ended.code == Exit.REFUSED)
    counts = ended.code in _ORDER and (ended.run is not None or ended.code != Exit.FAILED)
    return _ORDER.index(ended.code) if counts else len(_ORDER)


_ORDER = (
    *(Exit.DISK_FULL, Exit.INTERRUPTED, Exit.FAILED),
    *(Exit.SIZE_BUDGET, Exit.TIME_BUDGET, Exit.OK),
)


@dataclass(slots=True)
class Crew:
    """The crawling processes of one parent; those that still run are ended with its ``with`` block."""

    layout: Layout
    settings: Settings
    purse: int | None = None  # the descriptor of the Purse that all of them share, if there is a budget
    _running: list[tuple[Crawl, ExitStack]] = field(default_factory=list)
    _ended: list[Ended] = field(default_factory=list)
    _failed: set[str] = field(default_factory=set)  # sites of crawls that could not begin
    _started: int = 0

    def start(self, names: Sequence[str]) -> None:
        """Begin a crawl of some sites."""
        number = f"-{self._started}" if self._started else ""
        log = self.layout.logs / f"crawl-{datetime.now(UTC):%Y%m%dT%H%M%S}-{os.getpid()}{number}.log"
        stack = ExitStack()
        crawl = Crawl(self.layout, names, self.settings, log, self.purse)
        self._running.append((stack.enter_context(crawl), stack))
        self._started += 1

    def untried(self, names: Sequence[str]) -> list[str]:
        """Those of some sites that none of ours crawls, and that none of ours failed to begin with."""
        tried = {name for crawl, _ in self._running for name in crawl.sites} | self._failed
        return [name for name in names if name not in tried]

    def reports(self) -> list[dict[str, Any]]:
        """The newest report of each that runs, and the last one of each that has ended since."""
        last = []
        for crawl, stack in [pair for pair in self._running if not pair[0].running]:
            self._running.remove((crawl, stack))
            ended = self._reap(crawl, stack)
            last.append(crawl.last | {"reason": ended.reason})
        return [*last, *(crawl.read() for crawl, _ in self._running)]

    @property
    def running(self) -> bool:
        """Whether one of them was running when they were last looked at."""
        return bool(self._running)

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

    def _reap(self, crawl: Crawl, stack: ExitStack) -> Ended:
        with stack:
            code, reason = crawl.end()
            ended = Ended(crawl.last.get("run"), code, reason)
            self._ended.append(ended)
            if ended.run is None:
                self._failed.update(crawl.sites)
            return ended

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
    while True:
        show(progress for report in crew.reports() for progress in of_report(report))
        if not crew.running:
            return
        if crew.ended > ended:
            ended = crew.ended
            on_end()
        if indexer is not None and time.monotonic() - indexed >= INDEX_EVERY:
            # Not longer: the table waits meanwhile. The newest pages go first, a backlog comes bit by bit,
            # without a pause between: a step that took all of its time is followed by the next one at once.
            indexed = time.monotonic()
            indexer.step(seconds=INDEX_EVERY)
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
