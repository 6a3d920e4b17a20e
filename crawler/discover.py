"""Discovery: the URLs that a page, a feed or a sitemap names, and which of them the frontier is offered.

    page -> its links -> canonical, without sessions, once -> scope -> traps -> offers, some refused

Nothing is fetched here. What a run remembers of a site (``Traps``) is handed in; without it, each page is
judged alone.
"""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import Path

from archive.errors import DamagedRecord
from archive.extract import feeds, jsonfeed, sitemaps
from archive.types import Capture, Page, RecordRef, Site
from archive.urls import authority, canonical, join, origin
from archive.warc.reader import read_page
from crawler import links as markup
from crawler import requisites, tame
from crawler.scope import UNTOLD, refusal, trap_by_form
from crawler.task import REQUISITE, Kept, Offer, Task
from crawler.traps import LIST_PAGES, Traps
from crawler.variants import without_session

logger = logging.getLogger(__name__)

MAX_LINKS = 5_000
"""Links of one page that are looked at: the fullest section page seen has 900, a link farm has a million."""
BATCH = 1_000
"""Links that are judged, and stored, at once: 30 ms."""
MAX_REDIRECTS = 10
"""In a row: browsers give up at 20, and no page that was read by people needed more than five."""
MAX_NESTED = 5
"""Sitemaps within sitemaps. The protocol knows one index above them; some sites have two."""

# What is fetched first. Within a class the newest goes first, then what is nearest to a seed.
_RANK = {
    **{"robots": 0.0, "rights": 0.5e12, "sitemap": 1e12, "feed": 1e12, "seed": 2e12, "item": 3e12},
    **{"link": 4e12, "page": 4e12, REQUISITE: requisites.RANK},
}
_PER_DEPTH = 1e9
_NO_PAGES = frozenset(("robots", "rights"))
_HOPS = 64  # the newest ones that are kept: more than the pages of a list


@dataclass(frozen=True, slots=True)
class Link:
    """A URL as found, absolute and canonical."""

    url: str
    kind: str  # sitemap, feed, item, link, or page: a further page of the list or feed that names it
    dated: datetime | None = None  # when a feed or sitemap says that it was published or changed
    day: date | None = None  # of publication, where a feed or sitemap states it


@dataclass(frozen=True, slots=True)
class Found:
    """What a page leads to, each URL once, in the order of the page."""

    links: tuple[Link, ...] = ()
    refresh: str | None = None  # where it sends its readers at once, absolute
    prose: frozenset[int] = frozenset()  # a number for each of its long paragraphs
    listed: bool = False  # it is a sitemap or a feed
    cut: bool = False  # a sitemap that is torn, or longer than is read


def links(page: Page, kind_of_page: str = "link") -> Iterator[Link]:
    """What the page leads to, each URL once, in the order of the page."""
    yield from read(page, kind_of_page).links


def read(page: Page, kind_of_page: str = "link") -> Found:
    """Read a page as what it is, whatever it was expected to be."""
    base = page.capture.url
    # A sitemap may be plain text or gzipped; elsewhere only XML is looked at as a list.
    listed = _is_xml(page)
    sitemap = sitemaps.parse_sitemap(page.body, base) if listed or kind_of_page == "sitemap" else None
    if sitemap is not None:
        kind = "sitemap" if sitemap.index else "item"
        named = _once(Link(e.url, kind, e.modified, e.day) for e in sitemap.entries)
        return Found(named, listed=True, cut=sitemap.cut)
    # By its own word or by that of the site file: ill-formed feeds begin with anything.
    json = jsonfeed.looks_like(page.body)
    called = listed or json or (kind_of_page == "feed" and not _is_html(page))
    if called and (feed := feeds.parse_feed(page.body if json else tame.cut(page.body, tame.FEED), base)):
        items = [Link(i.url, "item", i.published, i.day) for i in feed.items if i.url]
        further = [Link(feed.next_url, "page")] if feed.next_url else []
        return Found(_once(further + items), listed=True)
    return _html(page) if _is_html(page) else Found()


def is_light(page: Page, kind_of_page: str) -> bool:
    """Whether a page is read in a few milliseconds, whatever stands in it, and so needs no thread."""
    if len(page.body) <= tame.SMALL:
        return True
    if kind_of_page in ("sitemap", "feed") or _is_xml(page) or jsonfeed.looks_like(page.body):
        return False
    return not _is_html(page) or markup.is_light(page.body)


def _html(page: Page) -> Found:
    outward = markup.read(page)
    kept = {link.url: link for link in _once(_lists(outward))}
    most = len(kept) + MAX_LINKS
    for url in outward.links:
        link = _known_link(url) if len(url) < markup.LONG_REFERENCE else _link(url)
        if link is not None and link.url not in kept:
            kept[link.url] = link
            if len(kept) >= most:
                break
    return Found(tuple(kept.values()), outward.refresh, outward.prose)


def _lists(outward: markup.Outward) -> Iterator[Link]:
    yield from (Link(url, "page") for url in outward.pages)
    yield from (Link(url, "feed") for url in outward.feeds)


def _once(found: Iterable[Link]) -> tuple[Link, ...]:
    """Each URL once, canonical and without its session."""
    kept: dict[str, Link] = {}
    for link in found:
        url = _plain(link.url)
        if url is not None and url not in kept:
            kept[url] = dataclasses.replace(link, url=url) if url != link.url else link
    return tuple(kept.values())


def _link(url: str) -> Link | None:
    plain = _plain(url)
    return Link(plain, "link") if plain is not None else None


_known_link = lru_cache(maxsize=8_192)(_link)
"""Pages of a site name the same addresses again and again: what they lead to is made once."""


def _plain(url: str) -> str | None:
    """Canonical and without its session."""
    return _remembered(url) if len(url) < markup.LONG_REFERENCE else canonical(without_session(url))


@lru_cache(maxsize=8_192)
def _remembered(url: str) -> str | None:
    return canonical(without_session(url))


def _is_xml(page: Page) -> bool:
    mime = page.capture.mime or ""
    start = page.body[:1024].lstrip(b"\xef\xbb\xbf \t\r\n")[:5].lower()
    return start in (b"<?xml", b"<rss ", b"<feed", b"<rdf:") or ("xml" in mime and "xhtml" not in mime)


def _is_html(page: Page) -> bool:
    mime = page.capture.mime
    return mime is None or "html" in mime or page.body[:1024].lstrip()[:14].lower() == b"<!doctype html"


def redirect_target(page: Page) -> str | None:
    """Where a 3xx response leads, canonical; None when it says nothing usable."""
    location = next((v for k, v in page.headers if k.lower() == "location"), None)
    target = join(page.capture.url, location) if location else None
    return canonical(target) if target else None


def offer(
    url: str, kind: str, *, depth: int, hops: str, via: str | None, dated: datetime | None = None
) -> Offer:
    """An offer for the frontier with its rank. ``url`` is canonical."""
    rank = _RANK[kind] + min(depth, 900) * _PER_DEPTH * (kind in ("link", "page"))
    if dated is not None:
        rank -= dated.timestamp()
    end = url.find("/", len("https://"))
    return Offer(url, _authority(url[:end] if end > 0 else url), kind, rank, depth, hops, via)


@lru_cache(maxsize=1_024)
def _authority(place: str) -> str:
    return authority(place) or ""


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


def expand(page: Page, task: Task, site: Site, traps: Traps | None = None) -> list[Offer]:
    """The offers that come of a kept page: its links in scope, and those that are refused with a reason.

    Links to other sites and to media leave no row: they are most of all links. ``traps`` counts them, and
    remembers what the page showed. A redirect that may not be followed is always told.
    """
    found = read(page, task.kind) if is_read(page, task) else Found()
    return [made for batch in batches(found, page, task, site, traps or Traps()) for made in batch]


def is_read(page: Page, task: Task) -> bool:
    """Whether it matters what stands in a page: not in one that only redirects, or in no page at all."""
    return task.kind not in _NO_PAGES and (page.capture.status or 0) < 300


def batches(found: Found, page: Page, task: Task, site: Site, traps: Traps) -> Iterator[list[Offer]]:
    """As ``expand``, of what was read, in batches: of 50,000 links each costs little time by itself."""
    if not is_read(page, task):
        moved = task.kind not in _NO_PAGES and 300 <= (page.capture.status or 0) < 400
        if moved and (target := redirect_target(page)):
            yield [_redirect(target, task, site)]
        return
    if found.cut:
        logger.warning(
            "%s: torn, or too long for a sitemap: %d addresses are read", task.url, len(found.links)
        )
    target = canonical(found.refresh) if found.refresh else None
    if target and target != task.url:
        yield [_redirect(target, task, site)]
    if not found.listed and (not site.follow or task.kind == "feed"):
        return
    if not found.listed:
        traps.learn(task.url, (link.url for link in found.links), found.prose)
    held = _held(found, task, traps)
    for start in range(0, len(found.links), BATCH):
        part = found.links[start : start + BATCH]
        yield _offers(part, held, page.capture.captured_at.date(), task, site, traps)


def _redirect(target: str, task: Task, site: Site) -> Offer:
    """The offer for where a page sends whoever asks for it. It keeps its place in the queue."""
    plain = _plain(target)
    # A server may send each visit to a session; without it the redirect would lead to itself.
    url = target if plain is None or plain == task.url else plain
    in_a_row = len(task.hops) - len(task.hops.rstrip("R"))
    if in_a_row >= MAX_REDIRECTS:
        why: str | None = f"more than {MAX_REDIRECTS} redirects in a row"
    else:
        why = refusal(url, site, task.kind)
        why = f"redirect: {why}" if why in UNTOLD else why
    made = offer(url, task.kind, depth=task.depth, hops=_with(task.hops, "R"), via=task.url)
    return dataclasses.replace(made, refused=why)


def _held(found: Found, task: Task, traps: Traps) -> dict[str, str | None]:
    """Why each further page of a list is not read, None when it may be."""
    further = [link.url for link in found.links if link.kind == "page"]
    # A list is told by its further pages; what has none and is none is not remembered as one.
    shown = (link.url for link in found.links if link.kind != "page")
    return traps.further(task.url, shown, further) if further or _pages_before(task) else {}


def _offers(
    links: Iterable[Link], held: dict[str, str | None], today: date, task: Task, site: Site, traps: Traps
) -> list[Offer]:
    offers = []
    for link in links:
        if link.kind == "feed" and task.kind != "seed":
            continue  # each article has a feed of its comments
        if link.kind == "link" and traps.judged(link.url):
            continue
        made = _made(link, task)
        why = refusal(link.url, site, made.kind, day=link.day, modified=link.dated)
        if why in UNTOLD:
            traps.judge(link.url, why)
            continue
        why = why or _bound(link, made, task, site) or held.get(link.url)
        if why is None and link.kind == "link":
            why = trap_by_form(link.url, today)
        if link.kind == "link":
            traps.judge(link.url)
        offers.append(dataclasses.replace(made, refused=why) if why else made)
    return offers


def _made(link: Link, task: Task) -> Offer:
    if link.kind == "page":
        # The next page of a list is as near to the seed as its first; that of a feed is read as a feed.
        kind = "feed" if task.kind == "feed" else "page"
        return offer(link.url, kind, depth=task.depth, hops=_with(task.hops, "N"), via=task.url)
    hops = _with(task.hops, "L")
    return offer(link.url, link.kind, depth=task.depth + 1, hops=hops, via=task.url, dated=link.dated)


def _with(hops: str, letter: str) -> str:
    """One hop more: Heritrix' letters, and N for the next page of a list, which Heritrix has not."""
    return (hops + letter)[-_HOPS:]


def _pages_before(task: Task) -> int:
    """How many pages of its list led to a task."""
    return len(task.hops) - len(task.hops.rstrip("NR"))


def _bound(link: Link, made: Offer, task: Task, site: Site) -> str | None:
    """Why a link goes too far from the seed, None when it doesn't."""
    if link.kind == "sitemap" and made.depth > MAX_NESTED:
        return f"sitemaps nested deeper than {MAX_NESTED}"
    if link.kind == "page" and _pages_before(task) >= LIST_PAGES:
        return f"only {LIST_PAGES} further pages of a list are read"
    return f"deeper than {site.max_depth} links" if made.depth > site.max_depth else None


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
