"""Who asks: the user agent and its contact, and whether a crawl of some sites may begin at all."""

from __future__ import annotations

import platform
import re
from collections.abc import Iterable
from datetime import datetime
from importlib.metadata import PackageNotFoundError, distributions, version
from ipaddress import ip_address

from archive.errors import BadConfiguration
from archive.layout import Layout, read_config
from archive.types import Site
from archive.urls import host, is_loopback

_CONTACT = re.compile(r"[^\s@<>()]+@[^\s@<>()]+\.[^\s@<>()]+|https?://[^\s<>()]+")


def user_agent(layout: Layout) -> str:
    """Who the archive's requests say they are: gazette.toml's own words, or our name; and the contact."""
    config = read_config(layout)
    stated = str(config.get("user_agent") or "").strip() or _software()
    contact = str(config.get("contact") or "").strip()
    return stated if contact in stated else f"{stated} (+{contact})"


def may_start(layout: Layout, sites: Iterable[Site]) -> None:
    """Raise BadConfiguration for what must be said before the first request.

    An address inside a network needs ``allow_private`` in its site file: a list of seeds from somewhere
    must not make the crawler look around where it stands. Anything but this machine needs a contact, so
    that those who are asked can say stop (RFC 9309, 2.2.1, leaves that to good manners).
    """
    contact = str(read_config(layout).get("contact") or "").strip()
    for site in sites:
        for url in site.seeds + site.feeds + site.sitemaps + site.sections:
            name = host(url) or ""
            if not site.allow_private and _is_private(name):
                raise BadConfiguration(
                    f"sites/{site.name}.toml: {url} is an address inside a network;"
                    " if that is meant, add allow_private = true"
                )
            if is_loopback(name):
                continue
            if not _CONTACT.fullmatch(contact):
                raise BadConfiguration(
                    f"{layout.config}: contact is {contact!r}, and {url} is asked only by somebody who can be"
                    ' reached: contact = "desk@example.org", or the address of a page'
                )


def _is_private(name: str) -> bool:
    """Whether a host, as it is written, can't be on the open web. Names are looked up only to connect."""
    if is_loopback(name):
        return True
    try:
        return not ip_address(name.strip("[]")).is_global
    except ValueError:
        return False


def warcinfo_fields(layout: Layout, run: str, now: datetime) -> dict[str, str | None]:
    """What each file of a run says of itself (WARC 1.1, 6.2)."""
    config = read_config(layout)
    return {
        "software": f"{_software()} Scrapy/{version('scrapy')} Python/{platform.python_version()}",
        "format": "WARC File Format 1.1",
        "conformsTo": "https://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/",
        "operator": str(config.get("operator") or "") or None,
        "contact": str(config.get("contact") or "") or None,
        "http-header-user-agent": user_agent(layout),
        "robots": "classic",
        "isPartOf": run,
        "created": f"{now:%Y-%m-%dT%H:%M:%SZ}",
    }


def _software() -> str:
    try:
        return f"Gazette/{version('gazette')}"
    except PackageNotFoundError:
        # In an egg that Scrapyd runs: it is named after its version, and found by what it says inside.
        return next(f"Gazette/{found.version}" for found in distributions() if found.name == "gazette")
