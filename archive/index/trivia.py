"""What is no change of a text: white space, the style of quotes and dashes, and stamps of the last update."""

from __future__ import annotations

import hashlib
import re
import unicodedata

_QUOTES = dict.fromkeys(map(ord, "\"'`´„“”‟‚‘’‛«»‹›ʼ′″"), "'")
_DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−"), "-")
_UNSEEN = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff"), "")
_PLAIN = _QUOTES | _DASHES | _UNSEEN
_REPEATED = re.compile("'{2,}")

_MONTHS = (
    "januar februar märz april mai juni juli august september oktober november dezember january february"
    " march may june july october december"
)
_DAYS = (
    "montag dienstag mittwoch donnerstag freitag samstag sonnabend sonntag monday tuesday wednesday"
    " thursday friday saturday sunday"
)
_BESIDE = "am um vom on at uhr h am pm a m p mez mesz cet cest utc gmt heute gestern today".split()
_TIME_WORDS = frozenset(
    word for name in (*_MONTHS.split(), *_DAYS.split()) for word in (name, name[:3], name[:2])
) | frozenset(_BESIDE)
_LABEL = re.compile(
    r"(?:(?:zuletzt|letzte|last)\s+)?(?:aktualisiert|aktualisierung|geändert|änderung|bearbeitet|update"
    r"|updated|modified|stand|veröffentlicht|published)\b",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W\d_]+")
_LONGEST_STAMP = 80


def fold(text: str | None) -> list[str]:
    """The words of a text, each as it is compared: without what is no change of it."""
    words: list[str] = []
    for line in (text or "").split("\n"):
        if not is_stamp(line):
            words += _folded(line).split()
    return words


def fold_word(word: str) -> str:
    """One word as it is compared; "" for one of signs that are not seen."""
    return _folded(word)


def _folded(text: str) -> str:
    if text.isascii() and not any(sign in text for sign in "\"'`"):
        return text
    return _REPEATED.sub("'", unicodedata.normalize("NFKC", text.translate(_PLAIN)))


def is_stamp(line: str) -> bool:
    """Whether a line says when the page was last changed, and nothing else: "Aktualisiert um 14.30 Uhr"."""
    if len(line) > _LONGEST_STAMP or not any(sign.isdigit() for sign in line):
        return False
    start = re.match(r"\W*", line)
    label = _LABEL.match(line, start.end() if start else 0)
    return label is not None and all(word.lower() in _TIME_WORDS for word in _WORD.findall(line, label.end()))


def key(title: str | None, text: str | None) -> int:
    """63 bits of a hash of a folded title and text: equal for two contents of one version."""
    said = " ".join(fold(title)) + "\n" + " ".join(fold(text))
    return int.from_bytes(hashlib.sha256(said.encode("utf-8", "replace")).digest()[:8], "big") >> 1
