"""The pages of a story: which outlet told it when, and what two of its texts share."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from archive.errors import BadQuery
from archive.research.articles import Article, article
from archive.research.shared import Run, marked
from archive.research.stories import Member, Story, story
from archive.web.plots import dots
from archive.web.visit import Missing, Visit

if TYPE_CHECKING:
    from datasette.utils.asgi import Response

_Sides = tuple[Article, Article, list[Run], list[Run]]


async def page(visit: Visit) -> Response:
    """``/story/ID``: its articles on a time line and as a list, with what joins them."""
    told = await visit.ask(lambda connection: _story(connection, visit["id"]))
    called = visit.outlets()
    plot = dots(
        (
            member.outlet,
            _at(member),
            member.document_id,
            f"{called(member.outlet)}: {member.title}",
        )
        for member in told.members
    )
    return await visit.page("story.html", story=told, plot=plot)


async def compared(visit: Visit) -> Response:
    """``/story/ID/compare?a=&b=``: two of its texts side by side, with what they share marked."""
    told, sides = await visit.ask(lambda connection: _compared(connection, visit))
    return await visit.page("shared.html", story=told, sides=sides)


def _story(connection: sqlite3.Connection, named: str) -> Story:
    try:
        return story(connection, named)
    except BadQuery as error:
        raise Missing.of(error) from None


def _compared(connection: sqlite3.Connection, visit: Visit) -> tuple[Story, _Sides]:
    told = _story(connection, visit["id"])
    known = [member.document_id for member in told.members]
    before = visit.asked("a") or known[0]
    after = visit.asked("b") or next(each for each in known if each != before)
    for asked in (before, after):
        if asked not in known:
            listed = ", ".join(known)
            raise BadQuery(
                f"{asked}: is no article of this story; it has {listed}", "not_in_story", id=asked, ids=listed
            )
    one, other = article(connection, before), article(connection, after)
    if one is None or other is None:
        missing = before if one is None else after
        raise Missing(f"{missing}: no such article", "no_document", id=missing)
    return told, (one, other, *marked(one.text, other.text))


def _at(member: Member) -> datetime:
    """When it was published, as far as the page says: else noon of its day, where no hour is closer."""
    if member.published is not None:
        return member.published.astimezone(UTC).replace(tzinfo=None)
    return datetime.combine(member.day, datetime.min.time()).replace(hour=12)
