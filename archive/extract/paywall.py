"""Whether a page shows its whole text or a stub before a paywall: seen on the page, not declared by it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from archive.extract.split import Piece

_STUB_WORDS = 200
"""A text of more words than this is no stub, whatever stands below it."""
_MAX_MARK_WORDS = 40
_MARK = re.compile(
    r"weiterlesen mit\b|\b(?:jetzt|hier|sofort|gratis|kostenlos) (?:\S+ ){0,4}(?:weiterlesen|freischalten)\b|"
    r"\b(?:artikel|beitrag|text|inhalt) (?:\S+ )?(?:freischalten|kostenpflichtig|(?:ist|nur) (?:\S+ )?für "
    r"(?:\S+ )?\w*abonnent)|\bbereits (?:\w*abonnent|registriert\?|\w*kunde\?)|"
    r"\bsubscribe (?:now )?to (?:continue|read|keep reading)|\bto (?:continue|keep) reading\b|"
    r"\balready a subscriber\b|\bthis (?:article|story|content) is (?:only )?(?:for|available to) "
    r"(?:\S+ )?(?:subscribers|members)",
    re.IGNORECASE,
)


def observed(pieces: Sequence[Piece], text: str) -> bool | None:
    """True for a short text on a page that asks to subscribe, False for a long one, None for a short one.

    A short text without such a request may be a stub or a short story: nothing on the page tells.
    """
    if text.count(" ") >= _STUB_WORDS:
        return False
    return any(p.words <= _MAX_MARK_WORDS and _MARK.search(p.text) for p in pieces) or None
