"""What the referee sees of each piece of a page: some sixty numbers, none of which knows a site.

All are whole numbers, a figure times ``SCALE``, so that the model compares integers: an outcome can't
depend on the last bit of a logarithm.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from archive.extract.dom import Element, words
from archive.extract.lead import shingles
from archive.extract.referee.places import Places, ends_sentence
from archive.extract.split import Piece, Trait

SCALE = 1000
Table = NDArray[np.int64]
"""(pieces, features), or (pieces,) for one feature."""

_SHORT, _TITLE_WORDS, _LEAD_WORDS = 160, 40, 140
_RUNNING_WORDS, _RUNNING_LINKED = 10, 0.35
_OWN = ("BODY", "CAPTION", "BYLINE", "PROMOTION", "TEASER", "LEAD", "FOOTER")
_INHERITED = ("BODY", "ARTICLE", "CAPTION", "TEASER", "COMMENT", "PROMOTION", "ASIDE", "FOOTER", "HEADER")
_OWN_BITS = tuple(getattr(Trait, name) for name in _OWN)
_INHERITED_BITS = tuple(getattr(Trait, name) for name in _INHERITED)
_CELLS = frozenset(("td", "th"))
_FIGURES = frozenset(("figure", "figcaption", "caption"))
_LOOSE = frozenset(("div", "section", "body", "article", "main"))

_OF_PIECE = (
    *("p", "item", "loose", "cell", "figure", "heading", "words", "letters", "linked", "links", "bold"),
    *("capitals", "digits", "commas", "ends", "starts_low", "colon"),
    *(f"own_{name.lower()}" for name in _OWN),
    *(f"in_{name.lower()}" for name in _INHERITED),
)
_OF_PLACE = (
    *("depth", "in_story", "distance", "mass", "share", "siblings", "container_linked", "place"),
    *("words_before", "from_h1", "from_first", "from_last", "running"),
    *("group", "group_linked", "group_words", "group_running"),
)
_OF_CLAIMS = ("copies", "of_title", "title_in", "of_description", "description_in")
_SHIFTED = ("words", "linked", "ends", "heading")
NAMES = (
    *_OF_PIECE,
    *_OF_PLACE,
    *_OF_CLAIMS,
    *(f"{name}_{side}" for side in ("before", "after") for name in _SHIFTED),
    *("running_near", "linked_near"),
)
"""The features by column."""


@dataclass(frozen=True, slots=True)
class Hints:
    """What the page says of its story."""

    title: str | None
    descriptions: tuple[str, ...]


def table(pieces: Sequence[Piece], body: Element, hints: Hints) -> Table:
    """The features of each piece, in the order of ``NAMES``."""
    if not pieces:
        return np.zeros((0, len(NAMES)), dtype=np.int64)
    running = [is_running(p) for p in pieces]
    places = _of_places(pieces, Places(pieces, body), running, hints)
    claims = _of_claims(pieces, hints)
    rows = [[*_of_piece(p), *place, *claim] for p, place, claim in zip(pieces, places, claims, strict=True)]
    found = np.rint(np.array(rows, dtype=np.float64) * SCALE).astype(np.int64)
    return np.concatenate([found, _of_neighbours(found)], axis=1)


def is_running(piece: Piece) -> bool:
    """Whether a piece reads as running text."""
    return (
        piece.words >= _RUNNING_WORDS
        and piece.link_share < _RUNNING_LINKED
        and not piece.heading
        and ends_sentence(piece.text)
    )


def _of_piece(piece: Piece) -> list[float]:
    text, tag, size = piece.text, piece.tag, len(piece.text)
    short = size < _SHORT
    own, inherited = piece.own, piece.inherited
    return [
        tag == "p",
        tag == "li",
        tag in _LOOSE,
        tag in _CELLS,
        tag in _FIGURES,
        piece.heading,
        math.log1p(piece.words),
        math.log1p(size),
        piece.link_share,
        len(piece.links),
        piece.strong_share,
        sum(map(str.isupper, text)) / size if short else 0.0,
        sum(map(str.isdigit, text)) / size if short else 0.0,
        text.count(",") / piece.words,
        ends_sentence(text),
        text[0].islower(),
        text[-1] == ":",
        *((own & bit) != 0 for bit in _OWN_BITS),
        *((inherited & bit) != 0 for bit in _INHERITED_BITS),
    ]


@dataclass(slots=True)
class _Sum:
    """Figures of pieces that belong together."""

    pieces: int = 0
    linked: float = 0.0  # words
    words: int = 0
    running: int = 0

    def add(self, piece: Piece, running: bool) -> None:
        self.pieces += 1
        self.linked += piece.link_share * piece.words
        self.words += piece.words
        self.running += running


def _of_places(
    pieces: Sequence[Piece], places: Places, running: Sequence[bool], hints: Hints
) -> list[list[float]]:
    alike: dict[tuple[str, int, str, str], _Sum] = defaultdict(_Sum)
    beside: dict[int, _Sum] = defaultdict(_Sum)
    signs = []
    for piece, number, runs in zip(pieces, places.containers, running, strict=True):
        sign = (piece.tag, piece.own, places.tags[number], places.classes[number])
        signs.append(sign)
        alike[sign].add(piece, runs)
        beside[number].add(piece, runs)
    inside = [i for i, n in enumerate(places.containers) if running[i] and places.distance(n) <= 0]
    first, last = (inside[0], inside[-1]) if inside else (0, len(pieces))
    h1 = _heading(pieces, hints)
    total, before = sum(p.words for p in pieces), 0
    rows: list[list[float]] = []
    for index, (piece, number) in enumerate(zip(pieces, places.containers, strict=True)):
        near, same, distance = beside[number], alike[signs[index]], places.distance(number)
        rows.append(
            [
                places.depths[places.elements[index]],
                distance <= 0,
                distance,
                math.log1p(places.mass[number]),
                places.mass[number] / places.mass[0] if places.mass[0] else 0.0,
                math.log1p(near.pieces),
                near.linked / near.words,
                index / len(pieces),
                before / total,
                _bounded(index - h1, 50, 200) if h1 is not None else -60,
                _bounded(index - first, 40, 40),
                _bounded(index - last, 40, 40),
                running[index],
                math.log1p(same.pieces),
                same.linked / same.words,
                math.log1p(same.words / same.pieces),
                same.running / same.pieces,
            ]
        )
        before += piece.words
    return rows


def _bounded(value: int, below: int, above: int) -> int:
    return max(-below, min(above, value))


def _heading(pieces: Sequence[Piece], hints: Hints) -> int | None:
    """The index of the <h1> that has most words of the title."""
    title = set(words(hints.title or ""))
    found = [i for i, p in enumerate(pieces) if p.tag == "h1"]
    return max(found, key=lambda i: len(title & set(words(pieces[i].text))), default=None)


def _of_claims(pieces: Sequence[Piece], hints: Hints) -> list[list[float]]:
    """How far each piece repeats the title, the description, or another piece."""
    copies = Counter(p.squashed for p in pieces)
    title = set(words(hints.title or ""))
    described = frozenset().union(*map(shingles, hints.descriptions))
    rows: list[list[float]] = []
    for piece in pieces:
        row = [float(copies[piece.squashed]), 0.0, 0.0, 0.0, 0.0]
        if title and piece.words < _TITLE_WORDS and (own := set(words(piece.text))):
            common = len(title & own)
            row[1:3] = common / len(own), common / len(title)
        if described and 5 <= piece.words <= _LEAD_WORDS and (runs := shingles(piece.text)):
            common = len(runs & described)
            row[3:5] = common / len(runs), common / len(described)
        rows.append(row)
    return rows


def _of_neighbours(own: Table) -> Table:
    """The piece before and the one after, and the means over five to each side."""
    core = own[:, [NAMES.index(name) for name in _SHIFTED]]
    means = [mean_around(own[:, NAMES.index(name)], 5) for name in ("running", "linked")]
    return np.column_stack([shifted(core, 1), shifted(core, -1), *means])


def shifted(values: Table, steps: int) -> Table:
    """Values of the piece ``steps`` earlier (later when negative); -SCALE beyond the ends."""
    moved = np.full_like(values, -SCALE)
    if 0 < steps < len(values):
        moved[steps:] = values[:-steps]
    elif steps < 0 and -steps < len(values):
        moved[:steps] = values[-steps:]
    return moved


def mean_around(values: Table, reach: int) -> Table:
    """The mean over the pieces at most ``reach`` away, rounded down."""
    sums = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(values)])
    place = np.arange(len(values))
    start, end = np.maximum(0, place - reach), np.minimum(len(values), place + reach + 1)
    return np.asarray((sums[end] - sums[start]) // (end - start), dtype=np.int64)
