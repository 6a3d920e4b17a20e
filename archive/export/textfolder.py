r"""A folder of plain text files, as AntConc, TXM, Sketch Engine and quanteda read it.

FOLDER/SITE/YEAR/DAY_ID.txt     title, lead and text, with empty lines between
FOLDER/metadata.csv             what is known of each, with the file's path first
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from archive.export.cells import safe
from archive.export.form import Outlets, outlet
from archive.research.articles import COLUMNS, Article, as_row

TABLE = "metadata.csv"

_NO_NAME = re.compile(r"[^a-z0-9-]+")
_LEFT_OUT = ("lead", "text")


def write(articles: Iterable[Article], folder: Path, outlets: Outlets) -> int:
    """Write UTF-8 files with lines ended by LF into an empty folder. Gives the number of articles."""
    names = [name for name in COLUMNS if name not in _LEFT_OUT]
    count = 0
    with (folder / TABLE).open("w", encoding="utf-8", newline="") as out:
        table = csv.writer(out)
        table.writerow(("file", "outlet", *names))
        for article in articles:
            path = _path(article)
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(_text(article), encoding="utf-8", newline="\n")
            row = as_row(article)
            cells = (_cell(row[name]) for name in names)
            table.writerow((path.as_posix(), safe(outlet(article, outlets)), *cells))
            count += 1
    return count


def _path(article: Article) -> Path:
    # An id is letters and digits; a name never comes from a page.
    site = _NO_NAME.sub("-", article.site or "imported")
    return Path(site, f"{article.day:%Y}", f"{article.day.isoformat()}_{article.id}.txt")


def _text(article: Article) -> str:
    paragraphs = [article.title or "", *article.text.split("\n")]
    return "\n\n".join(part for part in paragraphs if part.strip()) + "\n"


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return safe("; ".join(value) if isinstance(value, list) else str(value))
