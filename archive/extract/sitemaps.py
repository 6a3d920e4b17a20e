"""Sitemaps: index, urlset, news sitemap and plain text, gzipped or not; capped, and without entities."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import datetime

from lxml import etree

from archive import urls
from archive.extract import dates

MAX_BYTES = 52_428_800
"""The protocol allows 50 MiB uncompressed."""
MAX_ENTRIES = 50_000
"""And 50,000 entries."""


@dataclass(frozen=True, slots=True)
class SitemapEntry:
    """One page, or one further sitemap, that a sitemap names."""

    url: str  # absolute
    modified: datetime | None  # UTC; lastmod, or the publication date of a news entry
    title: str | None  # of a news entry


@dataclass(frozen=True, slots=True)
class Sitemap:
    """What a sitemap names, in its order."""

    index: bool  # the entries are sitemaps, not pages
    entries: tuple[SitemapEntry, ...]
    cut: bool  # it held more than was read: bytes or entries beyond the limits, or a torn end


def parse_sitemap(body: bytes, base_url: str) -> Sitemap | None:
    """The sitemap in a body, None when it is none. Never raises.

    Compressed bodies are unpacked up to ``MAX_BYTES``; a document with a DOCTYPE is refused, because
    sitemaps have none and entity bombs do.
    """
    body, cut = _unpacked(body)
    start = body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if start == b"<" or b"\0" in body[:4]:
        return _xml(body, base_url, cut)
    return _plain(body, base_url, cut)


def _unpacked(body: bytes) -> tuple[bytes, bool]:
    if body[:2] != b"\x1f\x8b":
        return body[:MAX_BYTES], len(body) > MAX_BYTES
    inflater = zlib.decompressobj(31)
    try:
        plain = inflater.decompress(body, MAX_BYTES)
    except zlib.error:
        return b"", True
    return plain, not inflater.eof


def _xml(body: bytes, base_url: str, cut: bool) -> Sitemap | None:
    if b"<!DOCTYPE" in body[:4096] or b"<!ENTITY" in body[:4096]:
        return None
    parser = etree.XMLPullParser(
        events=("start", "end"),
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        recover=True,
        huge_tree=False,
    )
    reading = _Reading(base_url)
    for position in range(0, len(body), 65_536):
        try:
            parser.feed(body[position : position + 65_536])
        except etree.XMLSyntaxError:
            cut = True
            break
        for event, element in parser.read_events():
            if not reading.take(event, element):
                return reading.sitemap(cut=True) if reading.root else None
    return reading.sitemap(cut or not reading.closed) if reading.root else None


class _Reading:
    """Collects entries from the events of a parser and frees what was read."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        self.root = ""
        self.closed = False
        self.entries: list[SitemapEntry] = []

    def take(self, event: str, element: etree._Element) -> bool:
        """Read one event; False when no more is wanted."""
        name = _local(element)
        if event == "start":
            if not self.root:
                if name not in ("urlset", "sitemapindex"):
                    return False
                self.root = name
            return True
        if name == self.root:
            self.closed = True
        elif name in ("url", "sitemap"):
            entry = self._entry(element)
            element.clear()
            if entry is not None:
                self.entries.append(entry)
            return len(self.entries) < MAX_ENTRIES
        return True

    def _entry(self, element: etree._Element) -> SitemapEntry | None:
        fields: dict[str, str] = {}
        for child in element.iter():
            if child.text and child.text.strip():
                # "loc" of an image inside of an entry is in another namespace and stands later.
                fields.setdefault(_local(child), child.text.strip())
        # Some generators leave <loc> out and write the URL into the entry itself.
        place = fields.get("loc") or (element.text or "").strip()
        url = urls.join(self.base_url, place) if place else None
        if url is None:
            return None
        stamp = fields.get("lastmod") or fields.get("publication_date")
        dating = dates.parse(stamp, "sitemap") if stamp else None
        return SitemapEntry(url, dating.instant if dating else None, fields.get("title"))

    def sitemap(self, cut: bool) -> Sitemap:
        """What was read so far."""
        return Sitemap(self.root == "sitemapindex", tuple(self.entries), cut)


def _local(element: etree._Element) -> str:
    return element.tag.rsplit("}", 1)[-1].lower() if isinstance(element.tag, str) else ""


def _plain(body: bytes, base_url: str, cut: bool) -> Sitemap | None:
    """One URL a line, nothing else."""
    text = body.decode("utf-8-sig", "replace")
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    found = [
        u
        for line in lines[:MAX_ENTRIES]
        if line.startswith(("http://", "https://")) and (u := urls.join(base_url, line))
    ]
    if not found or len(found) < 0.8 * min(len(lines), MAX_ENTRIES):
        return None
    return Sitemap(False, tuple(SitemapEntry(u, None, None) for u in found), cut or len(lines) > MAX_ENTRIES)
