"""Where a lead stands: behind which heading, apart from which text, and what can be none by its place."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from archive.extract.dom import Element, squash
from archive.extract.split import Piece, Trait, class_traits

MAX_WORDS = 120
_NEAR = 15
"""Pieces behind the heading among which a lead is told by its place alone."""
NOT_TEXT = (
    Trait.TEASER
    | Trait.COMMENT
    | Trait.CAPTION
    | Trait.CONSENT
    | Trait.SHARE
    | Trait.PROMOTION
    | Trait.BYLINE
)
_NOT_PLACE = Trait.COMMENT | Trait.CONSENT | Trait.FOOTER | Trait.HIDDEN
_NOTICE = re.compile(
    r"\b(?:opinions?|views) expressed|\baffiliate|\bcommission\b.*\blinks?|\blinks?\b.*\bcommission"
    r"|javascript|cookie|newsletter",
    re.IGNORECASE,
)
"""Sentences of the house and not of the story."""
_SENTENCE_END = (".", "!", "?", "…", "“", "”", '"', "»", "«", "’")


@dataclass(frozen=True, slots=True)
class Body:
    """The paragraphs of the text behind the heading."""

    heading: int
    paragraphs: tuple[Piece, ...]
    box: Element  # the element that holds most of them

    @classmethod
    def of(cls, pieces: Sequence[Piece], kept: frozenset[str], heading: int | None) -> Body | None:
        """None without a heading or without text."""
        if heading is None:
            return None
        near = pieces[heading + 1 : heading + 80]
        found = tuple(p for p in near if p.tag == "p" and p.words >= 8 and p.squashed in kept)
        sizes: dict[Element, int] = {}
        for piece in found:
            parent = piece.element.getparent()
            sizes[parent] = sizes.get(parent, 0) + piece.words
        return cls(heading, found, max(sizes, key=lambda e: sizes[e])) if sizes else None

    def holds(self, piece: Piece) -> bool:
        """Whether a piece is, by its place or its style, a paragraph like the others."""
        others = {_style(p) for p in self.paragraphs if p.element is not piece.element}
        return piece.element.getparent() is self.box or _style(piece) in others


def _style(piece: Piece) -> tuple[str, ...]:
    parent = piece.element.getparent()
    return (piece.tag, piece.element.get("class") or "", str(parent.tag), parent.get("class") or "")


def called_lead(piece: Piece) -> bool:
    """Whether a class says so; the pieces' own traits leave out those of custom elements around them."""
    parent = piece.element.getparent()
    custom = "-" in str(parent.tag) and class_traits(parent.get("class") or "")
    return bool((piece.own | custom) & Trait.LEAD)


def apart(pieces: Sequence[Piece], body: Body, title: str | None) -> Piece | None:
    """The sentence between the heading and the text that has another box and another style than the text."""
    for piece in pieces[body.heading + 1 : body.heading + 1 + _NEAR]:
        if body.holds(piece) and piece in body.paragraphs:
            return None
        least = 12 if piece.heading else 10
        ends = piece.text.endswith(_SENTENCE_END) and piece.tag in ("p", "div", "strong")
        if (
            least <= piece.words <= MAX_WORDS
            and may_be(piece, title)
            and piece.link_share < 0.3
            and (piece.heading or ends)
            and not body.holds(piece)
            and not _NOTICE.search(piece.text)
        ):
            return piece
    return None


def bold(body: Body) -> Piece | None:
    """The first paragraph of the text where it alone is bold throughout."""
    first, *others = body.paragraphs[:3]
    return (
        first
        if len(others) == 2
        and first.words <= MAX_WORDS
        and first.strong_share > 0.95
        and first.text.endswith(_SENTENCE_END)
        and all(p.strong_share < 0.3 for p in others)
        else None
    )


def may_be(piece: Piece, title: str | None) -> bool:
    return (
        piece.link_share < 0.5
        and piece.tag not in ("h1", "li", "td", "th", "figcaption")
        and not piece.own & NOT_TEXT & ~Trait.LEAD
        and not piece.inherited & _NOT_PLACE
        and piece.squashed != squash(title or "")
    )


def heading_of(pieces: Sequence[Piece], title: str | None) -> int | None:
    """The index of the title's heading: an h1, else another heading, that says the same as the title."""
    key = squash(title or "")
    for tags in (("h1",), ("h2", "h3")):
        for position, piece in enumerate(pieces if key else ()):
            own = piece.squashed
            if piece.tag in tags and (own in key or key in own) and (tags == ("h1",) or len(own) > 12):
                return position
    # The title for search engines may have other words than the heading that readers see.
    place = Trait.ARTICLE | Trait.HEADER
    return next(
        (
            i
            for i, p in enumerate(pieces)
            if p.tag in ("h1", "h2") and p.inherited & place == place and p.words > 2 and p.link_share < 0.5
        ),
        None,
    )
