"""Key word in context: each place where the words of a query stand, with what stands left and right of it.

Lines come one after another, newest article first, so that the first are there at once and millions need no
memory. To sort them by their neighbours all have to be read; of those only as many as are shown are kept.
"""

from __future__ import annotations

import heapq
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import islice

from archive.index.words import fold
from archive.research import marks
from archive.research.matches import matches, told
from archive.research.pages import with_pages_of
from archive.types import Query

# Without the LIMIT, SQLite would leave the order of the inner query out.
_TEXTS = """SELECT articles.pk, id, url, site, day, articles.title, articles.text, language
    FROM (SELECT rowid AS number {matches} ORDER BY rowid DESC LIMIT -1)
    CROSS JOIN articles ON articles.pk = number"""


class Sort(StrEnum):
    DATE = "date"  # newest article first, then as they stand in it
    LEFT = "left"  # by the words before, the nearest first
    RIGHT = "right"  # by the words behind


@dataclass(frozen=True, slots=True)
class Line:
    """One place in an article. ``left``, ``word`` and ``right`` follow each other in it."""

    document_id: str
    url: str
    site: str | None
    day: date
    field: str  # title or text; the text begins with the lead
    left: str
    word: str  # as it stands there
    right: str


def lines(
    connection: sqlite3.Connection, query: Query, *, width: int = 40, sort: Sort = Sort.DATE
) -> Iterator[Line]:
    """Up to ``query.limit`` lines, ``width`` characters on either side. Raises BadQuery at the first one."""
    with with_pages_of(connection, query) as source:
        found = _lines(source, query, width)
        if sort is Sort.DATE:
            yield from islice(found, query.limit)
        else:
            keyed = ((_key(line, sort), number, line) for number, line in enumerate(found))
            yield from (line for _, _, line in heapq.nsmallest(query.limit, keyed))


def _lines(connection: sqlite3.Connection, query: Query, width: int) -> Iterator[Line]:
    found = matches(connection, query)
    terms = marks.terms(str(found.values["match"]))
    try:
        rows = connection.execute(_TEXTS.format(matches=found.sql), found.values)
        for row in rows:
            for field in ("title", "text"):
                text = row[field] or ""
                for start, end in marks.spans(terms, text):
                    yield Line(
                        document_id=row["id"],
                        url=row["url"],
                        site=row["site"],
                        day=date.fromisoformat(row["day"]),
                        field=field,
                        left=_before(text, start, width),
                        word=_flat(text[start:end]),
                        right=_behind(text, end, width),
                    )
    except sqlite3.OperationalError as error:
        raise told(error, query) from None


def _before(text: str, start: int, width: int) -> str:
    # Line breaks and runs of blanks become one blank, so a little more is read than is shown.
    flat = _flat("|" + text[max(0, start - 2 * width) : start] + "|")[1:-1]
    return flat[len(flat) - width :] if len(flat) > width else flat


def _behind(text: str, end: int, width: int) -> str:
    return _flat("|" + text[end : end + 2 * width] + "|")[1:-1][:width]


def _flat(text: str) -> str:
    return " ".join(text.split())


def _key(line: Line, sort: Sort) -> list[str]:
    """What a line is sorted by: words without their case and marks, the nearest first."""
    words = [word for word in map(_letters, (line.left if sort is Sort.LEFT else line.right).split()) if word]
    return words[::-1] if sort is Sort.LEFT else words


def _letters(word: str) -> str:
    return "".join(character for character in fold(word) if character.isalnum())
