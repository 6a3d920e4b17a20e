"""``gazette status``: what the archive holds, what waits, what ran, and whether there is room."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from archive.layout import Layout
from crawler.cli.columns import fitted
from crawler.cli.options import Options
from crawler.cli.output import duration, emit, size
from crawler.cli.spark import ahead, passed, spark

_PAUSE = 1.0
"""Seconds between two looks of --watch: the crawl writes its counts five times a second."""


@click.command("status")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--watch", is_flag=True, help="Show how far the running crawls are, until they end or Ctrl-C.")
@click.option(
    "--metrics",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the figures for Prometheus' textfile collector, and print nothing.",
)
@click.pass_obj
def command(options: Options, as_json: bool, watch: bool, metrics: Path | None) -> None:
    """Say what the archive holds of each site, what ran and will run, what waits, and what room is left.

    The plot: new articles of each of the last 14 days (UTC), today on the right; each site has its own scale.
    New: captured, not extracted yet (`gazette index` takes it). Stale: extracted under another extractor
    than the installed one.

    \b
    Example:
      gazette status
      gazette status --metrics /var/lib/node_exporter/gazette.prom
    """
    layout, now = options.layout(), datetime.now(UTC)
    if sum((as_json, watch, metrics is not None)) > 1:
        raise click.UsageError("choose one of --json, --watch and --metrics")
    if metrics is not None:
        from crawler.metrics import write

        write(metrics, layout)
    elif watch:
        _watch(layout)
    else:
        from crawler.overview import gather

        found = gather(layout, now)
        if as_json:
            emit(found)
        else:
            _print(found, now)


def _watch(layout: Layout) -> None:
    """Show what runs, from crawl.db; once where no person watches."""
    from crawler.cli import live

    found = live.of_archive(layout)
    if not found:
        click.echo("nothing runs now; the newest runs are listed by: gazette runs", err=True)
        return
    if not sys.stdout.isatty():
        board = live.Board()
        board.note(found, time.monotonic())
        click.echo("\n".join("  ".join(row) for row in [live.HEAD, *board.rows(len(found))]))
        return
    with live.shown() as show:
        while found:
            show(found)
            time.sleep(_PAUSE)
            found = live.of_archive(layout)


def _print(found: Mapping[str, Any], now: datetime) -> None:
    if found["sites"]:
        click.echo(_table(found["sites"], now) + "\n")
    else:
        click.echo("no site yet; add one with: gazette add URL\n")
    click.echo(f"WARC files: {found['warc_files']} ({found['warc_open']} open), {size(found['warc_bytes'])}")
    click.echo(f"{size(found['disk_free'])} free on the disk{_room(found['room'])}")
    click.echo(
        f"write-ahead logs: index {size(found['index_wal_bytes'])}, crawl {size(found['crawl_wal_bytes'])}"
    )
    unread, stale = found["unread_bytes"], found["stale"]
    more = f", and {size(unread)} of WARC not looked at yet" if unread else ""
    todo = "; take them in with: gazette index" if found["new"] or unread else ""
    click.echo(f"new: {found['new']} captures{more}{todo}")
    if found["failures"]:
        kinds = ", ".join(f"{number} {kind}" for kind, number in found["failures"].items())
        click.echo(f"could not be extracted: {kinds}")
    todo = "; extract again with: gazette reextract" if stale else ""
    click.echo(
        f"stale: {stale}" + (f" (about {duration(found['stale_seconds'])} of one CPU){todo}" if stale else "")
    )
    if found["comparison"] == "waiting":
        click.echo("a comparison waits: gazette reextract --accept, or --reject")
    elif found["comparison"] == "unfinished":
        click.echo("a comparison isn't finished; go on with: gazette reextract --compare")


def _table(sites: list[dict[str, Any]], now: datetime) -> str:
    days = len(next((s["new_by_day"] for s in sites if s["new_by_day"]), ()))
    plot = f"last {days} days" if days else "days"
    head = ("site", "articles", plot, "documents", "captures", "queued", "last run", "ended", "next")
    rows = [
        (
            *(s["site"], s["articles"], spark(list(s["new_by_day"].values()), sys.stdout.encoding)),
            *(s["documents"], s["captures"], s["queued"], passed(s["last_started"], now) or "never"),
            s["last_state"] if s["last_run"] else "",
            "now" if s["due"] else ahead(s["next_run"], now) or ("by hand" if s["configured"] else ""),
        )
        for s in sites
    ]
    return fitted(head, rows, ("captures", "documents", "queued", "ended"))


def _room(room: Mapping[str, Any] | None) -> str:
    """What is said of the disk's end; nothing while too little is known."""
    if room is None:
        return ""
    pace = f", {size(room['bytes_per_day'])} more each day"
    return f"{pace}: full on {room['full_on']}" if room["full_on"] else f"{pace}: enough for ten years"
