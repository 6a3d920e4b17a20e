"""What the markup of a page leads to: its links, the next pages of its list, its feeds, its refresh. Pure.

Left aside: ``hreflang`` and ``amphtml`` (the same article in another language or dress), links that only a
script follows (``onclick``, ``data-*``), and ``nofollow``, which speaks to search engines about ranking.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice

from selectolax.lexbor import LexborHTMLParser, LexborNode

from archive.extract import charset
from archive.types import Page
from archive.urls import join, origin
from crawler.tame import shallow, tame
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
    decoded = charset.decode(tame(page.body), page.content_type)
    if decoded is None:
        return Outward()
    tree = LexborHTMLParser(shallow(decoded.text))
    here = page.capture.url
    element = tree.css_first("base[href]")
    base = (join(here, _value(element, "href")) if element is not None else None) or here
    found = list(islice(_references(tree, base), MAX_REFERENCES))
    further = [link.url for link in found if _is_further(here, link)]
    known = set(further)
    seconds, target = _refresh(tree, base)
    links = [link.url for link in found if link.url not in known and _leads(link)]
    if target is not None and seconds >= MAX_REFRESH:
        links.append(target)
    return Outward(
        tuple(links),
        tuple(dict.fromkeys(further)),
        tuple(dict.fromkeys(_feeds(found))),
        target if seconds < MAX_REFRESH else None,
        _prose(tree),
    )


@dataclass(frozen=True, slots=True)
class _Reference:
    url: str  # absolute
    relation: frozenset[str]
    node: LexborNode


def _references(tree: LexborHTMLParser, base: str) -> Iterator[_Reference]:
    place = origin(base) or base
    for node in tree.css("a[href], area[href], link[rel][href]"):
        attributes = node.attributes
        reference = (attributes.get("href") or "").strip()
        if not reference or reference.startswith("#"):
            continue
        # Pages of a site name the same addresses again and again, most from the root on.
        rooted = len(reference) < LONG_REFERENCE and _ROOTED.match(reference)
        url = _joined(place, reference) if rooted else join(base, reference)
        if url is not None:
            yield _Reference(url, frozenset((attributes.get("rel") or "").lower().split()), node)


@lru_cache(maxsize=8_192)
def _joined(place: str, reference: str) -> str | None:
    """The absolute URL of a reference that depends on nothing of its base but the origin."""
    return join(place, reference)


def _value(node: LexborNode, name: str) -> str:
    return node.attributes.get(name) or ""


def _leads(link: _Reference) -> bool:
    return not link.relation or link.node.tag != "link" or bool(link.relation & {"next", "canonical"})


def _is_further(here: str, link: _Reference) -> bool:
    """Whether a link leads to another page of the list that the page is a part of."""
    numbered = page_number(link.url) is not None
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


def _feeds(found: list[_Reference]) -> Iterator[str]:
    for link in found:
        if "alternate" not in link.relation or link.node.tag != "link":
            continue
        kind = _value(link.node, "type").partition(";")[0].strip().lower()
        if kind in _FEED_TYPES and not _COMMENTS.search(f"{link.url} {_value(link.node, 'title')}"):
            yield link.url


def _refresh(tree: LexborHTMLParser, base: str) -> tuple[float, str | None]:
    """Seconds and target of the first refresh that leads elsewhere (HTML, 4.2.5.3)."""
    for node in tree.css("meta[http-equiv][content]"):
        if _value(node, "http-equiv").strip().lower() != "refresh":
            continue
        match = _REFRESH.match(_value(node, "content"))
        if match and match[2] and (url := join(base, match[2].strip())) is not None and url != base:
            return float(match[1]) if match[1] not in ("", ".") else 0.0, url
    return 0.0, None


def _prose(tree: LexborHTMLParser) -> frozenset[int]:
    """A number for each long paragraph, the same in every process."""
    numbers = []
    for node in tree.css("p")[: MAX_PARAGRAPHS * 4]:
        text = node.text().strip()
        if len(text) >= LONG_PARAGRAPH:
            digest = hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=8).digest()
            numbers.append(int.from_bytes(digest, "big"))
            if len(numbers) >= MAX_PARAGRAPHS:
                break
    return frozenset(numbers)
