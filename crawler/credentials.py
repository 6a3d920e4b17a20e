"""Credentials for licensed access: named in a site file, read when a run starts, sent to few, kept by nobody.

    [credentials] Authorization = "env:NAME" -> the value -> requests to the site's own addresses, over TLS

The values are in memory alone: no log, no message and no record shows them.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from archive.errors import BadConfiguration
from archive.types import Site
from archive.urls import authority, host, is_loopback

MAX_VALUE = 8_000
"""Characters of a value; servers refuse longer header lines."""

_OURS = frozenset(
    "accept-encoding connection content-length expect host keep-alive proxy-authorization te trailer"
    " transfer-encoding upgrade user-agent".split()
)
"""Headers that say how a message is framed, or who asks: they are the crawler's own business."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """The request headers of one site, and who may see them."""

    headers: tuple[tuple[str, str], ...] = field(repr=False)
    authorities: frozenset[str]  # host:port of the URLs that the site file names

    def __post_init__(self) -> None:
        assert all(value for _, value in self.headers), "an empty value is no credential"

    @property
    def names(self) -> frozenset[bytes]:
        """The headers' names in lower case: their values are cut from what is kept."""
        return frozenset(name.lower().encode("ascii") for name, _ in self.headers)

    def sent_to(self, url: str) -> tuple[tuple[str, str], ...]:
        """The headers for a URL: none but over https, or to this machine, at an address of the site file.

        A redirect or a link elsewhere gets nothing, and neither does a subdomain that isn't named.
        """
        safe = url.startswith("https://") or is_loopback(host(url) or "")
        return self.headers if safe and authority(url) in self.authorities else ()


def resolve(site: Site, root: Path, environment: Mapping[str, str] = os.environ) -> Credentials | None:
    """Read what the site file refers to; None when it refers to nothing.

    ``root``: the archive, from which a relative ``file:`` is read. Raises BadConfiguration, without a
    word of the secret, when one is missing or can't be sent.
    """
    if not site.credentials:
        return None
    place = f"sites/{site.name}.toml"
    if not site.verify_tls:
        raise BadConfiguration(
            f"{place}: credentials would go to whoever answers; take verify_tls = false out, or [credentials]"
        )
    headers = []
    for name, source in site.credentials:
        if name.lower() in _OURS:
            raise BadConfiguration(f"{place}: credentials: {name} is set by the crawler itself; take it out")
        headers.append((name, read_reference(f"{place}: credentials: {name}", source, root, environment)))
    urls = site.seeds + site.feeds + site.sitemaps + site.sections
    named = frozenset(found for url in urls if (found := authority(url)) is not None)
    return Credentials(tuple(headers), named)


def read_reference(place: str, source: str, root: Path, environment: Mapping[str, str]) -> str:
    """The value that "env:NAME" or "file:PATH" leads to; ``place`` begins the message when it can't be had.

    Raises BadConfiguration, without a word of the secret.
    """
    kind, _, name = source.partition(":")
    if kind == "env":
        value = environment.get(name, "")
        if not value.strip():
            raise BadConfiguration(f"{place}: the environment variable {name} is not set; export it first")
    else:
        path = root / name
        try:
            with path.open(encoding="utf-8") as file:
                value = file.read(MAX_VALUE + 2)
        except (OSError, UnicodeDecodeError) as error:
            what = error.strerror if isinstance(error, OSError) else "no text"
            raise BadConfiguration(f"{place}: {path} can't be read: {what}") from None
        if not value.strip():
            raise BadConfiguration(f"{place}: {path} is empty; write the value into it")
    value = value.strip()
    if len(value) > MAX_VALUE or not value.isascii() or not value.isprintable():
        raise BadConfiguration(f"{place}: the value must be one line of at most {MAX_VALUE} ASCII characters")
    return value
