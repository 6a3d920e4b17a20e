"""``gazette index``: extracts what is new, or builds the index anew."""

from __future__ import annotations

import click

from archive.errors import Locked
from crawler.cli.exits import Exit
from crawler.cli.extracting import ended, workers_option
from crawler.cli.options import Options
from crawler.cli.progress import bar


@click.command("index")
@workers_option
@click.option(
    "--rebuild", is_flag=True, help="Build the whole index anew, beside the one in use, then use it."
)
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
@click.pass_obj
def command(options: Options, workers: int, rebuild: bool, as_json: bool) -> int:
    """Take in what the WARC files hold and the index doesn't: a second time does nothing.

    Beside a crawl, or another run of it, it leaves the work to that one and ends at once. Exit code 21 says
    that a WARC file is damaged; all that is whole was taken in.

    \b
    Example:
      gazette index
      gazette index --rebuild --workers 4
    """
    from archive.index import jobs

    layout = options.layout()
    try:
        indexer = jobs.Indexer(layout, pool=jobs.pool_for(layout, workers), rebuild=rebuild)
    except Locked:
        if rebuild:
            raise
        click.echo("gazette: another run indexes this archive; it takes what is new", err=True)
        return Exit.OK
    with bar("indexing", "pages") as update, indexer:
        summary = indexer.step(update)
    return ended(summary, as_json=as_json)
