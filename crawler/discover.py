"""Discovery: the URLs that a page, a feed or a sitemap names. Pure; nothing is fetched here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from selectolax.lexbor import LexborHTMLParser

from archive.errors import DamagedRecord
from archive.extract import feeds, sitemaps
from archive.types import Capture, Page, RecordRef, Site
from archive.urls import authority, canonical, join, origin
from archive.warc.reader import read_page
from crawler.scope import refusal
from crawler.task import Kept, Offer, Task

MAX_LINKS = 5_000
"""Links of one page that are looked at: the fullest section page seen has 900, a link farm has a million."""

# What is fetched first. Within a class the newest goes first, then what is nearest to a seed.
_RANK = {"robots": 0.0, "sitemap": 1e12, "feed": 1e12, "seed": 2e12, "item": 3e12, "link": 4e12}
_PER_DEPTH = 1e9


@dataclass(frozen=True, slots=True)
class Link:
    """A URL as found, absolute and canonical."""

    url: str
    kind: str  # sitemap, item or link
    dated: datetime | None  # when a feed or sitemap says that it was published or changed


def links(page: Page, kind_of_page: str = "link") -> Iterator[Link]:
    """What the page leads to, each URL once, in the order of the page."""
    seen: set[str] = set()
    for url, kind, dated in _found(page, kind_of_page):
        found = canonical(url)
        if found is not None and found not in seen:
            seen.add(found)
            yield Link(found, kind, dated)
            if len(seen) >= MAX_LINKS and kind == "link":
                return


def _found(page: Page, kind_of_page: str) -> Iterator[tuple[str, str, datetime | None]]:
    base = page.capture.url
    # A sitemap may be plain text or gzipped; elsewhere only XML is looked at as a list.
    if kind_of_page == "sitemap" or _is_xml(page):
        if (sitemap := sitemaps.parse_sitemap(page.body, base)) is not None:
            kind = "sitemap" if sitemap.index else "item"
            yield from ((entry.url, kind, entry.modified) for entry in sitemap.entries)
            return
        if (feed := feeds.parse_feed(page.body, base)) is not None:
            yield from ((item.url, "item", item.published) for item in feed.items if item.url)
            return
    if _is_html(page):
        yield from ((url, "link", None) for url in _html_links(page))


def _is_xml(page: Page) -> bool:
    mime = page.capture.mime or ""
    start = page.body[:1024].lstrip(b"\xef\xbb\xbf \t\r\n")[:5].lower()
    return start in (b"<?xml", b"<rss ", b"<feed", b"<rdf:") or ("xml" in mime and "xhtml" not in mime)


def _is_html(page: Page) -> bool:
    mime = page.capture.mime
    return mime is None or "html" in mime or page.body[:1024].lstrip()[:14].lower() == b"<!doctype html"


def _html_links(page: Page) -> Iterator[str]:
    try:
        text = page.body.decode("utf-8")
    except UnicodeDecodeError:
        # Addresses are ASCII on all but a few pages, and there windows-1252 is what browsers assume.
        text = page.body.decode("cp1252", "replace")
    tree = LexborHTMLParser(text)
    base = page.capture.url
    element = tree.css_first("base[href]")
    if element is not None:
        base = join(base, element.attributes.get("href") or "") or base
    for node in tree.css("a[href], area[href], link[rel=next][href]"):
        reference = (node.attributes.get("href") or "").strip()
        if reference and not reference.startswith("#") and (url := join(base, reference)) is not None:
            yield url


def redirect_target(page: Page) -> str | None:
    """Where a 3xx response leads, canonical; None when it says nothing usable."""
    location = next((v for k, v in page.headers if k.lower() == "location"), None)
    target = join(page.capture.url, location) if location else None
    return canonical(target) if target else None


def offer(
    url: str, kind: str, *, depth: int, hops: str, via: str | None, dated: datetime | None = None
) -> Offer:
    """An offer for the frontier with its rank. ``url`` is canonical."""
    rank = _RANK[kind] + min(depth, 900) * _PER_DEPTH * (kind == "link")
    if dated is not None:
        rank -= dated.timestamp()
    return Offer(url, authority(url) or "", kind, rank, depth, hops, via)


def robots_offer(authority_of: str) -> Offer | None:
    """The robots.txt that governs a URL."""
    place = origin(authority_of)
    return offer(f"{place}/robots.txt", "robots", depth=0, hops="P", via=None) if place else None


def seeds(site: Site) -> list[Offer]:
    """What every round of a site begins with."""
    named = [("sitemap", u) for u in site.sitemaps] + [("feed", u) for u in site.feeds]
    named += [("seed", u) for u in site.seeds + site.sections]
    pairs = ((kind, canonical(url)) for kind, url in named)
    return [offer(url, kind, depth=0, hops="", via=None) for kind, url in pairs if url]


def expand(page: Page, task: Task, site: Site) -> list[Offer]:
    """The offers that come of a kept page: its links in scope, and those that are refused with a reason.

    Links to other sites and to media are left out without a trace: they are most of all links.
    """
    status = page.capture.status or 0
    if task.kind == "robots":
        return []
    if 300 <= status < 400:
        target = redirect_target(page)
        return _in_scope([Link(target, task.kind, None)], task, site, "R") if target else []
    if status >= 300:
        return []
    if not site.follow and task.kind in ("seed", "item", "link"):
        return []
    return _in_scope(links(page, task.kind), task, site, "L")


def _in_scope(found: Iterator[Link] | list[Link], task: Task, site: Site, hop: str) -> list[Offer]:
    # A redirect keeps its place in the queue; only a link leads deeper.
    depth = task.depth + (hop == "L")
    offers = []
    for link in found:
        why = refusal(link.url, site)
        if why in ("off site", "media"):
            continue
        hops = (task.hops + hop)[-32:]
        made = offer(link.url, link.kind, depth=depth, hops=hops, via=task.url, dated=link.dated)
        offers.append(_refused(made, why) if why else made)
    return offers


def _refused(made: Offer, why: str) -> Offer:
    return Offer(made.url, made.authority, made.kind, made.rank, made.depth, made.hops, made.via, why)


def capture_of(url: str, status: int, mime: str | None, kept: Kept | None) -> Capture:
    """The capture of a response that was just kept; one that leads nowhere when it wasn't (the shell's)."""
    if kept is None:
        return Capture("", RecordRef("", 0, 0), url, datetime.now(UTC), status, mime, None)
    return Capture(kept.record_id, kept.ref, url, kept.fetched_at, kept.status, mime, kept.payload_digest)


def kept_page(warc_dir: Path, capture: Capture) -> Page | None:
    """A kept page, read back; None when its record can't be read."""
    try:
        return read_page(warc_dir, capture)
    except DamagedRecord:
        return None
