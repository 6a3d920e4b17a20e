"""From a document to the bytes it was made of, each step checked anew; and why each cut was made."""

from __future__ import annotations

import hashlib
import sqlite3
from pathlib import Path
from typing import Any

from archive.errors import DamagedRecord
from archive.extract.reasons import MEANING
from archive.index.rows import capture_of
from archive.research import documents
from archive.warc.digests import LabelledHash
from archive.warc.http import parse_head, payload
from archive.warc.reader import read_block, read_page
from archive.warc.seal import manifest

_CAPTURE = """SELECT record_id, record_type, url, captured_at, status, mime, payload_digest, site, run, via,
    source, warc, offset, length FROM captures WHERE warc = ? AND offset = ?"""
_PROOFS = "SELECT headline, evidence, url, target_id FROM teasers WHERE document_id = ? ORDER BY position"


def why(connection: sqlite3.Connection, warc_dir: Path, document_id: str) -> dict[str, Any]:
    """The chain of a document: ``document``, ``record``, ``checks`` of the bytes as they are now, ``cuts``.

    Each check is True, False, or None where there is nothing to check. The beginning of an id is enough. All
    values go into JSON as they are. Raises BadQuery when there is no such document, or more than one.
    """
    document = documents.get(connection, document_id)
    row = connection.execute(_CAPTURE, (document["warc"], document["offset"])).fetchone()
    names = ("id", "url", "kind", "newest", "title", "extractor", "trafilatura_asked", "content_digest")
    return {
        "document": {name: document[name] for name in names},
        "record": dict(row),
        "checks": _checks(warc_dir, row, document["content_digest"]),
        "captures": len(document["captures"]),
        "cuts": _cuts(connection, document),
    }


def _checks(warc_dir: Path, row: sqlite3.Row, content_digest: str) -> dict[str, bool | str | None]:
    listed = manifest(warc_dir).get(row["warc"])
    checks: dict[str, bool | str | None] = {
        "record": False,
        "payload_digest": None,
        "content_digest": False,
        "sealed": listed is not None,
        "sha256": listed,
        "damage": None,
    }
    capture = capture_of(row)
    try:
        fields, block = read_block(warc_dir, capture.ref)
        page = read_page(warc_dir, capture)
    except DamagedRecord as error:
        return checks | {"damage": str(error)}
    checks["record"] = fields.get("warc-record-id", "").strip("<>") == capture.record_id
    checks["content_digest"] = f"sha256:{hashlib.sha256(page.body).hexdigest()}" == content_digest
    stated = LabelledHash(capture.payload_digest or "")
    if stated.known:
        is_http = fields.get("content-type", "").lower().startswith("application/http")
        head = parse_head(block) if is_http else None
        stated.update(payload(block, head) if head else block)
        checks["payload_digest"] = stated.matches
    return checks


def _cuts(connection: sqlite3.Connection, document: dict[str, Any]) -> list[dict[str, Any]]:
    """What was cut, the code and the meaning of its reason, and the page that proves it where one does."""
    proofs = {
        (row["headline"], row["evidence"]): {"url": row["url"], "document": row["target_id"]}
        for row in connection.execute(_PROOFS, (document["id"],))
        if row["url"] is not None
    }
    return [
        {
            "text": cut["text"],
            "reason": cut["reason"],
            "meaning": MEANING.get(cut["reason"], cut["reason"]),
            "proof": proofs.get((cut["text"].partition("\n")[0], cut["reason"])),
        }
        for cut in document["cuts"]
    ]
