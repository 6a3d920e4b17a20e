"""One document with all that is stored of it, and the archive in numbers."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from archive.errors import BadQuery

MIN_PREFIX = 6
"""Characters of an id that must be given: 30 bits, enough to mean one of a few ten thousand documents."""

_INTERNAL = ("pk", "title_key", "uncut")
_JSON = ("tags", "agencies", "images", "blocks")
_FLAGS = ("newest", "paywall_declared", "paywall_observed", "trafilatura_asked")
_AUTHORS = "SELECT name FROM authors WHERE document_id = ? ORDER BY position"
_TEASERS = """SELECT headline, text, url, evidence, target_id FROM teasers
    WHERE document_id = ? ORDER BY position"""
_CUTS = "SELECT text, reason FROM cuts WHERE document_id = ? ORDER BY position"
_RIGHTS = """SELECT name, value, source, agent FROM rights
    WHERE warc = ? AND offset = ? AND applies_to IS NULL ORDER BY position"""
_GOVERNED = """SELECT tdm_reservation, tdm_source, tdm_rule, ai_txt, ai_txt_rule FROM rights_of_pages
    WHERE warc = ? AND offset = ?"""
_CAPTURES = """SELECT captured_at, record_type, status, url, run, warc, offset, length, record_id
    FROM captures WHERE document_id = ? ORDER BY captured_at, record_id, warc, offset"""


def get(connection: sqlite3.Connection, document_id: str) -> dict[str, Any]:
    """A document as its row says it, JSON columns read, with ``authors``, ``teasers``, ``cuts``, ``rights``
    and ``captures``.

    The beginning of an id is enough if it means one document. All values go into JSON as they are.
    Raises BadQuery when there is no such document, or more than one.
    """
    row = _find(connection, document_id.strip().lower())
    document = {name: row[name] for name in row.keys() if name not in _INTERNAL}  # noqa: SIM118 - a Row iterates over values
    for name in _JSON:
        document[name] = json.loads(document[name])
    for name in _FLAGS:
        document[name] = None if document[name] is None else bool(document[name])
    document["authors"] = [author["name"] for author in _rows(connection, _AUTHORS, row["id"])]
    document["teasers"] = _rows(connection, _TEASERS, row["id"])
    document["cuts"] = _rows(connection, _CUTS, row["id"])
    document["rights"] = _rights(connection, row["warc"], row["offset"])
    document["captures"] = _rows(connection, _CAPTURES, row["id"])
    return document


def status(connection: sqlite3.Connection, extractor: str) -> dict[str, Any]:
    """The index in numbers; ``extractor`` is the installed key, under which outcomes are not stale.

    Keys: captures, last_capture, documents (by kind), articles, articles_by_site, failures (by kind),
    new (captures without an outcome yet), stale, extractor (key the index was begun under).
    """

    def one(sql: str, *values: str) -> Any:
        return connection.execute(sql, values).fetchone()[0]

    def counts(sql: str) -> dict[str, int]:
        return {row[0]: row[1] for row in connection.execute(sql)}

    return {
        "captures": one("SELECT count(*) FROM captures"),
        "last_capture": one("SELECT max(captured_at) FROM captures"),
        "documents": counts("SELECT kind, count(*) FROM documents GROUP BY kind ORDER BY kind"),
        "articles": one("SELECT count(*) FROM articles"),
        "articles_by_site": counts("SELECT name, articles FROM sites ORDER BY name"),
        "failures": counts("SELECT kind, count(*) FROM failures GROUP BY kind ORDER BY kind"),
        "new": one("SELECT count(*) FROM captures WHERE outcome IS NULL"),
        "stale": one("SELECT count(*) FROM captures WHERE extractor <> ?", extractor),
        "extractor": one("SELECT value FROM meta WHERE key = 'extractor'"),
    }


def _find(connection: sqlite3.Connection, document_id: str) -> sqlite3.Row:
    if len(document_id) < MIN_PREFIX:
        raise BadQuery(
            f"{document_id!r}: give at least {MIN_PREFIX} characters of the document's id",
            "short_id",
            id=document_id,
            least=MIN_PREFIX,
        )
    # All that begins with it sorts between it and it with a last character behind: ids are a-z and 2-7.
    rows: list[sqlite3.Row] = connection.execute(
        "SELECT * FROM documents WHERE id BETWEEN ? AND ? ORDER BY id LIMIT 3",
        (document_id, document_id + "~"),
    ).fetchall()
    if not rows:
        raise BadQuery(
            f"{document_id!r}: no document with this id; ids stand before the hits of gazette search",
            "no_document",
            id=document_id,
        )
    if len(rows) > 1:
        raise BadQuery(
            f"{document_id!r}: may be {rows[0]['id']} or {rows[1]['id']}; give more characters of the id",
            "many_ids",
            id=document_id,
            one=rows[0]["id"],
            other=rows[1]["id"],
        )
    return rows[0]


def _rights(connection: sqlite3.Connection, warc: str, offset: int) -> list[dict[str, Any]]:
    """What the capture of a document states, then the rules of its site's files that held for it then.

    Each with name, value, source, agent and, of a rule, applies_to.
    """
    stated = connection.execute(_RIGHTS, (warc, offset))
    found = [{**dict(row), "applies_to": None} for row in stated]
    row = connection.execute(_GOVERNED, (warc, offset)).fetchone()
    if row is not None and row["tdm_source"] == "tdmrep.json":
        found.append(_rule("tdm-reservation", row["tdm_reservation"], "tdmrep.json", row["tdm_rule"]))
    if row is not None and row["ai_txt"] is not None:
        found.append(_rule(row["ai_txt"], None, "ai.txt", row["ai_txt_rule"]))
    return found


def _rule(name: str, value: str | None, source: str, applies_to: str) -> dict[str, Any]:
    return {"name": name, "value": value, "source": source, "agent": None, "applies_to": applies_to}


def _rows(connection: sqlite3.Connection, sql: str, document_id: str) -> list[dict[str, Any]]:
    return [dict(row) for row in connection.execute(sql, (document_id,))]
