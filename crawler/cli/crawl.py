"""``gazette crawl``: fetches sites, keeps every exchange, and indexes beside."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from types import FrameType
from typing import TYPE_CHECKING, Any

import click

from archive.errors import BadConfiguration, Locked
from archive.layout import Layout
from archive.types import Site
from crawler.cli.child import Crawl
from crawler.cli.exits import Exit
from crawler.cli.options import Options
from crawler.cli.output import emit, one_line, size, table

if TYPE_CHECKING:
    from archive.index.jobs import Indexer

_INDEX_EVERY = 2.0
"""Seconds between two looks at what is new: a page can be found well within a minute of its fetch."""

Progress = Callable[[dict[str, Any]], None]


@click.command("crawl")
@click.argument("names", metavar="[SITE]...", nargs=-1)
@click.option("--due", is_flag=True, help="Only sites whose `every` has passed: what a timer calls.")
@click.option("--max-pages", type=click.IntRange(1), help="End after this many pages.")
@click.option("--max-bytes", type=click.IntRange(1), help="End after this many bytes; exit code 14.")
@click.option("--max-seconds", type=click.FloatRange(0.1), help="End after this time; exit code 15.")
@click.option("--no-index", is_flag=True, help="Only fetch and keep; `gazette index` does the rest later.")
@click.option(
    "--workers", type=click.IntRange(1, 256), default=1, show_default=True, help="Processes that extract."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a site.")
@click.pass_obj
def command(
    options: Options,
    names: tuple[str, ...],
    due: bool,
    max_pages: int | None,
    max_bytes: int | None,
    max_seconds: float | None,
    no_index: bool,
    workers: int,
    as_json: bool,
) -> int:
    """Fetch the sites (all of them when none is named), keep every exchange, and index what came.

    Ctrl-C ends it cleanly, and the next call goes on where it was; so it does after a crash.

    \b
    Example:
      gazette crawl
      gazette crawl ruhr-aktuell --max-pages 100
      gazette crawl --due
    """
    layout = options.layout()
    sites = choose(layout, names, due=due)
    if not sites:
        click.echo("no site is due" if due else "no site yet; add one with: gazette add URL", err=True)
        return Exit.OK
    settings: dict[str, str | int | float] = {
        key: value
        for key, value in (
            ("GAZETTE_MAX_PAGES", max_pages),
            ("GAZETTE_MAX_BYTES", max_bytes),
            ("GAZETTE_MAX_SECONDS", max_seconds),
        )
        if value is not None
    }
    ended = run(layout, [site.name for site in sites], settings, workers=0 if no_index else workers)
    if ended.run is not None:
        _print(layout, ended.run, as_json)
    if ended.code != Exit.OK:
        click.echo(f"gazette: {one_line(ended.reason)}", err=True)
    return ended.code


def choose(layout: Layout, names: Sequence[str], *, due: bool) -> list[Site]:
    """The sites that are meant. Raises BadConfiguration for an unknown name, Locked for a site in use."""
    from crawler import runlog
    from crawler.identity import may_start
    from crawler.schedule import due as due_of
    from crawler.session import site_lock
    from crawler.sites import load_sites

    known = load_sites(layout)
    for name in names:
        if name not in known:
            raise BadConfiguration(
                f"{layout.sites / name}.toml: no such site; there are: {', '.join(known) or 'none'}"
            )
    chosen = [known[name] for name in dict.fromkeys(names)] or list(known.values())
    if due:
        with runlog.opened(layout) as connection:
            rounds = runlog.rounds(connection) if connection else {}
        chosen = due_of(chosen, rounds, datetime.now(UTC))
    may_start(layout, chosen)
    free = []
    for site in chosen:
        try:
            # A look only, so that a second run is refused before Scrapy has started. The run takes the lock.
            site_lock(layout, site.name).close()
            free.append(site)
        except Locked:
            if not due:
                raise
    return free


@dataclass(frozen=True, slots=True)
class Ended:
    """How a crawl ended."""

    run: str | None  # its id; None when it could not begin
    code: int
    reason: str


def run(
    layout: Layout, names: Sequence[str], settings: dict[str, str | int | float], *, workers: int
) -> Ended:
    """Crawl the sites and index beside, with a bar where a person watches.

    ``workers`` of 0: don't index.
    """
    log = layout.logs / f"crawl-{datetime.now(UTC):%Y%m%dT%H%M%S}-{os.getpid()}.log"
    with ExitStack() as stack:
        show = stack.enter_context(_bar())
        stack.enter_context(_terminable())
        indexer = _indexer(layout, workers, stack) if workers else None
        crawl = stack.enter_context(Crawl(layout, names, settings, log))
        try:
            _follow(crawl, indexer, show)
        except KeyboardInterrupt:
            click.echo("gazette: ending cleanly; the next crawl goes on from here", err=True)
            crawl.interrupt()
        code, reason = crawl.end()
        if indexer is not None:
            indexer.step()
    return Ended(crawl.last.get("run"), code, reason)


def _follow(crawl: Crawl, indexer: Indexer | None, show: Progress) -> None:
    looked = time.monotonic()
    while crawl.running:
        show(crawl.read())
        if indexer is not None and time.monotonic() - looked >= _INDEX_EVERY:
            # Not longer: the bar waits meanwhile. The newest pages go first, a backlog comes bit by bit.
            indexer.step(seconds=_INDEX_EVERY)
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
def _terminable() -> Iterator[None]:
    """A service manager's SIGTERM ends the crawl as Ctrl-C does."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _bar() -> Iterator[Progress]:
    """A line on stderr with pages, rate and what waits; nothing where no person watches."""
    if not sys.stderr.isatty():
        yield lambda report: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("crawling"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[more]}"))
    with Bar(*columns, TimeElapsedColumn(), console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("crawling", total=None, more="")

        def show(report: dict[str, Any]) -> None:
            if report:
                done = report["fetched"] + report["failed"] + report["refused"]
                more = f"{size(report['bytes'])}, {report['failed']} failed"
                more += ", waiting for disk space" if report["waiting"] else ""
                bar.update(task, completed=done, total=done + report["queued"], more=more)

        yield show


def _print(layout: Layout, run: str, as_json: bool) -> None:
    from crawler import runlog

    with runlog.opened(layout) as connection:
        parts = runlog.runs(connection, run)[0].sites if connection else ()
    if as_json:
        for part in parts:
            emit({"run": run} | {key: getattr(part, key) for key in _COLUMNS})
        return
    rows = [(p.site, p.fetched, p.failed, p.refused, size(p.bytes), p.reason) for p in parts]
    click.echo(table(("site", "fetched", "failed", "refused", "bytes", "ended"), rows))


_COLUMNS = ("site", "fetched", "failed", "refused", "bytes", "reason")
