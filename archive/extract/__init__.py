"""From the bytes of a page to a document: text, teasers, metadata. The one place that reads pages.

    Page -> sniff (what is it?) -> charset -> tree -> pieces
         -> metadata (JSON-LD, meta, markup) and blocks (trafilatura, and the referee's vote)
         -> lead, teasers, clean -> kind -> Document

Nothing here asks a clock, the network or another page. What is imported by this package alone is
cheap: trafilatura is loaded by the first call that needs it, so that a crawler that wants only
``feeds`` and ``sitemaps`` never pays for it.
"""

from __future__ import annotations

import functools
from datetime import datetime

from archive.types import Document, Failure, Page

REVISION = 4
"""Raised with every change that may change an outcome."""

_LIBRARIES = ("trafilatura", "lxml", "htmldate", "justext", "courlan", "feedparser")


def extract_html(html: bytes, url: str, captured_at: datetime | None = None) -> Document | Failure:
    """Read one HTML page that lies in no archive.

    ``captured_at`` bounds the page's dates; None leaves them without an upper bound, and stands as
    1970-01-01 in the outcome's capture: no clock is asked for it. That capture says where the page came
    from as far as it is known, and has an empty record id.
    """
    from archive.extract import outcome

    return outcome.of_html(html, url, captured_at)


def extract_page(page: Page) -> Document | Failure:
    """Read what a capture holds: HTML, a feed, a sitemap or anything else.

    Raises nothing for bad input: what can't be read is a Failure.
    """
    from archive.extract import outcome

    return outcome.of_page(page)


@functools.cache
def extractor_key() -> str:
    """What decides an outcome beside the record: "gazette-4/referee-1-0123456789ab/trafilatura-2.3.1/..."."""
    from importlib.metadata import version

    from archive.extract import referee

    libraries = (f"{name}-{version(name)}" for name in _LIBRARIES)
    return "/".join([f"gazette-{REVISION}", referee.key(), *libraries])
