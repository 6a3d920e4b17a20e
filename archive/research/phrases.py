"""The relevance of what holds one phrase, where few articles do.

bm25() first counts the articles that hold the phrase, which takes as long as finding them: a tenth of a
second for one of common words. Where all that hold it are few and already found, their number is known, and
all else that bm25 is made of stands in their texts and in FTS5's own tables (see "Table Schemas" in its
documentation). The figures are those of bm25(); among the articles of some days, those that it would give if
no other article held the phrase, which changes all alike.
"""

from __future__ import annotations

import math
import re
import sqlite3
from collections.abc import Mapping, Sequence

from archive.research.answers import Place
from archive.research.marks import Term, occurrences, terms
from archive.research.matches import Matches, ask
from archive.research.sizes import totals, varints
from archive.types import Query

SHARE, LONGER, LEAST = 2_000, 250, 40
"""The texts of one article in so many are read in less time than a phrase of two words is counted in, or one
of more: those that more articles hold are all of common words. Of the least number always."""

_K1, _B = 1.2, 0.75
_COLUMNS = ("title", "lead", "text")
_LONE = re.compile(r'(?:\{title lead text\}|(?P<column>title|lead|text)) : (?P<phrase>"[^"]*")')
_FOUND = "SELECT rowid {matches} LIMIT :most"
_TEXTS = """SELECT pk, title, lead, text, sz FROM article_words JOIN articles_fts_docsize ON id = pk
    WHERE pk IN ({pks})"""
_COMMON = 1e-6
"""What a phrase counts for that stands in more than half of all articles."""


def anywhere(expression: str) -> str | None:
    """The expression of one phrase, so that its words may stand in the stems too; None for any other one.

    To leave the stems out, FTS5 copies the places of each word: a fifth of the time that finding takes.
    """
    lone = _LONE.fullmatch(expression)
    if lone is None or lone["column"] or any(len(term.tokens) < 2 for term in terms(expression)):
        return None
    return lone["phrase"]


def ranked(
    connection: sqlite3.Connection,
    query: Query,
    found: Matches,
    weights: Sequence[float],
    about: int,
    most: int,
) -> list[Place] | None:
    """All articles that hold the phrase that was asked for, best first; ``about`` so many will.

    None where something else was asked for, or many hold it, or more than ``most``. Raises BadQuery.
    """
    expression = str(found.values["match"])
    lone, asked = _LONE.fullmatch(expression), terms(expression)
    if lone is None or len(asked) != 1 or len(asked[0].tokens) < 2:
        return None
    articles, *words = totals(connection) or [0]
    few = max(LEAST, articles // (SHARE if len(asked[0].tokens) == 2 else LONGER))
    if about > few:
        return None
    columns = [name for name in _COLUMNS if lone["column"] in (None, name)]
    weighed = {name: weight for name, weight in zip(_COLUMNS, weights, strict=False) if name in columns}
    enough = min(most, 2 * few)  # up to there, texts take less time than to begin anew with bm25()
    for match in dict.fromkeys((anywhere(expression) or expression, expression)):
        values = found.values | {"match": match, "most": enough + 1}
        rows = ask(connection, _FOUND.format(matches=found.sql), values, query)
        if len(rows) > enough:
            continue
        read = _read(connection, [pk for (pk,) in rows], asked, weighed)
        # What doesn't hold it has it in its stems, or is of a rare script, which FTS5 divides in another way.
        if all(times for _, times, _ in read):
            return _places(read, articles, sum(words) / articles)
    return None


def _read(
    connection: sqlite3.Connection, pks: Sequence[int], asked: Sequence[Term], weighed: Mapping[str, float]
) -> list[tuple[int, float, int]]:
    """Of each article its number, how often it holds the phrase, weighed by column, and its size in words."""
    read = []
    for row in connection.execute(_TEXTS.format(pks=", ".join(map(str, pks)))):
        counts = {name: len(occurrences(asked, row[name] or "")[0]) for name in weighed}
        times = sum(weight * counts[name] for name, weight in weighed.items())
        read.append((row["pk"], times, sum(varints(row["sz"]))))
    return read


def _places(read: Sequence[tuple[int, float, int]], articles: int, average: float) -> list[Place]:
    """Best first."""
    rarity = math.log((articles - len(read) + 0.5) / (len(read) + 0.5))
    places = []
    for pk, times, size in read:
        weight = (times * (_K1 + 1.0)) / (times + _K1 * (1 - _B + _B * size / average))
        places.append(Place(pk, -(rarity if rarity > 0 else _COMMON) * weight))
    return sorted(places, key=lambda place: (place.badness, -place.pk))
