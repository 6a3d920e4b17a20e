"""``gazette export``: a selection of articles, handed on in another program's form."""

from __future__ import annotations

import sqlite3
import sys
from pathlib import Path
from typing import Any

import click

from archive.errors import BadConfiguration
from archive.layout import Layout
from archive.types import Query
from crawler.cli.asking import may_ask, query_of
from crawler.cli.exits import Exit
from crawler.cli.options import Options
from crawler.cli.output import size

CAPTURE_FORMATS = ("warc", "wacz", "cdxj")
FORMAT_NAMES = ("jsonl", "csv", "parquet", "bibtex", "ris", "csl", "txt", *CAPTURE_FORMATS)
"""Of the formats, for a help text that needs none of them."""


@click.command("export")
@may_ask
@click.option(
    "--format",
    "name",
    type=click.Choice(FORMAT_NAMES),
    help="Of what is written.  [default: by the file's name, else jsonl]",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="File to write, or folder for txt. Default: stdout.",
)
@click.option(
    "--captures",
    is_flag=True,
    help="For warc, wacz, cdxj: all that was captured, not only articles; --since and --until are days of the"
    " capture then.",
)
@click.option("--force", is_flag=True, help="Take the place of what stands there already.")
@click.pass_obj
def command(
    options: Options, /, name: str | None, output: Path | None, captures: bool, force: bool, **asked: Any
) -> int:
    """Hand on the articles that QUERY means, or all of them, the oldest first.

    \b
    jsonl    one JSON object a line, with all fields
    csv      for spreadsheets and data frames; no cell is a formula
    parquet  typed, for pandas, polars, DuckDB and R
    bibtex, ris, csl    references: outlet, authors, days, URL, WARC record
    txt      a folder of plain text files with metadata.csv, for corpus tools
    warc     their captures as they were kept, to be imported elsewhere
    wacz     these with index and list of pages: one file to replay in a browser
    cdxj     the list of these captures, where they lie in this archive

    Captures are all versions of each article, with their requests and metadata, what unchanged ones refer to,
    and the images, style sheets, fonts and scripts that the pages show, if they were kept. What is damaged is
    left out and said, and exit code 21 says that there was some.

    \b
    Example:
      gazette export Brücke --site ruhr-aktuell -o bruecke.csv
      gazette export --since 2026-01-01 --format ris > 2026.ris
      gazette export 'Klima*' --format txt -o klima/
      gazette export Brücke -o bruecke.wacz
      gazette export --captures --site ruhr-aktuell -o ruhr-aktuell.warc.gz
    """
    format_name = name or _by_name(output)
    layout = options.layout()
    query: Query = query_of(**asked)
    with options.index() as connection:
        if format_name in CAPTURE_FORMATS:
            from crawler.cli import exporting

            return exporting.write(
                layout, connection, query, format_name, output, whole=captures, force=force
            )
        if captures:
            raise click.UsageError(f"--captures is for {', '.join(CAPTURE_FORMATS)}, not for {format_name}")
        _articles(layout, connection, query, format_name, output, force=force)
    return Exit.OK


def _articles(
    layout: Layout,
    connection: sqlite3.Connection,
    query: Query,
    format_name: str,
    output: Path | None,
    *,
    force: bool,
) -> None:
    from archive.export import FORMATS
    from archive.export.target import write
    from archive.research.articles import articles

    chosen = FORMATS[format_name]
    if output is None and chosen.suffix is None:
        raise click.UsageError(f"{format_name} is a folder: say where with -o DIR")
    found = articles(connection, query)
    if output is None:
        chosen.write(found, sys.stdout.buffer, _outlets(layout))  # type: ignore[arg-type]
        return
    count = write(format_name, found, output, _outlets(layout), force=force)
    shown = f"{output}: {count} articles"
    click.echo(shown if output.is_dir() else f"{shown}, {size(output.stat().st_size)}", err=True)


def _by_name(output: Path | None) -> str:
    """The format that a file's name tells."""
    from archive.export import CAPTURES, FORMATS

    every = {name: one.suffix for name, one in FORMATS.items()}
    every |= {name: one.suffix for name, one in CAPTURES.items()}
    named = output.name if output else ""
    return next((name for name, suffix in every.items() if suffix and named.endswith(f".{suffix}")), "jsonl")


def _outlets(layout: Layout) -> dict[str, str]:
    """The outlets' names as people know them, from the site files; a wrong one is no reason to stop."""
    from crawler.sites import load_sites

    try:
        return {name: site.title for name, site in load_sites(layout).items() if site.title}
    except BadConfiguration as error:
        click.echo(f"gazette: {error}; outlets are named as their sites", err=True)
        return {}
