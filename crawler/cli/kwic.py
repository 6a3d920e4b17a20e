"""``gazette kwic``: each place where words stand, aligned, with what stands around them."""

from __future__ import annotations

import dataclasses
import itertools
import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from crawler.cli.asking import asks, query_of
from crawler.cli.columns import comma
from crawler.cli.options import Options
from crawler.cli.output import emit, one_line, one_line_part

if TYPE_CHECKING:
    from archive.research.kwic import Line

_SORTS = ("date", "left", "right")
_ID = 6
"""Characters of an id that are shown: enough for gazette show."""
_AROUND = len("2026-02-03  abcdef  ") + 2


@click.command("kwic")
@asks
@click.option(
    "--width",
    type=click.IntRange(1, 1_000),
    help="Characters on either side.  [default: as fits the terminal]",
)
@click.option("--limit", type=click.IntRange(1), default=100, show_default=True, help="Lines to show.")
@click.option(
    "--sort",
    type=click.Choice(_SORTS),
    default=_SORTS[0],
    show_default=True,
    help="Newest article first, or by the words left or right of it, which reads all articles first.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON lines.")
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV, safe to open in a spreadsheet.")
@click.pass_obj
def command(
    options: Options,
    /,
    width: int | None,
    limit: int,
    sort: str,
    as_json: bool,
    as_csv: bool,
    **asked: Any,
) -> None:
    """Show each place where QUERY stands, one below the other: a concordance.

    QUERY is as for gazette search. A word that was found by another form of it stands there as in its text:
    Bürgermeister shows Oberbürgermeisterin, too. Each line begins with the day and the article's id.

    \b
    Example:
      gazette kwic Bürgermeister
      gazette kwic '"neue Brücke"' --sort right --width 30 --csv > bruecke.csv
    """
    from archive.research.kwic import Sort, lines

    if as_json and as_csv:
        raise click.UsageError("--json and --csv exclude each other")
    query = query_of(limit=limit + 1, **asked)
    room = (shutil.get_terminal_size((120, 24)).columns - _AROUND - 16) // 2
    side = width or (40 if as_json or as_csv else max(15, room))
    with options.index() as connection:
        found = _up_to(limit, lines(connection, query, width=side, sort=Sort(sort)))
        shown = _write(found, side, as_json, as_csv)
    if not shown:
        click.echo(f"no {query.kind} holds: {one_line(query.text)}", err=True)


def _up_to(limit: int, found: Iterator[Line]) -> Iterator[Line]:
    """The lines that are shown; a word on stderr when there are more."""
    for number, line in enumerate(found):
        if number == limit:
            click.echo(f"the first {limit:,} lines; more with --limit", err=True)
            return
        yield line


def _write(found: Iterator[Line], side: int, as_json: bool, as_csv: bool) -> bool:
    """Print the lines as they come. Whether there were any."""
    first = next(found, None)
    if first is None:
        return False
    rest = itertools.chain([first], found)
    if as_csv:
        comma([field.name for field in dataclasses.fields(first)], map(_row, rest))
    for line in rest:
        if as_json:
            emit(_row(line))
        else:
            _print(line, side)
    return True


def _row(line: Line) -> dict[str, Any]:
    return dataclasses.asdict(line) | {"day": line.day.isoformat()}


def _print(line: Line, side: int) -> None:
    from rich.cells import cell_len

    before, behind = one_line_part(line.left), one_line_part(line.right)
    place = click.style(f"{line.day}  {line.document_id[:_ID]}", dim=True)
    word = click.style(one_line(line.word), bold=True, fg="yellow")
    # Columns of the terminal, not characters: some take two, and marks that combine take none.
    click.echo(f"{place}  {' ' * (side - cell_len(before))}{before}{word}{behind}")
