"""Images of the article with their captions and credits, which are no part of its text."""

from __future__ import annotations

import re
from collections.abc import Sequence

from archive import urls
from archive.extract.dom import Element, collapse, inner_text
from archive.extract.split import Trait, class_traits
from archive.types import Image

_MAX_IMAGES = 40
_CREDIT = re.compile(
    r"credit|copyright|source|quelle|photographer|urheber|bildnachweis|author", re.IGNORECASE
)
_CREDIT_TEXT = re.compile(
    r"(?:\(|\||\s[-–—]\s|\b)?\s*(?:(?:foto|bild|photo|picture|image|quelle|grafik|bildquelle|fotocredit|credit)s?\s*(?:credit|by)?\s*:|©|\(c\))\s*(.{2,120}?)\)?$",
    re.IGNORECASE,
)
_NOT_CONTENT = Trait.TEASER | Trait.FOOTER | Trait.COMMENT | Trait.SHARE


def read(tree: Element, claimed: Sequence[str], url: str) -> tuple[Image, ...]:
    """Figures with their captions; when there is none, the image that the page's head names.

    ``claimed`` are the URLs in the head, as written.
    """
    found: dict[str, Image] = {}
    for figure in tree.iter("figure"):
        source = _source(figure)
        target = urls.join(url, source) if source else None
        if target and len(found) < _MAX_IMAGES and not _elsewhere(figure):
            caption, credit = _caption(figure)
            found.setdefault(target, Image(target, caption, credit))
    if not found:
        target = next((t for c in claimed if (t := urls.join(url, c))), None)
        return (Image(target, None, None),) if target else ()
    return tuple(found.values())


def _elsewhere(figure: Element) -> bool:
    element, depth = figure, 0
    while element is not None and depth < 12:
        if element.tag in ("nav", "footer", "aside", "a") and depth:
            # A figure inside of a link is a teaser's; the zoom link of an article's image is inside of it.
            return True
        if class_traits(f"{element.get('class') or ''} {element.get('id') or ''}") & _NOT_CONTENT:
            return True
        element, depth = element.getparent(), depth + 1
    return False


def _source(figure: Element) -> str | None:
    for image in figure.iter("img"):
        for attribute in ("src", "data-src", "data-original", "srcset", "data-srcset"):
            value = (image.get(attribute) or "").strip()
            if value and not value.startswith("data:"):
                return str(value.split()[0].rstrip(",")) if attribute.endswith("srcset") else value
    return None


def _caption(figure: Element) -> tuple[str | None, str | None]:
    element = next(figure.iter("figcaption"), None)
    if element is None:
        return None, None
    text = inner_text(element)
    credit = None
    for part in element.iter():
        if part is not element and _CREDIT.search(f"{part.get('class') or ''} {part.get('itemprop') or ''}"):
            credit = inner_text(part)
            break
    if credit:
        text = collapse(text.replace(credit, " ", 1))
        stated = _CREDIT_TEXT.search(credit)
        credit = stated[1] if stated else credit
    else:
        stated = _CREDIT_TEXT.search(text)
        if stated:
            credit, text = stated[1], text[: stated.start()].strip(" (|–—-")
    return text or None, (credit or "").strip(" ()|") or None
