"""JSON Feed 1.0 and 1.1 (jsonfeed.org) as plain values: strict about types, lenient about what is missing.

Read here and not by a library: feedparser 6.0.14 has none of it; ``jsonfeed-util`` 1.2.0 gives up a whole
feed for one item without an id, and installs a package called ``tests``; ``fastfeedparser`` 0.6.5 reads
no ``next_url``. The format is a dozen keys of one object.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from archive.extract import charset

MAX_BYTES = 8_388_608
MAX_DEPTH = 40
"""Brackets within brackets. A feed has six; Python's own reader recurses, and ends at a thousand."""


@dataclass(frozen=True, slots=True)
class JsonFeed:
    """The object of a feed; its items are those that are objects themselves."""

    head: Mapping[str, Any]
    items: tuple[Mapping[str, Any], ...]


def read(body: bytes) -> JsonFeed | None:
    """The JSON Feed in a body, None when it is none or larger than ``MAX_BYTES``. Never raises."""
    if len(body) > MAX_BYTES or not looks_like(body):
        return None
    decoded = charset.decode(body)
    if decoded is None or _depth(decoded.text) > MAX_DEPTH:
        return None
    try:
        # strict=False: line ends within strings, as a CMS without an encoder writes them.
        found = json.loads(decoded.text.lstrip("\ufeff"), strict=False)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict) or "jsonfeed.org/version/" not in str(found.get("version")):
        return None
    items = found.get("items")
    listed = items if isinstance(items, list) else []
    return JsonFeed(found, tuple(item for item in listed if isinstance(item, dict)))


def looks_like(body: bytes) -> bool:
    """Whether a body may be a JSON Feed: an object that names the format's version."""
    head = body[:64].lstrip(b"\xef\xbb\xbf\xff\xfe\0 \t\r\n")
    # Some writers escape the slashes, and "version" may stand behind the items.
    return head.startswith(b"{") and (b"jsonfeed.org" in body or b"j\0s\0o\0n\0f\0e\0e\0d\0" in body)


def text(value: Any) -> str | None:
    """A string of a feed, None for what is no string or empty."""
    return value.strip() or None if isinstance(value, str) else None


def _depth(document: str) -> int:
    """Upper bound of the nesting: brackets within strings count as well."""
    deepest = level = 0
    for character in document:
        if character in "[{":
            level += 1
            deepest = max(deepest, level)
        elif character in "]}":
            level -= 1
    return deepest
