"""Requisites: what a page needs to look as it did - its style sheets, fonts, images and scripts. Pure.

    article page | style sheet -> references -> canonical, once -> best first -> offers behind all pages

They may lie on any host. They are fetched under the same guard, robots.txt and delays as pages, after them,
within a budget of their own; they lead nowhere, but that a style sheet leads to what it needs itself.
Of an image that comes in several sizes all are wanted, because a browser chooses by its window; first what
a desktop would take. Attributes that scripts read when an image is scrolled to (``data-src``) count, too.
"""

from __future__ import annotations

import dataclasses
import enum
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from archive.extract import charset
from archive.types import Page, Site
from archive.urls import authority, canonical, join
from crawler import css
from crawler.scope import denied
from crawler.tame import BUDGET, cut, shallow
from crawler.task import REQUISITE, Offer, Task

RANK = 9e12
"""Behind all pages and all revisits: what a page looks like never keeps a page from being fetched."""
MAX_SIZE = 10 << 20
"""Bytes of one requisite on the wire. Longer ones are cut, as pages are at 20 MB."""
MOST = 1_000
"""Requisites of one page or style sheet that are wanted, the best first."""
MAX_NESTED = 3
"""Style sheets that lead to one another. Real ones import one level deep."""
MAX_REDIRECTS = 5
_MAX_REFERENCES = 20_000  # of one page, the same ones again too
_MAX_CANDIDATES = 32  # of one srcset
_DESKTOP = 1_000
"""Pixels of the column in which a desktop shows an image at most."""
_PER_CLASS = 1e9


class Part(enum.IntEnum):
    """What a requisite is to its page, the most needed first."""

    SHEET = 0
    FONT = 1
    IMAGE = 2
    SCRIPT = 3
    SPARE = 4  # another size or format of what is there: for other windows, other browsers


@dataclass(frozen=True, slots=True)
class Needed:
    """A requisite, canonical."""

    url: str
    part: Part


_LONG_TAG = re.compile(rb"<([a-zA-Z][a-zA-Z0-9-]{0,20})([^<>]{4096,})")
_KEPT_OF_TAG = re.compile(
    rb"""[\s"'/](?:(?:data-)?src(?:set)?|href|rel|as|media|style|poster)\s*=\s*(?:"[^"]{0,262144}"|'[^']{0,262144}')""",
    re.IGNORECASE,
)
_CANDIDATE = re.compile(r"([^\s,]\S*+)(?:(?<=,)|\s*+(?:(\d{1,5}(?:\.\d{1,4})?)([wx]))?[^,]*+)")
_SELECTED = (
    "img, source, input[type=image], video[poster], link[rel][href], script[src], style, image,"
    " body[background], table[background], td[background], [style], [data-bg], [data-background-image]"
)
_LAZY = ("data-src", "data-lazy-src", "data-original", "data-lazy", "data-bg", "data-background-image")
_LAZY_SETS = ("data-srcset", "data-lazy-srcset")
_AS = {"style": Part.SHEET, "font": Part.FONT, "image": Part.IMAGE, "script": Part.SCRIPT}
_OF_SHEETS = {css.SHEET: Part.SHEET, css.FONT: Part.FONT, css.IMAGE: Part.IMAGE}
_OLD_FONTS = (".eot", ".ttf", ".otf", ".svg")
_ADDRESS = re.compile(r"[^\s{}<>\[\]|\"`]+")
"""What an attribute of a script's own may hold to be taken for an address: others hold JSON, words, names."""


def of_page(page: Page) -> tuple[Needed, ...]:
    """The requisites of a page of HTML, the most needed first; none if it is no text. Never raises."""
    body = cut(_LONG_TAG.sub(_shortened, page.body), BUDGET)
    decoded = charset.decode(body, page.content_type)
    if decoded is None:
        return ()
    tree = LexborHTMLParser(shallow(decoded.text))
    element = tree.css_first("base[href]")
    here = page.capture.url
    base = (join(here, element.attributes.get("href") or "") if element is not None else None) or here
    return _ordered(here, base, islice(_references(tree), _MAX_REFERENCES))


def of_sheet(page: Page) -> tuple[Needed, ...]:
    """The requisites of a style sheet, the most needed first. Never raises."""
    decoded = charset.decode(page.body, page.content_type)
    here = page.capture.url
    return _ordered(here, here, _of_css(decoded.text) if decoded else ())


def is_sheet(page: Page) -> bool:
    """Whether a page is a style sheet: by its own word, as browsers take it."""
    mime = page.capture.mime
    return mime == "text/css" or (mime is None and urlsplit(page.capture.url).path.endswith(".css"))


def further(page: Page, task: Task, site: Site) -> list[Offer]:
    """What a kept requisite leads to: a style sheet to what it needs, a redirect to where it lies now."""
    status = page.capture.status or 0
    trail = task.hops.rpartition("L")[2]
    if 300 <= status < 400:
        location = next((v for k, v in page.headers if k.lower() == "location"), None)
        target = canonical(join(page.capture.url, location) or "") if location else None
        in_a_row = len(trail) - len(trail.rstrip("R"))
        if target is None or target == task.url or in_a_row >= MAX_REDIRECTS:
            return []
        return [_offer(Needed(target, Part.SHEET), task, site, "R")]  # it keeps its place in the queue
    if status >= 300 or not is_sheet(page) or trail.count("E") > MAX_NESTED:
        return []
    return offers(of_sheet(page), task, site)


def offers(found: Iterable[Needed], task: Task, site: Site) -> list[Offer]:
    """The offers that requisites make; ``task``: of the page that needs them."""
    return [_offer(needed, task, site, "E") for needed in found]


def _ordered(here: str, base: str, found: Iterable[tuple[str, Part]]) -> tuple[Needed, ...]:
    """Absolute and canonical, each once and as the most that it is, the best first."""
    parts: dict[str, Part] = {}
    known: dict[str, str | None] = {}
    for reference, part in found:
        if reference not in known:
            known[reference] = canonical(join(base, reference) or "")
        url = known[reference]
        if url is not None and url != here:
            parts[url] = min(part, parts.get(url, part))
    needed = sorted(((part, url) for url, part in parts.items()), key=lambda pair: pair[0])
    return tuple(Needed(url, part) for part, url in needed[:MOST])


def _references(tree: LexborHTMLParser) -> Iterator[tuple[str, Part]]:
    for node in tree.css(_SELECTED):
        said = {name: value.strip() for name, value in node.attributes.items() if value and value.strip()}
        if "style" in said:
            yield from _of_css(said["style"])
        if node.tag == "style":
            yield from _of_css(node.text())
        elif node.tag == "link":
            yield from _of_link(said)
        elif node.tag == "script":
            if "src" in said:
                yield said["src"], Part.SCRIPT
        else:
            yield from _of_image(said, media=_is_media(node))


def _is_media(node: LexborNode) -> bool:
    """Whether its ``src`` is a film or a sound: no look, and hundreds of megabytes."""
    parent = node.parent
    return node.tag == "video" or (node.tag == "source" and (parent is None or parent.tag != "picture"))


def _of_link(said: dict[str, str]) -> Iterator[tuple[str, Part]]:
    relations = said.get("rel", "").lower().split()
    part = None
    if "stylesheet" in relations:
        part = Part.SHEET
    elif "icon" in relations:
        part = Part.IMAGE
    elif "preload" in relations:
        part = _AS.get(said.get("as", "").lower())
    elif "modulepreload" in relations:
        part = Part.SCRIPT
    if part is not None and "href" in said:
        yield said["href"], part
    if part is Part.IMAGE and "imagesrcset" in said:
        yield from _of_set(said["imagesrcset"])


def _of_image(said: dict[str, str], *, media: bool) -> Iterator[tuple[str, Part]]:
    """What an element shows: in its own attributes, and in those that scripts read."""
    for name in ("src", "href", "xlink:href", "poster", "background"):
        if name in said and not (media and name == "src"):
            yield said[name], Part.IMAGE
    for name in () if media else _LAZY:
        if name in said and _ADDRESS.fullmatch(said[name]) and re.search(r"[./]", said[name]):
            yield said[name], Part.IMAGE
    for name in ("srcset", *_LAZY_SETS):
        if name in said:
            yield from _of_set(said[name])


def _of_set(text: str) -> Iterator[tuple[str, Part]]:
    """The candidates of a srcset (HTML, 4.8.4.2.1), all but a desktop's as spare ones."""
    found = [
        (match[1].rstrip(","), float(match[2] or 1.0), match[3] or "x")
        for match in islice(_CANDIDATE.finditer(text), _MAX_CANDIDATES)
    ]
    if not found:
        return
    wide = [width for _, width, unit in found if unit == "w"]
    enough = [width for width in wide if width >= _DESKTOP]
    chosen = min(enough) if enough else max(wide) if wide else min(density for _, density, _ in found)
    for url, number, _ in found:
        yield url, Part.IMAGE if number == chosen else Part.SPARE


@lru_cache(maxsize=8)
def _of_css(text: str) -> tuple[tuple[str, Part], ...]:
    """Pages of a site carry the same style elements."""
    lower = text.lower()
    if "url(" not in lower and "@import" not in lower and "image-set(" not in lower:
        return ()
    found = islice(css.needs(text), _MAX_REFERENCES)
    return tuple((need.reference, _part(need)) for need in found)


def _part(need: css.Need) -> Part:
    old = need.kind == css.FONT and need.reference.lower().partition("?")[0].partition("#")[0].endswith(
        _OLD_FONTS
    )
    return Part.SPARE if old else _OF_SHEETS[need.kind]


def _shortened(tag: re.Match[bytes]) -> bytes:
    """A long tag with those of its attributes that may name a requisite: see tame.MAX_TAG."""
    kept = b" ".join(found[0][1:] for found in islice(_KEPT_OF_TAG.finditer(tag[2]), 8))
    return b"<" + tag[1] + b" " + kept


def _offer(needed: Needed, task: Task, site: Site, letter: str) -> Offer:
    made = Offer(
        url=needed.url,
        authority=authority(needed.url) or "",
        kind=REQUISITE,
        rank=RANK + needed.part * _PER_CLASS,
        depth=task.depth,
        hops=(task.hops + letter)[-64:],  # E: embedded, by Heritrix' letters
        via=task.url,
    )
    why = denied(needed.url, site)
    return dataclasses.replace(made, refused=why) if why else made
