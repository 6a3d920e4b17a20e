"""What a style sheet needs: the addresses in ``url()``, ``@import`` and ``image-set()``. Linear in time.

A scanner and no parser: comments, strings, addresses, names and brackets are told apart as CSS Syntax
Level 3 (4.3) does, and all else is passed by. tinycss2, which builds a tree of everything, takes seven
times as long (1 MB a second), and many an article carries its style sheet in itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

SHEET, FONT, IMAGE = "sheet", "font", "image"
"""What an address in a style sheet leads to."""

MAX_SHEET = 1 << 20
"""Characters of a style sheet that are read: in a seventh of a second, in one if it is made to be slow."""

_ESCAPE = r"\\(?:[0-9a-f]{1,6}\s?|[^\n\r\f])"
_TOKEN = re.compile(
    rf"""
      /\*(?:[^*]|\*(?!/))*+(?:\*/)?
    | (?P<string>"(?:[^"\\\n\r\f]|\\(?:\r\n|[\s\S]))*+"? | '(?:[^'\\\n\r\f]|\\(?:\r\n|[\s\S]))*+'?)
    | url\(\s*+(?!["'\s])(?:(?P<url>(?:[^"'()\\\s]|{_ESCAPE})*+)\s*+(?:\)|\Z)|(?:[^)\\]|{_ESCAPE})*+\)?)
    | <!--|-->
    | @(?P<rule>[-\w]++)
    | (?P<function>[-\w]++\()
    | (?:[-\w]++(?!\()|[^-\w"'/@(){{}};\\])++
    | (?P<mark>[{{}}();])
    """,
    re.VERBOSE | re.IGNORECASE,
)
_ESCAPED = re.compile(r"\\(?:([0-9a-f]{1,6})(?:\r\n|[ \t\n\r\f])?|(\r\n|[\n\r\f])|([\s\S]))", re.IGNORECASE)
_OF_ADDRESSES = frozenset({"url", "src", "image", "image-set", "-webkit-image-set", "cross-fade"})
"""Functions in which a text in quotes is an address (CSS Images Level 4)."""


@dataclass(frozen=True, slots=True)
class Need:
    """An address as a style sheet writes it, which is relative to the sheet."""

    reference: str
    kind: str


def needs(text: str) -> Iterator[Need]:
    """The addresses of a style sheet, or of declarations, in their order. Never raises."""
    rule = ""  # the at-rule whose prelude is being read
    font = -1  # the depth of braces of the @font-face that is open
    depth = 0
    functions: list[str] = []
    for token in _TOKEN.finditer(text, 0, min(len(text), MAX_SHEET)):
        kind = token.lastgroup
        if kind == "rule":
            rule = token["rule"].lower()
        elif kind == "function":
            functions.append(token["function"][:-1].lower())
        elif kind == "mark":
            mark = token["mark"]
            if mark == "(":
                functions.append("")
            elif mark == ")":
                if functions:
                    functions.pop()
            else:
                functions.clear()
                if mark == "{":
                    depth += 1
                    font = depth if rule == "font-face" and font < 0 else font
                elif mark == "}":
                    font = -1 if depth <= font else font
                    depth = max(0, depth - 1)
                rule = ""
        elif kind is not None and rule not in ("namespace", "charset"):
            raw = token[kind]
            if kind == "string":
                if not (functions[-1] in _OF_ADDRESSES if functions else rule == "import"):
                    continue
                raw = _unquoted(raw)
            reference = _plain(raw).strip()
            if reference and not reference.startswith("#"):
                yield Need(reference, SHEET if rule == "import" else FONT if font >= 0 else IMAGE)
            rule = "" if rule == "import" else rule


def _unquoted(text: str) -> str:
    return text[1:-1] if len(text) > 1 and text[-1] == text[0] else text[1:]


def _plain(text: str) -> str:
    """Without escapes (CSS Syntax Level 3, 4.3.7)."""
    return _ESCAPED.sub(_character, text) if "\\" in text else text


def _character(found: re.Match[str]) -> str:
    if found[1]:
        number = int(found[1], 16)
        return chr(number) if 0 < number < 0x110000 and not 0xD800 <= number < 0xE000 else "\ufffd"
    return found[3] or ""
