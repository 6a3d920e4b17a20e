"""Some words of an article that show why it was found, with marks around what was asked for.

FTS5's own snippet() needs the row as a match of its expression: for each row it looks up all words in each
part of the full text and reads on to it, which takes longer than many a search. What is shown here is much
the same: the words around the place with most of what was asked for, from the beginning of a sentence if one
is near.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import islice

from archive.research.marks import Span, Term, near_forms, occurrences, other_forms, spans

OPEN, CLOSE = "\x02", "\x03"
_BEFORE, _WORDS = 12, 32
_REACH = 200
"""Characters in which words of a snippet before or behind a place stand."""
_WORD = re.compile(r"\S+")
_SENTENCE = re.compile(r"""[.!?…][)\]"'»«“”‘’]*\s+(?=\S)|\n\s*""")
"""What stands before the beginning of a sentence."""


def snippet(terms: Sequence[Term], title: str | None, text: str | None) -> str:
    """At most some thirty words: of the text, where it holds a term or a form of one, else of the title.

    Its beginning when neither does.
    """
    text = text or ""
    places = occurrences(terms, text)
    if any(places):
        return _shown(text, _best(places), [place for found in places for place in found])
    forms = near_forms(terms, text) or [*islice(other_forms(terms, text), 1)]
    if forms:
        return _shown(text, forms[0], forms)
    if title and (marked := spans(terms, title)):
        return _marked(title, marked, 0, len(title))
    return _shown(text, (0, 0), [])


def _best(places: Sequence[Sequence[Span]]) -> Span:
    """The first place with as many terms behind it, within a snippet, as any."""
    standing = sorted((place, term) for term, found in enumerate(places) for place in found)
    best, most = standing[0][0], 1
    for at, (place, first) in enumerate(standing):
        near = {first}
        for number in range(at + 1, len(standing)):
            other, term = standing[number]
            if len(near) == len(places) or other[1] > place[0] + _REACH // 2:
                break
            near.add(term)
        if len(near) > most:
            best, most = place, len(near)
    return best


def _shown(text: str, place: Span, places: Sequence[Span]) -> str:
    start, end = _around(text, place)
    inside = sorted(place for place in places if start <= place[0] and place[1] <= end)
    return f"{'…' if start else ''}{_marked(text, inside, start, end)}{'…' if end < len(text) else ''}"


def _around(text: str, place: Span) -> Span:
    """From the beginning of the sentence, or some words before the place, so many words on."""
    first = max(0, place[0] - _REACH)
    words = [match.start() for match in _WORD.finditer(text, first, place[0])]
    start = words[-_BEFORE] if len(words) > _BEFORE else first
    sentences = [match.end() for match in _SENTENCE.finditer(text, start, place[0] + 1)]
    start = min(sentences[-1], place[0]) if sentences else start
    behind = [match.end() for match in islice(_WORD.finditer(text, start, place[1] + 4 * _REACH), _WORDS)]
    return start, max(place[1], behind[-1] if behind else len(text))


def _marked(text: str, places: Sequence[Span], start: int, end: int) -> str:
    marked, last = "", start
    for first, behind in places:
        if behind > last:
            marked += f"{text[last : max(first, last)]}{OPEN}{text[max(first, last) : behind]}{CLOSE}"
            last = behind
    return marked + text[last:end]
