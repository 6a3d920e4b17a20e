"""Stage 2 of stories: which articles tell the same one. A pure function of the set of newest articles.

    article comes or goes -> its postings -> articles that share kept shingles -> evidence -> story_pairs
    pairs of an article change -> its links -> the stories of all that hang together -> stories

A phrase that becomes a stock phrase of an outlet, or is one no more, has the pairs of those who hold it
looked at again, so the order of arrival changes nothing.

The rules of shingles, story_facts and story_evidence are part of the index's version: see tables.VERSION.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass, field

from archive.index import story_days, story_groups
from archive.index.rownumbers import day_number
from archive.index.shingles import samples
from archive.index.story_days import Entered
from archive.index.story_evidence import Evidence, weigh
from archive.index.story_facts import facts
from archive.index.story_order import article_of, outlet_of
from archive.index.story_postings import Group, Postings, groups_of, outlet_number


@dataclass(slots=True)
class Touched:
    """What a transaction did to the newest articles, to be followed up."""

    left: Counter[Group] = field(default_factory=Counter)  # postings that went
    documents: set[str] = field(default_factory=set)  # ids whose pairs went


def leave(connection: sqlite3.Connection, number: int, touched: Touched) -> None:
    """Take an article out of the index of stories, before its row changes; what it joined is dissolved."""
    taken = story_days.take_out(connection, number)
    if taken is not None:
        touched.left.update(groups_of([taken]).tolist())
    row = connection.execute("SELECT id FROM documents WHERE pk = ?", (number,)).fetchone()
    _part(connection, row["id"], touched)
    story_groups.dissolve(connection, row["id"], touched.documents)


def settle(connection: sqlite3.Connection, numbers: Sequence[int], touched: Touched) -> None:
    """Take in the articles with these row numbers, and bring all that follows up to date."""
    known = {row["pk"]: row for row in _rows(connection, numbers)}
    entering = _entered(list(known.values()))
    if entering or touched.left:
        postings = Postings(connection, entering, touched.left)
        story_days.insert(connection, entering)
        if again := _others(connection, postings, known.keys(), touched):
            entering += again
            postings = Postings(connection, entering, Counter())
        _pair(connection, postings.candidates(), known, touched)
    story_groups.settle(connection, touched.documents)


def _entered(rows: Sequence[sqlite3.Row]) -> list[Entered]:
    kept = samples(row["text"] for row in rows)
    return [
        Entered(row["pk"], outlet_number(outlet_of(row)), each) for row, each in zip(rows, kept, strict=True)
    ]


def _part(connection: sqlite3.Connection, document_id: str, touched: Touched) -> None:
    """Take away all pairs of a document."""
    rows = connection.execute(
        """DELETE FROM story_pairs WHERE earlier_id = :id OR later_id = :id
            RETURNING earlier_id, later_id""",
        {"id": document_id},
    ).fetchall()
    touched.documents.update(id_ for row in rows for id_ in row)
    touched.documents.add(document_id)


def _others(
    connection: sqlite3.Connection, postings: Postings, new: Set[int], touched: Touched
) -> list[Entered]:
    """Articles whose pairs have to be found anew, as a phrase became a stock phrase, or is one no more.

    Where one became it, only those that have pairs may lose some.
    """
    more, fewer = postings.crossing(new)
    found = fewer | {number for number in more if _is_paired(connection, number)}
    rows = _rows(connection, sorted(found))
    for row in rows:
        _part(connection, row["id"], touched)
    return _entered(rows)


def _is_paired(connection: sqlite3.Connection, number: int) -> bool:
    row = connection.execute(
        """SELECT 1 FROM documents JOIN story_pairs ON earlier_id = id OR later_id = id WHERE pk = ?""",
        (number,),
    ).fetchone()
    return row is not None


def _pair(
    connection: sqlite3.Connection,
    candidates: Iterable[tuple[int, int]],
    known: dict[int, sqlite3.Row],
    touched: Touched,
) -> None:
    """Hold articles against each other, and write down those that tell the same."""
    for one, other in candidates:
        first, second = (_row(connection, number, known) for number in (one, other))
        titles = (first["title"] or "", second["title"] or "")
        apart = abs(day_number(one) - day_number(other))
        evidence = weigh(facts(first["text"]), facts(second["text"]), titles, apart)
        if evidence is not None:
            earlier, later = sorted(map(article_of, (first, second)), key=lambda article: article.order)
            _write(connection, earlier.id, later.id, evidence)
            touched.documents.update((earlier.id, later.id))


def _row(connection: sqlite3.Connection, number: int, known: dict[int, sqlite3.Row]) -> sqlite3.Row:
    if number not in known:
        known[number] = _rows(connection, [number])[0]
    return known[number]


def _rows(connection: sqlite3.Connection, numbers: Sequence[int]) -> list[sqlite3.Row]:
    return connection.execute(
        """SELECT pk, documents.id, url, url_key, site, title, text, agencies, published, published_day,
            published_precision, captured_at
            FROM json_each(?) AS asked CROSS JOIN documents ON pk = asked.value""",
        (json.dumps(numbers),),
    ).fetchall()


def _write(connection: sqlite3.Connection, earlier: str, later: str, evidence: Evidence) -> None:
    connection.execute(
        "INSERT INTO story_pairs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            earlier,
            later,
            evidence.score,
            evidence.relation,
            evidence.containment,
            evidence.jaccard,
            len(evidence.quotations),
            len(evidence.names),
            len(evidence.numbers),
            evidence.differing,
            evidence.days_apart,
            evidence.reason(),
            evidence.shared(),
        ),
    )
