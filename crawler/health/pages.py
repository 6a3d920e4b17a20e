"""What one kept answer is worth: a wall or a page, a list or none. Pure functions of a Page."""

from __future__ import annotations

from archive.extract.charset import decode
from archive.types import Page
from crawler import discover
from crawler.survey import marks, page

_GONE = frozenset({404, 410})


def wall(kept: Page) -> tuple[str, str] | None:
    """The wall that a page is, and by what that is seen ("it ..."); None for a page with more behind it."""
    status = kept.capture.status or 0
    if 300 <= status < 400:
        target = discover.redirect_target(kept)
        if target is not None and marks.is_consent_place(target, kept.capture.url):
            return "consent", f"redirects to {target}"
        return None
    decoded = decode(kept.body, kept.content_type)
    if decoded is None:
        return None
    html = decoded.text
    anchors = page.anchors(html, kept.capture.url)
    seen = marks.Seen(kept.capture.url, status, kept.headers, html, anchors)
    found = marks.wall(seen, len(page.article_links(anchors, kept.capture.url)))
    return (str(found.kind), found.evidence) if found is not None else None


def wrong(kept: Page, what: str) -> tuple[str | None, bool]:
    """What is wrong with the answer of an address of the site file, and whether it is a list of nothing.

    ``what``: feed, sitemap or seed; of a seed only that it is gone. What follows "it ..."; None: nothing.
    """
    status = kept.capture.status or 0
    if status in _GONE:
        return f"answers {status}", False
    if what == "seed" or not 200 <= status < 300:
        return None, False
    found = discover.read(kept, what)
    if not found.listed:
        html = b"<html" in kept.body[:4096].lower() or "html" in (kept.capture.mime or "")
        return f"is {'a page in HTML' if html else 'something else'} and no {what}", False
    return (None, False) if found.links else ("is a list of nothing", True)
