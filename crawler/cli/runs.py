"""``gazette runs``: what ran and what came of it."""

from __future__ import annotations

import dataclasses
import sqlite3
from datetime import datetime

import click

from crawler import runlog
from crawler.cli.options import Options
from crawler.cli.output import emit, size, table


@click.command("runs")
@click.argument("run", required=False)
@click.option("--failed", is_flag=True, help="The URLs that RUN (default: the newest) did not get, and why.")
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True, help="Runs to list.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON lines.")
@click.pass_obj
def command(options: Options, run: str | None, failed: bool, limit: int, as_json: bool) -> None:
    """List the newest runs; or show one of them, site by site. The beginning of its id is enough.

    \b
    Example:
      gazette runs
      gazette runs 20261121T2305 --failed
    """
    with runlog.opened(options.layout()) as connection:
        if connection is None:
            click.echo("nothing was crawled yet; do it with: gazette crawl", err=True)
            return
        found = runlog.runs(connection, run or "", limit)
        if run is not None or failed:
            _show(connection, _one(found, run), failed=failed, as_json=as_json)
        elif as_json:
            for entry in found:
                emit(dataclasses.asdict(entry))
        else:
            click.echo(table(_HEAD, [_line(entry) for entry in found]))


def _one(found: list[runlog.Run], run: str | None) -> runlog.Run:
    if not found or (run is not None and len(found) > 1 and found[0].id != run):
        what = "no run begins" if not found else f"{len(found)} runs begin"
        raise click.BadParameter(
            f"{what} with {run!r}; the ids are listed by: gazette runs", param_hint="RUN"
        )
    return found[0]


_HEAD = ("run", "started", "took", "sites", "fetched", "failed", "refused", "bytes", "exit", "reason")


def _line(run: runlog.Run) -> tuple[object, ...]:
    parts = run.sites
    return (
        run.id,
        run.started_at,
        _took(run),
        len(parts),
        sum(part.fetched for part in parts),
        sum(part.failed for part in parts),
        sum(part.refused for part in parts),
        size(sum(part.bytes for part in parts)),
        run.exit_code,
        run.reason or "running, or killed",
    )


def _took(run: runlog.Run) -> str:
    if run.ended_at is None:
        return ""
    passed = datetime.fromisoformat(run.ended_at) - datetime.fromisoformat(run.started_at)
    return f"{passed.total_seconds():.0f} s"


def _show(connection: sqlite3.Connection, run: runlog.Run, *, failed: bool, as_json: bool) -> None:
    if failed:
        missed = list(runlog.missed(connection, run.id))
        if not missed:
            click.echo(f"{run.id}: no URL failed, or each was fetched since", err=True)
        elif as_json:
            for entry in missed:
                emit(dataclasses.asdict(entry))
        else:
            rows = [(m.site, m.reason, m.attempts, m.url, m.via) for m in missed]
            click.echo(table(("site", "reason", "attempts", "url", "via"), rows))
    elif as_json:
        emit(dataclasses.asdict(run))
    else:
        click.echo(table(_HEAD, [_line(run)]) + "\n")
        parts = [(s.site, s.fetched, s.failed, s.refused, size(s.bytes), s.reason) for s in run.sites]
        click.echo(table(("site", "fetched", "failed", "refused", "bytes", "reason"), parts))
