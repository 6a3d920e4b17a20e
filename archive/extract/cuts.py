"""What stood between an article's title and its end and is no part of it, each with the reason.

A cut is told by its strongest reason: the evidence that it is a teaser, its form (a byline, a caption, a
box), its place in the markup; and only where nothing is known of it, by the separator that left it out.
What a page shows around its article was never taken for text and is no cut.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from archive.extract import clean, leadplace, phrases, reasons
from archive.extract.dom import squash
from archive.extract.split import Piece, Trait
from archive.extract.teasers import Group
from archive.types import Block, Cut

MAX_CUTS, MAX_CHARACTERS, MAX_ALL = 200, 1_000, 20_000
"""Cuts of a page, characters of one, characters of them all: what lies beyond them is left out."""
_RUNNING = 6
"""Words from which on a line tells where the text ends: shorter ones stand anywhere on a page."""
_MENU_WORDS = 3
_BY_TRAIT = (
    (Trait.CAPTION, reasons.CAPTION),
    (Trait.BYLINE, reasons.BYLINE),
    (Trait.SHARE, reasons.SHARE),
    (Trait.CONSENT, reasons.CONSENT),
    (Trait.PROMOTION, reasons.PROMOTION),
    (Trait.COMMENT, reasons.COMMENT),
    (Trait.HIDDEN, reasons.HIDDEN),
)


@dataclass(frozen=True, slots=True)
class Others:
    """What the steps before the cleaning took for text, and for something else. Numbers are of pieces."""

    asked: bool  # whether trafilatura separated the text, with the referee's vote
    text: frozenset[int]  # what was text after the vote
    outvoted: frozenset[str]  # lines that were text before it, squashed
    groups: tuple[Group, ...]
    comments: frozenset[int]

    @property
    def teasers(self) -> frozenset[int]:
        """The pieces of all groups."""
        return frozenset(i for group in self.groups for i in group.pieces)


def find(
    pieces: Sequence[Piece],
    blocks: Sequence[Block],
    lead: str | None,
    kicker: str | None,
    known: clean.Known,
    others: Others,
) -> tuple[Cut, ...]:
    """The cuts of an article in reading order; ``blocks``, ``lead`` and ``kicker`` are what is left of it."""
    squashed = {p.text: p.squashed for p in pieces}  # most lines are pieces, and to squash them is slow
    texts = "\n".join([lead or "", *(b.text for b in blocks)]).split("\n")
    lines = [squashed.get(line) or squash(line) for line in texts]
    first, last = _region(pieces, lines, known.title)
    owners = {i: (g.evidence, item.pieces) for g in others.groups for item in g.items for i in item.pieces}
    kept, whole = frozenset((*lines, squash(kicker or ""))), "\n".join(lines)
    found: list[tuple[int, str, object, str]] = []  # piece, reason, what it belongs to, text
    for i, piece in enumerate(pieces):
        key, inside = piece.squashed, first < i < last
        if i == first or key in kept or not (inside or i in others.text or key in others.outvoted):
            continue
        label = phrases.LABEL_BEFORE.match(piece.text)
        if label and squash(piece.text[label.end() :]) in kept:
            found.append((i, reasons.LABEL, None, label[0].strip()))
        elif key not in whole and not (inside and _is_menu(piece)):
            why, owner = owners.get(i, (None, None))
            why = reasons.COMMENT if i in others.comments else why or _reason(i, piece, known, others)
            found.append((i, why, owner, piece.text))
    return tuple(_bounded(found))


def _region(pieces: Sequence[Piece], lines: Collection[str], title: str) -> tuple[int, int]:
    """The piece that is the title, or else the one before the text, and the last one of the text."""
    places: dict[str, list[int]] = {}
    for i, piece in enumerate(pieces):
        if piece.words >= _RUNNING:
            places.setdefault(piece.squashed, []).append(i)
    first: int | None = None
    last = -1
    for line in lines:
        place = next((i for i in places.get(line, ()) if i > last), None)
        if place is not None:
            first, last = place if first is None else first, place
    heading = leadplace.heading_of(pieces, title)
    if heading is not None and heading < last:
        return heading, last
    return (-1 if first is None else first - 1), last


def _is_menu(piece: Piece) -> bool:
    """Links of two or three words are a way through the site, wherever they stand."""
    return piece.words <= _MENU_WORDS and piece.link_share > 0.8


def _reason(number: int, piece: Piece, known: clean.Known, others: Others) -> str:
    by_form = clean.reason(piece.text, known)
    if by_form:
        return by_form
    for trait, why in _BY_TRAIT:
        if piece.own & trait:
            return why
    if number in others.text:
        # The cleaning takes these by their place among the others, which a line alone doesn't show.
        if piece.link_share > 0.5:
            return reasons.POINTER
        if any(piece.text.startswith(author) for author in known.authors):
            return reasons.BIOGRAPHY
        return reasons.HEADING if piece.heading else reasons.TITLE
    left_out = others.asked and piece.squashed not in others.outvoted
    return reasons.TRAFILATURA if left_out else reasons.REFEREE


def _bounded(found: Sequence[tuple[int, str, object, str]]) -> Iterator[Cut]:
    """Neighbours that were cut together as one, as many as there is room for."""
    room = MAX_ALL
    start = 0
    for _ in range(MAX_CUTS):
        if start == len(found) or room <= 0:
            return
        number, why, owner, _ = found[start]
        end = start + 1
        while end < len(found) and found[end][:3] == (number + end - start, why, owner):
            end += 1
        text = "\n".join(line for *_, line in found[start:end])
        limit = min(MAX_CHARACTERS, room)
        yield Cut(text if len(text) <= limit else text[: limit - 1] + "…", why)
        room -= len(text)
        start = end
