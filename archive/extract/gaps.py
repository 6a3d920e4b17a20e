"""Subheadings and lists that trafilatura leaves out between two paragraphs that it keeps.

It does so where it takes a page's paragraphs one by one and not their container. What stands between
two kept children of one element, is no link and is marked as a heading or a list, is the text's own.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise

from archive.extract.dom import Element, squash, within
from archive.extract.split import HEADINGS, Piece, Trait
from archive.types import Block, BlockKind

_NOT_TEXT = Trait.TEASER | Trait.COMMENT | Trait.CONSENT | Trait.SHARE | Trait.PROMOTION | Trait.HIDDEN
_LISTS = frozenset(("ul", "ol"))
_MAX_BETWEEN = 60
"""Children between two paragraphs: more is no gap but another part of the page."""


def fill(blocks: Sequence[Block], pieces: Sequence[Piece]) -> tuple[Block, ...]:
    """The blocks with the headings and lists between them that are missing."""
    places = _places(blocks, pieces)
    filled: list[Block] = []
    for (block, place), (_, following) in pairwise(
        [*zip(blocks, places, strict=True), (Block(BlockKind.PARAGRAPH, ""), None)]
    ):
        filled.append(block)
        if place is not None and following is not None and following - place > 1:
            filled.extend(_between(pieces[place], pieces[following], pieces[place + 1 : following]))
    return tuple(filled)


def _places(blocks: Sequence[Block], pieces: Sequence[Piece]) -> list[int | None]:
    """The index of the paragraph that each block is; None for what is none or is not found."""
    where: dict[str, list[int]] = {}
    for index, piece in enumerate(pieces):
        if piece.tag == "p":
            where.setdefault(piece.squashed, []).append(index)
    places: list[int | None] = []
    last = -1
    for block in blocks:
        found = None
        if block.kind is BlockKind.PARAGRAPH:
            same = where.get(squash(block.text), [])
            later = bisect_right(same, last)
            found = same[later] if later < len(same) else None
        places.append(found)
        last = last if found is None else found
    return places


def _between(before: Piece, after: Piece, between: Sequence[Piece]) -> list[Block]:
    """The headings and lists among the siblings between two paragraphs of one parent."""
    parent = before.element.getparent()
    if parent is None or after.element.getparent() is not parent:
        return []
    children: list[Element] = []
    for sibling in before.element.itersiblings():
        if sibling is after.element:
            break
        children.append(sibling)
        if len(children) > _MAX_BETWEEN:
            return []
    inside = {child: [p for p in between if within(p.element, child)] for child in children}
    found: list[Block] = []
    for child in children:
        parts = inside[child]
        if not parts or any(p.link_share > 0.2 or p.own & _NOT_TEXT for p in parts):
            continue
        if child.tag in HEADINGS and 1 < parts[0].words <= 20:
            found.append(Block(BlockKind.HEADING, parts[0].text))
        elif child.tag in _LISTS and len(parts) > 1:
            found.append(Block(BlockKind.LIST, "\n".join(p.text for p in parts)))
    return found
