"""The options of all verbs that ask for articles by words, and the query that they make."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar

import click

from archive.errors import BadQuery
from archive.types import Kind, Query

_Command = TypeVar("_Command", bound=Callable[..., Any])

_DAY = click.DateTime(["%Y-%m-%d"])
_FILTERS = (
    click.option("--site", help="Only this site."),
    click.option("--since", type=_DAY, metavar="DAY", help="First day of publication, YYYY-MM-DD."),
    click.option("--until", type=_DAY, metavar="DAY", help="Last day of publication, inclusive."),
    click.option("--author", metavar="NAME", help="Only by authors whose names hold all these words."),
    click.option("--section", metavar="NAME", help="Only of this department of the outlet."),
    click.option("--language", metavar="TAG", help="Only in this language: de holds de-AT, too."),
    click.option(
        "--paywall/--no-paywall",
        default=None,
        help="Only what the page declares as not free, or what ends as a stub; or only what does neither.",
    ),
    click.option(
        "--kind",
        type=click.Choice([kind.value for kind in Kind]),
        default=Kind.ARTICLE.value,
        show_default=True,
        help="Pages that list articles, and other pages, are only found if asked for.",
    ),
    click.option("--exact", is_flag=True, help="Only words as they are typed, no other forms of them."),
)


def asks(command: _Command) -> _Command:
    """Give a command the argument QUERY and the filters, to be handed on to ``query_of``."""
    return click.argument("words", metavar="QUERY", nargs=-1, required=True)(_filtered(command))


def may_ask(command: _Command) -> _Command:
    """The same, where no QUERY means all articles."""
    return click.argument("words", metavar="[QUERY]", nargs=-1)(_filtered(command))


def _filtered(command: _Command) -> _Command:
    for option in reversed(_FILTERS):
        command = option(command)
    return command


def query_of(
    words: Sequence[str], since: datetime | None, until: datetime | None, kind: str, **other: Any
) -> Query:
    """The query that was asked. Raises BadQuery when its days lie the wrong way round."""
    if since and until and since > until:
        raise BadQuery(f"--since {since:%Y-%m-%d} is after --until {until:%Y-%m-%d}; exchange them")
    return Query(
        text=" ".join(words),
        since=since.date() if since else None,
        until=until.date() if until else None,
        kind=Kind(kind),
        **other,
    )
