"""The words that a dictionary knows, with their base forms: the door to simplemma.

Snowball alone can't tell Bürger from Burg or Müller from Müll: it cuts both to one stem. A dictionary can.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, lru_cache

from archive.index import tries

_LANGUAGES = {"german": "de", "english": "en"}
_ENDINGS = ("s", "n", "e", "es", "en", "em", "er")
"""What may be left out at the end of a form that the dictionary lacks, e.g. of "Rats"."""
_NO_NOUN_ENDINGS = frozenset({"em", "er"})
_MIN_REST = 3
_ADJECTIVE_ENDINGS = frozenset({"e", "em", "en", "er", "es"})
_MIN_GENITIVE = 6
"""Letters of a word that may be the genitive of another name; Hans is not of Han, nor Peters of Peter."""
_BACK = str.maketrans("äöüÄÖÜ", "aouAOU")


_LookUp = Callable[[str], str | None]


@cache
def _dictionaries() -> dict[str, _LookUp]:
    """By language, what gives the base form of a word as it is written, or None."""
    kept = tries.opened(("simplemma",), _LANGUAGES, _pairs)
    if kept is None:
        return {language: words.get for language, words in _loaded().items()}
    return {language: _reader(table) for language, table in zip(_LANGUAGES, kept, strict=True)}


def _reader(kept: tries.Table) -> _LookUp:
    def look_up(word: str) -> str | None:
        found = kept.get(word)
        return found[0].decode() if found else None

    return look_up


def _loaded() -> dict[str, Mapping[str, str]]:
    """The dictionaries as the library reads them, frugally: 20 MB and .9 s, but slow to walk."""
    # Imported here, as it is not needed where they are kept, and takes .1 s.
    from simplemma.strategies.dictionaries.stream_dictionary_factory import StreamDictionaryFactory

    factory = StreamDictionaryFactory()
    return {language: factory.get_dictionary(code) for language, code in _LANGUAGES.items()}


def _pairs() -> Mapping[str, tries.Pairs]:
    from simplemma.strategies.dictionaries.dictionary_factory import DefaultDictionaryFactory

    factory = DefaultDictionaryFactory()
    return {
        language: ((word, form.encode()) for word, form in factory.get_dictionary(code).items())
        for language, code in _LANGUAGES.items()
    }


@lru_cache(maxsize=50_000)
def _known(word: str) -> str | None:
    # The parts of compounds come again and again.
    return _dictionaries()["german"](word)


def english(word: str) -> str | None:
    """The base form of an English word; None if the dictionary lacks it."""
    look_up = _dictionaries()["english"]
    return look_up(word) or look_up(word.lower())


def base(word: str) -> str | None:
    """The base form of a German word as it is written, or in the other case; None if it is not known."""
    return _known(word) or _known(word.lower() if word[:1].isupper() else word.capitalize())


def bases(word: str) -> list[str]:
    """The base forms of a word: of "gewählten" both "gewählt" and "wählen". Empty if none is known."""
    found: list[str] = []
    form = base(word) or _without_ending(word)
    while form is not None and form not in found:
        found.append(form)
        form = base(form)
    if word[:1].isupper():
        found += [more for more in (_adjective(word), _name(word)) if more is not None and more not in found]
    return found


def _adjective(word: str) -> str | None:
    """Of "Alte", which begins a sentence or is an old woman, "alt"."""
    lower = word.lower()
    form = _known(lower)
    return form if form is not None and lower.removeprefix(form) in _ADJECTIVE_ENDINGS else None


def _name(word: str) -> str | None:
    """Of "Müllers", which the dictionary knows as a name of its own, "Müller"."""
    rest = word[:-1]
    return rest if len(word) > _MIN_GENITIVE and word.endswith("s") and _known(rest) == rest else None


def noun(word: str) -> str | None:
    """The base form of a noun, whatever the case it is given in; None if the dictionary has no such noun."""
    known = _known(word.capitalize())
    return known if known is not None and known[:1].isupper() else None


def qualifier(first: str) -> str | None:
    """The adjective, or the verb without its ending, that a word may begin with: "sozial", "impf"."""
    for form in (first, first + "en", first + "n"):
        known = _known(form)
        if known is not None and known.islower():
            return known
    return None


def masculine(word: str) -> str | None:
    """Of a feminine form of persons, as "Ärztin", the masculine one."""
    if not word.endswith("in") or _known(word + "nen") != word:
        return None
    rest = word[:-2]
    for form in (rest + "e", rest, rest.translate(_BACK) + "e", rest.translate(_BACK)):
        if _known(form) == form:
            return form
    return None


def _without_ending(word: str) -> str | None:
    for ending in _ENDINGS:
        rest = word.removesuffix(ending)
        if rest == word or len(rest) < _MIN_REST or (word[:1].isupper() and ending in _NO_NOUN_ENDINGS):
            continue
        if (form := base(rest)) is not None:
            return form
    return None
