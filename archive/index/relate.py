"""Stage 2: what depends on other pages. A pure function of the set of stage-1 outcomes.

It is kept up to date by look-ups in both directions, so the order of arrival doesn't matter:

    new document -> the revisits that found it unchanged      new revisit -> the document it found
    new version  -> which one stands for the URL -> full text, and the teasers that point there
    new teaser   -> the document that stands for its URL
    new document, capture or redirect -> the versions of the article: see versions
    new article  -> those that tell the same story: see stories
    new evidence -> the texts that hold teasers with its headline; new suspects -> their evidence: see proofs
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field

from archive.index import proofs, stems, stories, versions
from archive.urls import canonical


@dataclass(slots=True)
class Changes:
    """What a transaction has touched so far, for ``settle`` to follow up."""

    revisits: set[tuple[str, int]] = field(default_factory=set)  # (warc, offset) of new ones
    sources: set[tuple[str, int]] = field(default_factory=set)  # other captures that got a document
    documents: set[str] = field(default_factory=set)  # ids whose row or whose captures changed
    urls: set[str] = field(default_factory=set)  # of which a version was replaced or went
    promoters: set[str] = field(default_factory=set)  # ids whose teasers were written
    touched: proofs.Touched = field(default_factory=proofs.Touched)
    lineages: versions.Touched = field(default_factory=versions.Touched)
    stories: stories.Touched = field(default_factory=stories.Touched)


def settle(connection: sqlite3.Connection, changes: Changes) -> None:
    """Bring all that follows from ``changes`` up to date, inside the caller's transaction."""
    _find_again(connection, changes)
    _cut(connection, changes)
    found = {url for id_ in sorted(changes.documents) if (url := _last_seen(connection, id_)) is not None}
    entering = [number for url in sorted(found | changes.urls) for number in _elect(connection, url, changes)]
    # Ascending row numbers are taken in twice as fast as random ones.
    for number in sorted(entering):
        _enter(connection, number)
    stories.settle(connection, sorted(entering), changes.stories)
    for document_id in sorted(changes.promoters):
        connection.execute(
            """UPDATE teasers SET target_id =
                (SELECT id FROM documents WHERE url = teasers.url AND newest = 1) WHERE document_id = ?""",
            (document_id,),
        )
    changes.lineages.urls |= found | changes.urls
    versions.settle(connection, changes.lineages)


def _cut(connection: sqlite3.Connection, changes: Changes) -> None:
    """Take proved teasers out of the texts that are affected, and put back what is proved no more."""
    for document_id in proofs.affected(connection, changes.touched):
        items = proofs.changed(connection, document_id)
        if items is not None:
            row = connection.execute("SELECT pk FROM documents WHERE id = ?", (document_id,)).fetchone()
            withdraw(connection, row["pk"], changes)
            versions.forget(connection, document_id, changes.lineages)
            proofs.write(connection, document_id, items)
            changes.documents.add(document_id)
            changes.promoters.add(document_id)


def withdraw(connection: sqlite3.Connection, number: int, changes: Changes) -> None:
    """Take a document's standing for its URL away, before its row changes: its old words must go with it."""
    row = connection.execute("SELECT newest, kind FROM documents WHERE pk = ?", (number,)).fetchone()
    if row["newest"] and row["kind"] == "article":
        stories.leave(connection, number, changes.stories)
        connection.execute(
            """INSERT INTO articles_fts (articles_fts, rowid, title, lead, text, stems)
                VALUES ('delete', ?, ?, ?, ?, ?)""",
            _words(connection, number),
        )
    connection.execute("UPDATE documents SET newest = 0 WHERE pk = ?", (number,))


def _enter(connection: sqlite3.Connection, number: int) -> None:
    connection.execute(
        "INSERT INTO articles_fts (rowid, title, lead, text, stems) VALUES (?, ?, ?, ?, ?)",
        _words(connection, number),
    )


def renew_stems(connection: sqlite3.Connection) -> None:
    """Fill the full text again if other versions made its stems: no row could be taken out of it any more."""
    row = connection.execute("SELECT value FROM meta WHERE key = 'stems'").fetchone()
    if row["value"] == stems.key():
        return
    connection.execute("INSERT INTO articles_fts (articles_fts) VALUES ('delete-all')")
    numbers = connection.execute(
        "SELECT pk FROM documents WHERE newest = 1 AND kind = 'article' ORDER BY pk"
    ).fetchall()
    for (number,) in numbers:
        _enter(connection, number)
    connection.execute("UPDATE meta SET value = ? WHERE key = 'stems'", (stems.key(),))


def _words(connection: sqlite3.Connection, number: int) -> tuple[int, str, str, str, str]:
    """A row of the full text: what is taken out must be, to the letter, what was taken in."""
    title, lead, text, language = connection.execute(
        "SELECT title, lead, text, language FROM documents WHERE pk = ?", (number,)
    ).fetchone()
    return number, title, lead, text, stems.stems(title, lead, text, language)


def _last_seen(connection: sqlite3.Connection, document_id: str) -> str | None:
    """Bring a document's last capture up to date, and give its URL; None when it is not stored."""
    connection.execute(
        """UPDATE documents SET last_captured_at = seen
            FROM (SELECT max(captured_at) AS seen FROM captures WHERE document_id = :id)
            WHERE id = :id AND last_captured_at IS NOT seen""",  # the row is long, and mostly as it should be
        {"id": document_id},
    )
    row = connection.execute("SELECT url FROM documents WHERE id = ?", (document_id,)).fetchone()
    return None if row is None else str(row["url"])


def _elect(connection: sqlite3.Connection, url: str, changes: Changes) -> list[int]:
    """Choose the version that stands for a URL. Gives its row number if its words are to be taken in.

    An article goes before what isn't one: a page that says with status 200 that the story is gone
    must not hide the story. What was seen last goes first, so that a page which was changed to and fro
    shows as it stands now.
    """
    versions = connection.execute(
        """SELECT pk, id, kind, newest FROM documents WHERE url = ?
            ORDER BY kind = 'article' DESC, last_captured_at DESC, captured_at DESC, id""",
        (url,),
    ).fetchall()
    if not versions:
        return []
    best, others = versions[0], versions[1:]
    for row in others:
        if row["newest"]:
            withdraw(connection, row["pk"], changes)
    if best["newest"]:
        return []
    connection.execute("UPDATE documents SET newest = 1 WHERE pk = ?", (best["pk"],))
    connection.execute("UPDATE teasers SET target_id = ? WHERE url = ?", (best["id"], url))
    return [best["pk"]] if best["kind"] == "article" else []


def _find_again(connection: sqlite3.Connection, changes: Changes) -> None:
    """Join new revisits to what they found again, and older revisits to what only came now."""
    revisits = set(changes.revisits)
    for place in changes.sources:
        revisits.update(
            (row["warc"], row["offset"])
            for row in connection.execute(
                """SELECT again.warc, again.offset FROM captures AS found JOIN captures AS again
                    ON again.url_key = found.url_key AND again.record_type = 'revisit'
                    WHERE found.warc = ? AND found.offset = ? AND (again.payload_digest = found.payload_digest
                        OR substr(again.refers_to_date, 1, 19) = substr(found.captured_at, 1, 19))""",
                place,
            )
        )
    for place in sorted(revisits):
        revisit = connection.execute("SELECT * FROM captures WHERE warc = ? AND offset = ?", place).fetchone()
        document_id = _found_again(connection, revisit)
        if document_id != revisit["document_id"]:
            connection.execute(
                "UPDATE captures SET document_id = ?, outcome = ? WHERE warc = ? AND offset = ?",
                (document_id, "none" if document_id is None else "document", *place),
            )
            changes.documents.update(id_ for id_ in (document_id, revisit["document_id"]) if id_ is not None)


def _found_again(connection: sqlite3.Connection, revisit: sqlite3.Row) -> str | None:
    """The document of the capture that a revisit names, else of the first of its URL with the same payload.

    Only of the same URL: another page's outcome is never reused. The date is compared to the second,
    because many writers cut WARC-Refers-To-Date there.
    """
    url = canonical(revisit["url"])
    if revisit["refers_to_url"] is not None and canonical(revisit["refers_to_url"]) != url:
        return None
    date, digest = revisit["refers_to_date"], revisit["payload_digest"]
    named = {"key": revisit["url_key"], "date": date, "digest": digest}
    for candidates in (_AT_DATE, _WITH_DIGEST):
        for row in connection.execute(candidates, named):
            if canonical(row["url"]) == url:
                return str(row["document_id"])
    return None


# Two queries, as no index serves both conditions. "/" is the character behind "." in ASCII.
_AT_DATE = """SELECT url, document_id FROM captures
    WHERE url_key = :key AND outcome = 'document' AND record_type <> 'revisit'
        AND captured_at BETWEEN substr(:date, 1, 19) AND substr(:date, 1, 19) || '/'
    ORDER BY captured_at <> :date, captured_at, record_id, warc, offset"""
_WITH_DIGEST = """SELECT url, document_id FROM captures
    WHERE url_key = :key AND outcome = 'document' AND record_type <> 'revisit' AND payload_digest = :digest
    ORDER BY captured_at, record_id, warc, offset"""
