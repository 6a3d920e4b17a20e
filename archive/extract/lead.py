"""The lead (Vorspann): the short paragraph under the title that sums the story up.

trafilatura drops it on many pages, because it stands in the header and not in the body. Most pages
repeat it in their description for search engines, and that finds it again.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from archive.extract import leadplace
from archive.extract.dom import squash, words
from archive.extract.split import Piece, Trait

_MIN_WORDS = 6
_MIN_TOLD = 4
_MAX_TOLD = 120
"""Words of a lead that the description repeats letter for letter."""
_NEAR = 60
"""Pieces behind the heading among which one is looked for that the description repeats."""
_PLACE = re.compile(r"\w[\w./-]*(?: \w[\w./-]*){0,2}\s*[·|]\s+")
"""A place before the lead, that the description leaves out: "Talheim · Nach langer Debatte ..."."""
Shingles = frozenset[tuple[str, ...]]


def find(
    pieces: Sequence[Piece], kept: frozenset[str], title: str | None, descriptions: Sequence[str]
) -> Piece | None:
    """The piece that is the lead, None when the story begins at once.

    ``kept`` are the squashed texts of the blocks that the article has already. A lead of several lines
    comes back as one piece, a line each. Evidence in its order: the description repeats it, its class
    says so, it stands apart between heading and text, or it is the one bold paragraph at the text's start.
    """
    heading = leadplace.heading_of(pieces, title)
    body = leadplace.Body.of(pieces, kept, heading)
    found = _described_exactly(pieces, kept, heading, descriptions) or _described(
        pieces, kept, heading, title, descriptions
    )
    if body is None or (found is not None and not body.holds(found)):
        return found
    # A description that repeats the text's first paragraph says nothing of a lead above it.
    return leadplace.apart(pieces, body, title) or found or leadplace.bold(body)


def _described_exactly(
    pieces: Sequence[Piece], kept: frozenset[str], heading: int | None, descriptions: Sequence[str]
) -> Piece | None:
    """The lines behind the heading that a description repeats letter for letter, whatever their classes."""
    if heading is None:
        return None
    # A description that is the whole text tells nothing of a lead.
    whole = {k for d in descriptions if _MIN_TOLD <= len(d.split()) <= _MAX_TOLD and (k := squash(d))}
    if not whole:
        return None
    near = pieces[heading + 1 : heading + 1 + _NEAR]
    body_seen = 0
    for i, first in enumerate(near):
        if body_seen > 1:
            return None
        body_seen += first.tag == "p" and first.words >= 12 and first.squashed in kept
        if (
            first.tag in ("figcaption", "h1")
            or first.own & (Trait.CAPTION | Trait.CONSENT)
            or not first.squashed
        ):
            continue
        told = ""
        for j, piece in enumerate(near[i:], i):
            told += piece.squashed
            if told in whole and piece.link_share < 0.5:
                return first if i == j else _joined(near[i : j + 1], told)
            place = _PLACE.match(piece.text) if i == j else None
            if place and squash(piece.text[place.end() :]) in whole:
                return replace(piece, text=piece.text[place.end() :])
            if not any(w.startswith(told) for w in whole):
                break
    return None


def _joined(lines: Sequence[Piece], told: str) -> Piece:
    text = "\n".join(p.text for p in lines)
    return replace(lines[0], text=text, squashed=told, words=sum(p.words for p in lines))


def _described(
    pieces: Sequence[Piece],
    kept: frozenset[str],
    heading: int | None,
    title: str | None,
    descriptions: Sequence[str],
) -> Piece | None:
    """The piece that shares most words with a description, or whose class calls it a lead."""
    described = [shingles(d) for d in descriptions]
    body_seen = 0
    # The lead of a few layouts stands before the heading.
    for piece in pieces[max(0, heading - 2) if heading is not None else 0 :]:
        size = len(piece.text.split())
        in_body = piece.squashed in kept
        if _MIN_WORDS <= size <= leadplace.MAX_WORDS and leadplace.may_be(piece, title):
            if any(_matches(piece, d) for d in described):
                return piece
            if leadplace.called_lead(piece) and not piece.own & Trait.ARTICLE and (in_body or not body_seen):
                return piece
        if in_body and piece.tag == "p" and size >= 12:
            body_seen += 1
            if body_seen >= 2:
                return None
    return None


def second_headlines(pieces: Sequence[Piece], lead: Piece, title: str | None) -> list[Piece]:
    """The headings between the title and the lead: they head the whole story and are not in its text."""
    key = squash(title or "")
    first = next((i for i, p in enumerate(pieces) if p.tag == "h1" and p.squashed), None)
    found: list[Piece] = []
    for piece in pieces[first + 1 : first + 12] if first is not None else ():
        if piece.element is lead.element:
            return [p for p in found if p.squashed != key]
        if (
            piece.heading
            and piece.link_share < 0.2
            and not piece.own & leadplace.NOT_TEXT
            and 4 <= len(piece.text.split()) <= 30
        ):
            found.append(piece)
    return []


def says_the_same(headline: str, title: str | None) -> bool:
    """Whether most words of a headline stand in the title."""
    own = set(words(headline))
    return len(own & set(words(title or ""))) > 0.6 * len(own)


def shingles(text: str) -> Shingles:
    """All runs of three words of a text; of a shorter one, its words together."""
    seen = words(text.rstrip(" …."))
    if len(seen) < 4:
        return frozenset([tuple(seen)]) if seen else frozenset()
    return frozenset(zip(seen, seen[1:], seen[2:], strict=False))


def _matches(piece: Piece, described: Shingles) -> bool:
    """Most of the description stands in the piece, or most of the piece in the description."""
    own = shingles(piece.text)
    common = len(own & described)
    return bool(own) and (common >= 0.5 * len(described) or common >= 0.5 * len(own)) and common >= 3
