"""Stories: what several articles tell, who told it first, and what of one text stands in another."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from typing import Any

from archive.errors import BadQuery
from archive.index.story_evidence import passages
from archive.index.trivia import fold_word
from archive.index.worddiff import Piece, diff
from archive.research.documents import MIN_PREFIX

MARK = "s-"
"""What the id of a story begins with, and no document's."""


@dataclass(frozen=True, slots=True)
class Member:
    """An article of a story, and what joins it."""

    document_id: str
    url: str
    outlet: str  # name of the site, else the host as in a sort key
    title: str | None
    day: date  # local day of publication, else of the first capture
    published: (
        datetime | None
    )  # in the page's own zone where it states one, else UTC; None: no time is stated
    relation: str  # first, copy, agency copy, excerpt or rewrite
    agency: str | None  # news agency that it credits
    through_id: str | None  # document it was joined through; None for the first
    score: float | None  # how sure that is, to 1
    reason: str | None
    quotations: tuple[str, ...]  # that both texts hold; so have names and numbers
    names: tuple[str, ...]
    numbers: tuple[str, ...]
    passages: tuple[str, ...]  # runs of eight words and more that both texts have
    behind: timedelta | None  # time since the first was published; None where one states no time


@dataclass(frozen=True, slots=True)
class Story:
    """A story in numbers; ``members`` in order of time, empty in a list of stories."""

    id: str
    title: str
    first_day: date
    last_day: date
    documents: int
    outlets: int
    members: tuple[Member, ...] = ()

    @property
    def lead(self) -> timedelta | None:
        """By how much the first was before the next outlet; None where a page states no time."""
        others = [m for m in self.members[1:] if m.outlet != self.members[0].outlet]
        return others[0].behind if others else None


def story(connection: sqlite3.Connection, reference: str) -> Story:
    """The story with an id, or the one that a document tells. The beginning of either id is enough.

    Raises BadQuery when there is none, or more than one.
    """
    row = connection.execute(
        "SELECT * FROM stories WHERE id = ?", (_story_id(connection, reference.strip().lower()),)
    ).fetchone()
    rows = connection.execute(
        """SELECT story_documents.*, url, title, text, published, published_precision, published_offset
            FROM story_documents JOIN documents ON documents.id = document_id WHERE story_id = ?
            ORDER BY story_documents.day, published IS NULL OR published_precision = 'day',
                coalesce(published, captured_at), url""",
        (row["id"],),
    ).fetchall()
    texts = {member["document_id"]: member["text"] for member in rows}
    first = _published(rows[0])
    return _story(row, tuple(_member(member, texts, first) for member in rows))


def stories(
    connection: sqlite3.Connection,
    *,
    since: date | None = None,
    until: date | None = None,
    outlets: int = 1,
    limit: int | None = 20,
) -> list[Story]:
    """Stories that were first told from ``since`` to ``until``, by so many outlets or more; newest first."""
    rows = connection.execute(
        """SELECT * FROM stories WHERE first_day BETWEEN ? AND ? AND outlets >= ?
            ORDER BY first_day DESC, outlets DESC, documents DESC, id LIMIT ?""",
        (
            (since or date.min).isoformat(),
            (until or date.max).isoformat(),
            outlets,
            -1 if limit is None else limit,
        ),
    )
    return [_story(row) for row in rows]


def compare(connection: sqlite3.Connection, before: str, after: str) -> tuple[Piece, ...]:
    """The word diff of the texts of two documents; quotes and dashes are no difference.

    Raises BadQuery when there is no such document, or more than one.
    """
    texts = []
    for reference in (before, after):
        document_id = _one(connection, "documents", reference.strip().lower(), "document")
        row = connection.execute("SELECT text FROM documents WHERE id = ?", (document_id,)).fetchone()
        texts.append(row["text"])
    return diff(texts[0], texts[1], fold_word)


def _story_id(connection: sqlite3.Connection, reference: str) -> str:
    if reference.startswith(MARK):
        return _one(connection, "stories", reference, "story")
    document_id = _one(connection, "documents", reference, "document")
    row = connection.execute(
        "SELECT story_id FROM story_documents WHERE document_id = ?", (document_id,)
    ).fetchone()
    if row is None:
        raise BadQuery(
            f"{document_id}: no other stored article tells what this one does", "no_story_of", id=document_id
        )
    return str(row[0])


def _one(connection: sqlite3.Connection, table: str, reference: str, noun: str) -> str:
    """The id that begins with ``reference``."""
    if len(reference) < MIN_PREFIX:
        raise BadQuery(
            f"{reference!r}: give at least {MIN_PREFIX} characters of the id",
            "short_id",
            id=reference,
            least=MIN_PREFIX,
        )
    rows = connection.execute(
        f"SELECT id FROM {table} WHERE id BETWEEN ? AND ? ORDER BY id LIMIT 2",  # noqa: S608 - names from above
        (reference, reference + "~"),
    ).fetchall()
    if not rows:
        raise BadQuery(
            f"{reference!r}: no {noun} with this id; gazette story --list shows the stories",
            "no_document" if noun == "document" else "no_story",
            id=reference,
        )
    if len(rows) > 1:
        raise BadQuery(
            f"{reference!r}: may be {rows[0][0]} or {rows[1][0]}; give more characters of the id",
            "many_ids",
            id=reference,
            one=rows[0][0],
            other=rows[1][0],
        )
    return str(rows[0][0])


def _story(row: sqlite3.Row, members: tuple[Member, ...] = ()) -> Story:
    return Story(
        row["id"],
        row["title"],
        date.fromisoformat(row["first_day"]),
        date.fromisoformat(row["last_day"]),
        row["documents"],
        row["outlets"],
        members,
    )


def _member(row: sqlite3.Row, texts: dict[str, str], first: datetime | None) -> Member:
    shared: dict[str, Any] = json.loads(row["shared"] or "{}")
    published = _published(row)
    return Member(
        document_id=row["document_id"],
        url=row["url"],
        outlet=row["outlet"],
        title=row["title"],
        day=date.fromisoformat(row["day"]),
        published=published,
        relation=row["relation"],
        agency=row["agency"],
        through_id=row["through_id"],
        score=row["score"],
        reason=row["reason"],
        quotations=tuple(shared.get("quotations", ())),
        names=tuple(shared.get("names", ())),
        numbers=tuple(shared.get("numbers", ())),
        passages=passages(row["text"], texts[row["through_id"]]) if row["through_id"] else (),
        behind=published - first if published is not None and first is not None else None,
    )


def _published(row: sqlite3.Row) -> datetime | None:
    """When it was published, if the page says so to the minute."""
    if row["published"] is None or row["published_precision"] == "day":
        return None
    instant = datetime.fromisoformat(row["published"])
    if row["published_offset"] is None:
        return instant
    return instant.astimezone(timezone(timedelta(minutes=row["published_offset"])))
