"""The key of a headline: what a title and a teaser that repeats it have in common, whoever set the type."""

from __future__ import annotations

import hashlib
import re
import unicodedata

_NOT_WORD = re.compile(r"[\W_]+")
_MIN_WORDS = 3
"""Shorter headlines are labels, that many pages share."""


def fold(headline: str) -> str:
    """A headline without case, quotes, dashes, other signs and kinds of white space; its letters in NFKC."""
    return _NOT_WORD.sub(" ", unicodedata.normalize("NFKC", headline).casefold()).strip()


def key(headline: str | None) -> int | None:
    """63 bits of a hash of the folded headline; None for one too short to mean a single story."""
    folded = fold(headline or "")
    if folded.count(" ") + 1 < _MIN_WORDS:
        return None
    # A number takes a tenth of the place of the text, in the tables and in their indexes.
    return int.from_bytes(hashlib.sha256(folded.encode()).digest()[:8], "big") >> 1
