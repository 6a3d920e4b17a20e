"""The vote: trafilatura's lines against the referee's opinion of the page's pieces.

On an article of which the referee is sure, trafilatura is not asked: that saves half of a page's cost.
A line goes when the referee is sure that its pieces are no text; a piece comes in when it is sure that it
is. In between trafilatura's word holds, and all of it when the edit would leave too little; none of it
when it took another part of the page.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from archive.extract.dom import Element, squash
from archive.extract.referee.features import SCALE, Table, is_running
from archive.extract.split import Piece
from archive.types import Block, BlockKind

DELETE_BELOW, INSERT_FROM, ALONE_FROM = 200, 700, 500
"""In units of 1/SCALE."""
_MOST_DOUBT = 0.06
"""Of the words the referee takes for text; above it, it is not sure of a page."""
_LEAST_WORDS, _LEAST_OF_RUNNING = 50, 0.5
"""What the referee must take of a page to be believed without trafilatura."""
_LEAST_KEPT = 0.5
"""Of trafilatura's characters."""
_LEAST_COMMON = 0.1
"""Of the words that the referee takes: trafilatura must have them to be about the same text."""
_LONG = 25
"""Letters from which on a text inside another one is no accident."""
_PROBE = 24
_CELLS = frozenset(("td", "th"))


@dataclass(slots=True)
class _Line:
    """One line of the text on its way into a block."""

    place: int  # index of its piece, or that of the line before
    kind: BlockKind
    text: str
    block: object  # lines that stand together and have the same one are one block; trafilatura's by number
    row: object = None  # cells that stand together and have the same one are one line
    key: str = ""  # its text squashed
    opinion: int = SCALE  # in units of 1/SCALE


def vote(
    blocks: Sequence[Block], pieces: Sequence[Piece], said: Table, runs: Iterable[Collection[int]] = ()
) -> tuple[Block, ...]:
    """trafilatura's blocks, without lines the referee rejects and with pieces it is sure of.

    ``runs`` are numbers of blocks that stay or go together: a run of like items that lost one of its
    headlines would be proved by no other page.
    """
    if not blocks or _is_elsewhere(blocks, pieces, said):
        return alone(pieces, said)
    lines = _lines(blocks, pieces, said)
    for run in runs:
        _agree([line for line in lines if line.block in run])
    for number, block in enumerate(blocks):
        if block.kind is BlockKind.TABLE:  # is one thing, however its cells look one by one
            _agree([line for line in lines if line.block == number])
    kept = [line for line in lines if line.opinion >= DELETE_BELOW]
    if sum(len(line.key) for line in kept) < _LEAST_KEPT * sum(len(line.key) for line in lines):
        return tuple(blocks)
    return _joined(_inserted(kept, "".join(line.key for line in lines), pieces, said))


def _is_elsewhere(blocks: Sequence[Block], pieces: Sequence[Piece], said: Table) -> bool:
    """Whether trafilatura took another part of the page than the one that the referee takes for the text."""
    taken, running, _ = _taken(pieces, said)
    if not _is_enough(taken, running):
        return False
    whole = "".join(squash(block.text) for block in blocks)
    common = sum(
        p.words
        for p, opinion in zip(pieces, said.tolist(), strict=True)
        if opinion >= ALONE_FROM and p.squashed in whole
    )
    return common < _LEAST_COMMON * taken


def _agree(lines: Sequence[_Line]) -> None:
    """Give lines the opinion that most of their letters have."""
    letters = sum(len(line.key) for line in lines)
    if letters:
        common = sum(line.opinion * len(line.key) for line in lines) // letters
        for line in lines:
            line.opinion = common


def is_sure(pieces: Sequence[Piece], said: Table) -> bool:
    """Whether the referee needs no second opinion on a page that is known for an article.

    It also is when it takes nothing for text, and then it is wrong: so it has to take most of what reads
    as running text.
    """
    taken, running, doubt = _taken(pieces, said)
    return _is_enough(taken, running) and doubt <= _MOST_DOUBT * taken * SCALE


def _taken(pieces: Sequence[Piece], said: Table) -> tuple[int, int, int]:
    """(words the referee takes for text, words of running text, its doubt in words times SCALE)."""
    taken = running = doubt = 0
    for piece, opinion in zip(pieces, said.tolist(), strict=True):
        doubt += piece.words * min(opinion, SCALE - opinion)
        taken += piece.words if opinion >= ALONE_FROM else 0
        running += piece.words if is_running(piece) else 0
    return taken, running, doubt


def _is_enough(taken: int, running: int) -> bool:
    return taken >= _LEAST_WORDS and taken >= _LEAST_OF_RUNNING * running


def alone(pieces: Sequence[Piece], said: Table) -> tuple[Block, ...]:
    """The blocks the referee would take by itself."""
    return _joined(
        _line_of(index, piece)
        for index, piece in enumerate(pieces)
        if said[index] >= ALONE_FROM and piece.squashed
    )


def _lines(blocks: Sequence[Block], pieces: Sequence[Piece], said: Table) -> list[_Line]:
    """The lines of trafilatura's blocks, each with its place on the page and the referee's opinion."""
    where: dict[str, list[int]] = defaultdict(list)
    opinions: dict[str, int] = {}
    for index, piece in enumerate(pieces):
        where[piece.squashed].append(index)
        opinions[piece.squashed] = max(opinions.get(piece.squashed, 0), int(said[index]))
    lines: list[_Line] = []
    last = -1
    for number, block in enumerate(blocks):
        for text in block.text.split("\n"):
            key = squash(text)
            if key and (same := where.get(key)):
                place, opinion = _nearest(same, last + 1), opinions[key]
            else:
                place, opinion = _of_parts(_parts(key, pieces), pieces, said, last)
            lines.append(_Line(place, block.kind, text, number, key=key, opinion=opinion))
            last = max(last, place)
    return lines


def _nearest(ascending: Sequence[int], wanted: int) -> int:
    """The number next to ``wanted``, the lower of two. A page may say the same word ten thousand times."""
    at = bisect_left(ascending, wanted)
    return min(ascending[max(0, at - 1) : at + 1], key=lambda number: (abs(number - wanted), number))


def _of_parts(parts: Sequence[int], pieces: Sequence[Piece], said: Table, last: int) -> tuple[int, int]:
    """(place, opinion) of a line that is several pieces or a part of one; no piece, no objection."""
    letters = sum(len(pieces[i].squashed) for i in parts)
    if not letters:
        return last, SCALE
    return parts[0], sum(int(said[i]) * len(pieces[i].squashed) for i in parts) // letters


def _parts(key: str, pieces: Sequence[Piece]) -> list[int]:
    """The pieces that a line consists of, or the piece that it is a part of."""
    if len(key) < _LONG:
        return []
    return [
        i
        for i, p in enumerate(pieces)
        if (len(p.squashed) >= _LONG and p.squashed in key)
        or (len(p.squashed) > len(key) and key in p.squashed)
    ]


def _inserted(kept: Sequence[_Line], whole: str, pieces: Sequence[Piece], said: Table) -> list[_Line]:
    """The lines with the missing pieces in their places."""
    lines = list(kept)
    seen = {line.key for line in kept}
    for index, piece in enumerate(pieces):
        key = piece.squashed
        if said[index] < INSERT_FROM or not key or key in seen or _holds(whole, key):
            continue
        seen.add(key)
        after = next((i for i, line in enumerate(lines) if line.place > index), len(lines))
        new = _line_of(index, piece)
        if 0 < after < len(lines) and lines[after - 1].block == lines[after].block:
            new.kind, new.block = lines[after].kind, lines[after].block
        lines.insert(after, new)
    return lines


def _holds(whole: str, key: str) -> bool:
    """Whether most of a piece stands in the text, as three probes tell."""
    if len(key) <= 2 * _PROBE:
        return key in whole
    middle = len(key) // 2 - _PROBE // 2
    probes = (key[:_PROBE], key[middle : middle + _PROBE], key[-_PROBE:])
    return sum(probe in whole for probe in probes) >= 2


def _line_of(index: int, piece: Piece) -> _Line:
    if piece.heading:
        return _Line(index, BlockKind.HEADING, piece.text, piece)
    if piece.tag == "li":
        return _Line(index, BlockKind.LIST, piece.text, piece.element.getparent())
    if piece.tag in _CELLS and (table := _above(piece.element, "table")) is not None:
        return _Line(index, BlockKind.TABLE, piece.text, table, _above(piece.element, "tr"))
    if piece.tag == "blockquote" or _above(piece.element, "blockquote") is not None:
        return _Line(index, BlockKind.QUOTE, piece.text, piece)
    return _Line(index, BlockKind.PARAGRAPH, piece.text, piece)


def _above(element: Element, tag: str) -> Element | None:
    return next(element.iterancestors(tag), None)


def _joined(lines: Iterable[_Line]) -> tuple[Block, ...]:
    """Lines as blocks: those of one list, table or quotation together."""
    blocks: list[Block] = []
    last: _Line | None = None
    for line in lines:
        if last is not None and line.block == last.block and line.kind is last.kind:
            between = " | " if line.row is not None and line.row is last.row else "\n"
            blocks[-1] = Block(line.kind, f"{blocks[-1].text}{between}{line.text}")
        else:
            blocks.append(Block(line.kind, line.text))
        last = line
    return tuple(blocks)
