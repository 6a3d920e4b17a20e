"""BibTeX: references for LaTeX, in the fields that classic styles, biblatex and JabRef know."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import IO

from archive.export.form import Outlets, outlet
from archive.export.names import inverted
from archive.research.articles import Article

_SPECIAL = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "{": r"\{",
        "}": r"\}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        **{character: f"\\{character}" for character in "&%$#_"},
    }
)
_NO_KEY = re.compile(r"[^a-z0-9-]+")
_IN_URL = str.maketrans({"{": "%7B", "}": "%7D", "\\": "%5C"})


def write(articles: Iterable[Article], out: IO[bytes], outlets: Outlets) -> int:
    """Write UTF-8 entries of type article, each with a key of its own. Gives their number."""
    count = 0
    for article in articles:
        lines = "".join(f"  {name} = {{{value}}},\n" for name, value in _fields(article, outlets))
        out.write(f"@article{{{key(article)},\n{lines}}}\n\n".encode())
        count += 1
    return count


def key(article: Article) -> str:
    """What a text cites: site, year and the document's id."""
    site = _NO_KEY.sub("-", article.site or article.url.split("/")[2])
    return f"{site}-{article.day.year}-{article.id[:12]}"


def _fields(article: Article, outlets: Outlets) -> Iterator[tuple[str, str]]:
    # A second pair of braces keeps capitals, and a name of several words in one piece.
    yield "title", f"{{{escape(article.title or article.url)}}}"
    if article.authors:
        yield "author", " and ".join(_author(name) for name in article.authors)
    elif article.agencies:
        yield "author", " and ".join(f"{{{escape(name)}}}" for name in article.agencies)
    yield "journal", escape(outlet(article, outlets))
    yield "year", str(article.day.year)
    yield "month", f"{article.day:%m}"
    yield "day", f"{article.day:%d}"
    yield "date", article.day.isoformat()
    yield "url", article.url.translate(_IN_URL)
    yield "urldate", article.captured_at[:10]
    if article.language:
        yield "langid", escape(article.language)
    if article.tags:
        yield "keywords", escape(", ".join(article.tags))
    if article.lead:
        yield "abstract", escape(article.lead)
    yield "note", escape(f"Captured {article.captured_at}, WARC record {article.record_id}")


def _author(name: str) -> str:
    # " and " within a name would make two people of it.
    return f"{{{escape(name)}}}" if " and " in name.lower() else escape(inverted(name))


def escape(text: str) -> str:
    """Text that TeX sets as it stands."""
    return " ".join(text.split()).translate(_SPECIAL)
