"""All our pages: where, and which function makes it. Their paths are an interface: people cite them."""

from __future__ import annotations

from archive.web import article, citation, start, telling
from archive.web.visit import Page

_ID = r"(?P<id>[a-z2-7]{6,16})"
_STORY = r"(?P<id>s-[a-z2-7]{4,16})"

ROUTES: tuple[tuple[str, Page], ...] = (
    (r"/$", start.page),
    (rf"/article/{_ID}$", article.page),
    (rf"/article/{_ID}\.json$", citation.stored),
    (rf"/article/{_ID}\.(?P<format>bib|ris|csl\.json)$", citation.reference),
    (rf"/article/{_ID}/versions$", article.compared),
    (rf"/article/{_ID}/split$", article.split),
    (rf"/story/{_STORY}$", telling.page),
    (rf"/story/{_STORY}/compare$", telling.compared),
)
