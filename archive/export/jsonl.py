"""JSON lines: one article a line, with all its fields."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import IO

from archive.export.form import Outlets, outlet
from archive.research.articles import Article, as_row


def write(articles: Iterable[Article], out: IO[bytes], outlets: Outlets) -> int:
    """Write UTF-8 JSON lines; times are ISO 8601, lists stay lists. Gives the number of articles."""
    count = 0
    for article in articles:
        row = as_row(article) | {"outlet": outlet(article, outlets)}
        out.write(json.dumps(row, ensure_ascii=False).encode() + b"\n")
        count += 1
    return count
