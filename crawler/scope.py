"""Scope: which of the URLs that are found belong to a site. Pure; every refusal has its reason."""

from __future__ import annotations

import re
from functools import lru_cache

from archive.types import Site
from archive.urls import authority, host

_MEDIA = re.compile(
    r"\.(?:jpe?g|png|gif|webp|avif|svg|ico|bmp|tiff?|mp[34]|m4[av]|webm|ogg|wav|avi|mov|zip|gz|rar|7z|exe|dmg|apk"
    r"|css|js|mjs|woff2?|ttf|eot|docx?|xlsx?|pptx?)$",
    re.IGNORECASE,
)
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
    name, whole = host(url), authority(url)
    if name is None or whole is None:
        return None
    port = whole.rpartition(":")[2]
    return name.removeprefix("www."), "" if port in _DEFAULT_PORTS else port


def on_site(url: str, site: Site) -> bool:
    """Whether the URL is on a host that the site file names, or on a subdomain of one."""
    place = _place(url)
    if place is None:
        return False
    name, port = place
    return any(port == p and (name == h or name.endswith("." + h)) for h, p in _homes(site))


def refusal(url: str, site: Site) -> str | None:
    """Why a link is not followed, None when it may be. ``url`` is canonical."""
    if not on_site(url, site):
        return "off site"
    if _MEDIA.search(url.partition("?")[0]):
        return "media"
    if any(p.search(url) for p in _patterns(site.deny)):
        return "denied by the site file"
    if site.allow and not any(p.search(url) for p in _patterns(site.allow)):
        return "not allowed by the site file"
    return None
