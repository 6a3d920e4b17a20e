"""From what a person types to what FTS5 understands.

Plain words need all to be there, each in any form: `Häuser` becomes `("Häuser" OR "haus")`, where "haus"
stands in the text itself or among its stems, and so for compounds (see archive.index.stems). Where only such
words as `dem` or `ist` are asked for, these very words are meant, not all of `der` and `sein`. What is in
quotation marks is a phrase and stands in the text as it is, and so do words with `exact`; AND, OR and NOT in
capitals, brackets, NEAR(...), a * behind the beginning of a word and title:, lead: or text: before one work
as in FTS5. Every word is handed on in quotation marks, so that no hyphen, colon or apostrophe in it is taken
for syntax.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from archive.errors import BadQuery
from archive.index import asking
from archive.index.words import is_word

MAX_LENGTH = 1_000
"""Characters of a query; a person's is shorter."""
MAX_DEPTH = 20
"""Brackets in brackets; FTS5's parser gives up at some more."""

_SHOWN = 70
"""Characters of a wrong query that are shown."""

_AS_IT_IS = "{title lead text} : "
_TOKEN = re.compile(
    r"""\s*(?:
        (?P<near>NEAR\([^()]*\))
      | (?: (?P<group>title|lead|text) \s*:\s* (?=\() )? (?P<bracket>[()])
      | (?:(?P<column>title|lead|text)\s*:\s*)?
        (?: "(?P<phrase>[^"]*)" (?P<open>\*)? | (?P<word>[^\s()"]+) )
    )""",
    re.VERBOSE,
)
_ONE_WORD = re.compile(r"[^\w(]*(?P<word>[^\W\d_](?:.*[^\W\d_])?)[\W_]*", re.DOTALL)
_OPERATORS = frozenset({"AND", "OR", "NOT"})


@dataclass(frozen=True, slots=True)
class _Token:
    text: str  # as FTS5 reads it
    kind: str  # "term", "operator", "(" or ")"
    start: int  # character of the query at which it stands, from 0


def to_fts(text: str, *, exact: bool = False) -> str:
    """The FTS5 expression of a query; with ``exact`` no word is found in another form than it is written in.

    Raises BadQuery, with a mark at the place, when it holds no word, is not closed or joins nothing.
    """
    if len(text) > MAX_LENGTH:
        raise BadQuery(
            f"the query is longer than {MAX_LENGTH} characters; shorten it", "long_query", most=MAX_LENGTH
        )
    if text.count('"') % 2:
        reason = 'this quotation mark is not closed; add a second " or remove it'
        raise _bad(text, text.rindex('"'), reason, "open_quotation")
    tokens = list(_tokens(text, exact, expand=not _only_function_words(text)))
    if not any(token.kind == "term" for token in tokens):
        raise BadQuery(
            f"no word to search for in: {text.strip() or '(nothing)'}", "no_word", text=text.strip()
        )
    _check(text, tokens)
    parts: list[str] = []
    before = ""
    for token in tokens:
        # FTS5 joins quoted words with an AND of its own, but not what stands beside a bracket.
        if before in ("term", ")") and token.kind in ("term", "("):
            parts.append("AND")
        parts.append(token.text)
        before = token.kind
    return " ".join(parts)


def _check(text: str, tokens: list[_Token]) -> None:
    """Raise BadQuery where an operator has nothing to join or a bracket has no other."""
    opened: list[_Token] = []
    before: _Token | None = None
    for token in tokens:
        nothing_before = before is None or before.kind in ("operator", "(")
        if token.kind == "operator" and nothing_before:
            raise _bad(
                text,
                token.start,
                f'{token.text} stands between two words; for the word itself: "{token.text}"',
                "operator",
                word=token.text,
            )
        if token.kind == "(":
            opened.append(token)
            if len(opened) > MAX_DEPTH:
                reason = f"more than {MAX_DEPTH} brackets in brackets; make the query simpler"
                raise _bad(text, token.start, reason, "deep_brackets", most=MAX_DEPTH)
        if token.kind == ")":
            if not opened:
                reason = "this bracket closes nothing; add a ( before it or remove it"
                raise _bad(text, token.start, reason, "closing_bracket")
            if before is not None and nothing_before:
                reason = "nothing stands behind this; add a word or remove it"
                raise _bad(text, before.start, reason, "nothing_behind")
            opened.pop()
        before = token
    if before is not None and before.kind == "operator":
        raise _bad(
            text,
            before.start,
            f'{before.text} stands between two words; for the word itself: "{before.text}"',
            "operator",
            word=before.text,
        )
    if opened:
        reason = "this bracket is not closed; add a ) or remove it"
        raise _bad(text, opened[-1].start, reason, "open_bracket")


def _bad(text: str, place: int, reason: str, kind: str, **values: object) -> BadQuery:
    """The reason, the query (or what stands around the place) on a line of its own, and a mark below it.

    The two lines are also in ``values``, as ``mark``.
    """
    first = max(0, place - _SHOWN // 2)
    shown = "".join(
        character if character.isprintable() else " " for character in text[first : first + _SHOWN]
    )
    before = "…" if first else ""
    mark = f"  {before}{shown}\n  {' ' * (len(before) + place - first)}^"
    return BadQuery(f"{reason}\n{mark}", kind, mark=mark, **values)


def _matches(text: str) -> Iterator[re.Match[str]]:
    position = 0
    while match := _TOKEN.match(text, position):
        position = match.end()
        yield match


def _only_function_words(text: str) -> bool:
    terms = [match for match in _matches(text) if not match["bracket"] and match["word"] not in _OPERATORS]
    words = [
        _one_word(match["word"]) if match["word"] else None
        for match in terms
        if any(character.isalnum() for character in match[0])
    ]
    return all(word is not None and asking.is_function_word(word) for word in words)


def _tokens(text: str, exact: bool, expand: bool) -> Iterator[_Token]:
    for match in _matches(text):
        start = match.end() - len(match[0].lstrip())
        if match["near"]:
            near = _near(match["near"])
            if near:
                yield _Token(near, "term", start)
        elif match["bracket"]:
            group = f"{match['group']} : " if match["group"] else ""
            yield _Token(group + match["bracket"], match["bracket"], start)
        elif match["word"] in _OPERATORS and not match["column"]:
            yield _Token(match["word"], "operator", start)
        elif term := _term(match, exact, expand):
            yield _Token(term, "term", start)


def _term(match: re.Match[str], exact: bool, expand: bool) -> str | None:
    said = match["phrase"] if match["word"] is None else match["word"]
    # A dash between two words is no word; FTS5 would look for an empty one and find nothing.
    if not any(character.isalnum() for character in said):
        return None
    column = f"{match['column']} : " if match["column"] else ""
    if match["word"] is None or said.endswith("*"):
        star = " *" if match["open"] or match["word"] else ""
        return (column or _AS_IT_IS) + _quoted(said) + star
    word = None if exact else _one_word(said)
    if word is None:
        return (column or _AS_IT_IS) + _quoted(said)
    forms = [said, *(asking.asked(word) if expand else ())]
    quoted = " OR ".join(_quoted(form) for form in forms)
    return column + (quoted if len(forms) == 1 else f"({quoted})")


def _one_word(said: str) -> str | None:
    """The word without the signs around it; None for what is more than one, or holds digits."""
    match = _ONE_WORD.fullmatch(said)
    return match["word"] if match and is_word(match["word"]) else None


def _near(text: str) -> str | None:
    inside, comma, distance = text[len("NEAR(") : -1].rpartition(",")
    if not (comma and distance.strip().isdecimal()):
        inside, distance = text[len("NEAR(") : -1], ""
    said = [
        _quoted(word) for word in re.findall(r'"[^"]*"|[^\s"]+', inside) if any(c.isalnum() for c in word)
    ]
    if not said:
        return None
    return f"{_AS_IT_IS}NEAR({' '.join(said)}{f', {distance.strip()}' if distance else ''})"


def _quoted(words: str) -> str:
    return '"' + words.replace('"', " ").replace("\x00", " ").strip() + '"'
