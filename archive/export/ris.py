"""RIS: references for Zotero, EndNote and Citavi (Research Information Systems, RIS format, 2011)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import IO

from archive.export.form import Outlets, outlet
from archive.export.names import inverted
from archive.research.articles import Article


def write(articles: Iterable[Article], out: IO[bytes], outlets: Outlets) -> int:
    """Write UTF-8 references of type NEWS, lines ended by CR LF. Gives their number."""
    count = 0
    for article in articles:
        lines = (f"{tag}  - {' '.join(text.split())}" for tag, text in _fields(article, outlets))
        out.write("\r\n".join(["TY  - NEWS", *lines, "ER  - ", "", ""]).encode())
        count += 1
    return count


def _fields(article: Article, outlets: Outlets) -> Iterator[tuple[str, str]]:
    yield "ID", article.id
    yield "TI", article.title or article.url
    for name in article.authors:
        yield "AU", inverted(name)
    for name in () if article.authors else article.agencies:
        yield "AU", name
    yield "T2", outlet(article, outlets)
    if article.section:
        yield "SE", article.section
    yield "PY", f"{article.day:%Y}"
    yield "DA", f"{article.day:%Y/%m/%d}/"
    if article.lead:
        yield "AB", article.lead
    for tag in article.tags:
        yield "KW", tag
    if article.language:
        yield "LA", article.language
    yield "UR", article.url
    yield "Y2", f"{article.captured_at[:10].replace('-', '/')}/"
    yield "AV", f"WARC record {article.record_id}"
    yield "N1", f"Captured {article.captured_at}, WARC record {article.record_id} ({article.ref})"
