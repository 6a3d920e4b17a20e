"""Sitemaps: index, urlset, news sitemap and plain text, gzipped or not; capped, and without entities.

    bytes -> [gzip] -> [characters] -> XML or lines -> entries

The format is that of sitemaps.org 0.9 with the news extension. What generators get wrong is read as far as
it can be told what they meant: bare ampersands, missing ends, another charset than the declared one, a byte
order mark. A body is unpacked, decoded and parsed in pieces, so that a bomb costs no more than its first.
"""

from __future__ import annotations

import codecs
import html
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from lxml import etree

from archive import urls
from archive.extract import charset, dates
from archive.types import Dating

MAX_BYTES = 52_428_800
"""The protocol allows 50 MiB uncompressed."""
MAX_ENTRIES = 50_000
"""And 50,000 entries."""
_PIECE = 65_536

_DECLARATION = re.compile(r"<\?xml[^>]{0,400}\?>")
_TYPED = re.compile(r"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
# What stands for itself: not the beginning of one of XML's five entities or of a character reference.
_BARE = re.compile(r"&(?!(?:amp|lt|gt|quot|apos|#[0-9]{1,7}|#x[0-9a-f]{1,6});)", re.IGNORECASE)
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f￾￿]")  # XML 1.0, 2.2
_LOC = re.compile(r"<(?:[\w-]{1,40}:)?loc(?:\s[^<>]{0,400})?>([^<>]{1,9000})<", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class SitemapEntry:
    """One page, or one further sitemap, that a sitemap names."""

    url: str  # absolute
    modified: datetime | None  # UTC; lastmod, or the publication date of a news entry
    title: str | None  # of a news entry
    day: date | None = None  # of publication, in the publisher's zone; None: not a news entry


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
    source = _Source(body)
    start = next((text for text in source if text.strip()), "").lstrip("\ufeff \t\r\n")
    if start.startswith("<"):
        return _xml(source, base_url)
    return _plain(source, base_url)


class _Source:
    """The characters of a body, in pieces; each iteration begins anew."""

    def __init__(self, body: bytes) -> None:
        self.body = body
        self.cut = False

    def __iter__(self) -> Iterator[str]:
        decoder: codecs.IncrementalDecoder | None = None
        for piece in self._bytes():
            if decoder is None:
                # The first 64 KiB decide; the addresses themselves are ASCII on all but a few sites.
                decoded = charset.decode(piece)
                decoder = codecs.getincrementaldecoder(decoded.charset if decoded else "utf-8")("replace")
            yield decoder.decode(piece)

    def _bytes(self) -> Iterator[bytes]:
        if self.body[:2] != b"\x1f\x8b":
            self.cut = len(self.body) > MAX_BYTES
            for position in range(0, min(len(self.body), MAX_BYTES), _PIECE):
                yield self.body[position : min(position + _PIECE, MAX_BYTES)]
            return
        inflater = zlib.decompressobj(31)
        given, rest = 0, self.body
        while given < MAX_BYTES and not inflater.eof:
            try:
                piece = inflater.decompress(rest, min(_PIECE, MAX_BYTES - given))
            except zlib.error:
                break
            rest, given = inflater.unconsumed_tail, given + len(piece)
            if not piece and not rest:
                break
            yield piece
        self.cut = not inflater.eof


def _xml(source: _Source, base_url: str) -> Sitemap | None:
    # The declared charset is the wrong one often enough: what is parsed here are characters.
    parser = etree.XMLPullParser(
        events=("start", "end"),
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        recover=True,
        huge_tree=False,
    )
    reading = _Reading(base_url)
    for text in _mended(source):
        if not reading.root and _TYPED.search(text):
            return None
        try:
            parser.feed(text.encode("utf-8", "replace"))
        except etree.XMLSyntaxError:
            break
        for event, element in parser.read_events():
            if not reading.take(event, element):
                return reading.sitemap(cut=True) if reading.root else None
    if not reading.root:
        return None
    if not reading.closed:
        _torn(source, reading)
    return reading.sitemap(source.cut or not reading.closed)


def _mended(source: _Source) -> Iterator[str]:
    """The text without what no XML parser reads: bare ampersands and control characters."""
    held, first = "", True
    for piece in source:
        text = held + piece
        if first:
            text = text.lstrip("\ufeff \t\r\n")
            declared = _DECLARATION.match(text)
            text, first = text[declared.end() :] if declared else text, False
        # An entity may lie across the border of two pieces.
        border = text.rfind("&", max(0, len(text) - 10))
        text, held = (text[:border], text[border:]) if border >= 0 else (text, "")
        yield _FORBIDDEN.sub("", _BARE.sub("&amp;", text))
    yield _FORBIDDEN.sub("", _BARE.sub("&amp;", held))


def _torn(source: _Source, reading: _Reading) -> None:
    """Take the addresses that the parser did not reach: it gives up at a missing end, after 256 of them.

    An address counts only when something stands behind it, so that none is taken that was cut.
    """
    known = {entry.url for entry in reading.entries}
    held = ""
    for piece in source:
        text = held + piece
        end = 0
        for match in _LOC.finditer(text):
            end = match.end() - 1
            url = urls.join(reading.base_url, html.unescape(match[1].strip()))
            if url is None or url in known:
                continue
            known.add(url)
            reading.entries.append(SitemapEntry(url, None, None))
            if len(reading.entries) >= MAX_ENTRIES:
                return
        held = text[max(end, len(text) - 10_000) :]


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
            self._free(element)
            if entry is not None:
                if len(self.entries) >= MAX_ENTRIES:
                    return False
                self.entries.append(entry)
        return True

    @staticmethod
    def _free(element: etree._Element) -> None:
        # Emptied entries would stay in the tree otherwise, and 50,000 of them are 20 MB.
        element.clear(keep_tail=False)
        parent = element.getparent()
        while parent is not None and (before := element.getprevious()) is not None:
            parent.remove(before)

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
        changed, published = _dated(fields.get("lastmod")), _dated(fields.get("publication_date"))
        told = changed or published
        return SitemapEntry(
            url,
            told.instant if told else None,
            fields.get("title"),
            published.local_day if published else None,
        )

    def sitemap(self, cut: bool) -> Sitemap:
        """What was read so far."""
        return Sitemap(self.root == "sitemapindex", tuple(self.entries), cut)


def _dated(stamp: str | None) -> Dating | None:
    return dates.parse(stamp, "sitemap") if stamp else None


def _local(element: etree._Element) -> str:
    return element.tag.rsplit("}", 1)[-1].lower() if isinstance(element.tag, str) else ""


def _plain(source: _Source, base_url: str) -> Sitemap | None:
    """One URL a line, nothing else."""
    lines = found = 0
    entries: list[SitemapEntry] = []
    for line in _lines(source):
        if lines >= MAX_ENTRIES:
            return _if_plain(entries, found, lines, cut=True)
        lines += 1
        if line.startswith(("http://", "https://")) and (url := urls.join(base_url, line)):
            found += 1
            entries.append(SitemapEntry(url, None, None))
        elif lines >= 200 and found < 0.5 * lines:
            return None  # a large file of something else
    return _if_plain(entries, found, lines, cut=source.cut)


def _if_plain(entries: list[SitemapEntry], found: int, lines: int, *, cut: bool) -> Sitemap | None:
    return Sitemap(False, tuple(entries), cut) if found and found >= 0.8 * lines else None


def _lines(source: _Source) -> Iterator[str]:
    held = ""
    for piece in source:
        *whole, held = re.split(r"[\r\n]", held + piece.lstrip("\ufeff"))
        yield from (line.strip() for line in whole if line.strip())
        held = held[: urls.MAX_URL + 1]  # a line that is longer is no URL
    # The last line of what was cut may be a part of a URL.
    if held.strip() and not source.cut:
        yield held.strip()
