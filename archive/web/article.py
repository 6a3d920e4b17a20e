"""The pages of one article: its text, where it comes from, how it changed, and its replay."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from archive.errors import BadQuery
from archive.extract.reasons import MEANING
from archive.index.worddiff import Piece
from archive.research import documents, promotions, provenance, reading, versions
from archive.research.promotions import Promotion
from archive.research.stories import Story, story
from archive.research.versions import Difference
from archive.web.visit import Missing, Visit

if TYPE_CHECKING:
    from datasette.utils.asgi import Response

_PROMOTIONS = 4
"""Pages of each headline that are shown at once; the others are folded away."""
_MOST = 200
"""Listed at all: a story beside every article of an outlet stands on thousands of pages."""
_STORY = "SELECT story_id FROM story_documents WHERE document_id = ?"


@dataclass(frozen=True, slots=True)
class _Read:
    """An article with what other pages make of it."""

    document: Mapping[str, Any]
    history: Mapping[str, Any] | None  # None: it is no article
    number: int | None  # of this version, from 1
    story: Story | None
    promotions: list[Promotion]


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
        cells=_cells,
        reasons=MEANING,
        promotions=_by_headline(read.promotions[:_MOST]),
        replay=visit.replay(read.document["url"], read.document["captured_at"]),
    )


async def split(visit: Visit) -> Response:
    """``/article/ID/split``: the text beside the page as it was."""
    read = await visit.ask(lambda connection: _read(connection, visit["id"]))
    address = visit.replay(read.document["url"], read.document["captured_at"], framed=False)
    if address is None and visit.room.replay is not None:
        raise Missing("replay is shown on the archive's own machine alone", "replay_alone")
    if address is None:
        raise Missing("no replay runs beside this reading room", "no_replay")
    return await visit.page("split.html", document=read.document, cells=_cells, replay=address)


async def compared(visit: Visit) -> Response:
    """``/article/ID/versions``: what it said when, and two versions side by side (``?a=1&b=2``)."""
    language, history, difference = await visit.ask(lambda connection: _compared(connection, visit))
    sides = [(name, _side(pieces, "-"), _side(pieces, "+")) for name, pieces in difference.fields]
    return await visit.page(
        "versions.html", language=language, history=history, difference=difference, sides=sides
    )


def _read(connection: sqlite3.Connection, named: str) -> _Read:
    document = _document(connection, named)
    history = number = told = None
    promoted: list[Promotion] = []
    if document["kind"] == "article":
        history = versions.history(connection, document["id"])
        holding = [each["number"] for each in history["versions"] if document["id"] in each["documents"]]
        number = holding[0] if holding else None
        promoted = promotions.of_article(connection, document["id"])
        row = connection.execute(_STORY, (document["id"],)).fetchone()
        told = story(connection, row[0]) if row is not None else None
    return _Read(document, history, number, told, promoted)


def _by_headline(found: Sequence[Promotion]) -> list[tuple[str, Sequence[Promotion], Sequence[Promotion]]]:
    """Each headline with the pages that are shown, and those that are folded away."""
    lines: dict[str, list[Promotion]] = {}
    for one in found:
        lines.setdefault(one.headline, []).append(one)
    return [(headline, of[:_PROMOTIONS], of[_PROMOTIONS:]) for headline, of in lines.items()]


def _document(connection: sqlite3.Connection, named: str) -> Mapping[str, Any]:
    try:
        return documents.get(connection, reading.document_id(connection, named))
    except BadQuery as error:
        raise Missing.of(error) from None


def _compared(connection: sqlite3.Connection, visit: Visit) -> tuple[str | None, dict[str, Any], Difference]:
    document = _document(connection, visit["id"])
    history = versions.history(connection, document["id"])
    last = len(history["versions"])
    if last < 2:
        raise Missing("there is one version only", "one_version")
    before = _number(visit, "a", last - 1)
    after = _number(visit, "b", last)
    difference = versions.differences(connection, document["id"], before, after)
    return document["language"], history, difference


def _number(visit: Visit, name: str, otherwise: int) -> int:
    asked = visit.asked(name)
    if asked is None:
        return otherwise
    if not asked.isdecimal() or len(asked) > 6:
        raise BadQuery(f"{name}={asked}: versions are numbered from 1", "version_number", value=asked)
    return int(asked)


def _cells(table: str) -> list[list[str]] | None:
    """The cells of a block that is a table; None where empty ones, which it leaves out, shift others."""
    rows = [line.split(" | ") for line in table.splitlines()]
    return rows if len({len(row) for row in rows}) == 1 else None


def _side(pieces: tuple[Piece, ...], sign: str) -> list[Piece]:
    """What one of the two texts says: what both have, and what it has alone."""
    return [piece for piece in pieces if piece.sign in ("=", sign)]
