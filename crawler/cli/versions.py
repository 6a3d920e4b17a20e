"""``gazette versions``: what an article said at which time, and the words that changed."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import click

from crawler.cli.options import Options
from crawler.cli.output import emit, minute, one_line, one_line_part, table

if TYPE_CHECKING:
    from archive.index.worddiff import Piece
    from archive.research.versions import Difference

_HEAD = ("version", "seen from", "until", "captures", "words", "+", "-", "what changed")


@click.command("versions")
@click.argument("named", metavar="URL|ID")
@click.option(
    "--diff",
    "pair",
    type=click.IntRange(min=1),
    nargs=2,
    metavar="A B",
    help="Show only how version B differs from version A.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object; with --diff, its words.")
@click.pass_obj
def command(options: Options, named: str, pair: tuple[int, int] | None, as_json: bool) -> None:
    """Show the versions of an article, when each was seen, and the words that changed.

    The article is followed when its URL changes. A change of white space, quotes or a stamp such as
    "Aktualisiert um 14.30 Uhr" makes no version. A change is silent if the page states no other time of
    change than before. URL is any that the article has or had, ID any of its documents.

    \b
    Example:
      gazette versions https://outlet.example/rathaus/haushalt
      gazette versions kq3v7mzt5n2hcrya --diff 1 2
    """
    from archive.research import versions

    with options.index() as connection:
        history = versions.history(connection, named)
        numbers = [each["number"] for each in history["versions"]]
        pairs = [pair] if pair else list(itertools.pairwise(numbers))
        found = [versions.differences(connection, named, *each) for each in pairs]
    if as_json:
        emit(dataclasses.asdict(found[0]) if pair else history)
        return
    if not pair:
        _print(history)
    for difference in found:
        _print_words(difference)


def _print(history: Mapping[str, Any]) -> None:
    versions = history["versions"]
    click.echo(click.style(one_line(versions[-1]["title"] or history["urls"][-1]), bold=True))
    click.echo(f"{history['site'] or '(no site)'}  {one_line(history['urls'][-1])}\n")
    rows = [
        (
            each["number"],
            minute(each["seen_from"]),
            minute(each["seen_until"]),
            each["captures"],
            each["words"],
            each["words_added"],
            each["words_removed"],
            _what(each),
        )
        for each in versions
    ]
    click.echo(table(_HEAD, rows))
    for move in history["moves"]:
        click.echo(
            f"\nmoved: {one_line(move['url'])}\n    to {one_line(move['moved_to'])}"
            f"\n       first seen there {minute(move['seen_at'])}; evidence: {move['evidence']}"
        )
    if gone := history["gone"]:
        click.echo(f"\ngone: HTTP {gone['status']} since {minute(gone['gone_by'])}")


def _what(version: Mapping[str, Any]) -> str:
    if not version["changed"]:
        return "one text" if version["number"] == 1 and version["contents"] == 1 else _contents(version)
    said = "silently"
    if version["announced"]:
        said = f"the page says: {minute(version['modified'])}"
    elif version["modified"] is None:
        said = "silently (the page never states a time of change)"
    back = f", back to version {version['same_as']}" if version["same_as"] else ""
    return ", ".join(version["changed"]) + back + "; " + said + _more(version)


def _contents(version: Mapping[str, Any]) -> str:
    return f"one text on {version['contents']} states of the page"


def _more(version: Mapping[str, Any]) -> str:
    return f"; on {version['contents']} states of the page" if version["contents"] > 1 else ""


def _print_words(difference: Difference) -> None:
    click.echo(click.style(f"\nversion {difference.before} -> {difference.after}", bold=True))
    if not difference.fields:
        click.echo("  the same words")
    for name, pieces in difference.fields:
        click.echo(f"{name}: {marked(pieces)}")


def marked(pieces: Iterable[Piece]) -> str:
    """Words with their marks as wdiff sets them, so that they are told apart without colours too."""
    shown = []
    for piece in pieces:
        text = one_line_part(piece.text)
        if piece.sign == "+":
            text = click.style(f"{{+{text}+}}", fg="green")
        elif piece.sign == "-":
            text = click.style(f"[-{text}-]", fg="red")
        shown.append(text)
    return " ".join(shown)
