"""Where in a text the words of a query stand, also those that were found by another form of theirs.

FTS5's own marks stand at words as they were asked for. An article that was found by its stems has none: there
the word is marked whose forms hold what was asked for, as a whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from archive.index.asking import has_form
from archive.index.stems import stems
from archive.index.words import fold

_PART = re.compile(
    r"""(?P<near>NEAR\((?P<inside>(?:"[^"]*"|[^")])*)\))
      | (?P<column>(?:\{[\w\ ]+\}|title|lead|text)\ :\ )?"(?P<words>[^"]*)"(?P<star>\ \*)?""",
    re.VERBOSE,
)
_TOKEN = re.compile("[^\\W_]+(?:[\u0300-\u036f]+[^\\W_]*)*")
"""What unicode61 takes for a token: letters, digits, and marks that combine with them."""
_CHUNK = re.compile(r"[^\W_](?:[\w:*·/’'\u0300-\u036f-]*[^\W_])?")
"""What people take for a word: Bürger:innen and Ost-West-Konflikt are one."""
_BEFORE, _AFTER = 12, 20  # words of a snippet

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
            tokens = tuple(_fold(token) for token in _TOKEN.findall(words))
            if tokens:
                found[Term(tokens, prefix, literal or len(tokens) > 1)] = None
    return list(found)


def spans(terms: Sequence[Term], text: str, language: str | None) -> list[Span]:
    """Where the terms stand in a text, in order; none inside of another."""
    tokens = [(match.start(), match.end(), _fold(match[0])) for match in _TOKEN.finditer(text)]
    found = sorted({span for term in terms for span in _literal(term, tokens)})
    taken = _apart(found)
    for place in _other_forms(terms, text, language):
        if not any(start < place[1] and place[0] < end for start, end in taken):
            found.append(place)
    return _apart(sorted(found))


def snippet(terms: Sequence[Term], title: str | None, text: str, language: str | None) -> str | None:
    """Some words around the first other form of a term in the text, else the title; marked as FTS5 marks.

    None when the terms stand in neither. It is for a text in which FTS5 itself marks nothing.
    """
    first = next(_other_forms(terms, text, language), None)
    if first is None:
        places = spans(terms, title or "", language)
        return _marked(title or "", places) if places else None
    start, end = _around(text, first)
    part = text[start:end]
    marked = _marked(part, spans(terms, part, language))
    return f"{'…' if start else ''}{marked}{'…' if end < len(text) else ''}"


def _other_forms(terms: Sequence[Term], text: str, language: str | None) -> Iterator[Span]:
    """Where words stand of which a term is another form."""
    asked = [term for term in terms if not term.literal]
    exact = {term.tokens[0] for term in asked if not term.prefix}
    starts = tuple(term.tokens[0] for term in asked if term.prefix)
    if not asked:
        return
    for match in _CHUNK.finditer(text):
        if has_form(match[0], exact) or (
            starts and any(form.startswith(starts) for form in _forms(match[0], language))
        ):
            yield match.span()


def _literal(term: Term, tokens: Sequence[tuple[int, int, str]]) -> Iterator[Span]:
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


def _around(text: str, place: Span) -> Span:
    before = [match.start() for match in re.finditer(r"\S+", text[max(0, place[0] - 400) : place[0]])]
    after = [match.end() for match in re.finditer(r"\S+", text[place[1] : place[1] + 600])]
    start = max(0, place[0] - 400) + before[-_BEFORE] if len(before) > _BEFORE else max(0, place[0] - 400)
    end = place[1] + (after[_AFTER - 1] if len(after) >= _AFTER else (after or [0])[-1])
    return start, end


def _marked(text: str, places: Sequence[Span]) -> str:
    marked, last = "", 0
    for first, behind in places:
        marked += f"{text[last:first]}\x02{text[first:behind]}\x03"
        last = behind
    return marked + text[last:]


@lru_cache(maxsize=200_000)
def _fold(word: str) -> str:
    return fold(word)


@lru_cache(maxsize=100_000)
def _forms(word: str, language: str | None) -> frozenset[str]:
    return frozenset(stems(None, None, word, language).split())
