"""What outlets serve for machines: RSS, Atom, sitemaps, robots.txt, and bytes of a PDF and a picture."""

from __future__ import annotations

import hashlib
import math
import struct
import zlib
from collections.abc import Sequence
from email.utils import format_datetime
from functools import cache

from crawler.samples.edition import Edition, esc
from crawler.samples.model import Article

XML = '<?xml version="1.0" encoding="UTF-8"?>\n'
SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"


def rss(edition: Edition, articles: Sequence[Article]) -> str:
    """RSS 2.0 of the given articles."""
    items = "".join(
        f"<item><title>{esc(a.title)}</title><link>{edition.url(a)}</link>"
        f'<guid isPermaLink="true">{edition.url(a)}</guid><description>{esc(a.lead)}</description>'
        f"<category>{esc(edition.outlet.sections[a.section])}</category>"
        f"<pubDate>{format_datetime(a.published)}</pubDate></item>\n"
        for a in articles
    )
    return (
        f'{XML}<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel>'
        f"<title>{edition.outlet.title}</title>"
        f"<link>{edition.base}/</link><description>{edition.outlet.claim}</description>"
        "<language>de-DE</language>"
        f'<atom:link href="{edition.base}/feed.rss" rel="self" type="application/rss+xml"/>\n'
        f"{items}</channel></rss>\n"
    )


def atom(edition: Edition, articles: Sequence[Article]) -> str:
    """Atom of the given articles."""
    newest = max(a.modified or a.published for a in articles)
    entries = "".join(
        f"<entry><title>{esc(a.title)}</title>"
        f"<id>tag:{edition.outlet.name}.example,2025:{a.published:%y%m%d%H%M}</id>"
        f'<link rel="alternate" type="text/html" href="{edition.url(a)}"/>'
        f"<published>{a.published.isoformat()}</published>"
        f"<updated>{(a.modified or a.published).isoformat()}</updated>"
        f"<summary>{esc(a.lead)}</summary></entry>\n"
        for a in articles
    )
    return (
        f'{XML}<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="de"><title>{edition.outlet.title}</title>'
        f"<id>tag:{edition.outlet.name}.example,2025:feed</id><updated>{newest.isoformat()}</updated>"
        f'<link rel="self" href="{edition.base}/atom.xml"/><link href="{edition.base}/"/>\n{entries}</feed>\n'
    )


def sitemap_index(edition: Edition, paths: Sequence[str]) -> str:
    """A sitemap that names sitemaps."""
    entries = "".join(f"<sitemap><loc>{edition.base}{path}</loc></sitemap>" for path in paths)
    return f'{XML}<sitemapindex xmlns="{SITEMAP}">{entries}</sitemapindex>\n'


def sitemap(edition: Edition, articles: Sequence[Article]) -> str:
    """A plain sitemap with the day of the last change."""
    entries = "".join(
        f"<url><loc>{edition.url(a)}</loc>"
        f"<lastmod>{(a.modified or a.published).isoformat()}</lastmod></url>\n"
        for a in articles
    )
    return f'{XML}<urlset xmlns="{SITEMAP}">\n{entries}</urlset>\n'


def news_sitemap(edition: Edition, articles: Sequence[Article]) -> str:
    """A news sitemap of the given articles."""
    entries = "".join(
        f"<url><loc>{edition.url(a)}</loc><news:news><news:publication><news:name>{edition.outlet.title}</news:name>"
        f"<news:language>{a.language}</news:language></news:publication><news:publication_date>{a.published.isoformat()}"
        f"</news:publication_date><news:title>{esc(a.title)}</news:title></news:news></url>\n"
        for a in articles
    )
    return f'{XML}<urlset xmlns="{SITEMAP}" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">\n{entries}</urlset>\n'


def pdf(lines: Sequence[str]) -> bytes:
    """A valid one-page PDF that shows the lines (Latin-1 characters)."""
    shown = b"".join(b"(%b) Tj T*\n" % _pdf_text(line) for line in lines)
    stream = b"BT /F1 12 Tf 14 TL 56 780 Td\n" + shown + b"ET"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        (
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
            b"/Resources << /Font << /F1 5 0 R >> >> >>"
        ),
        b"<< /Length %d >>\nstream\n%b\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    out, places = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n"), []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(out)


def _pdf_text(line: str) -> bytes:
    escaped = line.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
    return escaped.encode("latin-1", "replace")


@cache
def png(name: str, width: int = 320) -> bytes:
    """A valid picture, half as high as wide (pixels): hills below an evening sky, others for each name."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big")
    height, sky, far, near = width // 2, 64, 64, 65
    hue = number % 96
    colours = [(40 + hue + at, 60 + at * 2, 110 + at) for at in range(sky)]  # from above
    colours += [(70, 62, 58 + hue // 2), (38, 34, 40)]
    # Where in each column the two chains of hills begin.
    ridges = [
        (
            height * (0.6 + math.sin(5 * x / width + number % 11) / 10),
            height * (0.78 + math.sin(9 * x / width + number % 7) / 14),
        )
        for x in range(width)
    ]
    rows = bytearray()
    for y in range(height):
        above = y * sky // height
        rows.append(0)
        rows += bytes(near if y > second else far if y > first else above for first, second in ridges)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0))
        + chunk(b"PLTE", b"".join(bytes(colour) for colour in colours))
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )
