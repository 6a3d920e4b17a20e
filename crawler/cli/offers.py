"""What a site offers beside its pages: feeds, sitemaps, the pages of its lists, and what it says of rights.

What is named comes first, then the usual places; each is asked for before it is believed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from archive import urls
from archive.errors import ArchiveError
from archive.extract import rights as statements
from archive.extract import rightsfiles
from archive.extract.feeds import Feed, parse_feed
from archive.extract.sitemaps import Sitemap, parse_sitemap
from archive.types import Signal
from crawler import robots
from crawler.cli.ask import Answer, Asker
from crawler.rights import FILES
from crawler.survey import page
from crawler.survey.marks import Seen
from crawler.survey.places import FEED_PLACES, MAX_NAMED, SITEMAP_PLACES, sitemaps_of, usual
from crawler.survey.sitefile import Listed

_TRIED = 6
"""Feeds or sitemaps that are asked for among those that a site names; the others are taken at its word."""
_MAX_RIGHTS = 8
"""Statements that are told; a site with an ai.txt for each crawler has hundreds."""


@dataclass(slots=True)
class Collected:
    """Feeds and sitemaps as they are found."""

    feeds: list[Listed] = field(default_factory=list)
    sitemaps: list[Listed] = field(default_factory=list)
    items: list[tuple[datetime | None, str]] = field(default_factory=list)  # of feeds
    pages: list[tuple[datetime | None, str]] = field(default_factory=list)  # of sitemaps
    notes: list[str] = field(default_factory=list)
    known: set[str] = field(default_factory=set)  # what a known list names


def feeds(found: Collected, named: Sequence[str], linked: Sequence[str], url: str, asker: Asker) -> None:
    """Ask for the feeds that a page names, then at the usual places; one with nothing new is left out."""
    places = [(u, "in the head") for u in named] + [(u, "linked on the page") for u in linked]
    for number, (address, place) in enumerate(_once(places)):
        if number >= _TRIED:
            found.feeds.append(Listed(address, f"{place}, not tried", 0, None))
            continue
        answer, feed = _feed(address, asker)
        if answer is None or feed is None:
            found.notes.append(f"{address} is named as a feed ({place}), and is none that can be read.")
        elif place == "in the head" or _adds(found, feed):
            _add_feed(found, answer.lasting, feed, place)
    listed = {feed.url for feed in found.feeds}
    for address in usual(url, FEED_PLACES):
        if address in listed or len(found.feeds) >= MAX_NAMED or not asker.spare(address):
            continue
        answer, feed = _feed(address, asker)
        if answer is not None and feed is not None and answer.lasting not in listed and _adds(found, feed):
            _add_feed(found, answer.lasting, feed, "a usual place")


def _feed(address: str, asker: Asker) -> tuple[Answer | None, Feed | None]:
    answer = _ask(address, asker)
    return answer, parse_feed(answer.body, answer.url) if answer else None


def _adds(found: Collected, feed: Feed) -> bool:
    """Whether a feed names anything that those before it don't: most sites serve one under many names."""
    return bool({item.url for item in feed.items if item.url} - {address for _, address in found.items})


def _add_feed(found: Collected, url: str, feed: Feed, place: str) -> None:
    dated = [(item.published, item.url) for item in feed.items if item.url]
    found.items += dated
    newest = max((day for day, _ in dated if day), default=None)
    found.feeds.append(Listed(url, place, len(feed.items), newest))


def sitemaps(found: Collected, url: str, asker: Asker) -> None:
    """Ask for the sitemaps that robots.txt names, then at the usual places."""
    named = [(u, "robots.txt") for u in sitemaps_of(asker.rules(url), url)]
    places = named + [(u, "a usual place") for u in usual(url, SITEMAP_PLACES)]
    for number, (address, place) in enumerate(_once(places)):
        if place == "robots.txt" and number >= _TRIED:
            found.sitemaps.append(Listed(address, f"{place}, not tried", 0, None))
            continue
        if address in found.known or not asker.spare(address):
            continue
        answer = _ask(address, asker)
        sitemap = parse_sitemap(answer.body, answer.url) if answer else None
        if answer is None or sitemap is None:
            if place == "robots.txt":
                found.notes.append(f"{address} is named in robots.txt, and is no sitemap that can be read.")
            continue
        if place != "robots.txt" and {e.url for e in sitemap.entries} <= found.known:
            continue
        _add_sitemap(found, answer.lasting, sitemap, place, asker)


def _add_sitemap(found: Collected, url: str, sitemap: Sitemap, place: str, asker: Asker) -> None:
    found.known |= {entry.url for entry in sitemap.entries} | {url}
    dated = [(entry.modified, entry.url) for entry in sitemap.entries]
    newest = max((day for day, _ in dated if day), default=None)
    found.sitemaps.append(Listed(url, place, len(dated), newest, sitemap.index))
    if not sitemap.index:
        found.pages += dated
    elif dated and asker.spare(url):
        # The child that changed last holds the newest articles; where none is dated, the first is as good.
        child = max(dated, key=lambda d: d[0].timestamp() if d[0] else 0.0)[1]
        answer = _ask(child, asker)
        inner = parse_sitemap(answer.body, answer.url) if answer else None
        if inner is not None and not inner.index:
            found.pages += [(entry.modified, entry.url) for entry in inner.entries]


def _ask(address: str, asker: Asker) -> Answer | None:
    """What is there, None when nothing usable is, or when we may not ask."""
    try:
        answer = asker.get(address)
    except ArchiveError:
        return None
    return answer if answer.status == 200 else None


def _once(places: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    first: dict[str, str] = {}
    for address, place in places:
        first.setdefault(address, place)
    return list(first.items())


def paging(front: Seen, sections: Sequence[str], asker: Asker) -> str | None:
    """The second page of a list: of the front page, else of the first sections that can be asked for."""
    if (found := page.next_page(front.html, front.url)) is not None:
        return found
    for address in sections[:2]:
        answer = _ask(address, asker) if asker.spare(address) else None
        if answer is not None and (found := page.next_page(answer.text, answer.url)) is not None:
            return found
    return None


def rights(answers: Sequence[Answer], url: str, asker: Asker) -> tuple[str, ...]:
    """What headers and heads of some answers, and the files of their site, state about rights, each once."""
    token = robots.product_token(asker.agent)
    found: list[Signal] = []
    for answer in answers:
        found += statements.of_headers(answer.headers)
        found += statements.of_html(answer.body, answer.header("content-type"), answer.url, [token])
    bodies = {"/robots.txt": asker.robots_text(url)}
    for path in FILES:
        address = f"{urls.origin(url)}{path}"
        said = _ask(address, asker) if asker.spare(address) else None
        bodies[path] = said.body if said else b""
    for path, body in bodies.items():
        found += rightsfiles.read(rightsfiles.file_of(path) or "", body) if body else ()
    told = list(dict.fromkeys(map(_told, found)))
    more = len(told) - _MAX_RIGHTS
    return (*told[:_MAX_RIGHTS], *([f"and {more} more"] if more > 0 else []))


def _told(signal: Signal) -> str:
    value = f" {signal.value}" if signal.value else ""
    to = f" to {signal.agent}" if signal.agent else ""
    where = f" for {signal.applies_to}" if signal.applies_to else ""
    return f"{signal.name}{value}{to}{where} ({signal.source})"
