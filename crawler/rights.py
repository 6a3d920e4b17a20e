"""What a site with ``rights = "obey"`` keeps out: which signal means what, and where it is found.

    before a request:  the site's tdmrep.json and ai.txt -> reserved? -> refused
    after a response:  headers and head of the HTML -> not to be kept? -> refused, and the payload is dropped
                                                    -> not to be followed? -> no links

With ``rights = "record"`` the same files are fetched and the same signals recorded, and nothing is kept out.
Parsing is ``archive.extract.rights``' business; here is only what follows for an archive.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from archive.extract import rights, rightsfiles, sniff
from archive.extract.rightsfiles import Pattern
from archive.types import Capture, Page, RecordRef, Signal
from archive.urls import authority, origin
from archive.warc.coding import content_codings, decode_body
from archive.warc.http import parse_head, payload
from crawler.crawldb import CrawlDb
from crawler.discover import kept_page, offer, redirect_target, robots_offer
from crawler.task import REQUISITE, Offer

FILES = ("/.well-known/tdmrep.json", "/ai.txt")
"""Fetched once an authority and round, behind robots.txt and before anything else, whatever the policy."""
_NAMES = ("/tdmrep.json", "/ai.txt")
_MAX_HOPS = 5
"""Redirects that are followed to a file: as to a robots.txt (RFC 9309, 2.3.1.2)."""
_LOOK = 0.2  # seconds after which a file that is on its way is looked for again
_NOWHERE = RecordRef("", 0, 0)
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)

KEEPS_OUT = {
    "noarchive": "asks for no stored copy, which is what an archive makes",
    "nocache": "Bing's word for noarchive",
    "noindex": "asks not to be found by search, which an archive's index is; see LISTS",
    "noai": "asks for no use by machine learning; what is kept here may be analysed by machines",
    "tdm-reservation": "with the value 1: the right to copy for text and data mining is reserved",
}
"""Signals in a response for which its payload is not kept, with the reason.

Not among them, and only recorded: nosnippet, max-snippet, max-image-preview and notranslate speak of how
search engines show a page; noimageindex and noimageai of the images in it; unavailable_after of a day
after which it shall not be shown; licences and names of owners allow and forbid nothing by themselves.
"""
FOLLOWS_NOT = "nofollow"
LISTS = frozenset({"sitemap", "feed", REQUISITE})
"""Kinds that noindex does not keep out: publishers set it on these so that the list itself is no search
result, and want what it names to be found; and an archive's search finds no style sheet and no image."""
RULES = frozenset({"robots", "rights"})
"""Kinds that are always kept: they are the evidence of what was allowed."""


def offers(url: str) -> list[Offer]:
    """The files that govern a URL beside robots.txt."""
    place = origin(url)
    return [offer(place + path, "rights", depth=0, hops="P", via=None) for path in FILES] if place else []


def introduced(offers_of: list[Offer], known: set[str]) -> list[Offer]:
    """Offers, and before them the robots.txt and the files of each authority that is not ``known`` yet.

    So these come first without a second look at the queue. What requisites need is asked for in their turn.
    """
    new = {
        o.authority: o.url for o in offers_of if o.authority not in known and not o.refused and not o.beside
    }
    known.update(new)
    first = [made for url in new.values() if (made := robots_offer(url)) is not None]
    return first + [made for url in new.values() for made in offers(url)] + offers_of


@dataclass(slots=True)
class RightsBook:
    """What the files of each origin reserve, as far as a run has learned it."""

    _rules: dict[str, list[tuple[Pattern, Signal]]] = field(default_factory=dict)  # by the file's URL

    def knows(self, url: str) -> bool:
        """Whether the answers of both files that govern a URL are known."""
        return all(made.url in self._rules for made in offers(url))

    def learn(self, file: str, status: int | None, body: bytes = b"") -> None:
        """The answer to a file's URL; a ``status`` of None: there was none.

        Without a success nothing is reserved: "failure to provide access [...] implies that the origin
        server does not implement this protocol" (TDMRep).
        """
        name = rightsfiles.file_of(file)
        found = rightsfiles.read(name, body) if name and status is not None and 200 <= status < 300 else ()
        self._rules[file] = [(Pattern.of(rule), rule) for rule in found if rule.applies_to is not None]

    def refusal(self, url: str, agent: str) -> str | None:
        """Why the files of its origin keep a URL from being fetched by ``agent``, None when they don't."""
        for made in offers(url):
            rule = rightsfiles.governing(self._rules.get(made.url, ()), url, agent)
            if rule is not None and rightsfiles.reserves(rule):
                return _reason(rule)
        return None


def pending(
    book: RightsBook, db: CrawlDb, warc_dir: Path, site: str, number: int, url: str
) -> tuple[float, list[Offer]]:
    """Learn what round ``number`` of a site has kept of the files that govern a URL.

    Gives the seconds to wait for what is still queued, 0.0 when all is known, and what nobody has
    offered yet. So it is the same whether the files came a moment ago or before a crash.
    """
    wait, unasked = 0.0, []
    for file in () if book.knows(url) else offers(url):
        made = file
        for _ in range(_MAX_HOPS + 1):
            told = db.told(made.authority, made.url)
            known = next((k for k in told if k.site == site and k.round == number), None)
            if known is None:
                unasked.append(made)
            if known is None or known.state in ("queued", "kept"):
                wait = max(wait, _LOOK, known.not_before - time.time() if known else 0.0)
                break
            capture = known.capture if known.state == "expanded" else None
            page = kept_page(warc_dir, capture) if capture else None
            further = _further(page) if page else None
            if further is None:
                book.learn(file.url, page.capture.status if page else None, page.body if page else b"")
                break
            made = further
        else:
            book.learn(file.url, None)
    return wait, unasked


def is_file(url: str) -> bool:
    """Whether a URL may be that of such a file: never made to wait for one, however it was found."""
    return url.partition("?")[0].endswith(_NAMES)


def _further(page: Page) -> Offer | None:
    """Where a redirect leads if that may be the file: many servers send to their home page instead.

    Another authority has files of its own, which are asked for when a page there is.
    """
    target = redirect_target(page) if 300 <= (page.capture.status or 0) < 400 else None
    if target is None or not is_file(target) or authority(target) != authority(page.capture.url):
        return None
    return offer(target, "rights", depth=0, hops="PR", via=page.capture.url)


def keeping_out(response: bytes, url: str, kind: str, agent: str) -> str | None:
    """Why the payload of a response must not be kept, None when it may; ``kind`` as in a Task.

    ``response``: bytes as they came, whole or cut. A redirect has no payload of the page, and is kept.
    """
    head = parse_head(response)
    if kind in RULES or head is None or 300 <= head.status < 400:
        return None
    codings = [c for k, v in head.headers if k.lower() == "content-encoding" for c in content_codings(v)]
    body = decode_body(payload(response, head), codings[:4], rights.PREFIX)
    mime = (head.get("content-type") or "").partition(";")[0].strip().lower() or None
    capture = Capture("", _NOWHERE, url, _NEVER, head.status, mime, None)
    return judged(stated(Page(capture, head.headers, body), agent), kind, agent)


def stated(page: Page, agent: str) -> tuple[Signal, ...]:
    """What a response states of itself, in headers and HTML."""
    of_headers = rights.of_headers(page.headers)
    if sniff.what(page) is not sniff.What.HTML:
        return of_headers
    return of_headers + rights.of_html(page.body, page.content_type, page.capture.url, (agent,))


def judged(signals: Iterable[Signal], kind: str, agent: str) -> str | None:
    """The first reason among the signals to keep a page out, None when there is none.

    The page's own meta element stands above the header (TDMRep, "Processing priority").
    """
    ours = [signal for signal in signals if signal.agent in (None, agent.lower())]
    said = [s for s in ours if s.name == "tdm-reservation" and s.value in ("0", "1")]
    governing = next((s for s in said if s.source == "meta"), said[0] if said else None)
    for signal in ours:
        if signal.name not in KEEPS_OUT or (signal.name == "noindex" and kind in LISTS):
            continue
        if signal.name != "tdm-reservation" or (signal is governing and signal.value == "1"):
            return _reason(signal)
    return None


def no_links(page: Page, kind: str, agent: str) -> str | None:
    """Why the links of a page must not be followed, None when they may be. A redirect is no link."""
    if kind in RULES or 300 <= (page.capture.status or 0) < 400:
        return None
    found = (s for s in stated(page, agent) if s.name == FOLLOWS_NOT and s.agent in (None, agent.lower()))
    return next((_reason(signal) for signal in found), None)


def _reason(signal: Signal) -> str:
    return f"rights: {signal.name} ({signal.source})"
