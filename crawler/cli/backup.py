"""``gazette backup``: a copy of the archive that is one, made while crawls go on."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import click

from crawler.cli.exits import Exit
from crawler.cli.options import Options
from crawler.cli.output import emit, one_line, size
from crawler.cli.progress import bar


@click.command("backup")
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--index", is_flag=True, help="The index too; without it `gazette index` makes it anew.")
@click.option(
    "--link", is_flag=True, help="Hard links, on the same disk: against mistakes, not against a dead disk."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def command(options: Options, directory: Path, index: bool, link: bool, as_json: bool) -> int:
    """Copy the archive to DIR, or renew the copy that is there. Crawls may go on meanwhile.

    DIR is an archive like this one: gazette.toml, sites/, warc/, crawl.db, ledger.db. To restore it, copy it
    anywhere, and then: gazette index, gazette crawl. A WARC file is copied once and its SHA-256 compared with
    the manifest's; one that is damaged is not copied, and exit code 21 says so. Nothing is ever deleted from
    warc/ in DIR. Files with secrets that site files name are not copied.

    \b
    Example:
      gazette backup /mnt/backup/news
    """
    from crawler.backup import back_up

    layout = options.layout()
    with bar("copying", "MB") as update:
        done = back_up(
            layout,
            directory,
            link=link,
            index=index,
            progress=lambda passed, total: update(passed // 1_000_000, total // 1_000_000),
        )
    if as_json:
        emit(dataclasses.asdict(done))
    else:
        for line in done.damaged:
            click.echo(one_line(line))
        if done.only_here:
            click.echo(f"only in the back-up, and no more in the archive: {', '.join(done.only_here)}")
        part = f", {done.open} in part" if done.open else ""
        click.echo(f"WARC files: {done.files} copied{part} ({size(done.bytes)}), {done.known} were there")
    return Exit.DAMAGED if done.damaged else Exit.OK
