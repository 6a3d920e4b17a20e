"""``gazette reextract``: extracts stored records again, in place or beside, for comparison first."""

from __future__ import annotations

import dataclasses
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from archive.errors import Locked, NoArchive
from archive.layout import Layout
from archive.types import Kind
from crawler.cli.exits import Exit
from crawler.cli.extracting import ended, workers_option
from crawler.cli.options import Options
from crawler.cli.output import duration, emit, size
from crawler.cli.progress import bar

if TYPE_CHECKING:
    from archive.index.select import Selection

_DAY = click.DateTime(["%Y-%m-%d"])


@click.command("reextract")
@click.option("--site", help="Only records of this site.")
@click.option("--since", type=_DAY, metavar="DAY", help="First day of capture (UTC), YYYY-MM-DD.")
@click.option("--until", type=_DAY, metavar="DAY", help="Last day of capture (UTC), inclusive.")
@click.option("--url", help="Only this URL; with * at its end, all that begin so.")
@click.option("--status", help="HTTP status; or document, failure, or a kind of failure, like timeout.")
@click.option("--kind", type=click.Choice([str(kind) for kind in Kind]), help="Only documents of this kind.")
@click.option("--where", metavar="SQL", help="A condition over columns of captures and documents.")
@click.option("--all", "fresh", is_flag=True, help="Also what the installed extractor has made already.")
@click.option("--dry-run", is_flag=True, help="Only say how many records, bytes, and about how long.")
@click.option(
    "--compare", is_flag=True, help="Build another index beside the one in use, and say what differs."
)
@click.option("--accept", is_flag=True, help="Use the index that was built for comparison.")
@click.option("--reject", is_flag=True, help="Drop it.")
@click.option(
    "--html",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where --compare writes its page. Default: index/comparison.html in the archive.",
)
@workers_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def command(
    options: Options,
    /,
    dry_run: bool,
    compare: bool,
    accept: bool,
    reject: bool,
    html: Path | None,
    workers: int,
    as_json: bool,
    **conditions: Any,
) -> int:
    """Extract again what another extractor than the installed one made: all of it, or what is selected.

    All conditions must hold. A kill at any moment loses nothing; the next call goes on. While another run
    writes to the index, nothing is done, and the exit code is 0.

    With --compare the index in use stays as it is; readers see the other one from --accept on.

    \b
    Example:
      gazette reextract --dry-run
      gazette reextract --site ruhr-aktuell --since 2026-01-01
      gazette reextract --where "title IS NULL AND kind = 'article'" --all
      gazette reextract --compare
      gazette reextract --accept
    """
    layout = options.layout()
    if sum((dry_run, compare, accept, reject)) > 1:
        raise click.UsageError("name one of --dry-run, --compare, --accept, --reject")
    selected = [f"--{name}" for name, value in conditions.items() if value and name != "fresh"]
    if (compare or accept or reject) and selected:
        raise click.UsageError(f"{selected[0]} selects, and a comparison is of the whole archive")
    if html is not None and not compare:
        raise click.UsageError("--html is the page of --compare")
    if reject:
        return _reject(layout)
    if accept:
        return _accept(layout, workers, as_json=as_json)
    _check_indexed(layout)
    if compare:
        from crawler.cli import compared

        page = html or layout.generations / "comparison.html"
        return compared.run(layout, workers, page, everything=conditions["fresh"], as_json=as_json)
    selection = _selection(**conditions)
    if dry_run:
        return _dry_run(layout, selection, workers, as_json=as_json)
    return _extract(layout, selection, workers, as_json=as_json)


def _check_indexed(layout: Layout) -> None:
    from archive.index import generation

    if generation.current(layout) is None:
        raise NoArchive(f"{layout.index}: nothing is indexed yet; do it with: gazette index")


def _selection(
    site: str | None,
    since: datetime | None,
    until: datetime | None,
    url: str | None,
    status: str | None,
    kind: str | None,
    where: str | None,
    fresh: bool,
) -> Selection:
    from archive.index.select import Selection

    return Selection(
        site=site,
        since=since.date() if since else None,
        until=until.date() if until else None,
        url=url,
        status=status,
        kind=Kind(kind) if kind else None,
        where=where,
        fresh=fresh,
    )


def _extract(layout: Layout, selection: Selection, workers: int, *, as_json: bool) -> int:
    from archive.index import jobs

    try:
        indexer = jobs.Indexer(layout, pool=jobs.pool_for(layout, workers))
    except Locked as error:
        click.echo(f"gazette: {error}; nothing was extracted again", err=True)
        return Exit.OK
    with bar("extracting", "pages") as update, indexer:
        summary = indexer.step(update, selection=selection)
    return ended(summary, as_json=as_json)


def _dry_run(layout: Layout, selection: Selection, workers: int, *, as_json: bool) -> int:
    from archive.index import jobs

    plan = jobs.plan(layout, selection, jobs.pool_for(layout, workers))
    if as_json:
        emit(dataclasses.asdict(plan))
    else:
        seconds = f", about {duration(plan.seconds)}" if plan.records else ""
        click.echo(f"records: {plan.records} ({size(plan.bytes)}){seconds}; nothing was done")
    return Exit.OK


def _accept(layout: Layout, workers: int, *, as_json: bool) -> int:
    from archive.index import candidate, jobs

    with bar("catching up", "pages") as update:
        summary = candidate.accept(layout, jobs.pool_for(layout, workers), update)
    click.echo("gazette: the index that was compared is in use now", err=True)
    return ended(summary, as_json=as_json)


def _reject(layout: Layout) -> int:
    from archive.index import candidate

    dropped = candidate.reject(layout)
    click.echo("dropped; the index in use is as it was" if dropped else "there was no comparison to drop")
    return Exit.OK
