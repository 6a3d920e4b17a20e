"""The door to trafilatura: which blocks of a page are its article. No other module imports it.

trafilatura 2.3 gives up a whole page for one reference to a control character and for 253 nested
elements; both are mended in ``dom`` before a tree comes here. Its default date bound is today, and
its ``deduplicate`` remembers other pages: the bound is always given, and deduplication never on.
"""

from __future__ import annotations

import logging
from copy import copy
from datetime import date
from typing import Any

import trafilatura
from htmldate import find_date
from trafilatura.metadata import extract_author, extract_title

from archive.extract import dates
from archive.extract.dom import Element, collapse
from archive.types import Block, BlockKind, Dating

# What trafilatura logs is about pages, not about Gazette: an outcome says it better.
logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
logging.getLogger("htmldate").setLevel(logging.CRITICAL)

_FAR_FUTURE = "2100-01-01"
_EARLIEST = "1995-01-01"
_ROWS = frozenset(("row", "tr"))


def blocks(tree: Element, url: str) -> tuple[Block, ...]:
    """The article's blocks as trafilatura separates them; () when it finds none. The tree stays as it is."""
    found = trafilatura.bare_extraction(tree, url=url, include_comments=False, with_metadata=False)
    if found is None or not hasattr(found, "body"):
        return ()
    walk = _Blocks()
    walk.read(found.body)
    return tuple(walk.blocks)


def title(tree: Element) -> str | None:
    """The title as trafilatura finds it in the markup."""
    return extract_title(tree) or None


def author(tree: Element) -> str | None:
    """The authors as trafilatura finds them in the markup, with "; " between several."""
    return extract_author(tree) or None


def published(tree: Element, url: str, latest: date | None) -> Dating | None:
    """The day of publication as htmldate guesses it from the text; ``latest`` bounds it.

    Its extensive search stays off: it asks dateparser, whose two-digit years and relative dates depend on
    the day it is asked, and loads the months of 200 languages for that.
    """
    bounds: dict[str, Any] = {
        "min_date": _EARLIEST,
        "max_date": latest.isoformat() if latest else _FAR_FUTURE,
    }
    found = find_date(copy(tree), original_date=True, extensive_search=False, url=url, **bounds)
    return dates.parse(found, "trafilatura", latest) if found else None


class _Blocks:
    """Turns trafilatura's body (head, p, list/item, quote, table/row/cell, nested at will) into blocks."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.loose: list[str] = []

    def read(self, element: Element) -> None:
        self._loose_text(element.text)
        for child in element:
            self._child(child)
            self._loose_text(child.tail)
        self._end_loose()

    def _child(self, child: Element) -> None:
        tag = child.tag
        if tag.__class__ is not str:
            return
        if tag == "head":
            self._add(BlockKind.HEADING, inline(child))
        elif tag in ("list", "ul", "ol", "dl"):
            self._add(BlockKind.LIST, "\n".join(lines(child)))
        elif tag == "quote" or tag == "blockquote":
            self._add(BlockKind.QUOTE, "\n".join(lines(child)))
        elif tag == "table" and not _is_layout(child):
            self._add(BlockKind.TABLE, "\n".join(_rows(child)))
        elif tag in ("p", "code", "pre", "ab", "item"):
            for line in lines(child):
                self._add(BlockKind.PARAGRAPH, line)
        elif tag == "lb" or tag == "graphic":
            self._end_loose()
        elif tag in ("hi", "ref", "del", "span", "a", "em", "strong", "b", "i"):
            self.loose.append(" ".join(child.itertext()))
        else:
            self._end_loose()
            self.read(child)

    def _loose_text(self, text: str | None) -> None:
        if text and text.strip():
            self.loose.append(text)

    def _end_loose(self) -> None:
        if self.loose:
            text = collapse("".join(self.loose))
            self.loose.clear()
            if text:
                self.blocks.append(Block(BlockKind.PARAGRAPH, text))

    def _add(self, kind: BlockKind, text: str) -> None:
        self._end_loose()
        if text:
            self.blocks.append(Block(kind, text))


def inline(element: Element) -> str:
    """The text of an element as one line."""
    return collapse("".join(element.itertext()))


def lines(element: Element) -> list[str]:
    """The text of an element, a line for each line break or block inside of it."""
    parts: list[str] = []
    _gather(element, parts)
    return [line for part in "".join(parts).split(_BREAK) if (line := collapse(part))]


_BREAK = "\x00"  # no tree holds it
_BREAKING = frozenset(("lb", "item", "p", "head", "list", "quote", "table", "div", "graphic"))


def _gather(element: Element, parts: list[str]) -> None:
    parts.append(element.text or "")
    for child in element:
        if child.tag in _ROWS:
            parts.extend((_BREAK, _BREAK.join(_rows_of([child])), _BREAK))
        elif child.tag in _BREAKING:
            parts.append(_BREAK)
            _gather(child, parts)
            parts.append(_BREAK)
        else:
            _gather(child, parts)
        parts.append(child.tail or "")


def _is_layout(table: Element) -> bool:
    """A cell that holds paragraphs is a column of a page of 1999, not a figure in a table."""
    return any(
        cell.find(".//p") is not None
        or cell.find(".//head") is not None
        or len("".join(cell.itertext())) > 500
        for cell in table.iter("cell", "td")
    )


def _rows(table: Element) -> list[str]:
    return _rows_of([row for row in table.iter() if row.tag in _ROWS])


def _rows_of(rows: list[Element]) -> list[str]:
    texts = (" | ".join(c for cell in row if (c := " ".join(lines(cell)))) for row in rows)
    return [text for text in texts if text]
