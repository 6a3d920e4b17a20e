"""Pages that were made to break an extractor; ``scale`` 1.0 is their full size, less is for quick tests."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable

Make = Callable[[int], bytes]
_STORY = b"<p>Der Rat der Stadt hat am Montag den Plan beraten und mit 31 Stimmen beschlossen.</p>" * 6


def _page(body: bytes, head: bytes = b"") -> bytes:
    return (
        b'<!doctype html><html lang=de><head><meta charset="utf-8"><title>Ein Titel</title>%s</head>'
        b"<body><article><h1>Ein Titel</h1>%s%s</article></body></html>" % (head, _STORY, body)
    )


def _json(text: bytes) -> bytes:
    return _page(b"", b'<script type="application/ld+json">%s</script>' % text)


def _nested(tag: bytes, count: int, inner: bytes = b"x") -> bytes:
    return _page((b"<%s>" % tag) * count + inner + (b"</%s>" % tag) * count)


def _bomb(count: int) -> bytes:
    entities = b"".join(b'<!ENTITY e%d "%s">' % (i, b"&e%d;" % (i - 1) * 10) for i in range(1, count))
    return b'<?xml version="1.0"?><!DOCTYPE html [<!ENTITY e0 "lol">%s]>' % entities + _page(
        b"&e%d;" % (count - 1)
    )


SHAPES: dict[str, tuple[int, Make]] = {
    "links": (1_000_000, lambda n: _page(b"<a href=/x>y</a>" * n)),
    "links to different pages": (
        100_000,
        lambda n: _page(b"".join(b"<a href=/%d>Nr. %d</a>" % (i, i) for i in range(n))),
    ),
    "paragraphs": (200_000, lambda n: _page(b"<p>Wort</p>" * n)),
    "long paragraphs": (20_000, lambda n: _page(b"<p>%s</p>" % (b"Wort " * 90) * n)),
    "nested divs": (20_000, lambda n: _nested(b"div", n)),
    "nested spans": (20_000, lambda n: _nested(b"span", n)),
    "nested bold": (20_000, lambda n: _nested(b"b", n)),
    "nested lists": (10_000, lambda n: _page(b"<ul><li>" * n + b"x")),
    "nested tables": (5_000, lambda n: _page(b"<table><tr><td>" * n + b"x")),
    "nested quotes": (20_000, lambda n: _nested(b"blockquote", n)),
    "nested forms": (20_000, lambda n: _page(b"<form>" * n)),
    "misnested": (50_000, lambda n: _page(b"<b><i><p></b></i>" * n)),
    "unclosed": (100_000, lambda n: _page(b"<div><p><b>" * n)),
    "closing tags": (140_000, lambda n: _page(b"</div>" * n)),
    "text node": (50_000_000, lambda n: _page(b"Wort und " * (n // 9))),
    "one word": (9_000_000, lambda n: _page(b"x" * n)),
    "one word in a paragraph": (5_000_000, lambda n: _page(b"<p>%s</p>" % (b"x" * n))),
    "blanks": (9_000_000, lambda n: _page(b"<p>a%sb</p>" % (b" " * n))),
    "line breaks": (9_000_000, lambda n: _page(b"<pre>%s</pre>" % (b"\n" * n))),
    "full stops": (5_000_000, lambda n: _page(b"<p>%s</p>" % (b". " * (n // 2)))),
    "br": (500_000, lambda n: _page(b"<br>" * n)),
    "br with words": (140_000, lambda n: _page(b"Wort<br>" * n)),
    "attributes": (100_000, lambda n: _page(b"<p %s>x</p>" % b" ".join(b"a%d=1" % i for i in range(n)))),
    "one long attribute": (9_000_000, lambda n: _page(b'<p class="%s">x</p>' % (b"a " * (n // 2)))),
    "classes": (100_000, lambda n: _page(b"".join(b"<p class=c%d>Text %d</p>" % (i, i) for i in range(n)))),
    "JSON-LD": (
        10_000_000,
        lambda n: _json(json.dumps({"@type": "NewsArticle", "headline": "x" * n}).encode()),
    ),
    "JSON-LD of many": (
        100_000,
        lambda n: _json(json.dumps([{"@type": "NewsArticle", "headline": "x"}] * n).encode()),
    ),
    "JSON-LD quotes": (500_000, lambda n: _json(b'"' * n)),
    "JSON-LD nested": (100_000, lambda n: _json(b"[" * n)),
    "JSON-LD objects": (100_000, lambda n: _json(b'{"a":' * n)),
    "JSON-LD number": (1_000_000, lambda n: _json(b'{"a":' + b"9" * n + b"}")),
    "JSON-LD backslashes": (1_000_000, lambda n: _json(b'{"a":"' + b"\\" * n)),
    "JSON-LD blocks": (
        20_000,
        lambda n: _page(b'<script type="application/ld+json">{"@type":"Thing"}</script>' * n),
    ),
    "quotes without end": (3_000_000, lambda n: _page(b'<p title="' + b"x> <p title='" * (n // 12))),
    "open brackets": (5_000_000, lambda n: _page(b"<" * n)),
    "comments": (140_000, lambda n: _page(b"<!--x-->" * n)),
    "comment without end": (5_000_000, lambda n: _page(b"<!--" + b"x" * n)),
    "script without end": (5_000_000, lambda n: _page(b"<script>" + b"x" * n)),
    "NULs": (1_000_000, lambda n: _page(b"<p>a" + b"\0" * n + b"b</p>")),
    "only NULs": (5_000_000, lambda n: b"\0" * n),
    "lone surrogates": (100_000, lambda n: _page(b"<p>\xed\xa0\x80 Wort &#xD800; &#xDFFF;</p>" * (n // 10))),
    "control references": (100_000, lambda n: _page(b"<p>&#12;&#8;&#27;&#xFFFE; Wort</p>" * (n // 10))),
    "references": (1_000_000, lambda n: _page(b"&amp;" * n)),
    "long reference": (1_000_000, lambda n: _page(b"&#" + b"9" * n + b";")),
    "entity bomb": (30, _bomb),
    "control bytes": (1_000_000, lambda n: _page(bytes(range(1, 32)) * (n // 31))),
    "random bytes": (
        2_000_000,
        lambda n: _page(zlib.compress(bytes(range(256)) * n, 9) + b"\xff\xfe" * (n // 4)),
    ),
    "UTF-16 without mark": (
        2_000_000,
        lambda n: _page(b"<p>Wort</p>" * (n // 20)).decode().encode("utf-16-le"),
    ),
    "combining marks": (1_000_000, lambda n: _page(b"<p>a" + b"\xcc\x81" * n + b"</p>")),
    "bidi marks": (1_000_000, lambda n: _page(b"<p>" + b"\xe2\x80\xae" * n + b"x</p>")),
    "emoji": (1_000_000, lambda n: _page(b"<p>" + b"\xf0\x9f\x98\x80" * n + b"</p>")),
    "table": (40_000, lambda n: _page(b"<table>" + b"<tr><td>1</td><td>2</td></tr>" * n + b"</table>")),
    "wide table": (100_000, lambda n: _page(b"<table><tr>" + b"<td>x</td>" * n + b"</tr></table>")),
    "colspans": (
        10_000,
        lambda n: _page(b"<table><tr>" + b"<td colspan=99999>x</td>" * n + b"</tr></table>"),
    ),
    "list": (140_000, lambda n: _page(b"<ul>" + b"<li>Wort" * n + b"</ul>")),
    "headings": (70_000, lambda n: _page(b"<h2>Noch eine kurze Meldung</h2><p>Kurz.</p>" * (n // 2))),
    "teasers": (
        30_000,
        lambda n: _page(
            b"".join(
                b"<div><h3><a href=/%d>Titel der Meldung %d</a></h3><p>Kurz.</p></div>" % (i, i)
                for i in range(n)
            )
        ),
    ),
    "metas": (100_000, lambda n: _page(b"", b'<meta name="author" content="Ada Beispiel">' * n)),
    "long meta": (
        5_000_000,
        lambda n: _page(b"", b'<meta name="description" content="%s">' % (b"Wort " * (n // 5))),
    ),
    "dates": (40_000, lambda n: _page(b'<time datetime="2026-02-30T99:99">x</time>' * n)),
    "long date": (
        1_000_000,
        lambda n: _page(
            b"", b'<meta property="article:published_time" content="%s">' % (b"2026-" * (n // 5))
        ),
    ),
    "images": (100_000, lambda n: _page(b"<img src=/x.jpg alt=y>" * n)),
    "figures": (30_000, lambda n: _page(b"<figure><img src=/x.jpg><figcaption>y</figcaption></figure>" * n)),
    "templates": (50_000, lambda n: _nested(b"template", n)),
    "svg": (50_000, lambda n: _page(b"<svg>" + b"<g>" * n)),
    "frames": (100_000, lambda n: _page(b"<iframe src=/x></iframe>" * n)),
    "base": (
        100_000,
        lambda n: _page(b"<a href='../x'>y</a>" * n, b'<base href="http://[::1/%s">' % (b"x/" * 1000)),
    ),
    "feed": (100_000, lambda n: b"<rss><channel>" + b"<item><title>x</title><link>/x</link></item>" * n),
    "feed nested": (100_000, lambda n: b"<rss><channel><item>" + b"<title>" * n),
    "sitemap": (100_000, lambda n: b"<urlset>" + b"<url><loc>http://a.example/x</loc></url>" * n),
    "xml bomb": (
        30,
        lambda n: (
            b'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY e0 "lol">'
            + b"".join(b'<!ENTITY e%d "%s">' % (i, b"&e%d;" % (i - 1) * 10) for i in range(1, n))
            + b"]><rss><channel><title>&e%d;</title></channel></rss>" % (n - 1)
        ),
    ),
    "empty tags": (1_000_000, lambda n: _page(b"<>" * n)),
    "only a doctype": (1, lambda n: b"<!doctype html>"),
    "nothing": (0, lambda n: b""),
    "ends within a tag": (1, lambda n: _page(b"")[:120] + b"<p cla"),
}
"""Name -> number of its parts (or bytes) at full size, and what makes it of that number."""


def make(name: str, scale: float = 1.0) -> bytes:
    """The page of this name at this size."""
    number, shape = SHAPES[name]
    return shape(number if number < 100 else max(1, int(number * scale)))
