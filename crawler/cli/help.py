"""``gazette help``: a chapter to read."""

from __future__ import annotations

import difflib
import sys

import click

from crawler.cli import chapters
from crawler.cli.output import table

_WIDTH = 110
"""Columns at most: longer lines are hard to read."""


@click.command("help")
@click.argument("topic", required=False)
@click.pass_obj
def command(_: object, topic: str | None) -> None:
    """Read a chapter; without TOPIC, list them. Into a file or a pipe goes the Markdown itself.

    \b
    Example:
      gazette help
      gazette help schema
      gazette help queries > queries.md
    """
    topics = chapters.topics()
    if topic is None:
        click.echo(table(("topic", "about"), list(topics.items())))
        click.echo("\nread one with: gazette help TOPIC; a verb explains itself: gazette VERB --help")
        return
    if topic not in topics:
        close = difflib.get_close_matches(topic.lower(), topics, n=1)
        meant = f", did you mean {close[0]!r}?" if close else f"; there are {', '.join(topics)}"
        raise click.UsageError(f"no topic {topic!r}{meant}")
    text = chapters.chapter(topic)
    if sys.stdout.isatty():
        click.echo_via_pager(_shown(text))
    else:
        click.echo(text, nl=False)


def _shown(text: str) -> str:
    """Markdown as a terminal shows it."""
    from rich.console import Console
    from rich.markdown import Markdown

    console = Console(force_terminal=True)
    console.width = min(console.width, _WIDTH)
    with console.capture() as capture:
        console.print(Markdown(text))
    return capture.get()
