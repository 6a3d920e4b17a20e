"""Scope: which of the URLs that are found belong to a site. Pure; every refusal has its reason.

    on the site? -> a page? -> allowed? -> in the dates? -> no view of another page? -> no trap by its form?

What shows itself only over many pages (a calendar, a thousand queries) is the business of ``crawler.traps``.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from functools import lru_cache

from archive.extract.dates import EARLIEST
from archive.types import Site
from archive.urls import authority, host
from crawler import variants

OFF_SITE = "off site"
MEDIA = "media"
UNTOLD = frozenset((OFF_SITE, MEDIA))
"""Reasons of which no row is kept, only a count: they are those of most links of most pages."""

MAX_PARAMETERS = 12
"""A search form with its filters has up to ten; what has more is built by a program, in any combination."""
MAX_SEGMENTS = 20
"""Parts of a path. The deepest path of an article has about ten: region, town, section, date and title."""
MAX_AHEAD = timedelta(days=366)
"""How far before its date something is published: events of next season are, those of 2031 are not."""

_MEDIA = re.compile(
    r"\.(?:jpe?g|png|gif|webp|avif|svg|ico|bmp|tiff?|mp[34]|m4[av]|webm|ogg|wav|avi|mov|zip|gz|rar|7z|exe|dmg|apk"
    r"|css|js|mjs|woff2?|ttf|eot|docx?|xlsx?|pptx?)$",
    re.IGNORECASE,
)
_LISTS = frozenset(("sitemap", "feed"))
_DEFAULT_PORTS = ("80", "443")


@lru_cache(maxsize=256)
def _patterns(expressions: tuple[str, ...]) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(expression) for expression in expressions)


@lru_cache(maxsize=256)
def _homes(site: Site) -> tuple[tuple[str, str], ...]:
    """Host and port of each address the site file names; the two default ports count as one."""
    urls = site.seeds + site.feeds + site.sitemaps + site.sections
    return tuple(dict.fromkeys(place for url in urls if (place := _place(url)) is not None))


def _place(url: str) -> tuple[str, str] | None:
    # A page has a hundred links to three hosts.
    end = url.find("/", len("https://"))
    return _place_of(url[:end] if end > 0 else url)


@lru_cache(maxsize=1024)
def _place_of(url: str) -> tuple[str, str] | None:
    name, whole = host(url), authority(url)
    if name is None or whole is None:
        return None
    port = whole.rpartition(":")[2]
    return name.removeprefix("www."), "" if port in _DEFAULT_PORTS else port


def on_site(url: str, site: Site) -> bool:
    """Whether the URL is on a host that the site file names, or on a subdomain of one.

    With ``subdomains = false`` only the hosts themselves count, with and without "www.".
    """
    place = _place(url)
    if place is None:
        return False
    name, port = place
    return any(
        port == p and (name == h or (site.subdomains and name.endswith("." + h))) for h, p in _homes(site)
    )


def denied(url: str, site: Site) -> str | None:
    """Why a URL is not fetched, whatever it is, None when the site file doesn't deny it."""
    return "denied by the site file" if any(p.search(url) for p in _patterns(site.deny)) else None


def refusal(
    url: str, site: Site, kind: str = "link", *, day: date | None = None, modified: datetime | None = None
) -> str | None:
    """Why a URL is not followed, None when it may be. ``url`` is canonical, ``kind`` that of its offer.

    ``day``: when a feed or sitemap says that the page was published; ``modified``: when it was changed.
    """
    if not on_site(url, site):
        return OFF_SITE
    if kind not in _LISTS and _MEDIA.search(url.partition("?")[0]):
        return MEDIA
    if (why := denied(url, site)) is not None:
        return why
    # What is allowed are pages; a list of them has another address.
    if kind not in _LISTS and site.allow and not any(p.search(url) for p in _patterns(site.allow)):
        return "not allowed by the site file"
    if site.since is not None or site.until is not None:
        named = (day, day) if day else variants.days(url) if kind not in _LISTS else None
        why = _out_of_dates(site, named, modified)
        if why is not None:
            return why
    return variants.duplicate_of_another(url)


def _out_of_dates(site: Site, named: tuple[date, date] | None, modified: datetime | None) -> str | None:
    """A stated day of publication counts first, then that in the path, then when the page was changed.

    A page that was last changed before ``since`` was published before it; one that was changed after
    ``until`` may have been published at any time.
    """
    first, last = named or (None, None)
    if last is None and modified is not None:
        # The day of a change is known in UTC only: the last one that it may have been anywhere.
        last = (modified + timedelta(hours=14)).date()
    if site.since is not None and last is not None and last < site.since:
        return f"dated before {site.since}"
    if site.until is not None and first is not None and first > site.until:
        return f"dated after {site.until}"
    return None


def trap_by_form(url: str, today: date) -> str | None:
    """Why a URL that only a link names is a trap, by itself; None when nothing is odd about it.

    ``today``: the day on which the page with the link was fetched.
    """
    address, _, query = url.partition("?")
    if query.count("&") >= MAX_PARAMETERS:
        return f"more than {MAX_PARAMETERS} parameters"
    parts = address.partition("://")[2].split("/")[1:]
    if len(parts) > MAX_SEGMENTS:
        return f"more than {MAX_SEGMENTS} parts in its path"
    if len(set(parts)) <= len(parts) - 2 and _repeats(parts):
        return "parts of its path repeat themselves"
    span = variants.days(url)
    if span is not None and span[0] > today + MAX_AHEAD:
        return "a date more than a year ahead"
    if span is not None and span[1] < EARLIEST:
        return "a date before there was a web"
    return None


def _repeats(parts: list[str]) -> bool:
    """Whether one to four parts follow themselves twice: /a/b/a/b/a/b. Numbers do so in dates: /11/11/11."""
    for size in range(1, 5):
        for start in range(len(parts) - 3 * size + 1):
            first = parts[start : start + size]
            second = parts[start + size : start + 2 * size]
            if first == second == parts[start + 2 * size : start + 3 * size] and not "".join(first).isdigit():
                return True
    return False
