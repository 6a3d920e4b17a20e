"""Where things usually lie on a site, and which addresses are the same site."""

from __future__ import annotations

import re

from archive import urls
from crawler.robots import Rules

FEED_PLACES = ("/feed", "/rss", "/rss.xml", "/feed.xml", "/atom.xml", "/index.rdf", "/feed.json")
"""Where content systems put a feed, whether or not a page names it."""
SITEMAP_PLACES = ("/sitemap.xml", "/sitemap_index.xml", "/news-sitemap.xml")
"""The first is what sitemaps.org suggests, the others what the common generators of sitemaps write."""
MAX_NAMED = 20
"""Feeds or sitemaps taken from one page. More is a list of topics, which a person should choose from."""

_WWW = re.compile(r"^www\d{0,2}\.")
_DEFAULT_PORTS = ("80", "443")


def sitemaps_of(rules: Rules, url: str) -> tuple[str, ...]:
    """The sitemaps that a robots.txt at ``url`` names, absolute."""
    named = (urls.join(url, sitemap) for sitemap in (rules.parsed.sitemaps if rules.parsed else ()))
    return tuple(dict.fromkeys(found for found in named if found))[:MAX_NAMED]


def usual(url: str, places: tuple[str, ...]) -> tuple[str, ...]:
    """The usual places on the host of a page, absolute."""
    return tuple(f"{urls.origin(url)}{place}" for place in places)


def same_site(one: str, other: str) -> bool:
    """Whether two addresses are one site: one host with or without "www.", over http or https.

    Ports other than the two default ones tell sites apart, as they do for the scope of a crawl.
    """
    here, there = _place(one), _place(other)
    return here is not None and here == there


def within_site(url: str, site: str) -> bool:
    """The same, or a subdomain of it: what the scope of a crawl takes for a part of the site."""
    here, there = _place(url), _place(site)
    if here is None or there is None or here[1] != there[1]:
        return False
    return here[0] == there[0] or here[0].endswith("." + there[0])


def _place(url: str) -> tuple[str, str] | None:
    name, whole = urls.host(url), urls.authority(url)
    if name is None or whole is None:
        return None
    port = whole.rpartition(":")[2]
    return _WWW.sub("", name), "" if port in _DEFAULT_PORTS else port


def propose_name(url: str) -> str:
    """A name for a site's file, from its host and, when that is not the usual one, its port."""
    authority = urls.authority(url) or "site:80"
    name, _, port = authority.rpartition(":")
    name = name.strip("[]:")
    if not urls.is_loopback(name):
        name = _WWW.sub("", name)
    if port not in _DEFAULT_PORTS:
        name += f"-{port}"
    return re.sub(r"[^a-z0-9-]+", "-", name.lower()).strip("-")[:63].strip("-") or "site"
