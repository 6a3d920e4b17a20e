"""The parts of German compounds: guesses by the tables of compound-split, which a dictionary checks.

How a guess is scored is told in D. Tuggener, Incremental Coreference Resolution for German (2016), appendix.

What is believed was chosen on the words of German news texts. Of splits into two nouns, nearly all that score
above _SURE are right, and below it those whose parts are long; most others are words such as Mini|ster.
"""

from __future__ import annotations

import importlib.util
import struct
from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from types import ModuleType

from archive.index import tries, vocabulary

_Get = Callable[[str, float], float]

_GERMAN = "compound_split.de_ngram_probs"
_TABLES = ("prefix", "infix", "suffix")
_SCORE = struct.Struct("<d")

_MIN_PART = 3
_MIN_LENGTH, _MAX_LENGTH = 6, 60
"""Letters of a word that is looked at. Time grows with the square of them."""
_LINKED = ("ts", "gs", "ks", "hls", "ns")
"""Ends of parts whose s links them to the next one; the tables have them without it."""
_LONG = 5
"""Letters from which on a part doesn't stand in another word by chance."""
_SURE, _LIKELY, _POSSIBLE = 0.3, -0.1, -0.7
"""Scores from which on two nouns of the dictionary are believed: any, one after a long one, two long ones."""
_GUESSED = 0.5
"""Score from which on one is believed whose first part is no noun: an adjective, a verb, a river's name."""
_NO_HEAD = frozenset(
    "ab aber all an auf aus bei der des durch ein ent er fort für ge gegen her hin hinter inter los mehr mit"
    " miss nach nieder pro sch über um un unter ver viel vor weg wider wieder zer zu zurück zusammen"
    " zwischen".split()
)
"""What begins a word that means another thing than its rest: Zustand, Umzug, Aufgabe, Schalter."""
_NO_TAIL = frozenset("heit ion isch ismus iter keit ler lein ling nis sal sch schaft tum ung zer".split())
"""Endings that are written like nouns, or that the dictionary has as such."""
_PREFIXES = ("be", "ent", "er", "ge", "ver", "zer")
_LINKS = ("", "s", "es", "n", "en", "er", "e")
"""What stands between two parts; the longer part goes before: Kinder|garten is of Kinder."""


class _Scores:
    """A table of the package, asked as the package asks it."""

    def __init__(self, kept: tries.Table) -> None:
        self._kept = kept

    def get(self, letters: str, default: float) -> float:
        found = self._kept.get(letters)
        score: float = _SCORE.unpack(found[0])[0] if found else default
        return score


@cache
def _tables() -> tuple[_Get, _Get, _Get]:
    """What gives the scores of letters at the beginning of words, within them, and at their end."""
    kept = tries.opened(("compound-split",), [f"german-{name}" for name in _TABLES], _pairs)
    if kept is None:
        loaded = vars(_package())
        prefix, infix, suffix = (loaded[name].get for name in _TABLES)
    else:
        prefix, infix, suffix = (_Scores(table).get for table in kept)
    return prefix, infix, suffix


def _package() -> ModuleType:
    """The German tables as they stand in the package, loaded for this once: 2 s and 260 MB."""
    spec = importlib.util.find_spec(_GERMAN)
    if spec is None or spec.loader is None:
        raise ModuleNotFoundError(f"no module {_GERMAN} in the installed compound-split", name=_GERMAN)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _pairs() -> Mapping[str, tries.Pairs]:
    tables = vars(_package())
    return {
        f"german-{name}": ((letters, _SCORE.pack(score)) for letters, score in tables[name].items())
        for name in _TABLES
    }


def _candidates(word: str) -> list[tuple[float, str, str]]:
    """(score, first, last) of the splits that have a noun behind them, best first; scores as the package's.

    The package scores each place in a word, which would cost most of what the forms of a text cost. Behind
    four of five of them stands no noun, and those that words end with are mostly the same.
    """
    word = word.lower()
    if "-" in word:  # of a joined word the package gives the last part, and asks no table
        first, _, last = word.rpartition("-")
        return [(1.0, first.title(), last.title())] if vocabulary.noun(last) else []
    found = []
    for at in range(_MIN_PART, len(word) - _MIN_PART + 1):
        last = word[at:]
        if vocabulary.noun(last):
            score = _of_last(last) + _tables()[2](_unlinked(word[:at]), -1)
            found.append((score, word[:at].title(), last.title()))
    return sorted(found, reverse=True)


@lru_cache(maxsize=20_000)
def _of_last(last: str) -> float:
    """What a last part adds to the score: words begin with it, and hold nothing of its beginning within."""
    prefix, infix, _ = _tables()
    return prefix(_unlinked(last), -1) - min(infix(last[:end], 1) for end in range(_MIN_PART, len(last) + 1))


def _unlinked(part: str) -> str:
    """A part as the tables have it."""
    return part[:-1] if len(part) > _MIN_PART and part.endswith(_LINKED) else part


@lru_cache(maxsize=20_000)  # the parts of compounds come again and again, and may be compounds too
def split(word: str) -> tuple[str, str] | None:
    """The first and the last part of a compound, in lower case as they stand in it; None if it is none."""
    if not _MIN_LENGTH <= len(word) <= _MAX_LENGTH:
        return None
    candidates = [
        (score, first.lower(), last.lower()) for score, first, last in _candidates(word) if score > _POSSIBLE
    ]
    candidates = [found for found in candidates if found[1] not in _NO_HEAD and found[2] not in _NO_TAIL]
    for score, first, last in candidates:
        if _believed(score, first, last) and heads(first):
            return first, last
    known = vocabulary.base(word) is not None
    for score, first, last in candidates:
        if score > _GUESSED and (
            vocabulary.qualifier(first) is not None or (not known and len(last) > _MIN_PART)
        ):
            return first, last
    return None


def _believed(score: float, first: str, last: str) -> bool:
    """Whether two nouns make a compound, by their score and how long they are."""
    if score > _GUESSED:
        return True
    if _is_prefix(first):  # Verb|raucher
        return False
    long = len(first) >= _LONG
    return score > _SURE or (long and (score > _LIKELY or len(last) >= _LONG))


def _is_prefix(first: str) -> bool:
    """Whether a first part may be a prefix of verbs with the consonants of what follows: "verb", "besch"."""
    return any(
        first.startswith(prefix) and not set(first[len(prefix) :]) & set("aeiouyäöü") for prefix in _PREFIXES
    )


def heads(first: str) -> list[str]:
    """The nouns that the first part of a compound is a form of, without the letters that link: "verwaltungs".

    Of "buchen" both Buchen, which is an infinitive, and Buche.
    """
    for link in _LINKS:
        rest = first.removesuffix(link)
        if len(rest) >= _MIN_PART and (not link or rest != first) and (noun := vocabulary.noun(rest)):
            other = vocabulary.noun(first[:-1]) if noun.lower() == first and first.endswith("n") else None
            return [noun] if other is None else [noun, other]
    noun = vocabulary.noun(first + "e")  # Schule in Schulhof
    return [] if noun is None else [noun]


def parts(word: str) -> list[str]:
    """The nouns that a compound is made of, and those that these are made of, in base form."""
    pair = split(word)
    if pair is None:
        return []
    first, last = pair
    tail = vocabulary.noun(last)
    found = heads(first) + ([] if tail is None else [tail])
    return [form for noun in found for form in (noun, *parts(noun))]


def whole(word: str) -> str | None:
    """The base form of a compound that no dictionary has: all of it, with the last part in base form.

    By the dictionary alone: whatever stands before the longest noun at its end, it is inflected as that noun.
    """
    for at in range(_MIN_PART, min(len(word), _MAX_LENGTH) - _MIN_PART):
        if (last := vocabulary.noun(word[at:])) is not None:
            return (word[:at] + last).lower()
    return None
