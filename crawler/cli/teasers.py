"""``gazette teasers``: who promoted which story, where, from when to when, and under which headline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import click

from crawler.cli.options import Options
from crawler.cli.output import emit, minute, one_line, table


@click.command("teasers")
@click.argument("named", metavar="[URL|ID]", required=False)
@click.option("--on", "page", is_flag=True, help="URL is a page: what it promoted, not who promoted it.")
@click.option("--site", metavar="NAME", help="What the pages of one site promoted: one line a story.")
@click.option("--unresolved", is_flag=True, help="Stories that were promoted and are not stored.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON lines.")
@click.pass_obj
def command(
    options: Options, named: str | None, page: bool, site: str | None, unresolved: bool, as_json: bool
) -> None:
    """Show who promoted a story: on which page, at which place, from when to when, with which headline.

    Times are those of the captures in which the teaser stood there, UTC; place 1 is the top. Several
    headlines for one story on one page are headline tests, or second thoughts.

    \b
    Example:
      gazette teasers https://outlet.example/rathaus/haushalt
      gazette teasers --on https://outlet.example/
      gazette teasers --unresolved --site outlet-example
    """
    from archive.research import teasers

    if sum((named is not None, site is not None and not unresolved, unresolved)) != 1:
        raise click.UsageError("name one of URL, ID, --site and --unresolved")
    if page and named is None:
        raise click.UsageError("--on needs the URL of a page")
    with options.index() as connection:
        if named is not None:
            found = teasers.on_page(connection, named) if page else teasers.of_story(connection, named)
        elif unresolved:
            found = teasers.unstored(connection, site)
        else:
            found = teasers.of_site(connection, site or "")
    if as_json:
        for row in found:
            emit(row)
    elif not found:
        click.echo("no teaser", err=True)
    elif named is not None:
        _print(found, "target_url" if page else "page_url")
    elif unresolved:
        _print_unstored(found)
    else:
        _print_site(found)


def _print(rows: Sequence[Mapping[str, Any]], other: str) -> None:
    head = (
        "place",
        "top",
        "seen from",
        "until",
        "gone by",
        "headline",
        "page" if other == "page_url" else "story",
    )
    click.echo(
        table(
            head,
            [
                (
                    row["place"],
                    row["position"] + 1,
                    minute(row["seen_from"]),
                    minute(row["seen_until"]),
                    minute(row["gone_by"]),
                    row["headline"],
                    row[other],
                )
                for row in rows
            ],
        )
    )


def _print_site(rows: Sequence[Mapping[str, Any]]) -> None:
    head = ("front", "pages", "top", "headlines", "seen from", "until", "story")
    click.echo(
        table(
            head,
            [
                (
                    "yes" if row["front"] else "",
                    row["pages"],
                    row["best"] + 1,
                    row["headlines"],
                    minute(row["seen_from"]),
                    minute(row["seen_until"]),
                    one_line(row["title"]),
                )
                for row in rows
            ],
        )
    )


def _print_unstored(rows: Sequence[Mapping[str, Any]]) -> None:
    head = ("site", "pages", "seen from", "until", "answer", "headline", "story")
    click.echo(
        table(
            head,
            [
                (
                    row["site"],
                    row["pages"],
                    minute(row["seen_from"]),
                    minute(row["seen_until"]),
                    f"HTTP {row['status']}" if row["status"] else "not asked for",
                    row["headline"],
                    row["target_url"],
                )
                for row in rows
            ],
        )
    )
