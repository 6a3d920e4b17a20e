"""Pages whose text is known, what stands in an archive's index for them, and rules that name their hosts."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from archive import db, urls
from scripts.evaluation.measures import Prediction, Record

EXTRACTOR = Path(__file__).resolve().parents[2] / "archive" / "extract"


def load(path: Path, only: str | None) -> Iterator[tuple[Record, bytes]]:
    """The records of a corpus with their HTML; ``only`` is a regular expression on their ids."""
    for record in _json_lines(path):
        if only and not re.search(only, record["id"]):
            continue
        page = path.parent / record["html"]
        yield record, gzip.decompress(page.read_bytes()) if page.suffix == ".gz" else page.read_bytes()


def _json_lines(path: Path) -> Iterator[Record]:
    with path.open(encoding="utf-8") as lines:  # not splitlines(): texts hold U+2028
        for line in lines:
            if line.strip():
                yield json.loads(line)


def from_index(archive: Path, ids: Path) -> Callable[[Record, bytes], Prediction]:
    """Predictions out of an archive's index; the newest document of a URL counts."""
    wanted = {r["id"]: r["url"] for r in _json_lines(ids)}
    connection = db.open_reader(archive / "index.db")
    rows = connection.execute(
        "SELECT url, title, lead, text, published FROM documents WHERE newest = 1 ORDER BY id"
    ).fetchall()
    authors = _index_authors(connection)
    stored = {
        urls.canonical(r[0]) or r[0]: {
            "title": r[1],
            "lead": r[2],
            "text": r[3],
            "date": r[4],
            "authors": authors.get(r[0], []),
        }
        for r in rows
    }

    def run(record: Record, html: bytes) -> Prediction:
        url = wanted.get(record["id"], "")
        return stored.get(urls.canonical(url) or url, {"lead": None, "text": None})

    return run


def _index_authors(connection: Any) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    sql = "SELECT url, name FROM authors JOIN documents ON id = document_id ORDER BY document_id, position"
    for url, name in connection.execute(sql):
        found.setdefault(url, []).append(name)
    return found


def named_hosts(records: list[Record], extractor: Path = EXTRACTOR) -> list[str]:
    """Hosts of the corpus whose registrable part stands in the extractor: a rule for a test page."""
    source = "\n".join(p.read_text(encoding="utf-8") for p in sorted(extractor.rglob("*.py"))).lower()
    found = set()
    for record in records:
        labels = (urls.host(record["url"] or "") or "").split(".")
        for size in (2, 3):
            name = ".".join(labels[-size:])
            if (
                len(labels) >= size
                and len(name) > 6
                and re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", source)
            ):
                found.add(name)
    return sorted(found)
