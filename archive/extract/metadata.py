"""What a page says about itself: JSON-LD first, then meta tags, then the markup a reader sees.

trafilatura's own reading of metadata is asked last, and only for what nothing else has stated.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import Any

from lxml import etree

from archive import urls
from archive.extract import authors, jsonld, language, published, rights, title
from archive.extract.dom import Element, collapse, inner_text
from archive.types import Dating, Signal

Meta = dict[str, list[str]]
"""Contents of the meta tags by property, name, itemprop or http-equiv in lower case."""

_SECTION_META = (
    "article:section",
    "og:article:section",
    "section",
    "parsely-section",
    "cxenseparse:section",
    "articlesection",
)
_IN_PARENTHESES = re.compile(r"\s*\([^()]*\)$")
"""What some outlets write behind their name: "Talkurier (www.talkurier.example)"."""
_MARKED_SECTION = etree.XPath("//*[@itemprop='articleSection']")


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
    claims: tuple[Signal, ...]  # its licence and who holds the rights, of JSON-LD


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
    other = jsonld.text(data.article.get("alternativeHeadline"))
    headline, kicker = title.read(tree, title.Claims(claimed, og, other), outlets)
    people, agencies = authors.read(tree, meta, data, outlets)
    og_type = _first(meta, "og:type") or ""
    return Metadata(
        title=headline,
        kicker=kicker,
        authors=people,
        agencies=agencies,
        published=published.published(tree, meta, data, url, latest),
        modified=published.modified(tree, meta, data, latest),
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
        claims=rights.of_claims(data.article or data.page),
    )


def _first(meta: Meta, *keys: str) -> str | None:
    return next((meta[k][0] for k in keys if k in meta), None)


def _outlets(meta: Meta, data: jsonld.JsonLd, url: str) -> tuple[str, ...]:
    """Names of the outlet: as the page gives them, and as its host name spells them."""
    found = [
        jsonld.text(data.article.get("publisher")),
        jsonld.text(data.page.get("publisher")),
        jsonld.text(data.page.get("isPartOf")),
        *(
            _first(meta, key)
            for key in ("og:site_name", "application-name", "publisher", "dc.publisher", "twitter:site")
        ),
    ]
    host = urls.host(url) or ""
    labels = [label for label in host.split(".")[:-1] if label not in ("www", "m", "amp", "co", "com", "org")]
    spelled = [host.removeprefix("www."), labels[-1] if labels else ""]
    named = [_IN_PARENTHESES.sub("", n).strip("@ ") for n in [*found, *spelled] if n]
    return tuple(dict.fromkeys(n for n in named if n))


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
