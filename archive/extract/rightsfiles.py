"""The files in which a site states rights for many of its pages: tdmrep.json, ai.txt, robots.txt.

    body -> rules in their order, each with its pattern of paths -> the one that governs a URL

Sources:
- /.well-known/tdmrep.json: "TDM Reservation Protocol (TDMRep)", W3C Community Group Final Report,
  10 May 2024, "TDM File on the Origin Server": a list of {location, tdm-reservation, tdm-policy}; the
  first rule that matches counts; patterns are those of robots.txt with ``*`` and a final ``$``.
- /ai.txt: Spawning's proposal. The grammar is that of robots.txt, but a pattern ``*.jpg`` means a
  type of file; the longest pattern counts (RFC 9309, 2.2.2).
- robots.txt: Content-Signal lines (contentsignals.org) and Content-Usage lines
  (draft-ietf-aipref-attach). Its Allow and Disallow lines are no signals but orders, and read elsewhere.

What can't be read is one signal "unreadable" with the reason. Nothing here raises on any input.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any
from urllib.parse import quote, unquote_to_bytes, urlsplit

from archive.extract.rights import usage
from archive.types import Signal

MAX_BYTES = 1 << 20
"""Bytes of a file that are read. The largest real one seen has 40 KB."""
MAX_RULES = 2_000
_MAX_PATTERN = 500
_MAX_LINE = 2_000
_PATHS = {"/.well-known/tdmrep.json": "tdmrep.json", "/ai.txt": "ai.txt", "/robots.txt": "robots.txt"}
_ESCAPE = re.compile(r"%[0-9A-Fa-f]{2}")
_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_ASCII = "".join(map(chr, range(0x21, 0x7F)))
_STARS = re.compile(r"\*+")
_TYPE = re.compile(r"\*(?:\.[A-Za-z0-9]{1,10})+")
_AGENT = re.compile(r"[A-Za-z0-9*][A-Za-z0-9_.-]{0,63}")
_RESERVED = {"1": True, "0": False}
"""Other values of tdm-reservation are "protocol errors", and count as if nothing were said."""


def file_of(url: str) -> str | None:
    """Which of the files a URL is the address of: tdmrep.json, ai.txt, robots.txt, or none."""
    try:
        return _PATHS.get(urlsplit(url).path)
    except ValueError:
        return None


def read(name: str, body: bytes) -> tuple[Signal, ...]:
    """The rules of a file in their order; ``name`` as ``file_of`` gives it.

    A page of HTML in its place, as many servers send for what they don't have, says nothing.
    """
    if body[:1024].lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<":
        return ()
    if len(body) > MAX_BYTES and name == "tdmrep.json":
        return _unreadable(name, f"more than {MAX_BYTES} bytes")
    text = body[:MAX_BYTES].decode("utf-8-sig", "replace")
    if name == "tdmrep.json":
        return _tdmrep(text)
    rules = _ai_txt(text) if name == "ai.txt" else _robots_txt(text)
    return _bounded(name, list(islice(rules, MAX_RULES + 1)))


def _tdmrep(text: str) -> tuple[Signal, ...]:
    try:
        rules = json.loads(text)
    except (ValueError, RecursionError):
        return _unreadable("tdmrep.json", "no JSON")
    if isinstance(rules, dict):  # the brackets are mandatory, and what is meant without them is plain
        rules = [rules]
    if not isinstance(rules, list):
        return _unreadable("tdmrep.json", "no list of rules")
    found: list[Signal] = []
    for rule in rules[: MAX_RULES + 1]:
        location = rule.get("location") if isinstance(rule, dict) else None
        if not isinstance(location, str) or "tdm-reservation" not in rule:
            found += _unreadable("tdmrep.json", "a rule without location or tdm-reservation")
            continue
        place = location.strip()[:_MAX_PATTERN]
        reservation = _scalar(rule["tdm-reservation"])
        found.append(Signal("tdm-reservation", reservation, "tdmrep.json", None, place))
        if isinstance(policy := rule.get("tdm-policy"), str) and policy.strip():
            found.append(Signal("tdm-policy", policy.strip()[:_MAX_PATTERN], "tdmrep.json", None, place))
    return _bounded("tdmrep.json", found)


def _scalar(value: Any) -> str:
    """1, "1" and true mean the same to who writes them."""
    if isinstance(value, bool):
        return str(int(value))
    return " ".join(str(value).split())[:20] if isinstance(value, str | int) else "no number"


def _ai_txt(text: str) -> Iterator[Signal]:
    for agents, name, value in _groups(text):
        if name in ("allow", "disallow") and value:
            yield from (Signal(name, None, "ai.txt", agent, value[:_MAX_PATTERN]) for agent in agents)


def _robots_txt(text: str) -> Iterator[Signal]:
    for agents, name, value in _groups(text):
        if name in ("content-signal", "content-usage"):
            # A path may stand before the pairs: "/archive/ train-ai=n".
            place, _, rest = value.partition(" ") if value.startswith("/") else ("", "", value)
            for agent in agents:
                yield from usage(rest, "robots.txt", agent, place[:_MAX_PATTERN] or None)


def _groups(text: str) -> Iterator[tuple[list[str | None], str, str]]:
    """Each line with the agents that it is said to: ``name``, in lower case, and ``value`` of it.

    As in robots.txt, several User-Agent lines make one group; lines before the first are for all.
    """
    agents: list[str | None] = [None]
    naming = False
    for line in text.splitlines():
        name, colon, value = line[:_MAX_LINE].partition("#")[0].partition(":")
        name, value = name.strip().lower(), value.strip()
        if not colon:
            continue
        if name == "user-agent":
            agents = agents[:100] if naming else []
            if _AGENT.fullmatch(value):
                agents.append(None if value == "*" else value.lower())
            naming = True
        else:
            naming = False
            yield agents, name, value


def _unreadable(name: str, why: str) -> tuple[Signal, ...]:
    return (Signal("unreadable", why, name),)


def _bounded(name: str, rules: list[Signal]) -> tuple[Signal, ...]:
    if len(rules) <= MAX_RULES:
        return tuple(rules)
    return (*rules[:MAX_RULES], *_unreadable(name, f"more than {MAX_RULES} rules"))


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern of paths as robots.txt has them (RFC 9309, 2.2.3), matched in linear time."""

    pieces: tuple[str, ...]  # what stands between the stars
    exact: bool  # it ends with the path, not anywhere in it

    @classmethod
    def of(cls, rule: Signal) -> Pattern:
        """The pattern of a rule in a file, which has one."""
        text = rule.applies_to or "/"
        if text.lower().startswith(("http://", "https://")):
            text = "/" + text.split("://", 1)[1].partition("/")[2]
        if text[:1] not in ("/", "*"):
            text = "/" + text
        exact = text.endswith("$") or (rule.source == "ai.txt" and _TYPE.fullmatch(text) is not None)
        pieces = _STARS.split(_normal(text.removesuffix("$")))
        return cls(tuple(pieces), exact)

    def matches(self, path: str) -> bool:
        """Whether a normal path (see ``path_of``) is one of those that are meant."""
        first, *others = self.pieces
        if not path.startswith(first):
            return False
        if not others:
            return len(path) == len(first) or not self.exact
        position = len(first)
        for piece in others[:-1]:
            if (at := path.find(piece, position)) < 0:
                return False
            position = at + len(piece)
        last = others[-1]
        if self.exact:
            return path.endswith(last) and len(path) - len(last) >= position
        return path.find(last, position) >= 0

    def glob(self) -> str:
        """The same as a pattern of SQLite's GLOB."""
        escaped = (piece.replace("[", "[[]").replace("?", "[?]") for piece in self.pieces)
        text = "*".join(escaped) + ("" if self.exact else "*")
        return _STARS.sub("*", text)


def path_of(url: str) -> str:
    """Path and query of a URL in the form that patterns are compared with."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "/"
    return _normal((parts.path or "/") + (f"?{parts.query}" if parts.query else ""))


def _normal(text: str) -> str:
    """Escapes of characters that need none are undone, other characters are escaped (RFC 9309, 2.2.2)."""
    return _ESCAPE.sub(_unescaped, quote(text, safe=_ASCII, errors="replace"))


def _unescaped(match: re.Match[str]) -> str:
    byte = unquote_to_bytes(match[0])
    return chr(byte[0]) if byte[0] in _UNRESERVED else match[0].upper()


def governing(rules: Iterable[tuple[Pattern, Signal]], url: str, agent: str) -> Signal | None:
    """The rule of one file that decides whether a URL is reserved, None when none does.

    Of tdmrep.json the first that matches. Of ai.txt, among those for ``agent`` or, where there are none,
    those for all, the longest; where two are as long, the one that allows.
    """
    path = path_of(url)
    bare = path.partition("?")[0]
    known = list(rules)
    said_to = agent.lower() if any(rule.agent == agent.lower() for _, rule in known) else None
    matching = [
        rule
        for pattern, rule in known
        if rule.agent == said_to and (pattern.matches(path) or pattern.matches(bare))
    ]
    tdm = next((rule for rule in matching if rule.name == "tdm-reservation"), None)
    if tdm is not None:
        return tdm
    told = [rule for rule in matching if rule.name in ("allow", "disallow")]
    return max(told, key=lambda rule: (len(rule.applies_to or ""), rule.name == "allow"), default=None)


def reserves(rule: Signal) -> bool:
    """Whether a rule of a file reserves what it governs."""
    return (
        _RESERVED.get(rule.value or "", False) if rule.name == "tdm-reservation" else rule.name == "disallow"
    )
