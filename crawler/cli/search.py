"""``gazette search``: articles that hold words, and the way back to their bytes."""

from __future__ import annotations

import dataclasses
from datetime import datetime

import click

from archive.types import Hit, Query
from crawler.cli.options import Options
from crawler.cli.output import emit, highlight, matches, one_line

_DAY = click.DateTime(["%Y-%m-%d"])


@click.command("search")
@click.argument("words", metavar="QUERY", nargs=-1, required=True)
@click.option("--site", help="Only this site.")
@click.option("--since", type=_DAY, metavar="DAY", help="First day of publication, YYYY-MM-DD.")
@click.option("--until", type=_DAY, metavar="DAY", help="Last day of publication, inclusive.")
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True, help="Articles to show.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON lines.")
@click.pass_obj
def command(
    options: Options,
    words: tuple[str, ...],
    site: str | None,
    since: datetime | None,
    until: datetime | None,
    limit: int,
    as_json: bool,
) -> None:
    """Find articles that hold all words of QUERY.

    "Quotes" hold words together, OR stands between two, NOT before one.
    In JSON, `matches` says where in `snippet` the words stand: [start, end) in characters.

    \b
    Example:
      gazette search Kufen
      gazette search '"neue Brücke" OR Kanal' --since 2025-11-01 --json
    """
    from archive.research.search import count, search

    query = Query(
        text=" ".join(words),
        site=site,
        since=since.date() if since else None,
        until=until.date() if until else None,
        limit=limit,
    )
    with options.index() as connection:
        hits = search(connection, query)
        total = count(connection, query) if len(hits) == limit else len(hits)
    for number, hit in enumerate(hits, start=1):
        if as_json:
            emit(_as_json(hit))
        else:
            _print(number, hit)
    if not hits:
        click.echo(f"no article holds: {one_line(query.text)}", err=True)
    elif total > len(hits):
        click.echo(f"{len(hits)} of {total} articles; more with --limit", err=True)


def _print(number: int, hit: Hit) -> None:
    click.echo(f"{number:>3}. {click.style(one_line(hit.title or hit.url), bold=True)}")
    click.echo(
        f"     {hit.site or ''}  {hit.day or ''}  {hit.document_id}  {click.style(str(hit.ref), dim=True)}"
    )
    click.echo(f"     {one_line(hit.url)}")
    click.echo(f"     {highlight(hit.snippet)}\n")


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
