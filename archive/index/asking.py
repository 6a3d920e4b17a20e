"""The words of a query: under which forms they are looked up, and which words of a text they stand for."""

from __future__ import annotations

from collections.abc import Set
from functools import lru_cache

from archive.index import stems, vocabulary
from archive.index.forms import FUNCTION_WORDS, base_forms, english_base, plain, spellings
from archive.index.words import WORD, fold, meant

_CACHED = 200_000
_LONG = 5
"""Letters of a form that stands in no other word by chance."""


def asked(word: str) -> list[str]:
    """The forms under which a word of a query is looked up, besides the word as it is written.

    It is never split: who asks for Rathausmedaille doesn't want every Rathaus.
    """
    found: dict[str, None] = {}
    for raw in WORD.findall(word):
        said = meant(raw)
        joined = said.replace("-", "")
        found[fold(joined)] = None
        for case in _cases(joined):
            found.update(dict.fromkeys(base_forms(case)))
        known = vocabulary.bases(joined)
        if not known:
            found[fold(english_base(joined))] = None
        if said != raw:  # Bürger:innen are Bürger too
            for form in known:
                found.update(dict.fromkeys(plain(vocabulary.masculine(form) or form)))
    return [form for form in found if form != fold(word)]


def is_function_word(word: str) -> bool:
    """Whether a word of a query stands in nearly every text, in any of its forms."""
    return word.lower() in FUNCTION_WORDS


def has_form(word: str, wanted: Set[str]) -> bool:
    """Whether a word of a text has one of the forms ``wanted``; for who marks what was found there.

    Compounds are only split, which takes as long as all else of it, where they hold a short form: a long
    one stands in no word by chance.
    """
    if not wanted.isdisjoint(_whole_forms(word)):
        return True
    folded = _folded(word)
    inside = [form for form in wanted if form in folded]
    if any(len(form) >= _LONG for form in inside):
        return True
    return bool(inside) and not wanted.isdisjoint(stems.german[word][1])


@lru_cache(maxsize=_CACHED)
def _whole_forms(word: str) -> frozenset[str]:
    """The forms of a word but for its parts, whatever its language."""
    found: set[str] = set()
    for raw in WORD.findall(word):
        said = meant(raw)
        for part in (said.replace("-", ""), *said.split("-")):
            found.update((fold(part), fold(english_base(part)), *spellings(part), *base_forms(part)))
            for form in vocabulary.bases(part):
                found.update(plain(vocabulary.masculine(form) or form))
    return frozenset(found)


@lru_cache(maxsize=_CACHED)
def _folded(word: str) -> str:
    """The same as ``fold``, for the words of texts, which repeat."""
    return fold(word)


def _cases(word: str) -> list[str]:
    """A word of a query as it may be meant: nouns are typed in lower case, and "haus" is not of hausen."""
    if not word.islower():
        return [word]
    known = vocabulary.base(word)
    if vocabulary.noun(word) is None:
        return [word] if known is not None else [word, word.capitalize()]
    return [word.capitalize(), word] if known == word else [word.capitalize()]
