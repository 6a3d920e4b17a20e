"""Suspects: runs of like items, a headline and a short text each, that nothing on the page proves teasers.

A heading with one paragraph and no link may be a section of the article as well as a teaser behind it, so
nothing is cut for being a suspect. The index cuts a run when other stored pages prove its headlines.

An item is one to three blocks that look alike in each item of the run: the same elements, classes and
parents. That keeps subheadings of the article out of a run of teasers wherever a page tells them apart.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from archive.extract import phrases
from archive.extract.dom import Element, squash
from archive.extract.split import HEADINGS, Piece
from archive.types import Block, BlockKind, Suspect

MAX_ITEMS = 60
"""A page with more of them is a listing."""
_MAX_TEXT_WORDS = 60
_MAX_HEADLINE_WORDS = 25
_MIN_HEADLINE_WORDS = 3
_BEFORE_WORDS = 15
_PERIODS = (2, 3, 1)  # headline and text; a kicker or a date besides; headlines alone
_HEADS = HEADINGS | {"dt"}
_NO_HEADLINE = re.compile(r"[.:;,]$")
_DIGITS = re.compile(r"\d+")

_Look = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Unit:
    """A block or a piece: a headline, a text, a kicker."""

    text: str
    words: int
    block: int | None  # index in the blocks; None for what is not in the text
    look: _Look
    marked: bool  # a heading, or bold throughout
    short: bool  # may be a headline by its length and its end


def apart(blocks: Sequence[Block], pieces: Sequence[Piece]) -> tuple[Block, ...]:
    """The blocks, and the lines of lists that are runs of headlines and texts as blocks of their own.

    What is cut of an article is cut by blocks. The text stays the same, line by line.
    """
    if not any(block.kind is BlockKind.LIST and "\n" in block.text for block in blocks):
        return tuple(blocks)
    kept: list[Block] = []
    for block in blocks:
        lines = block.text.split("\n") if block.kind is BlockKind.LIST else []
        kept += _apart([Block(BlockKind.PARAGRAPH, line) for line in lines], pieces) or [block]
    return tuple(kept)


def _apart(lines: Sequence[Block], pieces: Sequence[Piece]) -> list[Block]:
    """The lines as headings and paragraphs when they are one run of items; [] when they are not."""
    if len(lines) < 2:
        return []
    places = _places(lines, pieces)
    units = _units(lines, pieces, places, _stamped(pieces))
    size, items = _run(units, 0)
    # Bold lines alone are as often the points of a story as headlines of others.
    if size < 2 or size * len(items) < len(units):
        return []
    heads = {number for number, place in enumerate(places) if place is not None and pieces[place].heading}
    return [Block(BlockKind.HEADING, b.text) if n in heads else b for n, b in enumerate(lines)]


def find(
    blocks: Sequence[Block],
    pieces: Sequence[Piece],
    lead: str | None,
    proved: frozenset[int] = frozenset(),
) -> tuple[Suspect, ...]:
    """The suspects of an article, in order.

    ``pieces`` are its page's, ``lead`` stands before the blocks, ``proved`` are numbers of the pieces that
    are teasers by what the page itself says.
    """
    if not blocks:
        return ()
    places = _places(blocks, pieces)
    stamped = _stamped(pieces)
    units = _units(blocks, pieces, places, stamped)
    # Below the text stands what it has lost: these may be teasers all the same and, proved, are records.
    end = max((p for p in places if p is not None), default=len(pieces)) + 1
    units += [
        replace(unit, look=()) if number in stamped else unit
        for number, p in enumerate(pieces[end:], end)
        if p.link_share < 0.5 and number not in proved
        for unit in [_unit(p.text, None, p, BlockKind.PARAGRAPH)]
    ]
    found = list(_runs(units, len((lead or "").split())))
    if sum(map(len, found)) > MAX_ITEMS:
        return ()
    return tuple(_suspect(run, item, len(blocks)) for run, items in enumerate(found) for item in items)


def _runs(units: Sequence[_Unit], said: int) -> Iterator[list[Sequence[_Unit]]]:
    """The items of each run behind the first text; ``said`` words stand before the units."""
    position = 0
    while position < len(units):
        size, items = _run(units, position) if said >= _BEFORE_WORDS else (0, [])
        if items:
            yield items
            position += size * len(items)
        else:
            said += 0 if units[position].marked else units[position].words
            position += 1


def _run(units: Sequence[_Unit], start: int) -> tuple[int, list[Sequence[_Unit]]]:
    """(units per item, the items) of the run that begins at ``start``; no items when none does."""
    for size in _PERIODS:
        if not _is_item(units[start : start + size], size):
            continue
        looks = [unit.look for unit in units[start : start + size]]
        end = start + size
        while [unit.look for unit in units[end : end + size]] == looks and _is_item(
            units[end : end + size], size
        ):
            end += size
        if end - start >= 2 * size:
            return size, [units[i : i + size] for i in range(start, end, size)]
    return 0, []


def _is_item(units: Sequence[_Unit], size: int) -> bool:
    if len(units) < size or len({unit.look for unit in units}) < size:
        return False
    if any(unit.words > _MAX_TEXT_WORDS or not unit.look for unit in units):
        return False
    if size == 1:
        return units[0].marked and units[0].short
    return _headline(units) is not None and not units[-1].marked


def _headline(units: Sequence[_Unit]) -> _Unit | None:
    """The one that a reader takes for the headline: the longest that is marked, else the first short one."""
    short = [unit for unit in units if unit.short]
    marked = [unit for unit in short if unit.marked]
    return max(marked, key=lambda unit: unit.words) if marked else next(iter(short), None)


def _suspect(run: int, item: Sequence[_Unit], end: int) -> Suspect:
    """An item that is in no block stands behind them all, and ends before it begins."""
    headline = _headline(item)
    assert headline is not None, "an item has a headline"
    after = item[item.index(headline) + 1 :]
    numbers = [unit.block for unit in item if unit.block is not None]
    first, last = min(numbers, default=end), max(numbers, default=end - 1)
    return Suspect(run, headline.text, "\n".join(unit.text for unit in after), first, last)


def _units(
    blocks: Sequence[Block],
    pieces: Sequence[Piece],
    places: Sequence[int | None],
    stamped: frozenset[int],
) -> list[_Unit]:
    known = {squash(block.text) for block in blocks}
    units: list[_Unit] = []
    for number, (block, place) in enumerate(zip(blocks, places, strict=True)):
        piece = None if place is None else pieces[place]
        unit = _unit(block.text, number, piece, block.kind)
        if place and not unit.marked:
            above = pieces[place - 1]
            # A headline that the text has lost: trafilatura drops some, and elsewhere it may stand linked.
            if above.squashed not in known:
                ghost = _unit(above.text, None, above, BlockKind.PARAGRAPH)
                if ghost.marked and ghost.short:
                    units.append(replace(ghost, look=()) if place - 1 in stamped else ghost)
        units.append(replace(unit, look=()) if place in stamped else unit)
    return units


def _stamped(pieces: Sequence[Piece]) -> frozenset[int]:
    """What stands right behind a time of day: the head of a ticker's entry, which a story may share."""
    return frozenset(
        i for i, piece in enumerate(pieces, 1) if piece.words <= 2 and phrases.TIME.match(piece.text)
    )


def _unit(text: str, number: int | None, piece: Piece | None, kind: BlockKind) -> _Unit:
    words = len(text.split())
    marked = kind is BlockKind.HEADING or (
        piece is not None and (piece.tag in _HEADS or piece.strong_share > 0.8)
    )
    fits = _MIN_HEADLINE_WORDS <= words <= _MAX_HEADLINE_WORDS and "\n" not in text
    short = fits and (marked or not _NO_HEADLINE.search(text))
    # A list, a quotation or a table is never a part of an item: no look is like another's.
    plain = kind in (BlockKind.HEADING, BlockKind.PARAGRAPH)
    look = (*_place_look(piece), str(marked)) if plain else ()
    return _Unit(text, words, number, look, marked, short)


def _place_look(piece: Piece | None) -> _Look:
    if piece is None:
        return ("",)
    parent = piece.element.getparent()
    return (*_element_look(piece.element), *(_element_look(parent) if parent is not None else ()))


def _element_look(element: Element) -> Iterator[str]:
    yield str(element.tag)
    yield _DIGITS.sub("", element.get("class") or "")


def _places(blocks: Sequence[Block], pieces: Sequence[Piece]) -> list[int | None]:
    """The index of each block's piece, the first one behind that of the block before it; None without one."""
    by_text: dict[str, list[int]] = defaultdict(list)
    for index, piece in enumerate(pieces):
        by_text[piece.squashed].append(index)
    places: list[int | None] = []
    last = -1
    for block in blocks:
        same = by_text.get(squash(block.text), [])
        at = bisect_right(same, last)
        place = same[at] if at < len(same) else None
        places.append(place)
        last = last if place is None else place
    return places
