"""Stage 2 of stories: which articles tell the same one. A pure function of the set of newest articles.

    article comes or goes -> its postings -> articles that share kept shingles -> evidence -> story_pairs
    pairs of an article change -> its links -> the stories of all that hang together -> stories

A phrase that becomes a stock phrase of an outlet, or is one no more, has the pairs of those who hold it
looked at again, so the order of arrival changes nothing.

The rules of shingles, story_facts, story_evidence and story_pairs are part of the index's version: see
tables.VERSION.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass, field

from archive.index import story_days, story_groups, story_pairs
from archive.index.shingles import samples
from archive.index.story_days import Entered
from archive.index.story_order import article_of, outlet_of
from archive.index.story_pairs import Offer
from archive.index.story_postings import Group, Postings, groups_of, outlet_number

_COLUMNS = """pk, documents.id, url, url_key, site, title, text, agencies, published, published_day,
    published_precision, captured_at"""


@dataclass(slots=True)
class Touched:
    """What a transaction did to the newest articles, to be followed up."""

    left: Counter[Group] = field(default_factory=Counter)  # postings that went
    documents: set[str] = field(default_factory=set)  # ids whose pairs went
    open: set[str] = field(default_factory=set)  # ids that may have other pairs instead


def leave(connection: sqlite3.Connection, number: int, touched: Touched) -> None:
    """Take an article out of the index of stories, before its row changes; what it joined is dissolved."""
    taken = story_days.take_out(connection, number)
    if taken is not None:
        touched.left.update(groups_of([taken]).tolist())
    row = connection.execute("SELECT id FROM documents WHERE pk = ?", (number,)).fetchone()
    _part(connection, row["id"], touched)
    touched.open.discard(row["id"])
    story_groups.dissolve(connection, row["id"], touched.documents)


def settle(connection: sqlite3.Connection, numbers: Sequence[int], touched: Touched) -> None:
    """Take in the articles with these row numbers, and bring all that follows up to date."""
    known = {row["pk"]: row for row in _rows(connection, numbers)}
    entering = _entered(list(known.values()))
    if entering or touched.left:
        postings = Postings(connection, entering, touched.left)
        story_days.insert(connection, entering)
        again = _others(connection, postings, known.keys(), touched)
        fresh = known.keys() | {row["pk"] for row in again}
        opened = [row for row in _rows_of(connection, touched.open) if row["pk"] not in fresh]
        if again or opened:
            known |= {row["pk"]: row for row in (*again, *opened)}
            entering += _entered([*again, *opened])
            postings = Postings(connection, entering, Counter())
        _pair(connection, postings, fresh, {row["pk"] for row in opened}, known, touched)
    story_groups.settle(connection, touched.documents)


def _entered(rows: Sequence[sqlite3.Row]) -> list[Entered]:
    kept = samples(row["text"] for row in rows)
    return [
        Entered(row["pk"], outlet_number(outlet_of(row)), each) for row, each in zip(rows, kept, strict=True)
    ]


def _part(connection: sqlite3.Connection, document_id: str, touched: Touched) -> None:
    """Take away all pairs of a document."""
    parted, opened = story_pairs.part(connection, document_id)
    touched.documents |= parted | {document_id}
    touched.open |= opened


def _others(
    connection: sqlite3.Connection, postings: Postings, new: Set[int], touched: Touched
) -> list[sqlite3.Row]:
    """Articles whose pairs have to be found anew, as a phrase became a stock phrase, or is one no more.

    Where one became it, only those that have pairs may lose some.
    """
    more, fewer = postings.crossing(new)
    found = fewer | {number for number in more if _is_paired(connection, number)}
    rows = _rows(connection, sorted(found))
    for row in rows:
        _part(connection, row["id"], touched)
    return rows


def _is_paired(connection: sqlite3.Connection, number: int) -> bool:
    row = connection.execute(
        """SELECT 1 FROM documents JOIN story_pairs ON earlier_id = id OR later_id = id WHERE pk = ?""",
        (number,),
    ).fetchone()
    return row is not None


def _pair(
    connection: sqlite3.Connection,
    postings: Postings,
    fresh: Set[int],
    opened: Set[int],
    known: dict[int, sqlite3.Row],
    touched: Touched,
) -> None:
    """Hold ``fresh`` articles against all others and ``opened`` ones against all earlier ones, and write down
    those that tell the same."""
    offers: defaultdict[int, list[Offer]] = defaultdict(list)
    for one, other, runs in postings.candidates():
        rows = (_row(connection, number, known) for number in (one, other))
        earlier, later = sorted(rows, key=lambda row: article_of(row).order)
        if fresh & {one, other} or later["pk"] in opened:
            offers[later["pk"]].append(Offer(earlier, later, runs))
    for each in offers.values():
        touched.documents |= story_pairs.offer(connection, each)


def _row(connection: sqlite3.Connection, number: int, known: dict[int, sqlite3.Row]) -> sqlite3.Row:
    if number not in known:
        known[number] = _rows(connection, [number])[0]
    return known[number]


def _rows(connection: sqlite3.Connection, numbers: Sequence[int]) -> list[sqlite3.Row]:
    return connection.execute(
        f"SELECT {_COLUMNS} FROM json_each(?) AS asked CROSS JOIN documents ON pk = asked.value",  # noqa: S608 - names from above
        (json.dumps(numbers),),
    ).fetchall()


def _rows_of(connection: sqlite3.Connection, ids: Iterable[str]) -> list[sqlite3.Row]:
    return connection.execute(
        f"SELECT {_COLUMNS} FROM json_each(?) AS asked CROSS JOIN documents ON documents.id = asked.value",  # noqa: S608 - names from above
        (json.dumps(sorted(ids)),),
    ).fetchall()
