"""From what a person types to what FTS5 understands.

Plain words need all to be there. In quotation marks they are a phrase; AND, OR and NOT in capitals,
brackets, NEAR(...), a * behind the beginning of a word and title:, lead: or text: before one work as in FTS5.
Every word is handed on in quotation marks, so that no hyphen, colon or apostrophe in it is taken for syntax.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from archive.errors import BadQuery

MAX_LENGTH = 1_000
"""Characters of a query; a person's is shorter."""

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<near>NEAR\([^()]*\))
      | (?: (?P<group>title|lead|text) \s*:\s* (?=\() )? (?P<bracket>[()])
      | (?:(?P<column>title|lead|text)\s*:\s*)?
        (?: "(?P<phrase>[^"]*)" (?P<open>\*)? | (?P<word>[^\s()"]+) )
    )""",
    re.VERBOSE,
)
_OPERATORS = frozenset({"AND", "OR", "NOT"})


@dataclass(frozen=True, slots=True)
class _Token:
    text: str  # as FTS5 reads it
    kind: str  # "term", "operator", "(" or ")"


def to_fts(text: str) -> str:
    """The FTS5 expression of a query. Raises BadQuery when it holds no word or is not closed."""
    if len(text) > MAX_LENGTH:
        raise BadQuery(f"the query is longer than {MAX_LENGTH} characters; shorten it")
    if text.count('"') % 2:
        place = text.rindex('"') + 1
        raise BadQuery(f'the quotation mark at character {place} is not closed; add a second " or remove it')
    tokens = list(_tokens(text))
    if not any(token.kind == "term" for token in tokens):
        raise BadQuery(f"no word to search for in: {text.strip() or '(nothing)'}")
    parts: list[str] = []
    before = ""
    for token in tokens:
        # FTS5 joins words with an AND of its own, but not what stands beside a bracket.
        if (before == ")" and token.kind in ("term", "(")) or (before == "term" and token.kind == "("):
            parts.append("AND")
        parts.append(token.text)
        before = token.kind
    return " ".join(parts)


def _tokens(text: str) -> Iterator[_Token]:
    position = 0
    while match := _TOKEN.match(text, position):
        position = match.end()
        if match["near"]:
            yield from _near(match["near"])
        elif match["bracket"]:
            group = f"{match['group']} : " if match["group"] else ""
            yield _Token(group + match["bracket"], match["bracket"])
        elif match["word"] in _OPERATORS and not match["column"]:
            yield _Token(match["word"], "operator")
        else:
            yield from _term(match)


def _term(match: re.Match[str]) -> Iterator[_Token]:
    words = match["phrase"] if match["word"] is None else match["word"]
    star = bool(match["open"]) or (match["word"] is not None and words.endswith("*"))
    # A dash between two words is no word; FTS5 would look for an empty one and find nothing.
    if any(character.isalnum() for character in words):
        column = f"{match['column']} : " if match["column"] else ""
        yield _Token(column + _quoted(words) + (" *" if star else ""), "term")


def _near(text: str) -> Iterator[_Token]:
    inside, comma, distance = text[len("NEAR(") : -1].rpartition(",")
    if not (comma and distance.strip().isdecimal()):
        inside, distance = text[len("NEAR(") : -1], ""
    words = [
        _quoted(word) for word in re.findall(r'"[^"]*"|[^\s"]+', inside) if any(c.isalnum() for c in word)
    ]
    if words:
        yield _Token(f"NEAR({' '.join(words)}{f', {distance.strip()}' if distance else ''})", "term")


def _quoted(words: str) -> str:
    return '"' + words.replace('"', " ").replace("\x00", " ").strip() + '"'
