"""What the markup of a page leads to: its links, the next pages of its list, its feeds, its refresh. Pure.

Left aside: ``hreflang`` and ``amphtml`` (the same article in another language or dress), links that only a
script follows (``onclick``, ``data-*``), and ``nofollow``, which speaks to search engines about ranking.
"""

from __future__ import annotations

import codecs
import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from selectolax.lexbor import LexborDocumentOptions, LexborHTMLParser, LexborNode

from archive.extract import charset
from archive.types import Page
from archive.urls import join, origin
from crawler.tame import LIGHT, SMALL, is_plain, shallow, tame
from crawler.variants import list_of, page_number

MAX_REFRESH = 10.0
"""Seconds. A page that leaves sooner is a redirect; one that waits longer reloads itself for its readers."""
LONG_PARAGRAPH = 120
"""Characters from which a paragraph is prose: a calendar's cells and a list's lines are shorter."""
MAX_PARAGRAPHS = 40
MAX_REFERENCES = 20_000
"""Of one page, the same ones again too. The fullest section page seen has 900 links."""

LONG_REFERENCE = 512
"""Characters from which a reference is not remembered: 8,000 of 8 KB would be 64 MB."""

_SOUGHT = "[href], p:not([href]), meta[http-equiv][content]:not([href])"
"""All that is read of a page, once each: every walk through a tree costs a quarter of its making."""
_GROUPS = {"a": "link", "area": "link", "link": "link", "base": "base", "meta": "meta", "p": "p"}
_OPTIONS = LexborDocumentOptions.WO_EVENTS
"""The tree as the page says it. The parser's events, which cost it half of its time, serve one thing: a copy
of the chosen option in a <selectedcontent>, whose links stand in the option."""

_SAMPLE = 20_000
_CONTROLS = bytes((*range(0x09), *range(0x0E, 0x1B)))
"""What ``charset.decode`` looks at, and for, to tell a text."""
_SHIFTS = (b"\x0e", b"\x0f", b"\x1b")
"""Bytes by which ISO-2022 makes other characters of ASCII."""

_ROOTED = re.compile(r"https?://|/(?![/\\])", re.IGNORECASE)
_REFRESH = re.compile(
    r"\s*(\d{0,6}(?:\.\d{0,6})?)\s*[;,]?\s*(?:url\s*=\s*)?[\"']?([^\"'\s][^\"']*)?", re.IGNORECASE
)
_NEXT_WORDS = re.compile(
    r"[\s›»→>]*(?:weiter|nächste(?:\s+seite)?|ältere\s+(?:artikel|beiträge|meldungen|einträge|nachrichten)"
    r"|(?:mehr|weitere)\s+(?:artikel|beiträge|meldungen|nachrichten)|next(?:\s+page)?|older(?:\s+(?:posts|entries))?)?"
    r"[\s›»→>]*",
    re.IGNORECASE,
)
_FEED_TYPES = frozenset(
    {"application/rss+xml", "application/atom+xml", "application/rdf+xml", "application/feed+json"}
)
_COMMENTS = re.compile(
    r"/comments?/|kommentar|\bcomments\b|//[^/]+/[^?]+/[^/?]+/feed/?(?=\s|$)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Outward:
    """What a page of HTML leads to, absolute, in the order of the page; a URL may stand there twice."""

    links: tuple[str, ...] = ()
    pages: tuple[str, ...] = ()  # further pages of the list that this page is a part of
    feeds: tuple[str, ...] = ()  # those that its head names
    refresh: str | None = None  # where it sends its readers at once
    prose: frozenset[int] = field(default_factory=frozenset)  # a number for each long paragraph


def read(page: Page) -> Outward:
    """Read a page of HTML; nothing from bytes that are no text. Never raises."""
    tree = _tree(page)
    if tree is None:
        return Outward()
    here = page.capture.url
    nodes = _sought(tree)
    element = next(iter(nodes["base"]), None)
    base = (join(here, _value(element, "href")) if element is not None else None) or here
    named: list[str] = []
    further: dict[str, None] = {}
    feeds: dict[str, None] = {}
    for link in islice(_references(nodes["link"], base, stated=element is not None), MAX_REFERENCES):
        if not (link.numbered or link.relation):
            named.append(link.url)
            continue
        if _is_further(here, link):
            further[link.url] = None
        elif _leads(link):
            named.append(link.url)
        if _is_feed(link):
            feeds[link.url] = None
    links = [url for url in named if url not in further] if further else named
    seconds, target = _refresh(nodes["meta"], base)
    if target is not None and seconds >= MAX_REFRESH:
        links.append(target)
    refresh = target if seconds < MAX_REFRESH else None
    return Outward(tuple(links), tuple(further), tuple(feeds), refresh, _prose(nodes["p"]))


def is_light(body: bytes) -> bool:
    """Whether a page of HTML is read in a few milliseconds, whatever stands in it."""
    return len(body) <= SMALL or (len(body) <= LIGHT and is_plain(body) and _utf8(body) is not None)


def _tree(page: Page) -> LexborHTMLParser | None:
    """The tree of a page; None of bytes that are no text."""
    plain = _utf8(page.body) if is_plain(page.body) else None
    if plain is not None:
        return LexborHTMLParser(plain, options=_OPTIONS)
    decoded = charset.decode(tame(page.body), page.content_type)
    return LexborHTMLParser(shallow(decoded.text), options=_OPTIONS) if decoded is not None else None


def _utf8(body: bytes) -> bytes | None:
    """A body as UTF-8, without a mark; None unless it certainly is what ``charset.decode`` takes for that.

    Most pages are, and to decode them for a parser that encodes them again costs as much as to parse them.
    """
    body = body.removeprefix(codecs.BOM_UTF8)
    if b"\0" in body[:1024] or (body.isascii() and any(shift in body for shift in _SHIFTS)):
        return None
    try:
        sample = body.decode("utf-8")[:_SAMPLE]
    except UnicodeDecodeError:
        return None
    start = sample.encode("utf-8")
    unreadable = len(start) - len(start.translate(None, _CONTROLS)) + sample.count("\ufffd")
    return None if unreadable * 10 > len(sample) else body


def _sought(tree: LexborHTMLParser) -> dict[str, list[LexborNode]]:
    """The nodes that are read of a page, in its order; links of each kind are of one group."""
    found: dict[str, list[LexborNode]] = {"link": [], "base": [], "meta": [], "p": []}
    for node in tree.css(_SOUGHT):
        group = _GROUPS.get(node.tag or "")
        if group is not None:
            found[group].append(node)
    return found


class _Target(NamedTuple):
    """Where a reference leads."""

    url: str | None  # absolute; None: nowhere
    numbered: bool = False  # it says which page of a list it is


class _Reference(NamedTuple):
    url: str  # absolute
    numbered: bool
    relation: frozenset[str]
    node: LexborNode


_NOWHERE, _RELATIVE = _Target(None), _Target("")
_NO_RELATION: frozenset[str] = frozenset()


def _references(nodes: Iterable[LexborNode], base: str, *, stated: bool) -> Iterator[_Reference]:
    """What the links of a page lead to; ``stated``: the page names its base, as others of its site do."""
    place = origin(base) or base
    shared = base if stated and base.endswith("/") else place
    for node in nodes:
        attributes = node.attributes
        said = attributes.get("href")
        if not said or ("rel" not in attributes and node.tag == "link"):
            continue
        # Pages of a site name the same addresses again and again, most from the root on.
        target = _resolved(place, shared, said) if len(said) < LONG_REFERENCE else _RELATIVE
        if target is _RELATIVE:
            target = _target(base, said.strip())
        if target.url is not None:
            relation = attributes.get("rel")
            words = frozenset(relation.lower().split()) if relation else _NO_RELATION
            yield _Reference(target.url, target.numbered, words, node)


@lru_cache(maxsize=8_192)
def _resolved(place: str, shared: str, said: str) -> _Target:
    """Where a reference leads that depends on the origin alone, or on a base that many pages share."""
    reference = said.strip()
    if _ROOTED.match(reference):
        return _target(place, reference)
    return _RELATIVE if shared == place else _target(shared, reference)


def _target(base: str, reference: str) -> _Target:
    if not reference or reference.startswith("#"):
        return _NOWHERE
    url = join(base, reference)
    return _Target(url, page_number(url) is not None) if url is not None else _NOWHERE


def _value(node: LexborNode, name: str) -> str:
    return node.attributes.get(name) or ""


def _leads(link: _Reference) -> bool:
    return not link.relation or link.node.tag != "link" or bool(link.relation & {"next", "canonical"})


def _is_further(here: str, link: _Reference) -> bool:
    """Whether a link leads to another page of the list that the page is a part of."""
    numbered = link.numbered
    if not numbered and "next" not in link.relation:
        return False
    if link.node.tag == "link" and "next" not in link.relation:
        return False
    # Without a number rel=next may lead to the next article, as in WordPress.
    if (
        (list_of(link.url) == list_of(here))
        if numbered
        else link.url.partition("?")[0] == here.partition("?")[0]
    ):
        return True
    if not numbered:
        return False
    # "Weiter" stands under teasers, too: there it leads to no numbered page.
    words = link.node.text() if link.node.tag == "a" else ""
    said = bool(words.strip()) and len(words) < 60 and _NEXT_WORDS.fullmatch(words) is not None
    return said or "next" in link.relation


def _is_feed(link: _Reference) -> bool:
    if "alternate" not in link.relation or link.node.tag != "link":
        return False
    kind = _value(link.node, "type").partition(";")[0].strip().lower()
    return kind in _FEED_TYPES and not _COMMENTS.search(f"{link.url} {_value(link.node, 'title')}")


def _refresh(nodes: Iterable[LexborNode], base: str) -> tuple[float, str | None]:
    """Seconds and target of the first refresh that leads elsewhere (HTML, 4.2.5.3)."""
    for node in nodes:
        if _value(node, "http-equiv").strip().lower() != "refresh":
            continue
        match = _REFRESH.match(_value(node, "content"))
        if match and match[2] and (url := join(base, match[2].strip())) is not None and url != base:
            return float(match[1]) if match[1] not in ("", ".") else 0.0, url
    return 0.0, None


def _prose(nodes: list[LexborNode]) -> frozenset[int]:
    """A number for each long paragraph, the same in every process."""
    numbers = []
    for node in nodes[: MAX_PARAGRAPHS * 4]:
        text = node.text().strip()
        if len(text) >= LONG_PARAGRAPH:
            digest = hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=8).digest()
            numbers.append(int.from_bytes(digest, "big"))
            if len(numbers) >= MAX_PARAGRAPHS:
                break
    return frozenset(numbers)
