"""The pages of one article: its text, where it comes from, how it changed, and its replay."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from archive.errors import BadQuery
from archive.index.worddiff import Piece
from archive.research import documents, provenance, reading, teasers, versions
from archive.research.replay import replay_url
from archive.research.stories import Story, story
from archive.research.versions import Difference
from archive.web.visit import Missing, Visit

if TYPE_CHECKING:
    from datasette.utils.asgi import Response

_PROMOTIONS = 8
_STORY = "SELECT story_id FROM story_documents WHERE document_id = ?"


@dataclass(frozen=True, slots=True)
class _Read:
    """An article with what other pages make of it."""

    document: Mapping[str, Any]
    history: Mapping[str, Any] | None  # None: it is no article
    number: int | None  # of this version, from 1
    story: Story | None
    promotions: list[dict[str, Any]]


async def page(visit: Visit) -> Response:
    """``/article/ID``: the article as typography; with ``?cuts=1`` also what was cut from the page."""
    read = await visit.ask(lambda connection: _read(connection, visit["id"]))
    why = None
    if visit.asked("cuts") and visit.room.layout is not None:
        warc = visit.room.layout.warc
        why = await visit.ask(lambda connection: provenance.why(connection, warc, read.document["id"]))
    return await visit.page(
        "article.html",
        read=read,
        document=read.document,
        why=why,
        cuts=bool(visit.asked("cuts")),
        promotions=read.promotions[:_PROMOTIONS],
        replay=_replay(visit, read.document, framed=True),
    )


async def split(visit: Visit) -> Response:
    """``/article/ID/split``: the text beside the page as it was."""
    read = await visit.ask(lambda connection: _read(connection, visit["id"]))
    address = _replay(visit, read.document, framed=False)
    if address is None:
        raise Missing(visit.tongue.say("article.no_replay"))
    return await visit.page("split.html", document=read.document, replay=address)


async def compared(visit: Visit) -> Response:
    """``/article/ID/versions``: what it said when, and two versions side by side (``?a=1&b=2``)."""
    history, difference = await visit.ask(lambda connection: _compared(connection, visit))
    sides = [(name, _side(pieces, "-"), _side(pieces, "+")) for name, pieces in difference.fields]
    return await visit.page("versions.html", history=history, difference=difference, sides=sides)


def _read(connection: sqlite3.Connection, named: str) -> _Read:
    document = _document(connection, named)
    history = number = told = None
    promotions: list[dict[str, Any]] = []
    if document["kind"] == "article":
        history = versions.history(connection, document["id"])
        holding = [each["number"] for each in history["versions"] if document["id"] in each["documents"]]
        number = holding[0] if holding else None
        promotions = teasers.of_story(connection, document["id"])
        row = connection.execute(_STORY, (document["id"],)).fetchone()
        told = story(connection, row[0]) if row is not None else None
    return _Read(document, history, number, told, promotions)


def _document(connection: sqlite3.Connection, named: str) -> Mapping[str, Any]:
    try:
        return documents.get(connection, reading.document_id(connection, named))
    except BadQuery as error:
        raise Missing(str(error)) from None


def _compared(connection: sqlite3.Connection, visit: Visit) -> tuple[dict[str, Any], Difference]:
    document = _document(connection, visit["id"])
    history = versions.history(connection, document["id"])
    last = len(history["versions"])
    if last < 2:
        raise Missing(visit.tongue.say("versions.one"))
    before = _number(visit, "a", last - 1)
    after = _number(visit, "b", last)
    return history, versions.differences(connection, document["id"], before, after)


def _number(visit: Visit, name: str, otherwise: int) -> int:
    asked = visit.asked(name)
    if asked is None:
        return otherwise
    if not asked.isdecimal() or len(asked) > 6:
        raise BadQuery(f"{name}={asked}: versions are numbered from 1")
    return int(asked)


def _side(pieces: tuple[Piece, ...], sign: str) -> list[Piece]:
    """What one of the two texts says: what both have, and what it has alone."""
    return [piece for piece in pieces if piece.sign in ("=", sign)]


def _replay(visit: Visit, document: Mapping[str, Any], *, framed: bool) -> str | None:
    if visit.room.replay is None:
        return None
    return replay_url(visit.room.replay, document["url"], document["captured_at"], framed=framed)
