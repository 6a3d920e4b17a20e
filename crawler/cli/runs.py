"""``gazette runs``: what ran and what came of it."""

from __future__ import annotations

import csv
import dataclasses
import sys
from datetime import datetime

import click

from crawler import runlog
from crawler.cli.options import Options
from crawler.cli.output import emit, one_line, size, table


@click.command("runs")
@click.argument("run", required=False)
@click.option("--failed", is_flag=True, help="The URLs that RUN (default: the newest) did not get, and why.")
@click.option("--refused", is_flag=True, help="The URLs that robots.txt, rights or a guard kept it from.")
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True, help="Runs to list.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON lines.")
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV, with --failed or --refused.")
@click.pass_obj
def command(
    options: Options, run: str | None, failed: bool, refused: bool, limit: int, as_json: bool, as_csv: bool
) -> None:
    """List the newest runs; or show one of them, site by site. The beginning of its id is enough.

    \b
    Example:
      gazette runs
      gazette runs 20261121T2305 --failed
      gazette runs --failed --csv > missed.csv
    """
    if (failed and refused) or (as_csv and (as_json or not (failed or refused))):
        raise click.UsageError("name one list, --failed or --refused, and one form, --csv or --json")
    with runlog.opened(options.layout()) as connection:
        if connection is None:
            click.echo("nothing was crawled yet; do it with: gazette crawl", err=True)
            return
        found = runlog.runs(connection, run or "", limit)
        if failed or refused:
            outcome = "failed" if failed else "refused"
            _missed(list(runlog.missed(connection, _one(found, run).id, outcome)), outcome, as_json, as_csv)
        elif run is not None:
            _show(_one(found, run), as_json=as_json)
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


def _missed(missed: list[runlog.Missed], outcome: str, as_json: bool, as_csv: bool) -> None:
    names = [field.name for field in dataclasses.fields(runlog.Missed)]
    if as_csv:
        write = csv.writer(sys.stdout, lineterminator="\n")
        write.writerow(names)
        write.writerows([[_cell(getattr(m, name)) for name in names] for m in missed])
    elif as_json:
        for entry in missed:
            emit(dataclasses.asdict(entry))
    elif not missed:
        click.echo(f"no URL was {outcome} in that run, or each was fetched since", err=True)
    else:
        rows = [(m.site, m.kind, m.reason, m.attempts, m.url, m.via) for m in missed]
        click.echo(table(("site", "kind", "reason", "attempts", "url", "via"), rows))


def _cell(value: object) -> object:
    """A cell that no spreadsheet takes for a formula: reasons may quote what a server said."""
    text = one_line(str(value)) if isinstance(value, str) else value
    return "'" + text if isinstance(text, str) and text[:1] in ("=", "+", "-", "@") else text


def _show(run: runlog.Run, *, as_json: bool) -> None:
    if as_json:
        emit(dataclasses.asdict(run))
        return
    click.echo(table(_HEAD, [_line(run)]) + "\n")
    parts = [(s.site, s.fetched, s.failed, s.refused, size(s.bytes), s.reason) for s in run.sites]
    click.echo(table(("site", "fetched", "failed", "refused", "bytes", "reason"), parts))
