"""Exports of captures: a selection as it was kept, for other archives and for replay."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import click

from archive.export.chosen import Chosen, choosing
from archive.export.form import About, Packed
from archive.layout import Layout
from archive.types import Kind, Page, Query
from crawler.cli.exits import Exit
from crawler.cli.output import one_line, size
from crawler.cli.progress import bar


def write(
    layout: Layout,
    connection: sqlite3.Connection,
    query: Query,
    format_name: str,
    output: Path | None,
    *,
    whole: bool,
    force: bool,
) -> int:
    """Choose what ``query`` means and write it; ``whole``: all captures of its site and days."""
    from archive.export import CAPTURES
    from archive.export.target import pack

    if output is None and format_name == "wacz":
        raise click.UsageError("wacz is no stream: say where with -o FILE")
    if whole and (wrong := _not_of_captures(query)):
        raise click.UsageError(f"--captures takes --site, --since and --until, not {wrong}")
    about = _about(layout, query, output, whole=whole)
    if format_name == "wacz":
        about.python()  # before an hour of work that would be for nothing
    with (
        _chosen(layout, connection, query, whole=whole) as (chosen, lost),
        bar("exporting", "captures") as update,
    ):
        about = replace(about, progress=update)
        if output is None:
            done = CAPTURES[format_name].write(chosen, sys.stdout.buffer, about)
        else:
            done = pack(format_name, chosen, output, about, force=force)
    _tell(done, lost)
    if output is not None:
        click.echo(f"{output}: {_summary(done)}, {size(output.stat().st_size)}", err=True)
    return Exit.DAMAGED if done.lost else Exit.OK


@contextmanager
def _chosen(
    layout: Layout, connection: sqlite3.Connection, query: Query, *, whole: bool
) -> Iterator[tuple[Chosen, int]]:
    """What is asked for and what that needs; and how many revisits refer to what isn't there."""
    from archive.research.articles import articles

    with choosing(connection, layout.warc, None if whole else needs) as chosen:
        if whole:
            chosen.add_captures(query.site, query.since, query.until)
        else:
            chosen.add_articles(articles(connection, query))
        yield chosen, chosen.add_needed()


def needs(page: Page) -> Iterator[str]:
    """What a browser loads for a page or a style sheet."""
    from crawler import requisites

    found = requisites.of_sheet(page) if requisites.is_sheet(page) else requisites.of_page(page)
    return (needed.url for needed in found)


def _about(layout: Layout, query: Query, output: Path | None, *, whole: bool) -> About:
    from archive.warc.names import file_name
    from crawler.identity import warcinfo_fields
    from crawler.replay import environment

    now = datetime.now(UTC)
    title = _title(query, whole=whole)
    name = output.name if output is not None else ""
    told = warcinfo_fields(layout, "", now)
    kept = ("software", "format", "conformsTo", "operator", "contact", "created")
    return About(
        name=name if name.endswith(".warc.gz") else file_name("export", now, 0),
        title=title,
        told={**{field: told[field] for field in kept}, "description": title},
        python=lambda: environment.require("the format wacz"),
    )


def _title(query: Query, *, whole: bool) -> str:
    """What was asked for, in words."""
    what = "All captures" if whole else "Articles" if query.kind is Kind.ARTICLE else f"Pages ({query.kind})"
    told = {
        "that hold": query.text,
        "of site": query.site,
        "from": query.since,
        "until": query.until,
        "by": query.author,
        "of section": query.section,
        "in language": query.language,
    }
    return " ".join([what, *(f"{word} {value}" for word, value in told.items() if value)])


def _not_of_captures(query: Query) -> str | None:
    """A filter that only articles have."""
    given = {
        "QUERY": query.text,
        "--author": query.author,
        "--section": query.section,
        "--language": query.language,
        "--paywall": query.paywall is not None,
        "--kind": query.kind is not Kind.ARTICLE,
        "--exact": query.exact,
    }
    return next((name for name, value in given.items() if value), None)


def _tell(done: Packed, lost: int) -> None:
    for problem in done.problems:
        click.echo(one_line(f"gazette: {problem}; left out"), err=True)
    if done.lost > len(done.problems):
        click.echo(f"gazette: and {done.lost - len(done.problems)} more captures left out", err=True)
    if lost:
        told = f"{lost} revisits refer to captures that this archive doesn't have; they are handed on alone"
        click.echo(f"gazette: {told}", err=True)


def _summary(done: Packed) -> str:
    records = f" in {done.records} records" if done.records else ""
    return f"{done.captures} captures{records}"
