"""Rows for people who work in Python: a sequence that prints as a table and becomes a data frame.

    items + Shape -> Rows (all there) or Stream (read one after another) -> to_pandas(), to_polars()

The two libraries belong to the extra ``research`` and are imported when they are asked for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

from archive.errors import BadConfiguration

if TYPE_CHECKING:
    import pandas
    import polars

T_co = TypeVar("T_co", covariant=True)

_SHOWN = 10
"""Rows that a repr shows."""
_WIDEST = 60
"""Characters of a cell in it."""
_COLUMNS = 6
"""Columns of a table that nobody has described, which a repr shows."""
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z")


class Column(StrEnum):
    """What a column holds; any of them may be missing in a row."""

    TEXT = "text"
    WHOLE = "whole"  # a whole number
    NUMBER = "number"
    FLAG = "flag"
    DAY = "day"  # a calendar day without a zone
    TIME = "time"  # an instant, in UTC
    SPAN = "span"  # a length of time
    TEXTS = "texts"  # a list of texts
    ANY = "any"


_PANDAS = {
    Column.TEXT: "string",
    Column.WHOLE: "Int64",
    Column.NUMBER: "float64",
    Column.FLAG: "boolean",
    Column.DAY: "datetime64[s]",
    Column.TIME: "datetime64[us, UTC]",
    Column.SPAN: "timedelta64[us]",
    Column.TEXTS: "object",
    Column.ANY: "object",
}


@dataclass(frozen=True, slots=True)
class Shape:
    """What rows of one kind consist of."""

    nouns: tuple[str, str]  # of one and of several
    columns: Mapping[str, Column]  # in order
    shown: tuple[str, ...]  # columns that a repr shows

    def count(self, number: int) -> str:
        """So many of them, in words: "1 hit", "1,234 hits"."""
        return f"{number:,} {self.nouns[number != 1]}"


class Stream(Iterable[T_co], Generic[T_co]):
    """Items that are read one after another, anew by each loop; nothing is held but the one in hand.

    Example:
        for article in a.articles("Brücke"): ...
    """

    def __init__(self, begin: Callable[[], Iterator[T_co]], shape: Shape) -> None:
        self._begin = begin
        self.shape = shape

    def __iter__(self) -> Iterator[T_co]:
        return self._begin()

    def to_pandas(self) -> pandas.DataFrame:
        """All rows as a pandas.DataFrame with the columns of ``shape``.

        Days are datetime64[s] without a zone, times datetime64[us, UTC], whole numbers Int64, flags boolean,
        texts string, lists Python lists. Raises BadConfiguration when pandas isn't installed.
        """
        try:
            import pandas
        except ImportError:
            raise _missing("pandas") from None
        columns = self._columns()
        return pandas.DataFrame(
            {
                name: pandas.Series(columns[name], dtype=_PANDAS[kind])
                for name, kind in self.shape.columns.items()
            }
        )

    def to_polars(self) -> polars.DataFrame:
        """All rows as a polars.DataFrame with the columns of ``shape``.

        Days are Date, times Datetime in UTC, whole numbers Int64, flags Boolean, lists List(String). Raises
        BadConfiguration when polars isn't installed.
        """
        try:
            import polars
        except ImportError:
            raise _missing("polars") from None
        kinds = {
            Column.TEXT: polars.String(),
            Column.WHOLE: polars.Int64(),
            Column.NUMBER: polars.Float64(),
            Column.FLAG: polars.Boolean(),
            Column.DAY: polars.Date(),
            Column.TIME: polars.Datetime("us", "UTC"),
            Column.SPAN: polars.Duration("us"),
            Column.TEXTS: polars.List(polars.String()),
            Column.ANY: polars.Object(),
        }
        columns = self._columns()
        return polars.DataFrame(
            [
                polars.Series(name, columns[name], dtype=kinds[kind])
                for name, kind in self.shape.columns.items()
            ]
        )

    def _columns(self) -> dict[str, list[Any]]:
        columns: dict[str, list[Any]] = {name: [] for name in self.shape.columns}
        for item in self:
            for name, kind in self.shape.columns.items():
                columns[name].append(_typed(_value(item, name), kind))
        return columns

    def __repr__(self) -> str:
        return f"<{self.shape.nouns[1]}, read one after another: loop over them, or .to_pandas()>"


class Rows(Stream[T_co], Sequence[T_co]):
    """Items that are all there: a sequence whose repr is a table of the first ones.

    Example:
        stories = a.stories(outlets=2); stories[0].title; stories.to_pandas()
    """

    def __init__(self, items: Iterable[T_co], shape: Shape) -> None:
        self._items = tuple(items)
        super().__init__(lambda: iter(self._items), shape)

    def __len__(self) -> int:
        return len(self._items)

    @overload
    def __getitem__(self, index: int) -> T_co: ...
    @overload
    def __getitem__(self, index: slice) -> Rows[T_co]: ...
    def __getitem__(self, index: int | slice) -> T_co | Rows[T_co]:
        return Rows(self._items[index], self.shape) if isinstance(index, slice) else self._items[index]

    def __repr__(self) -> str:
        return "\n".join([self._headline(), *self._lines()])

    def _headline(self) -> str:
        return self.shape.count(len(self))

    def _lines(self) -> Iterator[str]:
        names = self.shape.shown
        cells = [
            [_short(_typed(_value(item, name), self.shape.columns[name])) for name in names]
            for item in self._items[:_SHOWN]
        ]
        table = [list(names), *cells] if cells else []
        widths = [max(len(row[at]) for row in table) for at in range(len(names) if cells else 0)]
        for row in table:
            padded = (self._padded(*each) for each in zip(names, row, widths, strict=True))
            yield "  " + "  ".join(padded).rstrip()
        if len(self) > _SHOWN:
            yield f"  and {len(self) - _SHOWN:,} more"

    def _padded(self, name: str, cell: str, width: int) -> str:
        """A cell of a table: numbers end on the right, and so does what stands left of a word."""
        to_right = name == "left" or self.shape.columns[name] in (Column.WHOLE, Column.NUMBER)
        return cell.rjust(width) if to_right else cell.ljust(width)


def inferred(names: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> Shape:
    """The shape of rows whose columns nobody has described: texts that are all ISO 8601 days are days ..."""
    columns = {name: _kind([row[name] for row in rows if row[name] is not None]) for name in names}
    wide = "1 column" if len(columns) == 1 else f"{len(columns)} columns"
    return Shape((f"row of {wide}", f"rows of {wide}"), columns, tuple(names[:_COLUMNS]))


def _kind(values: Sequence[Any]) -> Column:
    if all(isinstance(value, int) for value in values):
        return Column.WHOLE if values else Column.TEXT
    if all(isinstance(value, int | float) for value in values):
        return Column.NUMBER
    if not all(isinstance(value, str) for value in values):
        return Column.ANY
    for kind, form in ((Column.DAY, _DAY), (Column.TIME, _TIME)):
        if all(form.fullmatch(value) for value in values):
            try:
                for value in values:
                    datetime.fromisoformat(value)
            except ValueError:  # it only looks like one
                return Column.TEXT
            return kind
    return Column.TEXT


def _value(item: object, name: str) -> Any:
    """A cell of an item; where its record lies stands in the item's ``ref``."""
    if isinstance(item, Mapping):
        return item[name]
    holder = item if hasattr(item, name) else getattr(item, "ref", item)
    return getattr(holder, name)


def _typed(value: Any, kind: Column) -> Any:
    """A value as data frames take it."""
    if value is None or kind is Column.ANY:
        return value
    if kind is Column.TIME:
        return (value if isinstance(value, datetime) else datetime.fromisoformat(value)).astimezone(UTC)
    if kind is Column.DAY:
        return value if isinstance(value, date) else date.fromisoformat(value)
    if kind is Column.TEXTS:
        return list(value)
    if kind is Column.FLAG:
        return bool(value)
    return str(value) if kind is Column.TEXT else value


def _short(value: object) -> str:
    """A cell on one line; what would steer the terminal is left out of a text from outside."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.3g}"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, timedelta):
        return str(value).removesuffix(":00")
    text = ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    text = "".join(letter for letter in " ".join(text.split()) if letter.isprintable())
    return text if len(text) <= _WIDEST else text[: _WIDEST - 1] + "…"


def _missing(library: str) -> BadConfiguration:
    return BadConfiguration(
        f"{library} isn't installed; install it with: pip install 'gazette[research]', or loop over the rows"
    )
