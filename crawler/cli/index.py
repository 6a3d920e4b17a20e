"""``gazette index``: extracts what is new, or builds the index anew."""

from __future__ import annotations

import dataclasses
import os

import click

from crawler.cli.exits import Exit
from crawler.cli.options import Options
from crawler.cli.output import emit, one_line
from crawler.cli.progress import bar


@click.command("index")
@click.option(
    "--workers",
    type=click.IntRange(1, 256),
    default=lambda: len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
    show_default="one a CPU",
    help="Processes that extract.",
)
@click.option(
    "--rebuild", is_flag=True, help="Build the whole index anew, beside the one in use, then use it."
)
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
@click.pass_obj
def command(options: Options, workers: int, rebuild: bool, as_json: bool) -> int:
    """Take in what the WARC files hold and the index doesn't: a second time does nothing.

    Exit code 21 says that a WARC file is damaged; all that is whole was taken in.

    \b
    Example:
      gazette index
      gazette index --rebuild --workers 4
    """
    from archive.index import jobs

    layout = options.layout()
    with bar("indexing", "pages") as update:
        summary = jobs.run(layout, workers=workers, rebuild=rebuild, on_progress=update)
    for problem in summary.problems:
        click.echo(f"gazette: {one_line(problem)}", err=True)
    if as_json:
        emit(dataclasses.asdict(summary))
    else:
        click.echo(
            f"{summary.captures} new captures, {summary.outcomes} extracted:"
            f" {summary.documents} new documents, {summary.failures} failures"
        )
    return Exit.DAMAGED if summary.problems else Exit.OK
