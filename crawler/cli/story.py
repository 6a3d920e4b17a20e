"""``gazette story``: the outlets that tell a story on a time line, and what they have from each other."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from crawler.cli.options import Options
from crawler.cli.output import emit, one_line, table
from crawler.cli.versions import marked

if TYPE_CHECKING:
    from archive.research.stories import Member, Story

_DAY = click.DateTime(["%Y-%m-%d"])
_WIDTH = 24
"""Characters of the time line."""
_PASSAGES = 3
"""Shared passages of an article that are shown; all are in the JSON."""
_CHARS = 160


@click.command("story")
@click.argument("reference", metavar="[ID]", required=False)
@click.option("--list", "listed", is_flag=True, help="List stories, the newest first.")
@click.option("--since", type=_DAY, metavar="DAY", help="With --list: first day of a story, YYYY-MM-DD.")
@click.option("--until", type=_DAY, metavar="DAY", help="With --list: last such day, inclusive.")
@click.option(
    "--outlets",
    type=click.IntRange(1),
    default=1,
    show_default=True,
    help="With --list: only stories that so many outlets tell.",
)
@click.option(
    "--limit", type=click.IntRange(1), default=20, show_default=True, help="With --list: stories to show."
)
@click.option(
    "--diff", "pair", nargs=2, metavar="A B", help="Show how the text of document B differs from that of A."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def command(
    options: Options,
    reference: str | None,
    listed: bool,
    since: datetime | None,
    until: datetime | None,
    outlets: int,
    limit: int,
    pair: tuple[str, str] | None,
    as_json: bool,
) -> None:
    """Show the outlets that tell a story on a time line, who was first, and what their texts share.

    ID is a story's or that of a document that tells it; the beginning is enough. Articles are joined by
    what their texts have in common (runs of words, quotations, names, numbers) within seven days, never
    by URL: a copy is the same text, an excerpt a part of it, a rewrite keeps some of it.

    \b
    Example:
      gazette story --list --outlets 2
      gazette story s-kq3v7mzt5n2h
      gazette story --diff kq3v7mzt5n2hcrya 3fh6xw2kq7maelpo
    """
    from archive.research import stories

    if (reference is not None) + listed + (pair is not None) != 1:
        raise click.UsageError("give an ID, or --list, or --diff A B")
    with options.index() as connection:
        if pair:
            pieces = stories.compare(connection, *pair)
            if as_json:
                emit({"before": pair[0], "after": pair[1], "words": [dataclasses.asdict(p) for p in pieces]})
            else:
                click.echo(marked(pieces) or "the same words")
        elif reference is not None:
            found = stories.story(connection, reference)
            emit(_as_json(found)) if as_json else _print(found)
        else:
            days = [day.date() if day else None for day in (since, until)]
            _list(
                stories.stories(connection, since=days[0], until=days[1], outlets=outlets, limit=limit),
                as_json=as_json,
            )


def _list(found: Sequence[Story], *, as_json: bool) -> None:
    if as_json:
        for story in found:
            emit({name: value for name, value in _as_json(story).items() if name not in ("members", "lead")})
        return
    if not found:
        click.echo("no such story", err=True)
        return
    rows = [(s.first_day.isoformat(), s.id, s.outlets, s.documents, s.title) for s in found]
    click.echo(table(("first day", "story", "outlets", "articles", "first headline"), rows))


def _print(story: Story) -> None:
    click.echo(click.style(one_line(story.title), bold=True))
    days = story.first_day.isoformat()
    days += f" to {story.last_day}" if story.last_day != story.first_day else ""
    click.echo(f"{story.id}  {days}, {story.documents} articles of {story.outlets} outlets\n")
    width = max(len(_time(member)) for member in story.members)
    outlet = max(len(member.outlet) for member in story.members)
    places = _places(story.members)
    for member, place in zip(story.members, places, strict=True):
        line = "·" * place + "●" + "·" * (_WIDTH - place)
        click.echo(
            f"{_time(member):<{width}}  {one_line(member.outlet):<{outlet}}  {line}  {member.document_id}"
            f"  {member.relation}{f', credits {member.agency}' if member.agency else ''}"
        )
    click.echo("\n" + _first(story))
    for member in story.members[1:]:
        _print_join(member, {m.document_id: m for m in story.members})


def _places(members: Sequence[Member]) -> list[int]:
    """Where on the time line each stands: by the minute, or by the day where one states no time."""
    timed = all(member.published for member in members)
    points = [
        m.published.timestamp() if timed and m.published else m.day.toordinal() * 86_400.0 for m in members
    ]
    span = max(points) - min(points)
    return [round((point - min(points)) / span * _WIDTH) if span else 0 for point in points]


def _time(member: Member) -> str:
    return f"{member.published:%Y-%m-%d %H:%M}" if member.published else member.day.isoformat()


def _first(story: Story) -> str:
    first = story.members[0]
    if story.outlets == 1:
        return f"only {one_line(first.outlet)} tells it"
    if story.lead is None:
        return f"{one_line(first.outlet)} may have been first: not every page states a time"
    if not story.lead:
        return "two outlets published it in the same minute"
    return f"{one_line(first.outlet)} was first, by {_span(story.lead)}"


def _span(time: timedelta) -> str:
    """A time span as people say it: "2 h 28 min", "3 days 4 h"."""
    minutes = round(abs(time).total_seconds() / 60)
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    parts = [f"{days} day{'s' * (days > 1)}"] if days else []
    parts += [f"{hours} h"] if hours else []
    parts += [f"{rest} min"] if rest and not days else []
    return " ".join(parts) or "less than a minute"


def _print_join(member: Member, members: Mapping[str, Member]) -> None:
    earlier = members[member.through_id or ""]
    click.echo(
        f"\n{click.style(one_line(member.title or member.url), bold=True)}\n  {one_line(member.url)}"
        f"\n  {member.relation} of {one_line(earlier.outlet)} {earlier.document_id}, score {member.score}:"
        f" {member.reason}"
    )
    for label, found in (
        ("quotations", member.quotations),
        ("names", member.names),
        ("numbers", member.numbers),
    ):
        if found:
            click.echo(f"  {label}: {_cut('; '.join(found))}")
    longest = sorted(member.passages, key=len, reverse=True)
    for passage in longest[:_PASSAGES]:
        click.echo(f"  = {_cut(passage)}")
    if len(longest) > _PASSAGES:
        click.echo(f"  = {len(longest) - _PASSAGES} more shared passages")


def _cut(text: str) -> str:
    line = one_line(text)
    return line if len(line) <= _CHARS else line[: _CHARS - 1] + "…"


def _as_json(story: Story) -> dict[str, Any]:
    """A story for programs: days and times in ISO 8601, time spans in seconds."""
    return {**_plain(dataclasses.asdict(story)), "lead": _plain(story.lead)}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, date | datetime):
        return value.isoformat()
    return value.total_seconds() if isinstance(value, timedelta) else value
