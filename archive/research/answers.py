"""What a search gives back, and the token by which it goes on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from archive.errors import BadQuery
from archive.types import Hit, Order

Counts = tuple[tuple[str | None, int], ...]
"""Values and how many articles have each; None for those that have none."""


@dataclass(frozen=True, slots=True)
class Facets:
    """How the matches are spread. Commonest value first; years and months in their order."""

    total: int  # all matches
    counted: int  # how many of them are in ``counts``: all, or so many of the newest
    counts: Mapping[str, Counts]  # site, section, language, paywall, author; of the days all: year, month


@dataclass(frozen=True, slots=True)
class Answer:
    """Hits of a search, and of what they are the first."""

    hits: tuple[Hit, ...]
    order: Order  # in which the hits stand: not always the one that was asked for
    capped: bool  # too many matches to rank: the newest come first, though relevance was asked for
    next: str | None  # Query.after of the next page; None behind the last hit
    facets: Facets | None  # None when they weren't asked for


@dataclass(frozen=True, slots=True)
class Place:
    """The last hit of a page."""

    pk: int
    badness: float | None  # None where hits stand by date

    def __str__(self) -> str:
        return f"d{self.pk}" if self.badness is None else f"r{self.pk}_{self.badness.hex()}"


def place_of(token: str) -> Place:
    """The place that a token names. Raises BadQuery."""
    try:
        number, _, badness = token[1:].partition("_")
        if token[0] == "d" and not badness:
            return Place(int(number), None)
        if token[0] == "r":
            return Place(int(number), float.fromhex(badness))
    except (ValueError, OverflowError, IndexError):
        pass
    raise BadQuery(
        f"{token!r}: no place in a list of hits; it is given below a search that has more hits",
        "no_place",
        token=token,
    )
