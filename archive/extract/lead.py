"""The lead (Vorspann): the short paragraph under the title that sums the story up.

trafilatura drops it on many pages, because it stands in the header and not in the body. Most pages
repeat it in their description for search engines, and that finds it again.
"""

from __future__ import annotations

from collections.abc import Sequence

from archive.extract.dom import squash, words
from archive.extract.split import Piece, Trait

_MIN_WORDS, _MAX_WORDS = 6, 120
_NOT_TEXT = (
    Trait.TEASER
    | Trait.COMMENT
    | Trait.CAPTION
    | Trait.CONSENT
    | Trait.SHARE
    | Trait.PROMOTION
    | Trait.BYLINE
)
_NOT_PLACE = Trait.COMMENT | Trait.CONSENT | Trait.FOOTER | Trait.HIDDEN

Shingles = frozenset[tuple[str, ...]]


def find(
    pieces: Sequence[Piece], kept: frozenset[str], title: str | None, descriptions: Sequence[str]
) -> Piece | None:
    """The piece that is the lead, None when the story begins at once.

    ``kept`` are the squashed texts of the blocks that the article has already.
    """
    described = [shingles(d) for d in descriptions]
    start = _after_heading(pieces, title)
    body_seen = 0
    for piece in pieces[start:]:
        size = len(piece.text.split())
        in_body = piece.squashed in kept
        if _MIN_WORDS <= size <= _MAX_WORDS and _may_be(piece, title):
            if any(_matches(piece, d) for d in described):
                return piece
            if piece.own & Trait.LEAD and not piece.own & Trait.ARTICLE and (in_body or not body_seen):
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
        if piece is lead:
            return [p for p in found if p.squashed != key]
        if (
            piece.heading
            and piece.link_share < 0.2
            and not piece.own & _NOT_TEXT
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


def _may_be(piece: Piece, title: str | None) -> bool:
    return (
        piece.link_share < 0.5
        and piece.tag not in ("h1", "li", "td", "th", "figcaption")
        and not piece.own & _NOT_TEXT & ~Trait.LEAD
        and not piece.inherited & _NOT_PLACE
        and piece.squashed != squash(title or "")
    )


def _after_heading(pieces: Sequence[Piece], title: str | None) -> int:
    """The place behind the title's heading; the lead of a few layouts stands before it."""
    key = squash(title or "")
    for position, piece in enumerate(pieces):
        if piece.tag == "h1" and piece.squashed and key and (piece.squashed in key or key in piece.squashed):
            return max(0, position - 2)
    return 0
