"""What a body is, by its first bytes and then by what the server called it."""

from __future__ import annotations

import enum
import re

from archive.extract import jsonfeed
from archive.types import Page

_BINARY = (
    b"%PDF-",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"RIFF",
    b"PK\x03\x04",
    b"PK\x05\x06",
    b"OggS",
    b"ID3",
    b"\x00\x00\x01\x00",
    b"wOFF",
    b"wOF2",
    b"BM",
    b"\x7fELF",
    b"MZ",
    b"Rar!",
    b"7z\xbc\xaf",
    b"II*\x00",
    b"MM\x00*",
    b"\x28\xb5\x2f\xfd",
    b"\xd0\xcf\x11\xe0",
)
_XML_ROOT = re.compile(rb"(?:<\?[^>]*>|<!--.*?-->|<!DOCTYPE[^>\[]*(?:\[.*?\])?\s*>|\s)*<([\w:]+)", re.DOTALL)
_FEED_ROOTS = frozenset((b"rss", b"feed", b"rdf:rdf", b"atom:feed", b"rdf"))
_SITEMAP_ROOTS = frozenset((b"urlset", b"sitemapindex", b"sm:urlset", b"sitemap:urlset"))
_MARKUP = re.compile(
    rb"<(?:!doctype\s+html|html|head|body|div|p|h1|table|meta|title|article|section|main|span|a|br|script|font|center)\b",
    re.IGNORECASE,
)
_HTML_TYPES = frozenset(("text/html", "application/xhtml+xml", "application/vnd.wap.xhtml+xml"))
_OPEN_TYPES = frozenset(
    (
        "",
        "application/octet-stream",
        "binary/octet-stream",
        "text/plain",
        "application/xml",
        "text/xml",
        "unknown/unknown",
    )
)


class What(enum.Enum):
    HTML = "html"
    FEED = "feed"
    SITEMAP = "sitemap"
    OTHER = "other"  # an image, a PDF, robots.txt, JSON ...
    EMPTY = "empty"
    NOT_HTML = "not html"  # called HTML, and has no markup


def what(page: Page) -> What:
    """What the body of a page is."""
    mime = (page.content_type or "").split(";")[0].strip().lower()
    claims_html = mime in _HTML_TYPES
    body = page.body
    if not body.strip(b"\0 \t\r\n"):
        return What.EMPTY if claims_html or not mime else What.OTHER
    if body.startswith(_BINARY) or body[4:8] == b"ftyp":
        return What.OTHER
    path = page.capture.url.split("?")[0].split("#")[0].lower()
    if path.endswith("/robots.txt") and not _MARKUP.search(body[:2000]):
        return What.OTHER
    if body[:2] == b"\x1f\x8b":
        return What.SITEMAP if "sitemap" in path else What.OTHER
    head = _readable(body[:4096])
    root = _XML_ROOT.match(head)
    name = root[1].lower() if root else b""
    if name in _FEED_ROOTS:
        return What.FEED
    if name in _SITEMAP_ROOTS:
        return What.SITEMAP
    if jsonfeed.looks_like(body):
        return What.FEED
    if mime in ("text/plain", "") and "sitemap" in path and path.endswith(".txt"):
        return What.SITEMAP
    if claims_html or mime in _OPEN_TYPES:
        if name == b"html" or _MARKUP.search(head) or _MARKUP.search(_readable(body[:200_000])):
            return (
                What.HTML
                if mime != "text/plain" or name == b"html" or b"<!doctype html" in head.lower()
                else What.OTHER
            )
        return What.NOT_HTML if claims_html else What.OTHER
    return What.OTHER


def _readable(head: bytes) -> bytes:
    """Bytes with the marks of UTF-8 and UTF-16 taken away, so that ASCII markup shows."""
    if head[:3] == b"\xef\xbb\xbf":
        head = head[3:]
    elif head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        head = head[2:]
    return head.replace(b"\0", b"") if b"\0" in head else head
