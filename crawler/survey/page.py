"""One page of a site read for what it leads to: feeds, sections, further pages, articles."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from archive import urls
from crawler.survey.places import MAX_NAMED, within_site
from crawler.survey.words import AWAY, CALENDAR, MORE

MAX_SECTIONS = 30
_MAX_LINKS = 5_000
_MAX_NAMED = 300
"""Short links of a page without a navigation that are held against all others."""
_MAX_DEPTH = 60
"""Elements around a link that are looked at: deeper ones are built to cost time."""
_FEED_TYPES = frozenset(
    {"application/rss+xml", "application/atom+xml", "application/rdf+xml", "application/feed+json"}
)
_FEED_LINK = re.compile(r"(?:[/._-](?:rss|atom|feed)\b[^?#]*|\.(?:rss|atom|rdf))$", re.IGNORECASE)
_COMMENTS = re.compile(r"/comments/|kommentar|\bcomments\b", re.IGNORECASE)

_NAVIGATION = re.compile(r"nav(?!y)|menu|menü", re.IGNORECASE)
_ASIDE = re.compile(
    r"(?:^|[\s_-])(?:foot\w*|fuss\w*|paging|pagination|pager|blaetter\w*|breadcrumbs?|social|share|meta|service"
    r"|related|tags?|cookie\w*|consent|cmp)(?:$|[\s_-])",
    re.IGNORECASE,
)
_ARTICLE_PATH = re.compile(
    r"/\d{4}/\d{1,2}/|\d{5,}|-[a-z]?\d{4,}\b|[^/]+-[^/]+-[^/]+-[^/]*/?$|\.html?/?$|/(?:artikel|article|story|news)/[^/]+-",
    re.IGNORECASE,
)
_NO_PAGE = re.compile(
    r"\.(?:jpe?g|png|gif|webp|svg|ico|mp[34]|webm|zip|gz|css|js|pdf|xml|rss|atom|rdf|json)$", re.IGNORECASE
)
_PAGE_NUMBER = re.compile(
    r"(?:[?&;](?:seite|page|paged|p|pg|s|offset|start)=|/(?:seite|page|p)[/-]?)\d{1,4}(?:/|$|&|\.html?$)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Head:
    """What the head of a page names."""

    title: str | None  # of the site rather than of the page
    language: str | None
    feeds: tuple[str, ...]  # absolute


@dataclass(frozen=True, slots=True)
class Anchor:
    """A link of a page with what stands around it."""

    url: str  # absolute and canonical
    text: str
    navigation: bool  # it stands in the site's navigation or head
    aside: bool  # it stands in a footer, a pager or the like


def read_head(html: str | bytes, url: str) -> Head:
    """The site's title, its language and its feeds, feeds of comments left out."""
    tree = LexborHTMLParser(html)
    base = _base(tree, url)
    feeds = []
    for link in tree.css("link[rel][href]"):
        attributes = link.attributes
        if "alternate" not in (attributes.get("rel") or "").lower().split():
            continue
        if (attributes.get("type") or "").partition(";")[0].strip().lower() not in _FEED_TYPES:
            continue
        address = urls.join(base, attributes.get("href") or "")
        if address and not _COMMENTS.search(f"{address} {attributes.get('title') or ''}"):
            feeds.append(address)
    return Head(
        title=_site_title(tree),
        language=_language(tree),
        feeds=tuple(dict.fromkeys(feeds))[:MAX_NAMED],
    )


def feed_links(anchors: tuple[Anchor, ...], url: str) -> tuple[str, ...]:
    """The links of a page's body that look like feeds of the site."""
    found = [
        a.url
        for a in anchors
        if within_site(a.url, url)
        and _FEED_LINK.search(urlsplit(a.url).path)
        and not _COMMENTS.search(f"{a.url} {a.text}")
    ]
    return tuple(dict.fromkeys(found))[:MAX_NAMED]


def _base(tree: LexborHTMLParser, url: str) -> str:
    tag = tree.css_first("base[href]")
    return urls.join(url, (tag.attributes.get("href") if tag else None) or "") or url


def _site_title(tree: LexborHTMLParser) -> str | None:
    named = tree.css_first('meta[property="og:site_name"]')
    if named is not None and (stated := one_line(named.attributes.get("content") or "")):
        return stated
    title = tree.css_first("title")
    parts = [part for part in re.split(r"\s+[|–—·-]\s+", one_line(title.text())) if part] if title else []
    # A front page is often called "Bote | Bote" or "Startseite - Bote".
    kept = [part for part in dict.fromkeys(parts) if not AWAY.fullmatch(part.casefold())]
    return " | ".join(kept or parts[:1]) or None


def _language(tree: LexborHTMLParser) -> str | None:
    root = tree.css_first("html[lang]")
    match = re.fullmatch(
        r"[a-z]{2,3}(?:[-_][a-z0-9]{2,8})*", ((root and root.attributes.get("lang")) or "").strip().lower()
    )
    return re.split("[-_]", match[0])[0] if match else None


def one_line(text: str, longest: int = 200) -> str:
    """One printable line, cut at ``longest`` characters: it goes into a file that people edit."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:longest]


def anchors(html: str, url: str) -> tuple[Anchor, ...]:
    """The http(s) links of a page in its order, each with the text that it shows."""
    tree = LexborHTMLParser(html)
    return tuple(_anchors(tree, _base(tree, url)))


def _anchors(tree: LexborHTMLParser, base: str) -> Iterator[Anchor]:
    for node in tree.css("a[href]")[:_MAX_LINKS]:
        reference = (node.attributes.get("href") or "").strip()
        absolute = urls.join(base, reference) if reference and not reference.startswith("#") else None
        address = urls.canonical(absolute) if absolute else None
        if address is not None:
            navigation, aside = _around(node)
            yield Anchor(address, one_line(node.text(separator=" ")), navigation, aside)


def _around(node: LexborNode) -> tuple[bool, bool]:
    navigation = aside = False
    parent = node.parent
    for _ in range(_MAX_DEPTH):
        if parent is None or parent.tag in ("body", "html", "-document"):
            break
        named = f"{parent.attributes.get('id') or ''} {parent.attributes.get('class') or ''}"
        if parent.tag in ("footer", "article", "aside") or _ASIDE.search(named):
            aside = True
        role = parent.attributes.get("role")
        if parent.tag in ("nav", "header") or role == "navigation" or _NAVIGATION.search(named):
            navigation = True
        parent = parent.parent
    return navigation and not aside, aside


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the site that the navigation leads to."""

    url: str
    name: str


def sections(found: tuple[Anchor, ...], url: str) -> tuple[Section, ...]:
    """The sections of a site, from the links of one of its pages.

    A section stands in the navigation under a short name; where a page has no navigation, it is a link
    under whose path other links of the page lie. Imprint, log-in, shop and the like are none.
    """
    short = [a for a in found if _is_section(a, url)]
    chosen = [a for a in short if a.navigation]
    if not chosen:
        paths = [urlsplit(a.url).path for a in found if within_site(a.url, url)]
        named = [a for a in short if not a.aside][:_MAX_NAMED]
        chosen = [a for a in named if _holds(urlsplit(a.url).path, paths)]
    by_place: dict[str, Section] = {}
    for anchor in chosen:
        by_place.setdefault(anchor.url.rstrip("/"), Section(anchor.url, anchor.text))
    every = list(by_place.values())
    if len(every) > MAX_SECTIONS:
        # A menu that unfolds: its upper level stands for what lies below.
        every.sort(key=lambda s: urlsplit(s.url).path.strip("/").count("/"))
    return tuple(every[:MAX_SECTIONS])


def _is_section(anchor: Anchor, url: str) -> bool:
    parts = urlsplit(anchor.url)
    path = unquote(parts.path)
    if not within_site(anchor.url, url) or (path.strip("/") == "" and not parts.query):
        return False
    if anchor.url.rstrip("/") == (urls.canonical(url) or url).rstrip("/"):
        return False
    if (
        not 2 <= len(anchor.text) <= 40
        or len(anchor.text.split()) > 4
        or not re.search(r"[^\W\d_]", anchor.text)
    ):
        return False
    if (
        _NO_PAGE.search(path)
        or _PAGE_NUMBER.search(anchor.url)
        or _looks_dated(path)
        or len(parts.query) > 40
    ):
        return False
    return not (AWAY.fullmatch(anchor.text.casefold()) or any(AWAY.fullmatch(p) for p in _names(path)))


def _names(path: str) -> list[str]:
    return [re.sub(r"\.(?:html?|php|aspx?)$", "", part.casefold()) for part in path.split("/") if part]


def _looks_dated(path: str) -> bool:
    return bool(re.search(r"/\d{4}/\d{1,2}(?:/|$)|\d{6,}", path)) or path.count("-") > 4


def _holds(path: str, paths: list[str]) -> bool:
    inside = path.rstrip("/") + "/"
    return sum(other.startswith(inside) and len(other) > len(inside) for other in paths) >= 2


def calendars(found: tuple[Anchor, ...], url: str) -> tuple[str, ...]:
    """Paths of calendars that the page leads to: a year and a month in the address, which have no end."""
    paths = [urlsplit(a.url).path for a in found if within_site(a.url, url)]
    hits = (CALENDAR.match(path) for path in paths)
    return tuple(dict.fromkeys(hit[1] for hit in hits if hit))[:3]


def next_page(html: str, url: str) -> str | None:
    """The page that follows a page of a list, None when there is none.

    As the page states it (rel=next), else the first link called "next", "weiter", "2" and the like
    whose address has the number of a page in it.
    """
    tree = LexborHTMLParser(html)
    base = _base(tree, url)
    for node in tree.css('link[rel~="next"][href], a[rel~="next"][href]'):
        stated = urls.join(base, node.attributes.get("href") or "")
        if stated and within_site(stated, url) and stated != url:
            return stated
    for anchor in _anchors(tree, base):
        named = MORE.fullmatch(anchor.text.casefold()) and _PAGE_NUMBER.search(anchor.url)
        if named and within_site(anchor.url, url) and anchor.url != url:
            return anchor.url
    return None


def refresh_target(html: str, url: str) -> str | None:
    """Where a page that only passes on leads (meta refresh within ten seconds); None when it doesn't."""
    tree = LexborHTMLParser(html)
    for node in tree.css("meta[http-equiv][content]"):
        if (node.attributes.get("http-equiv") or "").strip().lower() != "refresh":
            continue
        match = re.match(
            r"\s*(\d+)(?:\.\d*)?\s*[;,]\s*(?:url\s*=\s*)?['\"]?([^'\"\s]+)",
            node.attributes.get("content") or "",
            re.IGNORECASE,
        )
        target = urls.join(_base(tree, url), match[2]) if match and int(match[1]) <= 10 else None
        if target and urls.canonical(target) != urls.canonical(url):
            return target
    return None


def article_links(found: tuple[Anchor, ...], url: str) -> tuple[str, ...]:
    """The links that look like articles, the likeliest first: a headline as text, a slug in the address."""
    scores: dict[str, int] = {}
    for anchor in found:
        path = unquote(urlsplit(anchor.url).path)
        if anchor.navigation or not within_site(anchor.url, url) or path.strip("/") == "":
            continue
        if _NO_PAGE.search(path) or any(AWAY.fullmatch(p) for p in _names(path)) or CALENDAR.match(path):
            continue
        words = len(anchor.text.split())
        score = 2 * (words >= 4) + (words >= 7) + 2 * bool(_ARTICLE_PATH.search(path)) - 2 * anchor.aside
        if anchor.aside and words >= 4:
            score += 2  # a card of an article is an <article> itself
        if _PAGE_NUMBER.search(anchor.url):
            score -= 3
        scores[anchor.url] = max(score, scores.get(anchor.url, -9))
    likely = [address for address, score in scores.items() if score >= 2]
    return tuple(sorted(likely, key=lambda address: -scores[address]))


def likely_articles(addresses: Sequence[str]) -> tuple[str, ...]:
    """Those of some addresses that look like articles, in their order: a slug, a date or a number."""
    return tuple(
        address
        for address in addresses
        if _ARTICLE_PATH.search(path := unquote(urlsplit(address).path))
        and not _NO_PAGE.search(path)
        and not any(AWAY.fullmatch(part) for part in _names(path))
    )
