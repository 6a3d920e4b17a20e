"""How verbs print: JSON lines for programs, plain lines for people."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

import click

# Archived text may hold escape sequences that would steer the terminal of who reads it.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_MARK = re.compile(r"\x02([^\x02\x03]*)\x03?")


def plain(text: str) -> str:
    """Text from outside that is safe to show: without control characters, line breaks and tabs kept."""
    return _CONTROL.sub("", text)


def one_line(text: str) -> str:
    """The same on one line."""
    return plain(" ".join(text.split()))


def emit(row: Mapping[str, Any]) -> None:
    """One JSON object on a line of stdout."""
    click.echo(json.dumps(row, ensure_ascii=False))


def highlight(snippet: str) -> str:
    """A snippet with its matches in bold; click leaves that out where no terminal reads it."""
    styled, last = "", 0
    for match in _MARK.finditer(snippet):
        styled += one_line_part(snippet[last : match.start()])
        styled += click.style(one_line_part(match[1]), bold=True, fg="yellow")
        last = match.end()
    return styled + one_line_part(snippet[last:])


def one_line_part(text: str) -> str:
    """Like ``one_line``, but a blank at either end stays."""
    return plain(re.sub(r"\s+", " ", text))


def matches(snippet: str) -> tuple[str, list[list[int]]]:
    """A snippet without its marks, and where the matches stand in it: [start, end) in characters."""
    text, spans, last = "", [], 0
    for match in _MARK.finditer(snippet):
        text += snippet[last : match.start()]
        spans.append([len(text), len(text) + len(match[1])])
        text += match[1]
        last = match.end()
    return text + snippet[last:], spans


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Columns with two blanks between them; numbers stand on the right. "" for None."""
    texts = [["" if cell is None else one_line(str(cell)) for cell in row] for row in rows]
    right = [all(isinstance(row[i], int | None) for row in rows) for i in range(len(head))]
    widths = [max(len(line[i]) for line in [list(head), *texts]) for i in range(len(head))]
    lines = (
        "  ".join(
            cell.rjust(width) if to_right else cell.ljust(width)
            for cell, width, to_right in zip(line, widths, right, strict=True)
        ).rstrip()
        for line in [list(head), *texts]
    )
    return "\n".join(lines)


def size(number: float) -> str:
    """Bytes for people: "1.4 GB"."""
    for unit in ("B", "kB", "MB", "GB"):
        if number < 1000:
            return f"{number:.0f} {unit}" if unit == "B" or number >= 100 else f"{number:.1f} {unit}"
        number /= 1000
    return f"{number:.1f} TB"


def duration(seconds: float) -> str:
    """A time span for people: "4 s", "12 min", "3.5 h"."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{round(seconds / 60)} min" if seconds < 5_400 else f"{seconds / 3600:.1f} h"


def minute(when: str | None) -> str:
    """A time of the index, to the minute, UTC; "" for None."""
    return f"{when[:10]} {when[11:16]}" if when else ""
