"""What an article said at which time: its versions, its URLs, and the words in which two versions differ."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from typing import Any

from archive.errors import BadQuery
from archive.index import trivia, worddiff
from archive.index.worddiff import Piece
from archive.research import lookup

_VERSIONS = """SELECT number, url, title, lead, text, seen_from, seen_until, captures, contents, changed,
        words_added, words_removed, announced, same_as, published, modified, document_id, before_id
    FROM article_versions JOIN documents ON documents.id = document_id WHERE article_id = ? ORDER BY number"""
_DOCUMENTS = """SELECT json_group_array(document_id) FROM (SELECT others.document_id
    FROM article_documents AS own JOIN article_documents AS others
        ON others.article_id = own.article_id AND others.text_key = own.text_key
    WHERE own.document_id = ? ORDER BY others.document_id)"""
_MOVES = """SELECT url, moved_to, evidence, seen_at FROM article_moves WHERE article_id = ?
    ORDER BY seen_at, url"""
_URLS = """SELECT documents.url, documents.site
    FROM article_documents JOIN documents ON documents.id = document_id
    WHERE article_id = ? GROUP BY documents.url ORDER BY min(captured_at), documents.url"""
# By its id, as SQLite makes the whole view where it is asked by anything else that it groups.
_STANDING = "SELECT id FROM documents WHERE url = ? AND newest = 1 AND kind = 'article'"
_GONE = "SELECT url, gone_by, status FROM gone_articles WHERE document_id = ?"


@dataclass(frozen=True, slots=True)
class Difference:
    """What makes one version of another, field by field."""

    before: int  # number of the earlier version
    after: int
    fields: tuple[tuple[str, tuple[Piece, ...]], ...]  # title, lead, text: those that differ

    def __str__(self) -> str:
        """One line a field, as wdiff writes it: [-words that are gone-] {+words that came+}."""
        forms = {"=": "%s", "-": "[-%s-]", "+": "{+%s+}"}
        return "\n".join(
            f"{name}: " + " ".join(forms[piece.sign] % piece.text for piece in pieces)
            for name, pieces in self.fields
        )


def history(connection: sqlite3.Connection, named: str) -> dict[str, Any]:
    """All that is known of an article: ``article_id``, ``site``, ``urls``, ``moves``, ``gone``, ``versions``.

    ``named`` is a URL it has or had, or the id of any of its documents. All values go into JSON as they are.
    Raises BadQuery when it means no article.
    """
    article_id = _article(connection, named)
    urls = connection.execute(_URLS, (article_id,)).fetchall()
    standing = [row["id"] for url in urls for row in connection.execute(_STANDING, (url["url"],))]
    gone = [dict(row) for each in standing for row in connection.execute(_GONE, (each,))]
    return {
        "article_id": article_id,
        "site": urls[0]["site"],
        "urls": [row["url"] for row in urls],
        "moves": [dict(row) for row in connection.execute(_MOVES, (article_id,))],
        "gone": gone[0] if gone else None,
        "versions": [_version(connection, row) for row in connection.execute(_VERSIONS, (article_id,))],
    }


def differences(connection: sqlite3.Connection, named: str, before: int, after: int) -> Difference:
    """The words in which two versions of an article differ. Raises BadQuery for one that is not there."""
    article_id = _article(connection, named)
    rows = {row["number"]: row for row in connection.execute(_VERSIONS, (article_id,))}
    for number in (before, after):
        if number not in rows:
            raise BadQuery(
                f"version {number}: {named} has versions 1 to {len(rows)}",
                "no_version",
                number=number,
                last=len(rows),
            )
    old, new = rows[before], rows[after]
    found = []
    for name, one, other in (
        ("title", old["title"], new["title"]),
        ("lead", old["lead"], new["lead"]),
        ("text", _body(old), _body(new)),
    ):
        if trivia.fold(one) != trivia.fold(other):
            found.append((name, worddiff.diff(_said(one), _said(other), trivia.fold_word)))
    return Difference(before, after, tuple(found))


def _article(connection: sqlite3.Connection, named: str) -> str:
    url = lookup.stored_url(connection, named)
    row = connection.execute("SELECT article_id FROM article_documents WHERE url = ?", (url,)).fetchone()
    if row is None:
        raise BadQuery(
            f"{url}: is stored, but no article: only articles have versions", "no_article", url=url
        )
    return str(row["article_id"])


def _version(connection: sqlite3.Connection, row: sqlite3.Row) -> dict[str, Any]:
    version = {name: row[name] for name in row.keys() if name not in ("lead", "text")}  # noqa: SIM118 - a Row
    version["changed"] = row["changed"].split(", ") if row["changed"] else []
    version["announced"] = None if row["announced"] is None else bool(row["announced"])
    version["words"] = len(trivia.fold(row["text"]))
    version["documents"] = json.loads(connection.execute(_DOCUMENTS, (row["document_id"],)).fetchone()[0])
    return version


def _body(row: sqlite3.Row) -> str:
    return str(row["text"]).removeprefix(row["lead"] or "")


def _said(text: str | None) -> str:
    """A text without the lines that only say when it was changed."""
    return "\n".join(line for line in (text or "").split("\n") if not trivia.is_stamp(line))
