"""Readers' comments below an article, which are no part of its text.

A word in a class is not enough: "Kommentar" is also a genre of article. So a part of the page is a
comment section only when it lies behind the text, and names itself in the plural or in microdata; or it
names itself somehow and shows the marks of a comment: the hour it was written, a button to reply.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from archive.extract.dom import Element, within
from archive.extract.split import Piece, Trait, class_traits

_MIN_WORDS_BEFORE = 40
_PLURAL = re.compile(
    r"(?:^|[\s_-])(?:(?:leser|user|article|post|reader)-?)?(?:comments|kommentare)(?:$|[\s_-])|"
    r"comment-?(?:list|section|area|thread)|kommentar-?(?:liste|bereich|spalte)|disqus",
    re.IGNORECASE,
)
_MICRODATA = re.compile(r"schema\.org/(?:User)?Comments?$", re.IGNORECASE)
_TITLE = re.compile(
    r"^(?:\d{1,5}\s+|alle\s+|leser-?|view\s+|all\s+)*(?:kommentare|comments|kommentar|comment)"
    r"\s*(?:\(?\d{1,5}\)?)?\s*:?$",
    re.IGNORECASE,
)
_MARK = re.compile(
    r"^(?:antworten|reply|melden|report|zitieren|permalink|kommentar melden|gefällt mir)\b.{0,12}$|"
    r"^.{0,40}\d{1,2}[.:]\d{2}(?:\s*Uhr)?$|^.{0,40}\b(?:vor \d+ (?:minute|stunde|tag|woche|monat|jahr)\w*|"
    r"\d+ (?:minute|hour|day|week|month|year)s? ago)$",
    re.IGNORECASE,
)


def find(pieces: Sequence[Piece], text: frozenset[int]) -> frozenset[int]:
    """The indices of pieces that are readers' comments.

    ``text`` are the indices of the pieces that would be the article, comments among them or not.
    """
    found: set[int] = set()
    before = start = 0
    while start < len(pieces):
        piece, end = pieces[start], start + 1
        named = piece.inherited & Trait.COMMENT != 0
        headed = piece.words <= 4 and _TITLE.match(piece.text) is not None
        if (named or headed) and before >= _MIN_WORDS_BEFORE:
            root = _root(piece.element, pieces, start) if named else None
            end = max(end, _end(pieces, start, root if root is not None else _scope(pieces, start)))
            marks = sum(1 for p in pieces[start:end] if p.words <= 8 and _MARK.match(p.text))
            sure = root is not None and _names_many(root)
            if sure or marks >= (1 if root is not None else 2):
                found.update(range(start, end))
        before += sum(pieces[i].words for i in range(start, end) if i in text)
        start = end
    return frozenset(found)


def _root(element: Element, pieces: Sequence[Piece], start: int) -> Element | None:
    """The outermost element around a piece that speaks of comments and begins with that piece."""
    outermost = None
    before = pieces[start - 1].element if start else None
    above = set() if before is None else {before, *before.iterancestors()}
    while element is not None and element not in above:
        names = f"{element.get('class') or ''} {element.get('id') or ''}"
        if class_traits(names) & Trait.COMMENT or _in_microdata(element):
            outermost = element
        element = element.getparent()
    return outermost


def _scope(pieces: Sequence[Piece], start: int) -> Element | None:
    """What a heading of comments heads: the element that begins with it, else the one that holds it."""
    element = pieces[start].element
    before = pieces[start - 1].element if start else None
    above = set() if before is None else {before, *before.iterancestors()}
    parent = element.getparent()
    while parent is not None and parent not in above:
        element, parent = parent, parent.getparent()
    return parent if element is pieces[start].element else element


def _end(pieces: Sequence[Piece], start: int, root: Element | None) -> int:
    """The index behind the last piece below an element that begins at ``start``."""
    end = start
    while end < len(pieces) and root is not None and within(pieces[end].element, root):
        end += 1
    return end


def _in_microdata(element: Element) -> bool:
    return element.get("itemprop") == "comment" or bool(_MICRODATA.search(element.get("itemtype") or ""))


def _names_many(element: Element) -> bool:
    names = f"{element.get('class') or ''} {element.get('id') or ''}"
    return _PLURAL.search(names) is not None or _in_microdata(element)
