"""What a page is for the crawler, which does not extract: an article, a file, or anything else. Pure.

    its kind in the queue -> does it state that it is one article? -> its address, its prose -> what it is

Whoever takes a list for an article loses what it would have listed; whoever takes an article for a list
asks for it too often, and the server says that it is not modified. So in doubt a page is *other*. Of 114
German and Austrian articles 108 state what they are; front pages and sections don't, or state many.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from archive.types import Page
from crawler.variants import page_number
from crawler.visits import ARTICLE, FILE, FOUND_BY_LINKS, OTHER

_HEAD = 64 << 10
"""Bytes in which the meta elements stand; what a script puts before them is rarely longer."""
_MAX_SCRIPTS = 40
_MAX_SCRIPT = 64 << 10  # bytes of one that are looked at: live blogs state each of their entries
_MANY = 3
"""Articles that a page states as its own from which on it is a list of them."""

_PUBLISHED = re.compile(rb"<meta[^>]{0,300}?article:published_time")
_TYPED = re.compile(
    rb'"@type"\s*:\s*\[?\s*"(?:[A-Za-z]*NewsArticle|Article|BlogPosting|LiveBlogPosting|OpinionPiece|Report)"'
)
_LISTING = re.compile(rb'"@type"\s*:\s*\[?\s*"(?:ItemList|CollectionPage|SearchResultsPage)"')
_SLUG = re.compile(r"/\d{4}/\d{1,2}/[^/]{4,}|\d{5,}|[^/]+-[^/]+-[^/]+-[^/]*/?$")


def page_of(page: Page, kind: str, *, listed: bool, prose: int = 0) -> str:
    """Article, file or other. ``kind``: of its task; ``listed``: it is a feed or a sitemap; ``prose``: how
    many long paragraphs it has.
    """
    mime = page.capture.mime or "text/html"
    if listed or kind not in FOUND_BY_LINKS:
        return OTHER
    if "html" not in mime:
        return OTHER if "xml" in mime or "json" in mime or mime == "text/plain" else FILE
    path = urlsplit(page.capture.url).path
    if path in ("", "/") or page_number(page.capture.url) is not None:
        return OTHER
    if states_article(page.body):
        return ARTICLE
    # A feed names articles, a sitemap the pages beside them, too.
    return ARTICLE if kind == "item" and prose >= 2 and _SLUG.search(path) else OTHER


def states_article(body: bytes) -> bool:
    """Whether a page of HTML states that it is one article, in meta elements, JSON-LD or microdata."""
    typed = 0
    listing = False
    start = 0
    for _ in range(_MAX_SCRIPTS):
        start = body.find(b"application/ld+json", start)
        if start < 0:
            break
        end = body.find(b"</script", start)
        script = body[start : min(end if end > 0 else len(body), start + _MAX_SCRIPT)]
        typed += len(_TYPED.findall(script))
        listing = listing or _LISTING.search(script) is not None
        start += len(script) or 1
    if typed >= _MANY:
        return b'"LiveBlogPosting"' in body
    if (typed and not listing) or _is_published(body):
        return True
    if typed:
        return False
    return 0 < body.count(b'itemprop="datePublished"') < _MANY and b'itemprop="articleBody"' in body


def _is_published(body: bytes) -> bool:
    head = body[:_HEAD].lower()  # the pattern takes ten times as long to find that there is nothing
    return b"article:published_time" in head and _PUBLISHED.search(head) is not None
