"""Feeds: RSS 0.9x to 2.0, RSS 1.0 (RDF), Atom and JSON Feed from bytes; nothing is ever fetched.

The only import of feedparser, which reads ill-formed XML too. What it returns is its own type; ours leaves
here. A hub of WebSub is not looked at: whoever archives can't be called back.
"""

from __future__ import annotations

import calendar
import html
import io
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import islice
from typing import Any

import feedparser

from archive import urls
from archive.extract import dates, jsonfeed

MAX_BYTES = 8_388_608
"""A feed of 5,000 items with their whole texts; what is larger is read up to here."""
MAX_TAGS = 150_000
"""feedparser takes 15 to 40 microseconds for each: six seconds are the most that a feed may cost."""
MAX_ITEMS = 5_000
_HEAD = 65_536
_TAG = re.compile(r"<[^<>]{0,2000}>")
_SPACE = re.compile(r"\s+")
_DOCTYPE = re.compile(rb"<!DOCTYPE[^>\[]*(?:\[.*?\]\s*)?>", re.IGNORECASE | re.DOTALL)
_FURTHER = ("next", "prev-archive")
"""Relations to further items: paged feeds (RFC 5005, 3), and archived ones, which lead back in time (4)."""


@dataclass(frozen=True, slots=True)
class FeedItem:
    """One item of a feed."""

    title: str | None
    url: str | None  # absolute
    summary: str | None  # plain text, without markup
    published: datetime | None  # UTC; the update's time when the item states no other
    identifier: str | None  # guid or atom:id
    day: date | None = None  # of ``published``, in the publisher's zone


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed as its publisher ordered it."""

    title: str | None
    url: str | None  # of the page it belongs to, absolute
    language: str | None
    items: tuple[FeedItem, ...]
    next_url: str | None = None  # where further items are, absolute


def parse_feed(body: bytes, base_url: str) -> Feed | None:
    """The feed in a body, None when it is none. Never raises.

    What lies beyond ``MAX_BYTES`` or ``MAX_TAGS`` is left out: the newest items stand in front. A DOCTYPE is
    cut away before parsing: feeds need no entities of their own, and bombs do.
    """
    if not body.strip():
        return None
    if (found := jsonfeed.read(body)) is not None:
        return _from_json(found, base_url)
    small = _within_limits(body)
    plain = _without_doctype(small)
    if plain is None:
        return None
    # Bytes in a stream: a bytes argument that looks like a URL or a path would be opened.
    parsed: Any = feedparser.parse(
        io.BytesIO(plain),
        response_headers={"content-location": base_url},
        sanitize_html=False,
        resolve_relative_uris=False,
    )
    if not parsed.get("version") and not parsed.get("entries"):
        return None
    head = parsed.get("feed", {})
    items = tuple(_item(entry, base_url) for entry in parsed["entries"][:MAX_ITEMS])
    return Feed(
        _text(head.get("title")),
        _absolute(base_url, head.get("link")),
        head.get("language") or None,
        items,
        _further(head, base_url),
    )


def _within_limits(body: bytes) -> bytes:
    body = body[:MAX_BYTES]
    if body.count(b"<") <= MAX_TAGS:
        return body
    beyond = next(islice(re.finditer(b"<", body), MAX_TAGS, None))
    return body[: beyond.start()]


def _without_doctype(body: bytes) -> bytes | None:
    """The body with its DOCTYPE taken out, None when that has no end within the first 64 KiB."""
    head = body[:_HEAD]
    start = head.upper().find(b"<!DOCTYPE")
    if start < 0:
        return body
    found = _DOCTYPE.match(head, start)
    return body[:start] + body[found.end() :] if found else None


def _item(entry: Any, base_url: str) -> FeedItem:
    link = entry.get("link") or next(
        (li.get("href") for li in entry.get("links", ()) if li.get("href")), None
    )
    identifier = entry.get("id")
    # isPermaLink="false" says that the guid leads nowhere, whatever it looks like (RSS 2.0).
    named = entry.get("guidislink") is not False and str(identifier or "").startswith("http")
    stated = entry.get("published") or entry.get("updated")
    return _made(
        (_text(entry.get("title")), _absolute(base_url, link or (identifier if named else None))),
        _text(entry.get("summary")),
        _instant(entry.get("published_parsed") or entry.get("updated_parsed")),
        stated,
        identifier,
    )


def _made(
    named: tuple[str | None, str | None],
    summary: str | None,
    instant: datetime | None,
    stated: Any,
    identifier: Any,
) -> FeedItem:
    dating = dates.parse(str(stated), "feed") if stated else None
    if instant is None and dating is not None:
        instant = dating.instant
    # The day is read from the text: a feed in Berlin says +0100, and feedparser gives UTC only.
    near = dating is not None and instant is not None and abs(dating.instant - instant).days < 2
    day = dating.local_day if near and dating else instant.date() if instant else None
    return FeedItem(*named, summary, instant, str(identifier) if identifier else None, day)


def _from_json(found: jsonfeed.JsonFeed, base_url: str) -> Feed:
    head, get = found.head, jsonfeed.text
    items = []
    for item in found.items[:MAX_ITEMS]:
        identifier = get(item.get("id"))
        link = get(item.get("url")) or get(item.get("external_url"))
        if link is None and (identifier or "").startswith("http"):
            link = identifier  # "the id should be the full URL of the resource" (1.1, Items)
        stated = get(item.get("date_published")) or get(item.get("date_modified"))
        words = get(item.get("summary")) or get(item.get("content_text")) or get(item.get("content_html"))
        named = (_text(get(item.get("title"))), _absolute(base_url, link))
        items.append(_made(named, _text(words), None, stated, identifier))
    return Feed(
        _text(get(head.get("title"))),
        _absolute(base_url, get(head.get("home_page_url"))),
        get(head.get("language")),
        tuple(items),
        _absolute(base_url, get(head.get("next_url"))),
    )


def _further(head: Any, base_url: str) -> str | None:
    links = [li for li in head.get("links", ()) if li.get("href")]
    for relation in _FURTHER:
        for link in links:
            if relation in str(link.get("rel", "")).lower().split():
                return _absolute(base_url, link["href"])
    return None


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
