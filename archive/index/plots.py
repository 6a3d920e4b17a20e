"""Bar charts as SVG within a page: no script, no outside resource, colours by CSS class."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

_WIDTH, _LABEL, _NUMBER, _ROW, _BAR = 760, 190, 110, 24, 14
"""Units of the drawing: all of it, the names on the left, the numbers on the right, a row and its bar."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A row: its name and its parts, each a number and the CSS class that colours it."""

    name: str
    parts: tuple[tuple[int, str], ...]


def stacked(title: str, bars: Sequence[Bar]) -> str:
    """Rows of parts side by side from the left; the sum stands behind. "" without rows."""
    longest = max((sum(number for number, _ in bar.parts) for bar in bars), default=0)
    if not longest:
        return ""
    scale = (_WIDTH - _LABEL - _NUMBER) / longest
    lines: list[str] = []
    for position, bar in enumerate(bars):
        x = float(_LABEL)
        for number, colour in bar.parts:
            lines.append(_rectangle(x, position, number * scale, colour, f"{bar.name}: {number:,} {colour}"))
            x += number * scale
        lines.append(_text(x + 6, position, f"{sum(number for number, _ in bar.parts):,}", "start"))
    return _drawing(title, bars, lines)


def diverging(title: str, bars: Sequence[Bar]) -> str:
    """Rows of two parts: the first to the left of the middle, the second to the right. "" without rows."""
    most = [max((bar.parts[side][0] for bar in bars), default=0) for side in (0, 1)]
    if not sum(most):
        return ""
    room = _WIDTH - _LABEL - 2 * _NUMBER
    scale = room / sum(most)
    middle = _LABEL + _NUMBER + most[0] * scale
    lines: list[str] = []
    for position, bar in enumerate(bars):
        (left, left_colour), (right, right_colour) = bar.parts
        x = middle - left * scale
        lines.append(
            _rectangle(x, position, left * scale, left_colour, f"{bar.name}: {left:,} {left_colour}")
        )
        lines.append(
            _rectangle(middle, position, right * scale, right_colour, f"{bar.name}: {right:,} {right_colour}")
        )
        lines.append(_text(x - 6, position, f"−{left:,}" if left else "", "end"))
        lines.append(_text(middle + right * scale + 6, position, f"+{right:,}" if right else "", "start"))
    lines.append(f'<line class="axis" x1="{middle:.1f}" x2="{middle:.1f}" y1="0" y2="{len(bars) * _ROW}"/>')
    return _drawing(title, bars, lines)


def _drawing(title: str, bars: Sequence[Bar], lines: Sequence[str]) -> str:
    height = len(bars) * _ROW + 4
    names = [_text(_LABEL - 8, position, _short(bar.name), "end") for position, bar in enumerate(bars)]
    return (
        f'<figure><figcaption>{escape(title)}</figcaption><svg viewBox="0 0 {_WIDTH} {height}" role="img"'
        f' aria-label="{escape(title)}">{"".join([*names, *lines])}</svg></figure>'
    )


def _rectangle(x: float, position: int, width: float, colour: str, tip: str) -> str:
    y = position * _ROW + (_ROW - _BAR) / 2
    return (
        f'<rect class="{colour}" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{_BAR}">'
        f"<title>{escape(tip)}</title></rect>"
    )


def _text(x: float, position: int, text: str, anchor: str) -> str:
    y = position * _ROW + _ROW / 2 + 4
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _short(name: str) -> str:
    return name if len(name) <= 26 else name[:25] + "…"
