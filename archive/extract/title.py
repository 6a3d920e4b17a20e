"""The title without the outlet's name, and the kicker above it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from archive.extract.dom import Element, inner_text, squash, words

_SEPARATOR = re.compile(r"\s+(?:[|•·»›:]+|[-–—]{1,2})\s+|\s*\|\s*")
_KICKER_END = re.compile(r"\s*:\s+|\s+[-–—/|]\s+")
_KICKER = re.compile(
    r"kicker|dachzeile|overline|topline|eyebrow|roofline|spitzmarke|alternativeheadline", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Claims:
    """What the head of a page calls its title."""

    headline: str | None  # of JSON-LD
    og: str | None  # of OpenGraph, or of another set of meta tags
    alternative: str | None  # alternativeHeadline of JSON-LD: another title, or the kicker


def read(tree: Element, claims: Claims, outlets: tuple[str, ...]) -> tuple[str | None, str | None]:
    """(title, kicker): of JSON-LD, the heading, OpenGraph and <title>, the first that is no outlet's name."""
    element = tree.find(".//head/title")
    page_title = inner_text(element) if element is not None else None
    elements = [(h, t) for h in tree.iter("h1") if (t := inner_text(h))]
    headings = [t for _, t in elements]
    others = [t for t in (claims.headline, claims.og, page_title) if t]
    heading = _agreeing(headings, others)
    known = {squash(o) for o in outlets}
    for candidate in (
        _shown(claims, heading, page_title, outlets),
        claims.headline,
        heading,
        claims.og,
        headings[0] if headings else None,
        page_title,
    ):
        title = without_outlet(candidate, outlets) if candidate else None
        if title and squash(title) not in known:
            title = _untruncated(title, headings)
            kicker, title = _without_kicker(title, [t for t in (claims.og, claims.headline) if t])
            return title, kicker or _kicker_before(title, headings) or _kicker_above(elements, title)
    return page_title or None, None


def _shown(claims: Claims, heading: str | None, page_title: str | None, outlets: Iterable[str]) -> str | None:
    """The title on which the page's other places agree against the headline of its JSON-LD.

    Editors write one title for readers and one for search engines, and either may stand in JSON-LD.
    """
    if not claims.headline or not claims.og:
        return None
    keys = [squash(without_outlet(t, outlets)) for t in (claims.og, heading, page_title) if t]
    agreed = len(keys) == 3 and len(set(keys)) == 1
    return claims.og if agreed or squash(claims.alternative or "") == squash(claims.og) else None


def _without_kicker(title: str, others: Iterable[str]) -> tuple[str | None, str]:
    """(kicker, title) of "Kicker: Title" where another place gives the title alone or with another kicker."""
    for cut in _KICKER_END.finditer(title):
        kicker, rest = title[: cut.start()].strip(), title[cut.end() :].strip()
        if len(rest.split()) < 4 or len(kicker.split()) > 5:
            continue
        for other in others:
            before = [
                other[: c.start()]
                for c in _KICKER_END.finditer(other)
                if squash(other[c.end() :]) == squash(rest)
            ]
            if squash(other) == squash(rest) or any(not set(words(b)) & set(words(kicker)) for b in before):
                return kicker, rest
    return None, title


def _agreeing(headings: list[str], others: list[str]) -> str | None:
    """The h1 that shares most words with what the head says; with several, the first may be the logo."""
    claimed = set(words(" ".join(others)))
    scored = [(len(claimed & set(words(h))) / (len(set(words(h))) or 1), -i) for i, h in enumerate(headings)]
    best = max(scored, default=(0.0, 0))
    return headings[-best[1]] if headings and (best[0] >= 0.5 or not others) else None


def without_outlet(title: str, outlets: Iterable[str]) -> str:
    """A title without the outlet's name at its end or its beginning."""
    known = [k for o in outlets if len(k := squash(o)) > 1]
    for _ in range(2):
        cuts = list(_SEPARATOR.finditer(title))
        if not cuts:
            break
        tail, head = title[cuts[-1].end() :], title[: cuts[0].start()]
        if _names_outlet(tail, known):
            title = title[: cuts[-1].start()]
        elif _names_outlet(head, known):
            title = title[cuts[0].end() :]
        else:
            break
    return title.strip()


def _names_outlet(part: str, known: list[str]) -> bool:
    key = squash(part)
    return (
        bool(key)
        and len(part.split()) <= 5
        and any(key == k or (len(k) > 3 and (k in key or key in k)) for k in known)
    )


def _untruncated(title: str, headings: list[str]) -> str:
    """Head data is often cut for search engines: the heading on the page has the whole of it."""
    cut = squash(title.rstrip("….").strip())
    for heading in headings:
        if title.endswith(("…", "...")) and len(cut) > 10 and squash(heading).startswith(cut):
            return heading
    return title


def _kicker_before(title: str, headings: list[str]) -> str | None:
    """The kicker of "Kicker: Title" where the page's heading shows that the title begins after the colon."""
    key = squash(title)
    for heading in headings:
        rest = squash(heading)
        if len(rest) > 12 and rest != key and key.endswith(rest):
            kicker = title[: max(0, title.lower().rfind(heading[:8].lower()))].strip(" :|-–—+")
            if 0 < len(kicker) <= 60:
                return kicker
    return None


def _kicker_above(headings: list[tuple[Element, str]], title: str | None) -> str | None:
    """The short line above or inside the heading whose class calls it a kicker."""
    for heading, text in headings:
        if len(headings) == 1 or (title and squash(text) and squash(text) in squash(title)):
            around = [heading.getprevious(), *heading.iter("span", "small", "div")]
            parent = heading.getparent()
            if parent is not None:
                around.extend(parent.iter("span", "p", "div", "strong"))
            for element in around[:40]:
                if element is not None and _KICKER.search(
                    f"{element.get('class', '')} {element.get('itemprop', '')}"
                ):
                    kicker = inner_text(element).strip(" :|")
                    if 0 < len(kicker) <= 80 and squash(kicker) != squash(title or ""):
                        return kicker
    return None
