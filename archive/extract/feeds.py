"""Feeds: RSS, RDF and Atom from bytes. The only import of feedparser; nothing is ever fetched."""

from __future__ import annotations

import calendar
import html
import io
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import feedparser

from archive import urls

MAX_BYTES = 20_000_000
MAX_ITEMS = 5_000
_HEAD = 65_536
_TAG = re.compile(r"<[^<>]{0,2000}>")
_SPACE = re.compile(r"\s+")
_DOCTYPE = re.compile(rb"<!DOCTYPE[^>\[]*(?:\[.*?\]\s*)?>", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class FeedItem:
    """One item of a feed."""

    title: str | None
    url: str | None  # absolute
    summary: str | None  # plain text, without markup
    published: datetime | None  # UTC; the update's time when the item states no other
    identifier: str | None  # guid or atom:id


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed as its publisher ordered it."""

    title: str | None
    url: str | None  # of the page it belongs to, absolute
    language: str | None
    items: tuple[FeedItem, ...]


def parse_feed(body: bytes, base_url: str) -> Feed | None:
    """The feed in a body, None when it is none or is larger than ``MAX_BYTES``. Never raises.

    A DOCTYPE is cut away before parsing: feeds need no entities of their own, and bombs do.
    """
    if len(body) > MAX_BYTES or not body.strip():
        return None
    # Bytes in a stream: a bytes argument that looks like a URL or a path would be opened.
    parsed: Any = feedparser.parse(
        io.BytesIO(_DOCTYPE.sub(b"", body[:_HEAD], count=1) + body[_HEAD:]),
        response_headers={"content-location": base_url},
        sanitize_html=False,
        resolve_relative_uris=False,
    )
    if not parsed.get("version") and not parsed.get("entries"):
        return None
    head = parsed.get("feed", {})
    items = tuple(_item(entry, base_url) for entry in parsed["entries"][:MAX_ITEMS])
    return Feed(
        _text(head.get("title")), _absolute(base_url, head.get("link")), head.get("language") or None, items
    )


def _item(entry: Any, base_url: str) -> FeedItem:
    link = entry.get("link") or next(
        (li.get("href") for li in entry.get("links", ()) if li.get("href")), None
    )
    identifier = entry.get("id")
    if not link and identifier and str(identifier).startswith("http"):
        link = identifier
    return FeedItem(
        _text(entry.get("title")),
        _absolute(base_url, link),
        _text(entry.get("summary")),
        _instant(entry.get("published_parsed") or entry.get("updated_parsed")),
        identifier or None,
    )


def _absolute(base_url: str, link: Any) -> str | None:
    return urls.join(base_url, str(link).strip()) if link else None


def _text(value: Any) -> str | None:
    if not value:
        return None
    plain = _TAG.sub(" ", str(value))
    plain = html.unescape(plain) if "&" in plain else plain
    return _SPACE.sub(" ", plain).strip() or None


def _instant(parsed: Any) -> datetime | None:
    try:
        return datetime.fromtimestamp(calendar.timegm(parsed), UTC) if parsed else None
    except (ValueError, OverflowError, TypeError):
        return None
