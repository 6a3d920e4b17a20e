"""Rows as Datasette uses them, of what another process has answered."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any, Self

from archive.export.cells import safe

FOR_SPREADSHEETS: ContextVar[bool] = ContextVar("for_spreadsheets", default=False)
"""Whether the answer to this request becomes CSV, in which no archived text may be a formula."""


FOR_READERS: ContextVar[bool] = ContextVar("for_readers", default=False)
"""Whether the answer to this request becomes a page: each value is one of its cells then."""


class Row(tuple[Any, ...]):
    """Like sqlite3.Row, which only SQLite can make: values by place and by name."""

    _columns: list[str]

    @classmethod
    def of(cls, columns: list[str], values: tuple[Any, ...]) -> Self:
        row = cls(values)
        row._columns = columns
        return row

    def keys(self) -> list[str]:
        """Names of the columns; one may stand there twice."""
        return self._columns

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, str):
            try:
                return super().__getitem__(self._columns.index(key))
            except ValueError:
                raise IndexError(f"no column {key}") from None
        return super().__getitem__(key)


def rows(told: Mapping[str, Any], *, for_spreadsheets: bool) -> list[Row]:
    """The rows of an answer of visitor.py."""
    columns = told["columns"]
    value = _cell if for_spreadsheets else _value
    return [Row.of(columns, tuple(map(value, row))) for row in told["rows"]]


def _value(cell: Any) -> Any:
    return base64.b64decode(cell[0]) if isinstance(cell, list) else cell


def _cell(cell: Any) -> Any:
    return safe(cell) if isinstance(cell, str) else _value(cell)
