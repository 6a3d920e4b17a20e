"""``gazette crawl``: fetches sites, keeps every exchange, and indexes beside."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import ExitStack

import click

from archive.errors import Locked
from archive.layout import Layout
from archive.locks import held
from archive.types import Site
from crawler.cli.columns import fitted
from crawler.cli.crawling import Ended, Settings, run
from crawler.cli.dues import Dues
from crawler.cli.exits import Exit
from crawler.cli.health import after_run
from crawler.cli.options import Options, processes, workers
from crawler.cli.output import emit, one_line, size
from crawler.cli.watching import Watching, watched


@click.command("crawl")
@click.argument("names", metavar="[SITE]...", nargs=-1)
@click.option("--due", is_flag=True, help="Only sites whose time has come: what a timer calls.")
@click.option(
    "--revisit",
    type=click.Choice(["due", "all"]),
    default="due",
    show_default=True,
    help="Known pages that are visited again: by each site's plan, or all of them now.",
)
@click.option("--max-pages", type=click.IntRange(1), help="End after this many pages.")
@click.option("--max-bytes", type=click.IntRange(1), help="End after this many bytes; exit code 14.")
@click.option("--max-seconds", type=click.FloatRange(0.1), help="End after this time; exit code 15.")
@click.option("--no-index", is_flag=True, help="Only fetch and keep; `gazette index` does the rest later.")
@workers("Processes that extract.")
@processes("Processes that crawl; the sites are divided over them.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a site.")
@watched
@click.pass_obj
def command(
    options: Options,
    names: tuple[str, ...],
    due: bool,
    revisit: str,
    max_pages: int | None,
    max_bytes: int | None,
    max_seconds: float | None,
    no_index: bool,
    workers: int,
    processes: int,
    as_json: bool,
    watching: Watching,
) -> int:
    """Fetch the sites (all of them when none is named), keep every exchange, and index what came.

    Ctrl-C ends it cleanly, and the next call goes on where it was; so it does after a crash.

    \b
    Example:
      gazette crawl
      gazette crawl ruhr-aktuell --max-pages 100
      gazette crawl ruhr-aktuell --revisit all
      gazette crawl --processes 2 --workers 2
      gazette crawl --due
    """
    layout = options.layout()
    settings = _settings(
        GAZETTE_REVISIT=revisit if revisit != "due" else None,
        GAZETTE_MAX_PAGES=max_pages,
        GAZETTE_MAX_BYTES=max_bytes,
        GAZETTE_MAX_SECONDS=max_seconds,
    )
    workers = 0 if no_index else workers
    if due:
        dues = Dues(layout, names)
        budget = any(bound is not None for bound in (max_pages, max_bytes, max_seconds))
        begun = {**settings, **watching.settings, "GAZETTE_STARTED_BY": "timer"}
        with watching.on(layout, timer=True):
            ended = crawl_due(
                *(layout, dues, begun),
                workers=workers,
                processes=processes,
                as_json=as_json,
                looks=not budget,
            )
        if ended is None and sys.stderr.isatty():  # cron mails each word, once a minute
            click.echo("nothing is due; what will be, and when, says: gazette schedule", err=True)
        code = ended.code if ended is not None else Exit.OK
        return Exit.BAD_CONFIGURATION if dues.wrong and code == Exit.OK else code
    sites = choose(layout, names)
    if not sites:
        click.echo("no site yet; add one with: gazette add URL", err=True)
        return Exit.OK
    settings |= {**watching.settings, "GAZETTE_STARTED_BY": "cli"}
    with watching.on(layout):
        ended = run(layout, [site.name for site in sites], settings, workers=workers, processes=processes)
    return told(layout, ended, as_json=as_json)


def _settings(**asked: str | float | None) -> dict[str, str | int | float]:
    """Those that were asked for."""
    return {name: value for name, value in asked.items() if value is not None}


def choose(layout: Layout, names: Sequence[str]) -> list[Site]:
    """The sites that are meant. Raises BadConfiguration for an unknown name, Locked for a site in use."""
    from crawler.identity import may_start
    from crawler.sites import load_sites, named_sites

    chosen = list((named_sites(layout, names) if names else load_sites(layout)).values())
    may_start(layout, chosen)
    for site in chosen:
        # A look only, so that a second run is refused before Scrapy has started. The run takes the lock.
        with held(layout.locks / f"site-{site.name}.lock", f"site {site.name}"):
            pass
    return chosen


def crawl_due(
    layout: Layout,
    dues: Dues,
    settings: Settings,
    *,
    workers: int,
    looks: bool,
    processes: int = 1,
    as_json: bool = False,
) -> Ended | None:
    """Crawl what is due and say how it went; None when nothing is due, or when another process does this.

    ``looks``: what becomes due meanwhile is crawled beside it, in one more process each time; with a budget,
    only what is due now. ``processes``: over how many what is due now is divided.
    """
    with ExitStack() as stack:
        if looks and not dues.names:
            try:
                stack.enter_context(held(layout.locks / "due.lock", "what is due"))
            except Locked:
                return None
        found = dues.look()
        if not found:
            return None
        more = dues.again if looks else None
        ended = run(
            *(layout, found, settings),
            workers=workers,
            processes=processes,
            more=more,
            on_end=lambda: after_run(layout),
        )
        if ended.code == Exit.IN_USE:
            # Another run was quicker to take a site that was free when we looked: it is crawled all the same.
            return None
        told(layout, ended, as_json=as_json)
        return ended


def told(layout: Layout, ended: Ended, *, as_json: bool) -> int:
    """Say what a crawl did, on each site and as a whole: its exit code."""
    every = (ended, *ended.others)
    _print(layout, [one.run for one in every if one.run is not None], as_json)
    # Which sites gave nothing, the table says; that none did is worth a line when it holds for all of them.
    told = [ended, *(one for one in ended.others if not one.in_vain)]
    for reason in dict.fromkeys(one.reason for one in told if one.code != Exit.OK):
        click.echo(f"gazette: {one_line(reason)}", err=True)
    if ended.run is not None:
        after_run(layout)
    return ended.code


def _print(layout: Layout, runs: Sequence[str], as_json: bool) -> None:
    from crawler import runlog

    with runlog.opened(layout) as connection:
        found = [runlog.runs(connection, run)[0].sites for run in runs] if connection else []
    parts = sorted((part for sites in found for part in sites), key=lambda part: part.site)
    if as_json:
        for part in parts:
            emit({"run": part.run} | {key: getattr(part, key) for key in _COLUMNS})
        return
    # Most archives keep no requisites: then nothing is said of them.
    dressed = any(p.requisites for p in parts)
    rows = [
        (
            *(p.site, p.fetched, p.new, p.changed, p.unchanged, p.failed, p.refused, size(p.bytes)),
            *((f"{p.requisites or 0}, {size(p.requisite_bytes or 0)}",) if dressed else ()),
            p.reason,
        )
        for p in parts
    ]
    if rows:
        head = (
            *("site", "fetched", "new", "changed", "same", "failed", "refused", "bytes"),
            *(("requisites",) if dressed else ()),
            "ended",
        )
        least = [name for name in ("bytes", "same", "changed", "requisites") if name in head]
        click.echo(fitted(head, rows, least))


_COLUMNS = (
    *("site", "fetched", "new", "changed", "unchanged", "failed", "refused", "bytes"),
    *("requisites", "requisite_bytes", "reason"),
)
