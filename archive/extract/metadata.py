"""What a page says about itself: JSON-LD first, then meta tags, then the markup a reader sees.

trafilatura's own reading of metadata is asked last, and only for what nothing else has stated.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from lxml import etree

from archive import urls
from archive.extract import dates, jsonld, language, names, title
from archive.extract.dom import Element, collapse, inner_text
from archive.types import Dating

Meta = dict[str, list[str]]
"""Contents of the meta tags by property, name, itemprop or http-equiv in lower case."""

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
_AUTHOR_META = (
    "author",
    "article:author",
    "og:article:author",
    "dc.creator",
    "dcterms.creator",
    "parsely-author",
    "byl",
)
_SECTION_META = (
    "article:section",
    "og:article:section",
    "section",
    "parsely-section",
    "cxenseparse:section",
    "articlesection",
)
_MARKED_AUTHORS = etree.XPath("//*[@itemprop='author' or @rel='author' or contains(@class,'author-name')]")
_MARKED_PUBLISHED = etree.XPath("//*[@itemprop='datePublished' or @pubdate]")
_MARKED_MODIFIED = etree.XPath("//*[@itemprop='dateModified']")
_MARKED_SECTION = etree.XPath("//*[@itemprop='articleSection']")
_URL_DAY = re.compile(r"[/_-](20\d{2})[/_-]?(0[1-9]|1[0-2])[/_-]?(0[1-9]|[12]\d|3[01])(?!\d)")


@dataclass(frozen=True, slots=True)
class Metadata:
    """Everything that a page states beside its text; None and () where it states nothing."""

    title: str | None
    kicker: str | None
    authors: tuple[str, ...]
    agencies: tuple[str, ...]
    published: Dating | None
    modified: Dating | None
    section: str | None
    tags: tuple[str, ...]
    language: str | None
    canonical_url: str | None
    paywall_declared: bool | None
    descriptions: tuple[str, ...]  # what may be the lead, in other words or cut short
    outlets: tuple[str, ...]  # names of the outlet
    article: bool  # the page claims to be one article
    listing: bool  # the page claims to be a list, a start page or a search
    images: tuple[str, ...]  # URLs that the head names, as written


def meta_tags(tree: Element) -> Meta:
    """All meta tags of a page, also those that stand in its body by mistake."""
    found: Meta = {}
    for tag in tree.iter("meta"):
        content = tag.get("content")
        if content and content.strip():
            for attribute in ("property", "name", "itemprop", "http-equiv"):
                key = tag.get(attribute)
                if key:
                    found.setdefault(key.strip().lower(), []).append(collapse(content))
    return found


def read(tree: Element, url: str, latest: date | None) -> Metadata:
    """The metadata of a page without trafilatura; ``latest`` bounds its dates."""
    meta, data = meta_tags(tree), jsonld.read(tree, url)
    outlets = _outlets(meta, data, url)
    claimed = jsonld.text(data.article.get("headline")) or jsonld.text(data.article.get("name"))
    og = _first(meta, "og:title", "twitter:title", "dc.title", "dcterms.title")
    headline, kicker = title.read(tree, claimed, og, outlets)
    people, agencies = names.sort_out(_author_claims(tree, meta, data), outlets)
    og_type = _first(meta, "og:type") or ""
    return Metadata(
        title=headline,
        kicker=kicker,
        authors=people,
        agencies=agencies,
        published=_published(tree, meta, data, url, latest),
        modified=_modified(tree, meta, data, latest),
        section=_section(tree, meta, data),
        tags=_tags(tree, meta, data),
        language=language.declared(tree, meta, data),
        canonical_url=_canonical(tree, meta, url),
        paywall_declared=_paywall(meta, data),
        descriptions=_descriptions(meta, data),
        outlets=outlets,
        article=bool(data.article) or og_type.endswith("article") or "article:published_time" in meta,
        listing=_is_listing(data),
        images=tuple(
            i for i in (_image(data.article.get("image")), _first(meta, "og:image", "twitter:image")) if i
        ),
    )


def _first(meta: Meta, *keys: str) -> str | None:
    return next((meta[k][0] for k in keys if k in meta), None)


def _outlets(meta: Meta, data: jsonld.JsonLd, url: str) -> tuple[str, ...]:
    """Names of the outlet: as the page gives them, and as its host name spells them."""
    found = [
        jsonld.text(data.article.get("publisher")),
        jsonld.text(data.page.get("publisher")),
        jsonld.text(data.page.get("isPartOf")),
        _first(meta, "og:site_name", "application-name", "publisher", "dc.publisher", "twitter:site"),
    ]
    host = urls.host(url) or ""
    labels = [label for label in host.split(".")[:-1] if label not in ("www", "m", "amp", "co", "com", "org")]
    spelled = [host.removeprefix("www."), labels[-1] if labels else ""]
    return tuple(dict.fromkeys(n.strip("@ ") for n in [*found, *spelled] if n and n.strip("@ ")))


def _author_claims(tree: Element, meta: Meta, data: jsonld.JsonLd) -> list[str]:
    """What the best source calls the authors: a worse source is not asked to add to it."""
    claimed = jsonld.texts(data.article.get("author")) or jsonld.texts(data.article.get("creator"))
    if any(names.sort_out([c])[0] for c in claimed):
        return claimed
    tags = [c for key in _AUTHOR_META for c in meta.get(key, ()) if not c.startswith("http")]
    if any(names.sort_out([c])[0] for c in tags):
        return [*tags[:8], *claimed]
    marked = [inner_text(e) for e in _MARKED_AUTHORS(tree)[:8]]
    return [*marked[:4], *claimed, *tags[:4]]


def _published(
    tree: Element, meta: Meta, data: jsonld.JsonLd, url: str, latest: date | None
) -> Dating | None:
    claims = [(v, "json-ld") for v in jsonld.texts(data.article.get("datePublished"))]
    claims += [(v, "meta") for key in _PUBLISHED_META for v in meta.get(key, ())[:1]]
    claims += [
        (v, "json-ld") for k in ("dateCreated", "uploadDate") for v in jsonld.texts(data.article.get(k))
    ]
    claims += [(v, "json-ld") for v in jsonld.texts(data.page.get("datePublished"))]
    return (
        _first_dating(claims, latest)
        or _first_dating(_marked(_MARKED_PUBLISHED(tree)), latest)
        or _first_dating(_time_elements(tree), latest)
        or url_day(url, latest)
    )


def _modified(tree: Element, meta: Meta, data: jsonld.JsonLd, latest: date | None) -> Dating | None:
    claims = [(v, "json-ld") for n in (data.article, data.page) for v in jsonld.texts(n.get("dateModified"))]
    claims += [(v, "meta") for key in _MODIFIED_META for v in meta.get(key, ())[:1]]
    return _first_dating(claims, latest) or _first_dating(_marked(_MARKED_MODIFIED(tree)), latest)


def _marked(elements: Sequence[Element]) -> list[tuple[str, str]]:
    """The dates of elements that microdata marks."""
    return [(e.get("datetime") or e.get("content") or inner_text(e), "microdata") for e in elements[:3]]


def _first_dating(claims: Iterable[tuple[str, str]], latest: date | None) -> Dating | None:
    return next((d for claim, source in claims if claim and (d := dates.parse(claim, source, latest))), None)


def _time_elements(tree: Element) -> list[tuple[str, str]]:
    """Times near the first heading: those of teasers and comments stand elsewhere."""
    heading = next(tree.iter("h1"), None)
    scope = heading
    for _ in range(3):
        if scope is None:
            break
        times = [t for t in scope.iter("time") if t.get("datetime")]
        if times:
            published = [
                t for t in times if re.search(r"publi|erst|created", t.get("class") or "", re.IGNORECASE)
            ]
            return [(t.get("datetime"), "time") for t in (published or times)[:1]]
        scope = scope.getparent()
    return []


def url_day(url: str, latest: date | None) -> Dating | None:
    """The day that a URL such as /2025/11/13/title names."""
    match = _URL_DAY.search(url)
    return dates.parse("-".join(match.groups()), "url", latest) if match else None


def _section(tree: Element, meta: Meta, data: jsonld.JsonLd) -> str | None:
    section = jsonld.texts(data.article.get("articleSection"))
    stated = (section[0] if section else None) or _first(meta, *_SECTION_META)
    if stated is None:
        stated = next((t for e in _MARKED_SECTION(tree) if (t := inner_text(e)) and len(t) <= 60), None)
    return stated


def _tags(tree: Element, meta: Meta, data: jsonld.JsonLd) -> tuple[str, ...]:
    keywords = data.article.get("keywords")
    found: list[str] = []
    for claim in (
        jsonld.texts(keywords)
        or meta.get("article:tag")
        or meta.get("news_keywords")
        or meta.get("keywords")
        or []
    ):
        found.extend(claim.split(",") if len(claim) > 30 or "," in claim else [claim])
    clean = [collapse(t).strip(" #\"'[]") for t in found]
    return tuple(dict.fromkeys(t for t in clean if 1 < len(t) <= 80))[:40]


def _canonical(tree: Element, meta: Meta, url: str) -> str | None:
    for link in tree.iter("link"):
        if "canonical" in (link.get("rel") or "").lower().split() and link.get("href"):
            return urls.join(url, link.get("href").strip())
    og = _first(meta, "og:url")
    return urls.join(url, og) if og else None


def _image(value: Any) -> str | None:
    if isinstance(value, list):
        return next((c for v in value if (c := _image(v))), None)
    if isinstance(value, dict):
        return jsonld.text(value.get("url") or value.get("contentUrl"))
    return jsonld.text(value)


def _paywall(meta: Meta, data: jsonld.JsonLd) -> bool | None:
    for node in (data.article, data.page):
        free = node.get("isAccessibleForFree")
        if free is not None:
            return str(free).strip().rsplit("/", 1)[-1].lower() in ("false", "0", "no")
    tier = _first(meta, "article:content_tier", "og:article:content_tier")
    return None if tier is None else tier.lower() in ("locked", "metered")


def _descriptions(meta: Meta, data: jsonld.JsonLd) -> tuple[str, ...]:
    found = [
        jsonld.text(data.article.get("description")),
        *(
            _first(meta, k)
            for k in ("og:description", "description", "twitter:description", "dc.description")
        ),
    ]
    return tuple(dict.fromkeys(collapse(d) for d in found if d and len(d) > 15))


def _is_listing(data: jsonld.JsonLd) -> bool:
    kinds = Counter(data.types)
    lists = ("CollectionPage", "SearchResultsPage", "ItemList", "ProfilePage")
    return not data.article and (any(kinds[k] for k in lists) or data.articles > 2)
