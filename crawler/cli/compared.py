"""What ``reextract --compare`` does and shows: in the terminal, as JSON, as a page."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

import click

from archive.errors import ArchiveError, Locked
from archive.layout import Layout
from crawler.cli.exits import Exit
from crawler.cli.output import emit, one_line, one_line_part, table
from crawler.cli.progress import bar

if TYPE_CHECKING:
    from archive.index.compare import Comparison, Difference
    from archive.index.worddiff import Piece

_HEAD = ("site", "before", "after", "gained", "lost", "changed", "words +", "words -")

_WORDS = 60
"""Words that the terminal shows of a change; the page and the JSON have more."""


def run(layout: Layout, workers: int, page: Path, *, everything: bool, as_json: bool) -> int:
    """Build the candidate, compare, print, and write the page. Raises ArchiveError."""
    from archive.index import candidate, generation, jobs
    from archive.index.compare import compare
    from archive.index.comparison_page import page as rendered
    from archive.index.select import Selection, pick

    pool = jobs.pool_for(layout, workers)
    current = generation.current(layout)
    assert current is not None, "was asked before"
    if not everything and not pick(current, pool.key, Selection()).numbers:
        click.echo(
            "nothing is stale: the installed extractor made this index; compare all the same with --all",
            err=True,
        )
        return Exit.OK
    try:
        with bar("building beside", "pages") as update:
            summary = candidate.build(layout, pool, update)
    except Locked as error:
        click.echo(f"gazette: {error}", err=True)
        return Exit.OK
    built = generation.candidate(layout)
    if built is None:
        raise ArchiveError(f"{layout.generations}: the comparison was dropped meanwhile; run it again")
    found = compare(current, built)
    page.write_text(rendered(found), encoding="utf-8")
    if as_json:
        emit(_as_json(found) | {"page": str(page)})
    else:
        _print(found)
        click.echo(f"\nas a page: {page}\nuse it with: gazette reextract --accept; drop it with: --reject")
    for problem in summary.problems:
        click.echo(f"gazette: {one_line(problem)}", err=True)
    return Exit.DAMAGED if summary.problems else Exit.OK


def _as_json(found: Comparison) -> dict[str, object]:
    """All of it. The sites are a list: a site without a name can be no key in JSON."""
    named = {field.name: getattr(found, field.name) for field in dataclasses.fields(found)}
    return named | {
        "total": dataclasses.asdict(found.total),
        "sites": [{"site": site, **dataclasses.asdict(counts)} for site, counts in found.sites.items()],
        "largest": [dataclasses.asdict(difference) for difference in found.largest],
    }


def _print(found: Comparison) -> None:
    click.echo(f"in use:   {found.key_before}\ncompared: {found.key_after}\n")
    rows = [
        (name or "(no site)", *dataclasses.astuple(counts))
        for name, counts in (*found.sites.items(), ("all", found.total))
    ]
    click.echo(table(_HEAD, rows))
    if found.fields:
        click.echo("\n" + table(("field", "changed in documents"), found.fields.most_common()))
    kinds = sorted({*found.failures_before, *found.failures_after})
    if kinds:
        failures = [(k, found.failures_before.get(k, 0), found.failures_after.get(k, 0)) for k in kinds]
        click.echo("\n" + table(("failure", "before", "after"), failures))
    for number, difference in enumerate(found.largest, start=1):
        _print_difference(number, difference)


def _print_difference(number: int, difference: Difference) -> None:
    title = click.style(one_line(difference.title or difference.url), bold=True)
    click.echo(f"\n{number:>3}. {title}")
    click.echo(
        f"     {difference.what}  +{difference.words_added} -{difference.words_removed} words"
        f"  {difference.site or ''}  {difference.id}\n     {one_line(difference.url)}"
    )
    for change in difference.fields:
        if change.before != change.after:
            before, after = (_short(value) for value in (change.before, change.after))
            click.echo(f"     {change.name}: {_cut(before)} {_added(after)}")
        else:
            click.echo(f"     {change.name}")
    if difference.words:
        click.echo("     " + " ".join(_shown(piece) for piece in difference.words))


def _shown(piece: Piece) -> str:
    words = one_line_part(piece.text).split(" ")
    text = " ".join(words if len(words) <= _WORDS else [*words[:_WORDS], "…"])
    return {"+": _added, "-": _cut}.get(piece.sign, str)(text)


# As git's word diff writes them, so that they can be told apart without colours, too.
def _added(text: str) -> str:
    return click.style(f"{{+{text}+}}", fg="green")


def _cut(text: str) -> str:
    return click.style(f"[-{text}-]", fg="red")


def _short(value: str | None) -> str:
    text = one_line(value or "")
    return text if len(text) <= 160 else text[:159] + "…"
