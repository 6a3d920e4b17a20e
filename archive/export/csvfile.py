"""CSV (RFC 4180): a table that spreadsheets and data frames read, and in which nothing is a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import IO, Any

from archive.export.cells import safe
from archive.export.form import Outlets, outlet
from archive.research.articles import COLUMNS, Article, as_row

_BETWEEN = "; "
"""Between the items of a list; names and keywords hold commas."""


def write(articles: Iterable[Article], out: IO[bytes], outlets: Outlets) -> int:
    """Write UTF-8 with a head line; lists as texts with "; " between. Gives the number of articles.

    It begins with a byte order mark, without which Excel takes it for another encoding than UTF-8.
    """
    text = io.TextIOWrapper(out, encoding="utf-8-sig", newline="", write_through=True)
    writer = csv.writer(text)
    writer.writerow(("outlet", *COLUMNS))
    count = 0
    for article in articles:
        writer.writerow((safe(outlet(article, outlets)), *(_cell(v) for v in as_row(article).values())))
        count += 1
    text.detach()
    return count


def _cell(value: Any) -> str | int | None:
    if isinstance(value, list):
        return safe(_BETWEEN.join(value))
    if isinstance(value, bool):
        return int(value)
    return safe(value) if isinstance(value, str) else value
