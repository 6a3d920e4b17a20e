"""``gazette runs``: what ran and what came of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import click

from crawler import runlog
from crawler.cli.columns import comma, fitted
from crawler.cli.options import Options
from crawler.cli.output import duration, emit, size

Row = dict[str, Any]
Say = Callable[[Sequence[str], Iterable[Row]], None]

_DAY = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"])


@click.command("runs")
@click.argument("run", required=False)
@click.option("--failed", is_flag=True, help="The URLs that RUN (default: the newest) did not get, and why.")
@click.option(
    "--refused", is_flag=True, help="The URLs that robots.txt, scope, rights or the guard kept it from."
)
@click.option("--site", metavar="NAME", help="Only what was done on this site.")
@click.option("--since", type=_DAY, metavar="DAY", help="First day of the runs (UTC), YYYY-MM-DD.")
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True, help="Runs to list.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON lines.")
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV: no cell of it is taken for a formula.")
@click.pass_obj
def command(
    options: Options,
    run: str | None,
    failed: bool,
    refused: bool,
    site: str | None,
    since: datetime | None,
    limit: int,
    as_json: bool,
    as_csv: bool,
) -> None:
    """List the newest runs; or show one of them, site by site. The beginning of its id is enough.

    new, changed, same: pages that were never seen before, that had changed, that had not. A narrow terminal
    shows fewer columns; --json and --csv always tell all.

    \b
    Example:
      gazette runs --site ruhr-aktuell --since 2026-11-01
      gazette runs 20261121T2305
      gazette runs --failed --csv > missed.csv
    """
    if (failed and refused) or (as_csv and as_json):
        raise click.UsageError("name one list, --failed or --refused, and one form, --csv or --json")
    since = since.replace(tzinfo=UTC) if since else None
    say: Say | None = _json if as_json else comma if as_csv else None
    with runlog.opened(options.layout()) as connection:
        if connection is None:
            click.echo("nothing was crawled yet; do it with: gazette crawl", err=True)
            return
        found = runlog.runs(connection, run or "", limit, site=site, since=since)
        if not found and run is None:
            click.echo("no such run; without --site and --since the newest are listed", err=True)
        elif failed or refused:
            outcome = "failed" if failed else "refused"
            _missed(list(runlog.missed(connection, _one(found, run).id, outcome, site)), outcome, say)
        elif run is not None:
            one = _one(found, run)
            _show(one, runlog.outcomes(connection, one.id, site), say)
        elif say is not None:
            say(_FLAT, [row(entry, flat=as_csv) for entry in found])
        else:
            click.echo(fitted(HEAD, [line(entry) for entry in found], _LEAST))


def _one(found: list[runlog.Run], run: str | None) -> runlog.Run:
    if not found or (run is not None and len(found) > 1 and found[0].id != run):
        what = "no run begins" if not found else f"{len(found)} runs begin"
        raise click.BadParameter(
            f"{what} with {run!r}; the ids are listed by: gazette runs", param_hint="RUN"
        )
    return found[0]


def _json(names: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
    for entry in rows:
        emit(entry)


def row(run: runlog.Run, *, flat: bool = False) -> Row:
    """A run as programs read it: all that the table shows, in full; ``flat``: the number of its sites."""
    return {
        "id": run.id,
        "started_at": run.started_at,
        "ended_at": run.ended_at,
        "started_by": run.started_by,
        "config_digest": run.config_digest,
        "args": run.args,
        **run.counts(),
        "exit_code": run.exit_code,
        "reason": run.reason,
        "state": run.state,
        "sites": len(run.sites) if flat else [dataclasses.asdict(part) for part in run.sites],
    }


_FLAT = (
    "id",
    "started_at",
    "ended_at",
    "started_by",
    "config_digest",
    "sites",
    *runlog.COUNTED,
    "exit_code",
    "state",
)


HEAD = (
    *("run", "by", "took", "sites", "fetched", "new", "changed", "same"),
    *("refused", "failed", "bytes", "exit", "ended"),
)
_LEAST = ("exit", "bytes", "sites", "by", "same", "changed", "took", "refused")
"""Columns that a narrow terminal leaves out, in this order."""


def line(run: runlog.Run) -> tuple[object, ...]:
    """A run as people read it."""
    counts = run.counts()
    return (
        run.id,
        run.started_by,
        _took(counts["seconds"]),
        len(run.sites),
        *(counts[name] for name in ("fetched", "new", "changed", "unchanged", "refused", "failed")),
        size(counts["bytes"] or 0),
        run.exit_code,
        run.state,
    )


def _dress(part: runlog.SiteRun) -> str:
    return f"{part.requisites}, {size(part.requisite_bytes or 0)}" if part.requisites else ""


def _took(seconds: float | None) -> str:
    return "" if seconds is None else duration(seconds)


def _missed(missed: list[runlog.Missed], outcome: str, say: Say | None) -> None:
    if say is not None:
        say(_names(runlog.Missed), [dataclasses.asdict(entry) for entry in missed])
    elif not missed:
        click.echo(f"no URL was {outcome} in that run, or each was fetched since", err=True)
    else:
        rows = [(m.site, m.kind, m.reason, m.attempts, m.url, m.via) for m in missed]
        click.echo(fitted(("site", "kind", "reason", "attempts", "url", "via"), rows, ("via", "attempts")))


def _show(run: runlog.Run, outcomes: list[runlog.Outcome], say: Say | None) -> None:
    if say is comma:
        say(_names(runlog.SiteRun), [dataclasses.asdict(part) for part in run.sites])
    elif say is not None:
        emit(row(run) | {"outcomes": [dataclasses.asdict(entry) for entry in outcomes]})
    else:
        _print(run, outcomes)


def _names(kind: type[runlog.Missed | runlog.SiteRun]) -> list[str]:
    return [field.name for field in dataclasses.fields(kind)]


def _print(run: runlog.Run, outcomes: list[runlog.Outcome]) -> None:
    by = f" by {run.started_by}" if run.started_by else ""
    ended = f", ended {run.ended_at} with code {run.exit_code}" if run.ended_at else ""
    click.echo(f"{run.id}: {run.state}\nstarted {run.started_at}{by}{ended}")
    if run.config_digest:
        click.echo(f"configuration {run.config_digest}")
    head = (
        *("site", "fetched", "new", "changed", "same", "articles", "refused", "failed"),
        *("bytes", "requisites", "took", "ended"),
    )
    parts = [
        (
            *(s.site, s.fetched, s.new, s.changed, s.unchanged, s.articles, s.refused, s.failed),
            *(size(s.bytes), _dress(s), _took(s.seconds), s.reason or run.state),
        )
        for s in run.sites
    ]
    click.echo("\n" + fitted(head, parts, ("requisites", "took", "articles", "bytes", "same", "changed")))
    for what in ("failed", "refused"):
        rows = [
            (o.site, o.kind, o.what, o.count, o.example_url, o.example_reason)
            for o in outcomes
            if o.outcome == what
        ]
        if rows:
            names = ("site", what, "what", "URLs", "for example", "reason")
            click.echo("\n" + fitted(names, rows, ("reason",)))
