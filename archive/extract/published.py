"""When a page was published and changed: what it says in JSON-LD, meta tags, markup and its URL."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import islice

from lxml import etree

from archive.extract import dates, jsonld
from archive.extract.dom import Element, collapse, inner_text
from archive.types import Dating

_PUBLISHED_META = (
    "article:published_time",
    "og:article:published_time",
    "article:published",
    "datepublished",
    "date.published",
    "publish-date",
    "publish_date",
    "publication_date",
    "publishdate",
    "pubdate",
    "cxenseparse:recs:publishtime",
    "cxenseparse:publishtime",
    "parsely-pub-date",
    "sailthru.date",
    "dcterms.created",
    "dcterms.issued",
    "dc.date.issued",
    "dc.date.created",
    "dc.date",
    "dcterms.date",
    "citation_publication_date",
    "date",
    "last-published",
    "og:pubdate",
    "vr:published_time",
    "iso-8601-publish-date",
)
_MODIFIED_META = (
    "article:modified_time",
    "og:updated_time",
    "datemodified",
    "dcterms.modified",
    "last-modified",
    "lastmod",
)
_MARKED_PUBLISHED = etree.XPath("//*[@itemprop='datePublished' or @pubdate]")
_MARKED_MODIFIED = etree.XPath("//*[@itemprop='dateModified']")
_URL_DAY = re.compile(r"[/_-](20\d{2})[/_-]?(0[1-9]|1[0-2])[/_-]?(0[1-9]|[12]\d|3[01])(?!\d)")
_LABELLED = re.compile(
    r"(?:datum|date|veröffentlicht(?: am)?|erschienen(?: am)?|erscheinungsdatum|publiziert(?: am)?|"
    r"published(?: on)?|publication date|date de publication|publicado(?: el)?|pubblicato(?: il)?)"
    r"\s*:?\s+(?=\S*\d)",
    re.IGNORECASE,
)
_LABELLED_TAGS = ("li", "p", "span", "div", "td", "dd", "tr")
_MAX_LABELLED = 60
"""Characters of a line that is a label and its date, and nothing else."""


def published(
    tree: Element, meta: Mapping[str, Sequence[str]], data: jsonld.JsonLd, url: str, latest: date | None
) -> Dating | None:
    """The day that the page calls its publication, None when no place that is known states one.

    The machine's words come first, then the times beside the heading, then a labelled line and the URL.
    """
    claims = [(v, "json-ld") for v in jsonld.texts(data.article.get("datePublished"))]
    claims += [(v, "meta") for key in _PUBLISHED_META for v in meta.get(key, ())[:1]]
    claims += [
        (v, "json-ld") for k in ("dateCreated", "uploadDate") for v in jsonld.texts(data.article.get(k))
    ]
    claims += [(v, "json-ld") for v in jsonld.texts(data.page.get("datePublished"))]
    return (
        _first(claims, latest)
        or _first(_marked(_MARKED_PUBLISHED(tree)), latest)
        or _first(_time_elements(tree), latest)
        or _first(_labelled(tree), latest)
        or url_day(url, latest)
    )


def modified(
    tree: Element, meta: Mapping[str, Sequence[str]], data: jsonld.JsonLd, latest: date | None
) -> Dating | None:
    """When the page says that it was last changed."""
    claims = [(v, "json-ld") for n in (data.article, data.page) for v in jsonld.texts(n.get("dateModified"))]
    claims += [(v, "meta") for key in _MODIFIED_META for v in meta.get(key, ())[:1]]
    return _first(claims, latest) or _first(_marked(_MARKED_MODIFIED(tree)), latest)


def url_day(url: str, latest: date | None) -> Dating | None:
    """The day that a URL such as /2025/11/13/title names."""
    match = _URL_DAY.search(url)
    return dates.parse("-".join(match.groups()), "url", latest) if match else None


def _first(claims: Iterable[tuple[str, str]], latest: date | None) -> Dating | None:
    return next((d for claim, source in claims if claim and (d := dates.parse(claim, source, latest))), None)


def _marked(elements: Sequence[Element]) -> list[tuple[str, str]]:
    """The dates of elements that microdata marks."""
    return [(e.get("datetime") or e.get("content") or inner_text(e), "microdata") for e in elements[:3]]


def _time_elements(tree: Element) -> list[tuple[str, str]]:
    """Times near the first heading: those of teasers and comments stand elsewhere."""
    heading = next(tree.iter("h1"), None)
    scope = heading
    for _ in range(3):
        if scope is None:
            break
        times = [t for t in scope.iter("time") if t.get("datetime")]
        if times:
            first = [
                t for t in times if re.search(r"publi|erst|created", t.get("class") or "", re.IGNORECASE)
            ]
            return [(t.get("datetime"), "time") for t in (first or times)[:1]]
        scope = scope.getparent()
    return []


def _labelled(tree: Element) -> Iterable[tuple[str, str]]:
    """Lines such as "Datum 28.04.2023": a date without a label may be that of anything."""
    for element in tree.iter(_LABELLED_TAGS):
        parts = list(islice(element.itertext(), 7))
        line = collapse(" ".join(parts)) if len(parts) < 7 else ""
        if len(line) <= _MAX_LABELLED and (match := _LABELLED.match(line)):
            yield line[match.end() :], "labelled"
