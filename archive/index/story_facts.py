"""What of a text may prove that another tells the same story: its quotations, names, numbers and days."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from archive.index.shingles import Hashes, Places, Shingles, shingles

_MIN_QUOTED = 5
"""Words of a quotation: shorter ones are titles and so-called words, which many stories share."""
_QUOTED = re.compile(
    r'„([^“”"„]{15,600})[“”"]|“([^“”„]{15,600})”|»([^»«]{15,600})«|«([^»«]{15,600})»'
    r'|(?<![^\s(])"(?=\S)([^"„“”\n]{15,600})(?<=\S)"'
)
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
_YEAR = re.compile(r"(?:19|20)\d\d")
_CAPITAL = "[A-ZÀ-ÖØ-ÞŠŽČŘŁŚŞĞİΑ-ΩА-Я]"
_NAMED = re.compile(rf"(?<![\w-]){_CAPITAL}\w*(?:[ -]{_CAPITAL}\w*)+")
_SENTENCE_ENDS = tuple('.!?:;„“”"»«()–•|')
_DAYS = (
    "montag dienstag mittwoch donnerstag freitag samstag sonnabend sonntag monday tuesday wednesday thursday"
    " friday saturday sunday januar februar märz april mai juni juli august september oktober november"
    " dezember january february march may june july october december"
)
DAY_WORDS = frozenset(_DAYS.split())
_DATE = re.compile(
    r"\b\d{1,2}\.\s?\d{1,2}\.(?:\s?\d{2,4})?|\b(?:19|20)\d\d\b|\b\d{1,2}\.(?=\s)|\b\d{1,2}/\d{1,2}\b"
)


@dataclass(frozen=True, slots=True)
class Facts:
    """A text as another is held against it. What few need is asked for: see the functions below."""

    shingles: Shingles
    unique: Hashes  # its shingles, ascending, without repeats


@lru_cache(maxsize=2_000)
def facts(text: str) -> Facts:
    """The facts of a text. Remembered: those of one story are held against each other many times."""
    found = shingles(text)
    return Facts(found, np.unique(found.hashes))


@lru_cache(maxsize=500)
def firsts(text: str) -> Places:
    """Where each of a text's shingles, ascending and without repeats, stands first."""
    found: Places = np.unique(facts(text).shingles.hashes, return_index=True)[1]
    return found


def fold(text: str) -> str:
    """Words in small letters with single blanks, without signs."""
    return " ".join(re.findall(r"\w+", text.lower()))


@lru_cache(maxsize=2_000)
def quotations(text: str) -> dict[str, str]:
    """Quotations of five words and more: folded words -> as it stands there."""
    found: dict[str, str] = {}
    for match in _QUOTED.finditer(text):
        said = next(group for group in match.groups() if group)
        folded = fold(said)
        if folded.count(" ") + 1 >= _MIN_QUOTED:
            found.setdefault(folded, " ".join(said.split()))
    return found


@lru_cache(maxsize=2_000)
def names(text: str) -> dict[str, str]:
    """Two and more capitalised words in a row that no sentence begins with: folded -> as they stand there.

    People, places, bodies, products.
    """
    found: dict[str, str] = {}
    for match in _NAMED.finditer(text):
        words = [word for word in match[0].replace("-", " ").split(" ") if word.lower() not in DAY_WORDS]
        if _begins_sentence(text, match.start()):
            words = words[1:]  # its capital says nothing
        if len(words) >= 2:
            found.setdefault(" ".join(words).lower(), " ".join(words))
    return found


def _begins_sentence(text: str, start: int) -> bool:
    """Whether no word of the same sentence or line stands right before a place."""
    before = text[max(0, start - 3) : start]
    said = before.rstrip()
    return said.endswith(_SENTENCE_ENDS) or "\n" in before[len(said) :] or (not said and start <= 3)


@lru_cache(maxsize=2_000)
def numbers(text: str) -> frozenset[str]:
    """Numbers of two digits and more as they stand there; a year tells nothing."""
    found = (match[0] for match in _NUMBER.finditer(text))
    return frozenset(number for number in found if len(number) > 1 and not _YEAR.fullmatch(number))


def dated(title: str) -> tuple[str, frozenset[str]]:
    """A headline without days and dates, folded, and these: two of a series differ in nothing else."""
    lower = title.lower()
    days = frozenset(_DATE.findall(lower)) | {word for word in re.findall(r"\w+", lower) if word in DAY_WORDS}
    rest = " ".join(word for word in re.findall(r"\w+", _DATE.sub(" ", lower)) if word not in DAY_WORDS)
    return rest, days
