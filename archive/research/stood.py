"""How stories stood on a page that lists articles, capture after capture.

    captures of the page | their teasers, read once | stories with their stays and headlines

A story is what a teaser links to. Nothing is read but so many captures: a stay that reaches the first or the
last of them may be longer than it seems.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from archive.index import headlines

_SHOTS = "SELECT captured_at, url, document_id FROM captures WHERE url_key = ? AND document_id IS NOT NULL"
UNTIL = f"{_SHOTS} AND captured_at <= ? ORDER BY captured_at DESC, warc DESC, offset DESC LIMIT ?"
AFTER = f"{_SHOTS} AND captured_at > ? ORDER BY captured_at, warc, offset LIMIT ?"
_TEASERS = """SELECT url, headline, target_id FROM teasers
    WHERE document_id = ? AND url IS NOT NULL ORDER BY position"""
_TARGETS = """SELECT documents.id, title, story_id
    FROM json_each(?) CROSS JOIN documents ON documents.id = value
    LEFT JOIN story_documents ON document_id = documents.id"""


@dataclass(frozen=True, slots=True)
class Page:
    """A page that lists articles."""

    url: str
    url_key: str


@dataclass(frozen=True, slots=True)
class Shot:
    """A capture of the page."""

    at: str  # as in `captures`
    url: str  # as it was asked for
    document_id: str


@dataclass(frozen=True, slots=True)
class Stay:
    """A time without a gap in which a story stood on the page."""

    seen_from: str
    seen_until: str
    gone_by: str | None  # the first capture without it; None: it stands in the last one looked at
    before: bool  # it stands in the first one looked at, perhaps longer


@dataclass(frozen=True, slots=True)
class Headline:
    """A headline of a story, from the first to the last of the captures in a row that have it."""

    text: str
    seen_from: str
    seen_until: str


@dataclass(frozen=True, slots=True)
class Story:
    """What a teaser links to, and how the page promoted it."""

    url: str
    headline: str  # in the capture that is shown, or in the last that has it
    place: int | None  # on the page, from 1; None: not in the capture that is shown
    place_before: int | None  # in the capture before
    best: int  # place in all captures looked at
    stay: Stay  # the one that is shown, else the last before
    stays: tuple[Stay, ...]
    headlines: tuple[Headline, ...]  # one at least, if it had any
    target_id: str | None  # document that stands for it
    title: str | None  # of that document
    story_id: str | None  # what it tells together with others


@dataclass(slots=True)
class Seen:
    """What the captures have of one story, while they are gone through."""

    shots: list[int]  # numbers of the captures that have it
    places: dict[int, int]
    told: dict[int, sqlite3.Row]  # its first teaser with a headline


def near(connection: sqlite3.Connection, page: Page, when: str, around: int) -> list[Shot]:
    """The last capture until ``when``, and so many before and after it, in order of time."""
    before = connection.execute(UNTIL, (page.url_key, when, around + 1)).fetchall()
    after = connection.execute(AFTER, (page.url_key, when, around)).fetchall()
    return [Shot(row["captured_at"], row["url"], row["document_id"]) for row in (*reversed(before), *after)]


def gathered(connection: sqlite3.Connection, shots: Sequence[Shot]) -> dict[str, Seen]:
    """The stories of some captures by their URL. A page links to one several times: picture, headline."""
    teasers = {document_id: _on(connection, document_id) for document_id in {s.document_id for s in shots}}
    found: dict[str, Seen] = {}
    for number, shot in enumerate(shots):
        for place, (url, row) in enumerate(teasers[shot.document_id].items(), 1):
            each = found.setdefault(url, Seen([], {}, {}))
            each.shots.append(number)
            each.places[number] = place
            each.told[number] = row
    return found


def _on(connection: sqlite3.Connection, document_id: str) -> dict[str, sqlite3.Row]:
    """For each story that a document names the first teaser with a headline, in order of their places."""
    found: dict[str, sqlite3.Row] = {}
    for row in connection.execute(_TEASERS, (document_id,)):
        known = found.get(row["url"])
        if known is None or not known["headline"]:
            found[row["url"]] = row
    return found


def stories_of(
    connection: sqlite3.Connection, shots: Sequence[Shot], seen: dict[str, Seen], shown: int
) -> list[Story]:
    """What was gathered, as it stood in the capture with the number ``shown`` or before it."""
    targets = {row["target_id"] for each in seen.values() for row in each.told.values() if row["target_id"]}
    known = {row["id"]: row for row in connection.execute(_TARGETS, (json.dumps(sorted(targets)),))}
    found = []
    for url, each in seen.items():
        told = each.told[shown if shown in each.told else max(n for n in each.shots if n <= shown)]
        target = known.get(told["target_id"])
        stays = stays_of(each.shots, shots)
        found.append(
            Story(
                url=url,
                headline=told["headline"] or (target["title"] if target else None) or url,
                place=each.places.get(shown),
                place_before=each.places.get(shown - 1),
                best=min(each.places.values()),
                stay=next(stay for stay in reversed(stays) if stay.seen_from <= shots[shown].at),
                stays=stays,
                headlines=_headlines(each, shots),
                target_id=target["id"] if target else None,
                title=target["title"] if target else None,
                story_id=target["story_id"] if target else None,
            )
        )
    return found


def stays_of(numbers: Sequence[int], shots: Sequence[Shot]) -> tuple[Stay, ...]:
    """Captures with a story, brought together where they follow each other."""
    found: list[tuple[int, int]] = []
    for number in numbers:
        if found and found[-1][1] == number - 1:
            found[-1] = (found[-1][0], number)
        else:
            found.append((number, number))
    return tuple(
        Stay(shots[a].at, shots[b].at, shots[b + 1].at if b + 1 < len(shots) else None, a == 0)
        for a, b in found
    )


def _headlines(each: Seen, shots: Sequence[Shot]) -> tuple[Headline, ...]:
    """Its headlines in order of time, one that comes back once more. Signs and case make no other one."""
    found: list[Headline] = []
    folded = ""
    for number in each.shots:
        text, at = each.told[number]["headline"], shots[number].at
        if text and found and headlines.fold(text) == folded:
            found[-1] = Headline(text, found[-1].seen_from, at)
        elif text:
            found.append(Headline(text, at, at))
            folded = headlines.fold(text)
    return tuple(found)
