"""Tables that fit the terminal, and tables for spreadsheets."""

from __future__ import annotations

import csv
import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from crawler.cli.output import one_line, table


def fitted(
    head: Sequence[str], rows: Sequence[Sequence[object]], least: Sequence[str], width: int | None = None
) -> str:
    """A table that a terminal shows without a break, if that can be: columns of ``least`` go, in this order.

    ``width``: its characters; None: those of the terminal, and no bound where none reads it.
    """
    # $COLUMNS counts, too; a pipe has no width, and nothing is kept from a program.
    width = shutil.get_terminal_size((0, 0)).columns if width is None else width
    names, shown = list(head), [list(row) for row in rows]
    text = table(names, shown)
    for name in least:
        if not width or max(map(len, text.splitlines())) <= width:
            break
        place = names.index(name)
        names.pop(place)
        for row in shown:
            row.pop(place)
        text = table(names, shown)
    return text


def comma(names: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
    """What ``names`` names of each row as CSV on stdout.

    No spreadsheet takes a cell for a formula: reasons may quote what a server said.
    """
    from archive.export.cells import safe

    def cell(value: object) -> object:
        return safe(one_line(value)) if isinstance(value, str) else value

    write = csv.writer(sys.stdout, lineterminator="\n")
    write.writerow(names)
    write.writerows([cell(row[name]) for name in names] for row in rows)
