"""All our pages: where, and which function makes it. Their paths are an interface: people cite them."""

from __future__ import annotations

from archive.web import article, citation, find, fronting, handing, outlet, outlets, start, telling
from archive.web.visit import Page

_ID = r"(?P<id>[a-z2-7]{6,16})"
_STORY = r"(?P<id>s-[a-z2-7]{4,16})"
_NAME = r"(?P<name>[^/]+)"

ROUTES: tuple[tuple[str, Page], ...] = (
    (r"/$", start.page),
    (r"/find$", find.page),
    (r"/find/facets$", find.beside),
    (r"/find/sql$", find.as_sql),
    (r"/find/export\.(?P<format>csv|jsonl|bib|ris|csl\.json)$", handing.handed),
    (rf"/article/{_ID}$", article.page),
    (rf"/article/{_ID}\.json$", citation.stored),
    (rf"/article/{_ID}\.(?P<format>bib|ris|csl\.json)$", citation.reference),
    (rf"/article/{_ID}/versions$", article.compared),
    (rf"/article/{_ID}/split$", article.split),
    (r"/outlets$", outlets.page),
    (rf"/outlet/{_NAME}$", outlet.page),
    (rf"/outlet/{_NAME}/front$", fronting.page),
    (rf"/story/{_STORY}$", telling.page),
    (rf"/story/{_STORY}/compare$", telling.compared),
)
