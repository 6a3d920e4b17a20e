"""From pairs to stories: which articles hang together, and through which other each of them.

Two articles are linked when one is the earlier article that is most like the other (the later one, if none
is earlier), or when they are alike as a whole. So a round-up that holds a part of ten stories is joined to
one of them, and glues none together. A story is all that hangs together by links.
"""

from __future__ import annotations

import base64
import hashlib
import sqlite3
from collections.abc import Iterable

from archive.index.story_evidence import STRONG
from archive.index.story_order import Article, article_of


def story_id(url: str) -> str:
    """The id of the story whose earliest article has this URL: 60 bits, told from a document's by its mark.

    Made of the URL, which stays when an article is changed or extracted again, and of the earliest, which
    stays when later ones are joined.
    """
    digits = base64.b32encode(hashlib.sha256(b"story\n" + url.encode()).digest()[:10])
    return f"s-{digits.decode('ascii').lower()[:12]}"


def dissolve(connection: sqlite3.Connection, document_id: str, documents: set[str]) -> None:
    """Take away the story that a document tells, and add those who told it to ``documents``."""
    row = connection.execute(
        "SELECT story_id FROM story_documents WHERE document_id = ?", (document_id,)
    ).fetchone()
    if row is not None:
        gone = connection.execute(
            "DELETE FROM story_documents WHERE story_id = ? RETURNING document_id", (row[0],)
        ).fetchall()
        documents.update(row[0] for row in gone)
        connection.execute("DELETE FROM stories WHERE id = ?", (row[0],))


def settle(connection: sqlite3.Connection, documents: Iterable[str]) -> None:
    """Make the stories anew of all that hang together with these documents."""
    waiting = set(documents)
    links: dict[str, set[str]] = {}
    likest: dict[str, str] = {}
    while waiting:
        document_id = waiting.pop()
        dissolve(connection, document_id, waiting)
        links[document_id] = _links(connection, document_id, likest)
        waiting.update(links[document_id])
        waiting -= links.keys()
    seen: set[str] = set()
    for document_id in sorted(links):
        if document_id not in seen:
            members = _reach(document_id, links)
            seen |= members
            if len(members) > 1:
                _write(connection, [_article(connection, member) for member in members])


def _links(connection: sqlite3.Connection, document_id: str, likest: dict[str, str]) -> set[str]:
    """The documents that one is linked with, in either direction. ``likest``: what was found of others."""

    def likest_of(asked: str) -> str:
        if asked not in likest:
            likest[asked] = _most_like(connection, asked)["other"]
        return likest[asked]

    found = set()
    for earlier, later, jaccard in connection.execute(
        "SELECT earlier_id, later_id, jaccard FROM story_pairs WHERE earlier_id = :id OR later_id = :id",
        {"id": document_id},
    ).fetchall():
        if jaccard >= STRONG or likest_of(later) == earlier or likest_of(earlier) == later:
            found.add(earlier if later == document_id else later)
    return found


def _most_like(connection: sqlite3.Connection, document_id: str) -> sqlite3.Row:
    """A document's pair with the earlier one that is most like it; with a later one, if none is earlier."""
    row: sqlite3.Row = connection.execute(
        """SELECT CASE later_id WHEN :id THEN earlier_id ELSE later_id END AS other, relation, score, reason,
            shared FROM story_pairs WHERE earlier_id = :id OR later_id = :id
            ORDER BY later_id = :id DESC, score DESC, other LIMIT 1""",
        {"id": document_id},
    ).fetchone()
    return row


def _reach(start: str, links: dict[str, set[str]]) -> set[str]:
    members, waiting = {start}, [start]
    while waiting:
        for other in links[waiting.pop()] - members:
            members.add(other)
            waiting.append(other)
    return members


def _article(connection: sqlite3.Connection, document_id: str) -> Article:
    return article_of(
        connection.execute(
            """SELECT id, url, url_key, site, title, text, agencies, published, published_day,
                published_precision, captured_at FROM documents WHERE id = ?""",
            (document_id,),
        ).fetchone()
    )


def _write(connection: sqlite3.Connection, members: list[Article]) -> None:
    members.sort(key=lambda article: article.order)
    first, last = members[0], members[-1]
    identifier = story_id(first.url)
    connection.execute(
        "INSERT INTO stories VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            identifier,
            first.title,
            first.id,
            first.day,
            last.day,
            len(members),
            len({member.outlet for member in members}),
        ),
    )
    agencies = {member.id: member.agency for member in members}
    connection.executemany(
        "INSERT INTO story_documents VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                member.id,
                identifier,
                member.outlet,
                member.day,
                *_joined(connection, member, first.id, agencies),
            )
            for member in members
        ],
    )


def _joined(
    connection: sqlite3.Connection, member: Article, first: str, agencies: dict[str, str | None]
) -> tuple[str | float | None, ...]:
    """(relation, agency, through, score, reason, shared) of a member of a story."""
    if member.id == first:
        return ("first", member.agency, None, None, None, None)
    row = _most_like(connection, member.id)
    relation = row["relation"]
    if relation == "copy" and (member.agency or agencies.get(row["other"])):
        relation = "agency copy"
    return (relation, member.agency, row["other"], row["score"], row["reason"], row["shared"])
