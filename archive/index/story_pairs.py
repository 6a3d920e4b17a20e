"""Which pairs of articles are written down: each article with the earlier ones that it shares most with.

    later article, earlier ones that share with it -> by the number of shared runs, weighed -> first PARTNERS

What eighty outlets print alike would make three thousand pairs, and the next copy eighty more. A few of them
join it as well. Which ones are kept is a function of the articles alone, whatever the order in which they
came: an earlier article that comes takes the place of the worst, and where one goes that had a place among
PARTNERS, all are looked at again.
"""

from __future__ import annotations

import sqlite3
from bisect import insort
from collections.abc import Iterable
from dataclasses import dataclass

from archive.index.rownumbers import day_number
from archive.index.story_evidence import Evidence, weigh
from archive.index.story_facts import facts

PARTNERS = 5
"""Earlier articles that one is paired with, at most."""

Rank = tuple[int, str]
"""(kept runs shared, negative; id of the earlier article): of two, the less is the better. The id decides
among copies, so that most of them are paired with the same few."""


@dataclass(frozen=True, slots=True)
class Offer:
    """An earlier article that shares ``runs`` kept shingles with a later one. Rows of ``documents``."""

    earlier: sqlite3.Row
    later: sqlite3.Row
    runs: int

    @property
    def rank(self) -> Rank:
        """Where it stands among the offers to the same article."""
        return -self.runs, self.earlier["id"]


def part(connection: sqlite3.Connection, document_id: str) -> tuple[set[str], set[str]]:
    """Take away all pairs of a document. Gives the documents these were made of, and those among them that
    may have others instead now."""
    rows = connection.execute(
        "DELETE FROM story_pairs WHERE earlier_id = :id OR later_id = :id RETURNING earlier_id, later_id",
        {"id": document_id},
    ).fetchall()
    later = (later_id for _, later_id in rows if later_id != document_id)
    return (
        {id_ for row in rows for id_ in row},
        {id_ for id_ in later if len(_kept(connection, id_)) == PARTNERS - 1},
    )


def offer(connection: sqlite3.Connection, offers: Iterable[Offer]) -> set[str]:
    """Write down the best of all offers to one article, beside the pairs that it has, or instead of them.

    Gives the documents whose pairs changed. An offer of a pair that stands already is passed over.
    """
    changed: set[str] = set()
    kept: list[Rank] | None = None
    for one in sorted(offers, key=lambda one: one.rank):
        if kept is None:
            kept = _kept(connection, one.later["id"])
        if one.rank in kept:
            continue
        if len(kept) == PARTNERS and kept[-1] < one.rank:
            break
        if (evidence := _weighed(one)) is None:
            continue
        _write(connection, one, evidence)
        insort(kept, one.rank)
        changed |= {one.earlier["id"], one.later["id"]}
        if len(kept) > PARTNERS:
            _, worst = kept.pop()
            connection.execute(
                "DELETE FROM story_pairs WHERE earlier_id = ? AND later_id = ?", (worst, one.later["id"])
            )
            changed.add(worst)
    return changed


def _kept(connection: sqlite3.Connection, later_id: str) -> list[Rank]:
    """What an article is paired with, the best first."""
    rows = connection.execute("SELECT runs, earlier_id FROM story_pairs WHERE later_id = ?", (later_id,))
    return sorted((-runs, earlier_id) for runs, earlier_id in rows)


def _weighed(one: Offer) -> Evidence | None:
    rows = (one.earlier, one.later)
    first, second = (facts(row["text"]) for row in rows)
    apart = abs(day_number(one.earlier["pk"]) - day_number(one.later["pk"]))
    return weigh(first, second, (rows[0]["title"] or "", rows[1]["title"] or ""), apart)


def _write(connection: sqlite3.Connection, one: Offer, evidence: Evidence) -> None:
    connection.execute(
        "INSERT INTO story_pairs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            one.earlier["id"],
            one.later["id"],
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
            one.runs,
        ),
    )
