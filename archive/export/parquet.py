"""Parquet: a typed table, by pyarrow (of the extra ``research``)."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from datetime import datetime
from typing import IO, Any

from archive.errors import BadConfiguration
from archive.export.form import Outlets, outlet
from archive.research.articles import COLUMNS, Article, as_row

_GROUP = 2_000
"""Articles that are held and written at once: about 10 MB of text."""
_TIMES = ("published", "modified", "captured_at", "last_captured_at")
_LISTS = ("authors", "agencies", "tags")
_FLAGS = ("paywall_declared", "paywall_observed")
_NUMBERS = ("offset", "length")


def write(articles: Iterable[Article], out: IO[bytes], outlets: Outlets) -> int:
    """Write one table: times as UTC timestamps, ``day`` as a date, lists as lists. Gives the number of rows.

    Raises BadConfiguration when pyarrow isn't installed.
    """
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise BadConfiguration(
            "parquet needs pyarrow, which isn't installed; install it with: pip install 'gazette[research]'"
        ) from None
    schema = pa.schema([("outlet", pa.string()), *((name, _type(pa, name)) for name in COLUMNS)])
    count = 0
    rows = (_row(article, outlets) for article in articles)
    with pq.ParquetWriter(out, schema, compression="zstd") as writer:
        while group := list(itertools.islice(rows, _GROUP)):
            writer.write_table(pa.Table.from_pylist(group, schema=schema))
            count += len(group)
    return count


def _row(article: Article, outlets: Outlets) -> dict[str, Any]:
    row = as_row(article) | {"outlet": outlet(article, outlets), "day": article.day}
    return row | {name: datetime.fromisoformat(row[name]) for name in _TIMES if row[name] is not None}


def _type(pa: Any, name: str) -> Any:
    if name in _TIMES:
        return pa.timestamp("us", tz="UTC")
    if name in _LISTS:
        return pa.list_(pa.string())
    if name in _FLAGS:
        return pa.bool_()
    if name in _NUMBERS:
        return pa.int64()
    return pa.date32() if name == "day" else pa.string()
