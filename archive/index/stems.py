"""The other forms under which the words of an article are found: the column ``stems`` of `articles_fts`.

text -> words (see words) -> forms of each (see forms) -> those that don't stand in the text, each once
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, lru_cache
from importlib.metadata import version
from itertools import chain

from archive.index.forms import all_forms, base_forms, english_base
from archive.index.words import WORD, fold, is_english, literal, meant

REVISION = "1"
"""Raised with every change of what ``stems`` gives."""
_LIBRARIES = ("PyStemmer", "compound-split", "simplemma")

_CACHED = 200_000
"""Words whose forms are remembered. An article of 400 words brings some that are new, each at .05 ms."""
_MAX_JOINED = 60
_Forms = tuple[tuple[str, ...], tuple[str, ...]]  # how words stand in the full text, and their other forms


def stems(title: str | None, lead: str | None, text: str | None, language: str | None) -> str:
    """The forms of a document's words that don't stand in it as they are, with spaces between.

    A pure function of the document, which is read as German or English by its commonest words, else by
    ``language`` (a tag, e.g. "de-AT"; all but English is read as German).
    """
    said = [title or "", text or ""]
    if lead and not said[1].startswith(lead):
        said.append(lead)
    # Cut at white space, as that is five times faster than to look for words; what comes again is remembered.
    pieces = dict.fromkeys("\n".join(said).split())
    if not pieces:
        return ""
    memory = english if is_english(pieces, language) else german
    own, others = zip(*map(memory.__getitem__, pieces), strict=True)
    stand = set(chain.from_iterable(own))
    return " ".join([form for form in dict.fromkeys(chain.from_iterable(others)) if form not in stand])


@cache
def key() -> str:
    """What the forms depend on beside the document: a row is taken out with the forms it was put in with."""
    return " ".join([REVISION, *(f"{name}-{version(name)}" for name in _LIBRARIES)])


class _Memory(dict[str, _Forms]):
    """How the words of a piece of text stand in the full text themselves, and their other forms.

    A dict is asked in half of the time of an lru_cache, and a text has hundreds of pieces.
    """

    def __init__(self, forms_of: Callable[[str], _Forms]) -> None:
        self._forms_of = forms_of

    def __missing__(self, piece: str) -> _Forms:
        if len(self) >= _CACHED:
            self.clear()
        words = [self._forms_of(raw) for raw in WORD.findall(piece)]
        own, others = ([form for word in words for form in word[side]] for side in (0, 1))
        found = self[piece] = words[0] if len(words) == 1 else (tuple(own), tuple(others))
        return found


@lru_cache(maxsize=_CACHED)
def _german_word(raw: str) -> _Forms:
    own = literal(raw)
    word = meant(raw)
    parts = word.split("-")
    forms: list[str] = []
    if len(parts) > 1 and len(word) <= _MAX_JOINED:
        joined = "".join(parts)
        forms += [fold(joined), *base_forms(joined)]
    for part in parts:
        forms += all_forms(part)
    return own, tuple(form for form in dict.fromkeys(forms) if form not in own)


def _english_word(raw: str) -> _Forms:
    own = literal(raw)
    parts = raw.split("-")
    forms = [fold("".join(parts))] if len(parts) > 1 else []
    forms += [fold(english_base(part)) for part in parts]
    return own, tuple(form for form in dict.fromkeys(forms) if form not in own)


german = _Memory(_german_word)
english = _Memory(_english_word)
