"""What trafilatura keeps and no reader calls the text: labels, bylines, boxes, pointers elsewhere.

Each rule is about words and marks that any outlet may use. A rule that knows one outlet does not
belong here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from archive.extract import phrases, reasons
from archive.extract.dom import squash
from archive.extract.split import Piece, Trait
from archive.types import Block, BlockKind

_CONSENT_WORDS, _PROMOTION_WORDS, _CREDIT_WORDS = 75, 60, 25
_DATE_DIGITS = 8
_LONGEST = 600
"""Characters: a longer line is text whatever it says."""


@dataclass(frozen=True, slots=True)
class Known:
    """What the rest of the page says about a line."""

    by_text: Mapping[str, Piece]  # the page's piece by its squashed text
    drop: frozenset[str]  # squashed texts that stand elsewhere in the document: lead, teasers
    title: str  # squashed
    headings: frozenset[str]  # squashed h1 and kicker: the title as it stands on the page
    authors: tuple[str, ...]
    people: frozenset[str]  # the authors, squashed


def clean(blocks: Sequence[Block], known: Known) -> tuple[Block, ...]:
    """The blocks that are text, without labels before them."""
    kept: list[Block] = []
    for position, block in enumerate(blocks):
        if block.kind in (BlockKind.LIST, BlockKind.QUOTE, BlockKind.TABLE):
            lines = block.text.split("\n")
            if block.kind is BlockKind.LIST and _is_link_list(lines, known.by_text):
                continue
            text = "\n".join(li for li in lines if reason(li, known, len(lines)) is None)
        else:
            text = without_label(block.text)
            if reason(text, known) is not None or (position < 5 and _repeats_title(text, known)):
                continue
            if len(blocks) - position <= 6 and _is_biography(text, known.authors):
                continue
        if text:
            kept.append(Block(block.kind, text))
    return _without_dangling_headings(kept)


def _repeats_title(text: str, known: Known) -> bool:
    """The title with or without its kicker, at the head of the text."""
    key = squash(text)
    if len(key) < 4 or not known.title:
        return False
    if key in known.headings or (known.title in key and len(key) - len(known.title) < 60):
        return True
    return len(key) > 12 and known.title.endswith(key)


def _is_biography(text: str, authors: Sequence[str]) -> bool:
    """ "Jane Doe is a reporter ..." behind the story she wrote."""
    return any(text.startswith(a) and phrases.BIOGRAPHY.match(text[len(a) :]) for a in authors)


def without_label(text: str) -> str:
    """A text without the name of its field that the page set before it ("Vorspann Am Mittwoch ...")."""
    return phrases.LABEL_BEFORE.sub("", text, count=1)


def reason(text: str, known: Known, siblings: int = 1) -> str | None:
    """Why a line is no text, None when it is; ``siblings`` is the number of lines of its block."""
    key = squash(text)
    if len(text) > _LONGEST:
        return reasons.TITLE if key in known.drop else None
    if not key or key == known.title or key in known.drop:
        return reasons.TITLE
    if key in known.people:
        return reasons.BYLINE
    size = text.count(" ") + 1
    piece = known.by_text.get(key)
    return _furniture(text, size) or _pointer(text, size, piece, siblings) or _box(text, size, piece)


def _furniture(text: str, size: int) -> str | None:
    """Names of fields, bylines, dates, credits: furniture that is known by its form."""
    if size > 60:
        return None
    if phrases.CAPTION_END.search(text):
        return reasons.CAPTION
    if phrases.LABEL.match(text):
        return reasons.LABEL
    if phrases.TIME.match(text):
        return reasons.TIME
    dated = size <= 12 and sum(map(str.isdigit, text)) >= _DATE_DIGITS
    if dated and phrases.DATE.search(text) and text[-1] not in ".!?":
        return reasons.BYLINE
    if size <= _CREDIT_WORDS:
        if phrases.BYLINE.match(text):
            return reasons.BYLINE
        if phrases.SHARE.match(text):
            return reasons.SHARE
    if size <= 35:
        if phrases.STAFF.match(text):
            return reasons.BYLINE
        if phrases.FURNITURE.match(text):
            return reasons.FURNITURE
    ends = text.endswith((".", "!", "?", "“", '"'))
    return reasons.CAPTION if size <= _CREDIT_WORDS and not ends and phrases.CREDIT.match(text) else None


def _pointer(text: str, size: int, piece: Piece | None, siblings: int) -> str | None:
    """A line that sends the reader elsewhere."""
    if size > 30:
        return None
    if phrases.POINTER.match(text) and (piece is None or piece.link_share > 0.3 or size <= 6):
        return reasons.POINTER
    if piece is None or siblings > 1 or not _leads_away(piece):
        return None
    linked = piece.link_share > 0.9 and not piece.heading and not text.endswith((".", "!"))
    return reasons.POINTER if linked else None


def _box(text: str, size: int, piece: Piece | None) -> str | None:
    """Consent, promotion and captions."""
    if size > _CONSENT_WORDS:
        return None
    if phrases.CONSENT_ALWAYS.search(text):
        return reasons.CONSENT
    # The place of a line is asked before its words: these searches cost most of the cleaning.
    if _looks_like_box(piece, size):
        if phrases.CONSENT.search(text):
            return reasons.CONSENT
        if size <= _PROMOTION_WORDS and phrases.PROMOTION.search(text):
            return reasons.PROMOTION
    # What a figure shows may be a quotation or a listing, and only what is left is about it.
    if piece is None or piece.tag in ("blockquote", "pre"):
        return None
    if piece.own & Trait.CAPTION and not piece.inherited & Trait.BODY:
        return reasons.CAPTION
    return None


def _looks_like_box(piece: Piece | None, size: int) -> bool:
    """A story may be about cookies or newsletters: a line of a box is short, linked or in its own place."""
    if piece is None or size <= 12:
        return True
    return (
        bool(piece.links)
        or bool(piece.own & (Trait.PROMOTION | Trait.CONSENT))
        or piece.tag in ("div", "span", "aside")
    )


def _leads_away(piece: Piece) -> bool:
    return any(not link.startswith("#") for link in piece.links)


def _is_link_list(lines: Sequence[str], by_text: Mapping[str, Piece]) -> bool:
    """A list whose every item is a link leads elsewhere; it says nothing itself."""
    if not lines:
        return True
    found = [by_text.get(squash(line)) for line in lines]
    # A bold label before the link ("Newsblog: ...") is part of the pointer.
    return len(lines) >= 2 and all(
        p is not None and _leads_away(p) and p.link_share + p.strong_share > 0.8 for p in found
    )


def _without_dangling_headings(blocks: Sequence[Block]) -> tuple[Block, ...]:
    """A heading with nothing under it headed what was cut."""
    kept = list(blocks)
    while kept and kept[-1].kind is BlockKind.HEADING:
        kept.pop()
    return tuple(kept)
