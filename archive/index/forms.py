"""The forms of one German or English word, by dictionary and Snowball: base forms, spellings, compound parts.

A form is written as FTS5's tokenizer keeps it, so that a plain MATCH finds it:

    Häusern             -> haeusern, haus
    Rathausmedaillen    -> rathausmedaille, rathaus, rat, haus, medaille
    Oberbürgermeisterin -> oberbuergermeisterin, oberburgermeister, burgermeister, burger, meister ...
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import Stemmer

from archive.index import compounds, vocabulary
from archive.index.words import fold

_SPELLED = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
_UMLAUT = re.compile(r"(?<![aeouäöüq])(ae|oe|ue)", re.IGNORECASE)
_UMLAUTS = {"ae": "ä", "oe": "ö", "ue": "ü"}
FUNCTION_WORDS = frozenset(
    "aber als am an auch auf aus bei beim bis da das dass dem den der des die dies diese diesem diesen"
    " dieser dieses doch durch ein eine einem einen einer eines er es für hat hatte haben ich ihr ihre ihren"
    " im in ist kann kein keine können man mehr mit muss müssen nach nicht noch nun nur oder ohne sein seine"
    " seinen seit sich sie sind so soll sollen über um und uns unter vom von vor war waren was wenn wer"
    " werden wie wir wird wurde wurden während würde zu zum zur zwischen".split()
)
"""Nobody asks for another form of these, and they would fill a tenth of the column."""
_GERMAN = Stemmer.Stemmer("german")
_ENGLISH = Stemmer.Stemmer("english")


def all_forms(word: str) -> Iterator[str]:
    """All forms of a word without hyphens: as it can be spelled, in base form, and its parts."""
    if word.lower() in FUNCTION_WORDS:
        return
    readings = _readings(word)
    yield from _spellings(word, readings)
    yield from _base_forms(word, readings)
    for reading in readings:
        if reading.islower():
            continue  # what is put together are nouns, nearly always
        known = vocabulary.bases(reading)
        form = known[0] if known else reading
        for part in (form, *compounds.parts(form)):
            yield from plain(part)
            if (male := vocabulary.masculine(part)) is not None:
                yield from plain(male)


def base_forms(word: str) -> Iterator[str]:
    """The word itself in base form, in each way to write it that is known."""
    return _base_forms(word, _readings(word))


def _base_forms(word: str, readings: list[str]) -> Iterator[str]:
    known = [form for reading in readings for form in vocabulary.bases(reading)]
    if not known and not word.islower():
        known = [compound for reading in readings if (compound := compounds.whole(reading)) is not None]
    if not known and (english := vocabulary.english(word)) is not None:
        known = [english]
    if not known:
        for reading in readings:
            # Names have a genitive and little else.
            known += [
                _GERMAN.stemWord(reading.lower()),
                reading.removesuffix("s") if len(reading) > 4 else reading,
            ]
    for form in known:
        yield from plain(form)


def english_base(word: str) -> str:
    """The base form of an English word, else what Snowball makes of it."""
    return vocabulary.english(word) or str(_ENGLISH.stemWord(word.lower()))


def _readings(word: str) -> list[str]:
    """The word, or what it is where umlauts are written as ae, oe, ue; and the same with ß for ss."""
    if len(word) > 3 and word.isupper():
        word = word.capitalize()
    readings = [word]
    umlaut = _UMLAUT.sub(lambda match: _UMLAUTS[match[0].lower()], word)
    if umlaut != word and vocabulary.base(word) is None:
        readings = [umlaut[0].upper() + umlaut[1:] if word[0].isupper() else umlaut]
    if "ss" in word and vocabulary.base(word) != word:
        sharp = [reading.replace("ss", "ß") for reading in readings]
        readings += [reading for reading in sharp if vocabulary.base(reading) is not None]
    return readings


def plain(word: str) -> Iterator[str]:
    """A form with ß as unicode61 leaves it, and with ss."""
    folded = fold(word)
    yield folded
    if "ß" in folded:
        yield folded.replace("ß", "ss")


def spellings(word: str) -> Iterator[str]:
    """Other ways to write the word's own form: Mueller, Strasse; and Müller where Mueller is written."""
    return _spellings(word, _readings(word))


def _spellings(word: str, readings: list[str]) -> Iterator[str]:
    lower = word.lower()
    spelled = lower.translate(_SPELLED)
    if spelled != lower:
        yield fold(spelled)
        yield fold(lower.replace("ß", "ss"))
    for reading in readings:
        yield fold(reading)
