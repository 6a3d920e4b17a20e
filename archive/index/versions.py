"""Stage 2 of versions: what each article said, in order of time. A pure function of the stage-1 outcomes.

    new document, new capture, new redirect -> the articles they may belong to: see lineage
        -> all captures of each, in order of time -> a version for each stretch that says the same

An article is made anew as a whole whenever anything of it changes, so that the order of arrival doesn't
matter; only the words of two documents are not compared again when both stand as they did.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import groupby, pairwise
from typing import Any

from archive.index import lineage, trivia


@dataclass(slots=True)
class Touched:
    """What a transaction did to articles, to be followed up."""

    urls: set[str] = field(default_factory=set)  # of documents that were written, seen again or lost
    articles: set[str] = field(default_factory=set)  # ids of articles that lost a document


@dataclass(frozen=True, slots=True)
class _Shot:
    """An article in one capture."""

    at: str
    record_id: str
    document_id: str
    text_key: int


_Change = tuple[str, int, int, int]
"""changed, words_added, words_removed, announced"""
_Changes = dict[tuple[str, str], _Change]


def forget(connection: sqlite3.Connection, document_id: str, touched: Touched) -> None:
    """A document goes, or its text will be another: what it said to other URLs is to be looked at again."""
    row = connection.execute(
        "SELECT article_id, url FROM article_documents WHERE document_id = ?", (document_id,)
    ).fetchone()
    if row is not None:
        touched.urls |= {row["url"], *lineage.relatives(connection, row["url"])}
        if row["article_id"] is not None:
            touched.articles.add(row["article_id"])
        connection.execute("DELETE FROM article_documents WHERE document_id = ?", (document_id,))
        connection.execute(
            "DELETE FROM article_versions WHERE document_id = :id OR before_id = :id", {"id": document_id}
        )


def settle(connection: sqlite3.Connection, touched: Touched) -> None:
    """Bring the articles up to date that the touched URLs belong to, and those they belonged to."""
    new = {id_ for url in sorted(touched.urls) for id_ in _take_in(connection, url)}
    urls = set(touched.urls)
    for url in touched.urls:
        urls |= lineage.relatives(connection, url)
    found, old, moves = _closure(connection, urls, touched.articles)
    known = _forget_versions(connection, old, new)
    for group in _groups(found, moves):
        _write(connection, group, [move for move in moves if move.url in group], known)


def _take_in(connection: sqlite3.Connection, url: str) -> list[str]:
    """Enter the documents of a URL that are new, or whose text is another one now. Gives their ids."""
    rows = connection.execute(
        """SELECT id, site, title, text FROM documents WHERE url = ? AND kind = 'article'
            AND NOT EXISTS (SELECT 1 FROM article_documents WHERE document_id = documents.id)""",
        (url,),
    ).fetchall()
    connection.executemany(
        "INSERT INTO article_documents (document_id, url, site, text_key) VALUES (?, ?, ?, ?)",
        [(row["id"], url, row["site"], trivia.key(row["title"], row["text"])) for row in rows],
    )
    return [row["id"] for row in rows]


def _closure(
    connection: sqlite3.Connection, urls: Iterable[str], articles: Iterable[str]
) -> tuple[set[str], set[str], set[lineage.Move]]:
    """The URLs with an article that hang together with ``urls``, now or before; old article ids; moves."""
    found: set[str] = set()
    old: set[str] = set()
    moves: set[lineage.Move] = set()
    seen: set[str] = set()
    pending, lost = set(urls), set(articles)
    while pending or lost:
        for article_id in lost:
            rows = connection.execute(
                "SELECT DISTINCT url FROM article_documents WHERE article_id = ?", (article_id,)
            )
            pending |= {row["url"] for row in rows}
        old |= lost
        lost = set()
        for url in pending - seen:
            rows = connection.execute("SELECT article_id FROM article_documents WHERE url = ?", (url,))
            ids = {row["article_id"] for row in rows}
            if ids:
                found.add(url)
                lost |= ids - {None} - old
                moves.update(lineage.moves(connection, url))
        seen |= pending
        pending = {url for move in moves for url in (move.url, move.moved_to)} - seen
    return found, old, moves


def _forget_versions(connection: sqlite3.Connection, old: Iterable[str], new: set[str]) -> _Changes:
    """Take the versions of articles out. Gives what is still true of the changes between their documents."""
    known: _Changes = {}
    for article_id in old:
        for row in connection.execute(
            "SELECT * FROM article_versions WHERE article_id = ? AND before_id IS NOT NULL", (article_id,)
        ):
            if row["before_id"] not in new and row["document_id"] not in new:
                known[row["before_id"], row["document_id"]] = (
                    row["changed"],
                    row["words_added"],
                    row["words_removed"],
                    row["announced"],
                )
        connection.execute("DELETE FROM article_versions WHERE article_id = ?", (article_id,))
        connection.execute("DELETE FROM article_moves WHERE article_id = ?", (article_id,))
    return known


def _groups(urls: Iterable[str], moves: Iterable[lineage.Move]) -> list[set[str]]:
    """The URLs, those of one article together."""
    group = {url: {url} for url in urls}
    for move in moves:
        one, other = group[move.url], group[move.moved_to]
        if one is not other:
            one |= other
            for url in other:
                group[url] = one
    return list({id(each): each for each in group.values()}.values())


def _write(
    connection: sqlite3.Connection, urls: Iterable[str], moves: Iterable[lineage.Move], known: _Changes
) -> None:
    """Write the versions of the article that these URLs hold."""
    shots = sorted(
        (_Shot(*row) for url in urls for row in connection.execute(_SHOTS, (url,))),
        key=lambda shot: (shot.at, shot.record_id, shot.document_id),
    )
    article_id = shots[0].document_id
    for url in urls:
        connection.execute(
            "UPDATE article_documents SET article_id = ? WHERE url = ? AND article_id IS NOT ?",
            (article_id, url, article_id),
        )
    stretches = [list(shots) for _, shots in groupby(shots, key=lambda shot: shot.text_key)]
    rows = [_row(article_id, number, stretch) for number, stretch in enumerate(stretches, 1)]
    first: dict[int, int] = {}
    for row, stretch in zip(rows, stretches, strict=True):
        number = first.setdefault(stretch[0].text_key, row["number"])
        row["same_as"] = number if number < row["number"] else None
    for (_, stretch), (later, following) in pairwise(zip(rows, stretches, strict=True)):
        pair = (stretch[-1].document_id, following[0].document_id)
        change = known.get(pair) or _change(connection, *pair)
        later["before_id"] = pair[0]
        later |= dict(zip(("changed", "words_added", "words_removed", "announced"), change, strict=True))
    connection.executemany(_INSERT, rows)
    connection.executemany(
        "INSERT INTO article_moves (article_id, url, moved_to, evidence, seen_at) VALUES (?, ?, ?, ?, ?)",
        [
            (article_id, move.url, move.moved_to, move.evidence, _first(connection, move.moved_to))
            for move in sorted(moves, key=lambda move: (move.url, move.moved_to))
        ],
    )


def _row(article_id: str, number: int, stretch: list[_Shot]) -> dict[str, Any]:
    return {
        "article_id": article_id,
        "number": number,
        "document_id": stretch[0].document_id,
        "before_id": None,
        "seen_from": stretch[0].at,
        "seen_until": stretch[-1].at,
        "captures": len(stretch),
        "contents": len({shot.document_id for shot in stretch}),
        **dict.fromkeys(("changed", "words_added", "words_removed", "announced")),
    }


def _change(connection: sqlite3.Connection, before: str, after: str) -> _Change:
    """What two documents differ in, and whether the later one says that it was changed."""
    old, new = (_said(connection, document_id) for document_id in (before, after))
    changed = [name for name in ("title", "lead", "text", "authors", "published") if old[name] != new[name]]
    words = [Counter(said["title"] + said["lead"] + said["text"]) for said in (old, new)]
    announced = new["modified"] is not None and new["modified"] != old["modified"]
    return ", ".join(changed), (words[1] - words[0]).total(), (words[0] - words[1]).total(), int(announced)


def _said(connection: sqlite3.Connection, document_id: str) -> Mapping[str, Any]:
    """What a document says, word by word without what is no change; ``text`` without the lead."""
    row = connection.execute(
        "SELECT title, lead, text, published, modified FROM documents WHERE id = ?", (document_id,)
    ).fetchone()
    authors = connection.execute(
        "SELECT name FROM authors WHERE document_id = ? ORDER BY position", (document_id,)
    )
    lead = row["lead"] or ""
    return {
        "title": trivia.fold(row["title"]),
        "lead": trivia.fold(lead),
        "text": trivia.fold(row["text"].removeprefix(lead)),
        "authors": [author["name"] for author in authors],
        "published": row["published"],
        "modified": row["modified"],
    }


def _first(connection: sqlite3.Connection, url: str) -> str:
    """When a URL first held an article."""
    return str(min(row[0] for row in connection.execute(_SHOTS, (url,))))


_SHOTS = """SELECT captures.captured_at, captures.record_id, captures.document_id, text_key
    FROM article_documents CROSS JOIN captures ON captures.document_id = article_documents.document_id
    WHERE article_documents.url = ?"""
_INSERT = """INSERT INTO article_versions (article_id, number, document_id, before_id, seen_from, seen_until,
        captures, contents, changed, words_added, words_removed, announced, same_as)
    VALUES (:article_id, :number, :document_id, :before_id, :seen_from, :seen_until, :captures, :contents,
        :changed, :words_added, :words_removed, :announced, :same_as)"""
