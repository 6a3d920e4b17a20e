"""The language of a page: as it declares it, else as its commonest words tell."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from archive.extract import jsonld
from archive.extract.dom import Element, words

_TAG = re.compile(r"^\s*([a-z]{2,3})(?:[-_]([a-z]{4}))?(?:[-_]([a-z]{2}|\d{3}))?\b", re.IGNORECASE)
_COMMON = {
    "de": "der die das und nicht mit sich des auf für ist im dem eine auch wird bei einer nach sind wurde",
    "en": "the of and to in that for was with this are from have not they which were been their said",
    "fr": "le la les des et est une dans que pour qui sur pas plus par au avec ce sont cette",
    "es": "el los las de que y en una por con para su al como más pero sus este entre fue",
    "it": "il di che è per una non del della con sono alla nel più anche dei gli dal delle era",
    "nl": "de het een van en dat op te zijn met voor niet aan er om ook als maar bij naar",
    "pl": "nie się na jest że do jak przez ale tak po za od był który są oraz tym dla już",
    "pt": "de que não uma os para com em por mais dos como foi ao ele das seu sua são pela",
    "da": "og det at en er som på de til med af for ikke den der har var et men kan",
    "sv": "och att det som en på är av för med till den har inte om ett han men var jag",
    "cs": "se na je že to s z do o jako ale jeho podle které nebo byl jsou po který pro",
    "tr": "ve bir bu için ile da de olarak olan çok daha en gibi kadar sonra ise var olduğu",
}
_SETS = {code: frozenset(common.split()) for code, common in _COMMON.items()}


def declared(tree: Element, meta: Mapping[str, Sequence[str]], data: jsonld.JsonLd) -> str | None:
    """The BCP 47 tag that the page states, None when it states none."""
    claims = [
        tree.get("lang") or tree.get("{http://www.w3.org/XML/1998/namespace}lang") or tree.get("xml:lang"),
        jsonld.text(data.article.get("inLanguage")),
        *(meta[k][0] for k in ("content-language", "language", "dc.language", "og:locale") if k in meta),
    ]
    return next((tag for claim in claims if claim and (tag := _normal(claim))), None)


def detected(text: str) -> str | None:
    """The language whose commonest words a text uses most, None when it is too short to tell."""
    seen = words(text[:6000])
    if len(seen) < 20:
        return None
    counts = [(sum(w in common for w in seen), code) for code, common in sorted(_SETS.items())]
    counts.sort(key=lambda c: (-c[0], c[1]))
    best, second = counts[0], counts[1]
    return best[1] if best[0] >= 0.08 * len(seen) and best[0] > 1.15 * second[0] else None


def _normal(claim: str) -> str | None:
    match = _TAG.match(claim)
    if not match or match[1].lower() in ("und", "mul", "zxx", "xx"):
        return None
    parts = [match[1].lower()]
    if match[2]:
        parts.append(match[2].title())
    if match[3]:
        parts.append(match[3].upper())
    return "-".join(parts)
