"""CSL-JSON: references for Zotero, pandoc and citeproc (Citation Style Language 1.0.2, input data)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date
from typing import IO, Any

from archive.export.form import Outlets, outlet
from archive.export.names import split
from archive.research.articles import Article


def write(articles: Iterable[Article], out: IO[bytes], outlets: Outlets) -> int:
    """Write one JSON array of items of type article-newspaper. Gives their number."""
    count = 0
    out.write(b"[")
    for article in articles:
        out.write(b",\n" if count else b"\n")
        out.write(json.dumps(item(article, outlets), ensure_ascii=False).encode())
        count += 1
    out.write(b"\n]\n")
    return count


def item(article: Article, outlets: Outlets) -> dict[str, Any]:
    """One reference; fields that the page doesn't state are left out."""
    captured = date.fromisoformat(article.captured_at[:10])
    found: dict[str, Any] = {
        "id": article.id,
        "type": "article-newspaper",
        "title": article.title or article.url,
        "author": [_person(name) for name in article.authors]
        or [{"literal": name} for name in article.agencies],
        "container-title": outlet(article, outlets),
        "section": article.section,
        "issued": _date(article.day),
        "accessed": _date(captured),
        "abstract": article.lead,
        "keyword": ", ".join(article.tags),
        "language": article.language,
        "URL": article.url,
        "archive": "WARC",
        "archive_location": article.record_id,
        "note": f"Captured {article.captured_at} ({article.ref})",
    }
    return {name: value for name, value in found.items() if value}


def _person(name: str) -> dict[str, str]:
    parts = split(name)
    found = {"family": parts.family, "given": parts.given, "non-dropping-particle": parts.particle}
    return {key: value for key, value in found.items() if value}


def _date(day: date) -> dict[str, list[list[int]]]:
    return {"date-parts": [[day.year, day.month, day.day]]}
