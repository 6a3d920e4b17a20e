"""What a response and its HTML state about rights in the page: parsed, not judged.

Sources:
- robots meta and X-Robots-Tag: "Robots meta tag, data-nosnippet, and X-Robots-Tag specifications",
  Google Search Central, which others follow; ``noai`` and ``noimageai`` are DeviantArt's additions.
- tdm-reservation and tdm-policy: "TDM Reservation Protocol (TDMRep)", W3C Community Group Final Report,
  10 May 2024, sections on the header field and on HTML metadata.
- Content-Usage: draft-ietf-aipref-attach, where a name such as train-ai gets "y" or "n".
- licences and owners: ``<link rel=license>`` (HTML), Dublin Core terms, schema.org.

The files that speak for a whole site are read in ``rightsfiles``. Nothing here raises on any input.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from archive.extract import charset, dom
from archive.extract.dom import Element
from archive.types import Headers, Signal
from archive.urls import join

MAX_SIGNALS = 200
"""Signals of one page. A real one states fewer than ten."""
_MAX_TEXT = 500
"""Characters of a value: a licence's address, a line of copyright."""
_MAX_STATEMENT = 8_192
"""Characters of one header or attribute that are looked at."""
PREFIX = 2 << 20
"""Bytes of a page that ``of_html`` looks at: the head ends long before, and a crawl must not wait."""

OWN_AGENT = "gazette"
"""The product token by which a page may name this crawler, unless its owner has chosen another one."""

_DEFAULTS = frozenset({"all", "index", "follow"})
"""What holds anyway, "and has no effect if explicitly listed": not recorded, as most pages state it."""
_VALUED = frozenset({"unavailable_after", "max-snippet", "max-image-preview", "max-video-preview"})
_STRONG = frozenset(
    "noindex nofollow noarchive nocache nosnippet noimageindex notranslate noai noimageai".split()
)
_KNOWN = _DEFAULTS | _VALUED | _STRONG | frozenset("none noodp noydir noyaca indexifembedded".split())
_TOKEN = re.compile(r"[a-z][a-z0-9_.-]{0,39}")
_ROBOT = re.compile(r"bot\b|bot-|crawler|spider")
_SEPARATOR = re.compile(r"[,;]")
_USAGE = re.compile(r"([a-z][a-z0-9-]{0,39})\s*=\s*([a-z0-9-]{1,20})", re.IGNORECASE)

_TDM = frozenset({"tdm-reservation", "tdm-policy"})
_CLAIMS = {
    "license": "license",
    "dcterms.license": "license",
    "dc.rights.license": "license",
    "copyright": "copyright",
    "rights": "copyright",
    "dc.rights": "copyright",
    "dcterms.rights": "copyright",
    "dcterms.rightsholder": "copyright",
}


def of_headers(headers: Headers) -> tuple[Signal, ...]:
    """What a response's header fields state, in their order."""
    found: list[Signal] = []
    for field, value in headers:
        name = field.strip().lower()
        if name == "x-robots-tag":
            found += _directives(value, "header", None, prefixed=True)
        elif name in _TDM and (text := _text(value)):
            found.append(Signal(name, text, "header"))
        elif name == "content-usage":
            found += usage(value, "header")
    return tuple(found[:MAX_SIGNALS])


def of_tree(tree: Element, url: str, agents: Iterable[str] = ()) -> tuple[Signal, ...]:
    """What the meta and link elements of a page at ``url`` state.

    ``agents``: further product tokens under which a page may address this crawler.
    """
    named = {OWN_AGENT, *(agent.lower() for agent in agents)}
    found: list[Signal] = []
    for element in tree.iter("meta", "link"):
        if len(found) >= MAX_SIGNALS:
            break
        if element.tag == "link":
            if "license" in (element.get("rel") or "").lower().split():
                found += _claim("license", join(url, (element.get("href") or "").strip()), "link")
        else:
            found += _of_meta((element.get("name") or "").strip().lower(), element.get("content"), named)
    return tuple(found[:MAX_SIGNALS])


def of_html(
    body: bytes, content_type: str | None, url: str, agents: Iterable[str] = ()
) -> tuple[Signal, ...]:
    """As ``of_tree``, from the first bytes of a page: for who has no tree of it."""
    decoded = charset.decode(body[:PREFIX], content_type)
    if decoded is None or decoded.text.count("<") > dom.MAX_TAGS:
        return ()
    tree = dom.parse(decoded.text)
    return () if tree is None else of_tree(tree, url, agents)


def of_claims(node: Mapping[str, Any]) -> tuple[Signal, ...]:
    """What a JSON-LD node of the page's article states: schema.org's license and copyrightHolder."""
    return (
        *_claim("license", _named(node.get("license"), ("url", "@id", "name")), "json-ld"),
        *_claim("copyright", _named(node.get("copyrightHolder"), ("name", "@id", "url")), "json-ld"),
    )


def usage(
    statement: str, source: str, agent: str | None = None, applies_to: str | None = None
) -> list[Signal]:
    """Pairs such as ``ai-train=no, search=yes`` of Content-Signal and ``train-ai=n`` of Content-Usage."""
    return [
        Signal(name.lower(), value.lower(), source, agent, applies_to)
        for name, value in _USAGE.findall(statement[:_MAX_STATEMENT])[:MAX_SIGNALS]
    ]


def _of_meta(name: str, content: str | None, named: set[str]) -> list[Signal]:
    if not name or not content:
        return []
    if name in _TDM:
        return _claim(name, content, "meta")
    if name in _CLAIMS:
        return _claim(_CLAIMS[name], content, "meta")
    if name == "robots":
        return _directives(content, "meta", None)
    if not _TOKEN.fullmatch(name):
        return []
    stated = _directives(content, "meta", name)
    # Who a tag with another name addresses is known by that name, or else by what it says: many
    # tags that have nothing to do with robots have the content "none" or "all".
    if name in named or _ROBOT.search(name):
        return stated
    names = {signal.name for signal in stated if signal.value != "none"}
    return stated if names & _STRONG and names <= _KNOWN else []


def _directives(text: str, source: str, agent: str | None, *, prefixed: bool = False) -> list[Signal]:
    """The directives of a robots meta tag; ``prefixed``: of a header, where agents may stand before them.

    An agent is meant until the next one or the end of the header field.
    """
    found: list[Signal] = []
    for part in _SEPARATOR.split(text[:_MAX_STATEMENT])[:MAX_SIGNALS]:
        part = part.strip()
        if found and found[-1].name == "unavailable_after" and part[:1].isdigit():
            # "Friday, 25-Jun-10 15:00:00 PST": RFC 850 puts a comma into a date.
            last = found.pop()
            found.append(Signal(last.name, _text(f"{last.value or ''}, {part}"), source, last.agent))
            continue
        head, colon, rest = part.partition(":")
        name = head.strip().lower()
        if prefixed and colon and name not in _KNOWN and (name == "*" or _TOKEN.fullmatch(name)):
            agent = None if name == "*" else name
            head, colon, rest = rest.partition(":")
        for word in _words(head.strip().lower()):
            value = _text(rest) if colon else None
            if word == "none":  # says both, in one word
                found += [Signal("noindex", "none", source, agent), Signal("nofollow", "none", source, agent)]
            elif word not in _DEFAULTS and _TOKEN.fullmatch(word):
                found.append(Signal(word, value, source, agent))
    return found


def _words(head: str) -> list[str]:
    """Directives that are parted by spaces only, as some pages have them; anything else is one."""
    words = head.split()
    return words if len(words) > 1 and set(words) <= _KNOWN else [head]


def _claim(name: str, value: str | None, source: str) -> list[Signal]:
    text = _text(value) if value else None
    return [Signal(name, text, source)] if text else []


def _named(value: Any, keys: tuple[str, ...]) -> str | None:
    """The first text of a value of JSON-LD, which may be a text, a node, or a list of these."""
    if isinstance(value, list):
        return next((found for one in value[:10] if (found := _named(one, keys))), None) if value else None
    if isinstance(value, dict):
        return next((v for key in keys if isinstance(v := value.get(key), str) and v.strip()), None)
    return value if isinstance(value, str) else None


def _text(value: str) -> str | None:
    """One line of bounded length."""
    return " ".join(value[:_MAX_STATEMENT].split())[:_MAX_TEXT] or None
