"""``gazette timeline``: how often words were in the news, day by day or year by year."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from crawler.cli.asking import asks, query_of
from crawler.cli.columns import comma
from crawler.cli.options import Options
from crawler.cli.output import emit, one_line

if TYPE_CHECKING:
    from archive.research.timeline import Period

_BY = ("day", "week", "month", "year")
_EIGHTHS = " ▏▎▍▌▋▊▉"
_COLUMNS = ("period", "first", "last", "articles", "all", "share")


@click.command("timeline")
@asks
@click.option(
    "--by",
    type=click.Choice(_BY),
    default="month",
    show_default=True,
    help="Length of a period; weeks are those of ISO 8601.",
)
@click.option(
    "--share", is_flag=True, help="Plot the share of all articles of a period that pass the filters."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON lines.")
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV.")
@click.option(
    "--png", type=click.Path(path_type=Path, dir_okay=False), help="Draw a plot into this file, too."
)
@click.pass_obj
def command(
    options: Options,
    /,
    by: str,
    share: bool,
    as_json: bool,
    as_csv: bool,
    png: Path | None,
    **asked: Any,
) -> None:
    """Count the articles that hold QUERY in each day, week, month or year.

    QUERY is as for gazette search. A period without any stands there with zero; the list begins at --since,
    else at the first article that holds it. A day is the local day of publication.

    \b
    Example:
      gazette timeline Hochwasser
      gazette timeline Energie* --by week --share --since 2025-01-01 --png energie.png
    """
    from archive.research.timeline import By, timeline

    if as_json and as_csv:
        raise click.UsageError("--json and --csv exclude each other")
    query = query_of(**asked)
    with options.index() as connection:
        periods = timeline(connection, query, By(by))
    rows = [_row(period) for period in periods]
    if as_csv:
        comma(_COLUMNS, rows)
    elif as_json:
        for row in rows:
            emit(row)
    else:
        _print(periods, share)
    total = sum(period.articles for period in periods)
    if not total:
        click.echo(f"no {query.kind} holds: {one_line(query.text)}", err=True)
    if png is not None and periods:
        from crawler.cli.drawing import draw

        draw(png, periods, one_line(query.text), by, share)
        click.echo(f"drawn: {png}", err=True)


def _row(period: Period) -> dict[str, Any]:
    values = dataclasses.asdict(period)
    values |= {"first": period.first.isoformat(), "last": period.last.isoformat()}
    return {"period": values.pop("name"), **values, "share": period.share}


def _print(periods: Sequence[Period], share: bool) -> None:
    heights = [(period.share or 0.0) if share else float(period.articles) for period in periods]
    most = max(heights, default=0.0)
    digits = max((len(f"{period.articles:,}") for period in periods), default=1)
    totals = max((len(f"{period.all:,}") for period in periods), default=1)
    room = max(10, min(80, shutil.get_terminal_size((100, 24)).columns - 28 - digits - totals))
    for period, height in zip(periods, heights, strict=True):
        said = f"{period.articles:>{digits},} of {period.all:>{totals},}"
        part = "      -" if period.share is None else f"{period.share:7.2%}"
        bar = click.style(_bar(height / most if most else 0.0, room), fg="blue")
        click.echo(f"{period.name:<10}  {said}  {part}  {bar}".rstrip())


def _bar(share: float, room: int) -> str:
    """A bar of up to ``room`` characters, exact to an eighth of one; what isn't zero is seen."""
    eighths = max(round(share * room * 8), 1) if share else 0
    return "█" * (eighths // 8) + _EIGHTHS[eighths % 8].strip()
