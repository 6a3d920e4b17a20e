"""What a word is: where it begins and ends in a text, how the full text keeps it, and what it is in full.

Needs no dictionary, so that who only compares words loads none.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

_LETTERS = r"[^\W\d_]+"
_TOKEN = re.compile(_LETTERS)
_GENDERED = r"(?:[:*·_]-?|/-?)in(?:nen)?(?![^\W\d_])"
WORD = re.compile(rf"{_LETTERS}(?:{_GENDERED})?(?:-{_LETTERS}(?:{_GENDERED})?)*")
"""Bürger:innen is one, and so is Ost-West-Konflikt."""
_GENDER_SIGN = re.compile(r"[:*·_/]-?(?=in)")
_INNER_CAPITAL = re.compile(r"(?<=[a-zäöüß])I(?=n(?:nen)?\b)")
_GERMAN_WORDS = frozenset(
    "der Der die Die das Das und Und nicht mit Mit von auf für Für ist wird eine einen dem den sich".split()
)
_ENGLISH_WORDS = frozenset(
    "the The and And not with With from for For is are has have of to that it It by this This they".split()
)


def is_word(text: str) -> bool:
    """Whether a text is one word, which may have forms; hyphens and the signs of gender are part of it."""
    return WORD.fullmatch(text) is not None


def fold(word: str) -> str:
    """A word as FTS5's unicode61 with remove_diacritics 2 keeps it."""
    if word.isascii():
        return word.lower()
    marked = unicodedata.normalize("NFD", word.lower())
    return "".join(character for character in marked if not unicodedata.combining(character))


def is_english(words: Mapping[str, object], language: str | None) -> bool:
    """By its commonest words, as many pages declare their template's language; else as it is declared."""
    german, english = len(_GERMAN_WORDS & words.keys()), len(_ENGLISH_WORDS & words.keys())
    if german != english:
        return english > german
    return (language or "").lower().startswith("en")


def literal(raw: str) -> tuple[str, ...]:
    """The tokens that unicode61 makes of a word."""
    return (fold(raw),) if raw.isalpha() else tuple(fold(token) for token in _TOKEN.findall(raw))


def meant(raw: str) -> str:
    """The word written in full: Bürgerinnen for Bürger:innen, BürgerInnen and Bürger/-innen."""
    return _INNER_CAPITAL.sub("i", _GENDER_SIGN.sub("", raw))
