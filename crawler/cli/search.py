"""``gazette search``: articles that hold words, and the way back to their bytes."""

from __future__ import annotations

import dataclasses
import sqlite3
from typing import TYPE_CHECKING, Any

import click

from archive.types import Hit, Order, Query
from crawler.cli.asking import asks, query_of
from crawler.cli.options import Options
from crawler.cli.output import emit, highlight, matches, one_line

if TYPE_CHECKING:
    from archive.research.answers import Answer, Facets

_BAR = 30  # characters of the longest bar


@click.command("search")
@asks
@click.option(
    "--sort",
    type=click.Choice([order.value for order in Order]),
    default=Order.RELEVANCE.value,
    show_default=True,
    help="Best or newest first. Of more than 20,000 articles the newest come first, unless --rank-all.",
)
@click.option("--rank-all", is_flag=True, help="Rank by relevance, however many there are: up to a second.")
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True, help="Articles to show.")
@click.option("--after", metavar="TOKEN", help="Go on behind the page that gave this token.")
@click.option("--facets", "counted", is_flag=True, help="Count by site, day, section, language, author ...")
@click.option(
    "--json",
    "as_json",
    is_flag=True,
    help="Print JSON lines; with --facets, the last one holds them and the total.",
)
@click.pass_obj
def command(
    options: Options,
    /,
    sort: str,
    rank_all: bool,
    limit: int,
    after: str | None,
    counted: bool,
    as_json: bool,
    **asked: Any,
) -> None:
    """Find articles that hold all words of QUERY, in any form.

    "Quotes" hold words together, OR stands between two, NOT before one, * behind the beginning of one,
    title: before one that stands in a headline; NEAR(one two, 5) finds words that are close. Words in the
    text as they are typed weigh more than their other forms, and those in a headline most.
    In JSON, `matches` says where in `snippet` the words stand: [start, end) in characters.

    \b
    Example:
      gazette search Kufen
      gazette search '"neue Brücke" OR Kanal' --since 2025-11-01 --json
      gazette search Haushalt --site echo --sort date --facets
    """
    from archive.research.search import answer, count

    query = query_of(limit=limit, order=Order(sort), full_rank=rank_all, after=after, **asked)
    with options.index() as connection:
        found = answer(connection, query, counted=counted)
        total = found.facets.total if found.facets else None
        if total is None:
            whole = found.next is None and after is None
            total = len(found.hits) if whole else count(connection, query)
        unknown = None if total else _unknown(connection, query)
    for number, hit in enumerate(found.hits, start=1):
        if as_json:
            emit(_as_json(hit))
        else:
            _print(number, hit)
    if found.facets and total:
        if as_json:
            emit(_summary(found, found.facets))
        else:
            _show(found.facets)
    _tell(query, found, total, unknown)


def _print(number: int, hit: Hit) -> None:
    click.echo(f"{number:>3}. {click.style(one_line(hit.title or hit.url), bold=True)}")
    click.echo(
        f"     {hit.site or ''}  {hit.day or ''}  {hit.document_id}  {click.style(str(hit.ref), dim=True)}"
    )
    click.echo(f"     {one_line(hit.url)}")
    click.echo(f"     {highlight(hit.snippet)}\n")


def _tell(query: Query, found: Answer, total: int, unknown: str | None) -> None:
    """What a person should know of the list, on stderr."""
    if not total:
        click.echo(f"no {query.kind} holds: {one_line(query.text)}", err=True)
        if unknown:
            click.echo(unknown, err=True)
        return
    if found.capped:
        click.echo(
            "too many to rank at once: the newest come first; rank them all with --rank-all,"
            " or narrow the search by --since and --until",
            err=True,
        )
    if found.next or query.after:
        articles = "articles" if total > 1 else "article"
        more = f"; more with --limit, or with --after {found.next}" if found.next else "; these are the last"
        click.echo(f"{len(found.hits)} of {total:,} {articles}{more}", err=True)


def _unknown(connection: sqlite3.Connection, query: Query) -> str | None:
    """Why nothing was found, when the site isn't there at all."""
    if query.site is None:
        return None
    names = [row["name"] for row in connection.execute("SELECT name FROM sites ORDER BY name")]
    return None if query.site in names else f"there is no site {query.site!r}; there are: {', '.join(names)}"


def _summary(found: Answer, facets: Facets) -> dict[str, object]:
    return {
        "total": facets.total,
        "counted": facets.counted,
        "order": found.order,
        "capped": found.capped,
        "next": found.next,
        "facets": {
            name: [{"value": value, "articles": number} for value, number in counts]
            for name, counts in facets.counts.items()
        },
    }


def _as_json(hit: Hit) -> dict[str, object]:
    snippet, spans = matches(hit.snippet)
    return {
        "id": hit.document_id,
        "url": hit.url,
        "site": hit.site,
        "title": hit.title,
        "day": hit.day.isoformat() if hit.day else None,
        "score": hit.score,
        "snippet": snippet,
        "matches": spans,
        **{field.name: getattr(hit.ref, field.name) for field in dataclasses.fields(hit.ref)},
    }


def _show(facets: Facets) -> None:
    for name, counts in facets.counts.items():
        if not counts:
            continue
        part = name not in ("year", "month") and facets.counted < facets.total
        said = f"{name} (of the newest {facets.counted:,})" if part else name
        click.echo(click.style(said, bold=True))
        widest = max(len(one_line(value or "none")) for value, _ in counts)
        most = max(number for _, number in counts)
        for value, number in counts:
            bar = "█" * max(1, round(number / most * _BAR))
            click.echo(
                f"  {one_line(value or 'none'):<{widest}}  {number:>9,}  {click.style(bar, fg='blue')}"
            )
        click.echo()
