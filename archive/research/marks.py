"""Where in a text the words of a query stand, also those that were found by another form of theirs.

An article that was found by its stems holds none of the words as they were asked for. There the word is
marked whose forms hold what was asked for, as a whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from archive.index.asking import has_form
from archive.index.words import fold

_PART = re.compile(
    r"""(?P<near>NEAR\((?P<inside>(?:"[^"]*"|[^")])*)\))
      | (?P<column>(?:\{[\w\ ]+\}|title|lead|text)\ :\ )?"(?P<words>[^"]*)"(?P<star>\ \*)?""",
    re.VERBOSE,
)
_TOKEN = re.compile("[^\\W_]+(?:[\u0300-\u036f]+[^\\W_]*)*")
"""What unicode61 takes for a token: letters, digits, and marks that combine with them."""
_COMBINING = re.compile("[\u0300-\u036f]")
_ASCII = bytes(range(128))
_CHUNK = re.compile(r"[^\W_](?:[\w:*·/’'\u0300-\u036f-]*[^\W_])?")
"""What people take for a word: Bürger:innen and Ost-West-Konflikt are one."""
_REST_OF_CHUNK = re.compile(r"[\w:*·/’'\u0300-\u036f-]*")
_SHORT, _ENDING = 4, 3
"""Letters that a word shares with its other forms, and letters at its end that they needn't share."""
_KNOWN = 100_000
"""Words of texts of which is remembered whether they are a form of what was asked for."""

Span = tuple[int, int]
"""Characters [start, end) of a text."""


@dataclass(frozen=True, slots=True)
class Term:
    """One word or phrase of a MATCH expression, folded as the full text is."""

    tokens: tuple[str, ...]
    prefix: bool  # the last token is the beginning of a word
    literal: bool  # not found by other forms of a word


def terms(expression: str) -> list[Term]:
    """All words and phrases of a MATCH expression as ``to_fts`` gives it."""
    found: dict[Term, None] = {}
    for match in _PART.finditer(expression):
        if match["near"]:
            phrases = [(words, False, True) for words in re.findall('"([^"]*)"', match["inside"])]
        else:
            phrases = [(match["words"], bool(match["star"]), bool(match["column"]))]
        for words, prefix, literal in phrases:
            tokens = tuple(fold(token) for token in _TOKEN.findall(words))
            if tokens:
                found[Term(tokens, prefix, literal or prefix or len(tokens) > 1)] = None
    return list(found)


def spans(terms: Sequence[Term], text: str) -> list[Span]:
    """Where the terms stand in a text, in order; none inside of another."""
    found = sorted({span for places in occurrences(terms, text) for span in places})
    taken = _apart(found)
    for place in other_forms(terms, text):
        if not any(start < place[1] and place[0] < end for start, end in taken):
            found.append(place)
    return _apart(sorted(found))


def occurrences(terms: Sequence[Term], text: str) -> list[list[Span]]:
    """Where each of the terms stands in a text as it was asked for: the places of FTS5, in order."""
    plain = _plain(text)
    if plain is None:
        tokens = [(match.start(), match.end(), fold(match[0])) for match in _TOKEN.finditer(text)]
        return [list(_in_tokens(term, tokens)) for term in terms]
    return [list(_in_plain(term, plain)) for term in terms]


def other_forms(terms: Sequence[Term], text: str) -> Iterator[Span]:
    """Where words stand of which a term is another form."""
    if wanted := _wanted(terms):
        known = _known(wanted)
        yield from (match.span() for match in _CHUNK.finditer(text) if known[match[0]])


def near_forms(terms: Sequence[Term], text: str) -> list[Span]:
    """Words that begin or go on as a term does, but for its ending, and are a form of it; in order.

    So do nearly all forms, and to look for these letters takes a hundredth of the time of finding out what
    forms each word has.
    """
    wanted, plain = _wanted(terms), _plain(text)
    if plain is None:
        return list(other_forms(terms, text))
    beginnings = {form[: max(_SHORT, len(form) - _ENDING)] for form in wanted}
    found = {place for letters in beginnings for place in _words_with(letters, plain, text)}
    return sorted(place for place in found if _known(wanted)[text[slice(*place)]])


class _Known(dict[str, bool]):
    """Whether words of texts, which repeat, have one of the wanted forms."""

    def __init__(self, wanted: frozenset[str]) -> None:
        self._wanted = wanted

    def __missing__(self, word: str) -> bool:
        if len(self) >= _KNOWN:
            self.clear()
        found = self[word] = has_form(word, self._wanted)
        return found


@lru_cache(maxsize=8)
def _known(wanted: frozenset[str]) -> _Known:
    return _Known(wanted)


def _wanted(terms: Sequence[Term]) -> frozenset[str]:
    return frozenset(term.tokens[0] for term in terms if not term.literal)


def _words_with(letters: str, plain: str, text: str) -> Iterator[Span]:
    at = plain.find(letters)
    while at >= 0:
        start = at
        while start and _REST_OF_CHUNK.fullmatch(text[start - 1]):
            start -= 1
        match = _CHUNK.search(text, start)
        if match is None:
            return
        yield match.span()
        at = plain.find(letters, max(match.end(), at + 1))


def _plain(text: str) -> str | None:
    """The text folded, each character in its place; None where marks that combine would shift them.

    By bytes, which takes a tenth of the time of str.lower() and of a regular expression.
    """
    encoded = text.encode(errors="surrogatepass")
    for character in set(encoded.translate(None, _ASCII).decode(errors="surrogatepass")):
        if _COMBINING.match(character):
            return None
        text = text.replace(character, _letter(character))
    return text.encode(errors="surrogatepass").lower().decode(errors="surrogatepass")


@lru_cache(maxsize=10_000)
def _letter(character: str) -> str:
    folded = fold(character)
    return folded if len(folded) == 1 else character


@lru_cache(maxsize=200)
def _pattern(term: Term) -> re.Pattern[str]:
    words = r"[\W_]+".join(map(re.escape, term.tokens))
    return re.compile(words + (r"[^\W_]*" if term.prefix else r"(?![^\W_])"))


def _in_plain(term: Term, plain: str) -> Iterator[Span]:
    pattern, at = _pattern(term), 0
    while match := pattern.search(plain, at):
        start = match.start()
        at = start + len(term.tokens[0])  # "der der" stands in "der der der" twice
        if not (start and plain[start - 1].isalnum()):
            yield match.span()


def _in_tokens(term: Term, tokens: Sequence[tuple[int, int, str]]) -> Iterator[Span]:
    *before, last = term.tokens
    for at in range(len(before), len(tokens)):
        token = tokens[at][2]
        if token == last or (term.prefix and token.startswith(last)):
            first = at - len(before)
            if all(tokens[first + number][2] == word for number, word in enumerate(before)):
                yield tokens[first][0], tokens[at][1]


def _apart(found: Sequence[Span]) -> list[Span]:
    apart: list[Span] = []
    for start, end in found:
        if apart and start < apart[-1][1]:
            apart[-1] = (apart[-1][0], max(end, apart[-1][1]))
        else:
            apart.append((start, end))
    return apart
