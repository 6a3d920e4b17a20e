"""How a page becomes an outcome: the steps in their order, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from archive.extract import charset, dom, extractor_key, feeds, reasons, rightsfiles, sniff
from archive.extract.reading import Reading, blank
from archive.types import Capture, Document, Failure, FailureKind, Kind, Page, RecordRef, Teaser

_NOWHEN = datetime(1970, 1, 1, tzinfo=UTC)


def of_html(html: bytes, url: str, captured_at: datetime | None) -> Document | Failure:
    """The outcome of HTML that lies in no archive."""
    capture = Capture("", RecordRef("", 0, 0), url, captured_at or _NOWHEN, None, "text/html", None)
    return _outcome(Page(capture, (("Content-Type", "text/html"),), html), captured_at)


def of_page(page: Page) -> Document | Failure:
    """The outcome of a stored page."""
    return _outcome(page, page.capture.captured_at)


def _outcome(page: Page, captured_at: datetime | None) -> Document | Failure:
    if rightsfiles.file_of(page.capture.url) in ("tdmrep.json", "ai.txt"):
        # Also when a server puts an HTML page, or nothing, in its place.
        return blank(page, Kind.OTHER)
    found = sniff.what(page)
    if found is sniff.What.EMPTY:
        return _failure(page, FailureKind.EMPTY, "the page has no content")
    if found is sniff.What.NOT_HTML:
        return _failure(page, FailureKind.NOT_HTML, "the server calls it HTML, and there is no markup in it")
    if found is sniff.What.FEED:
        return _feed(page)
    if found is not sniff.What.HTML:
        return blank(page, Kind.OTHER)
    return _html(page, captured_at)


def _html(page: Page, captured_at: datetime | None) -> Document | Failure:
    decoded = charset.decode(page.body, page.content_type)
    if decoded is None:
        return _failure(page, FailureKind.UNDECODABLE, "the bytes are no text in any charset")
    if len(decoded.text) > dom.MAX_CHARACTERS or decoded.text.count("<") > dom.MAX_TAGS:
        return _failure(
            page, FailureKind.TOO_LARGE, f"{len(decoded.text)} characters, {decoded.text.count('<')} tags"
        )
    tree = dom.parse(decoded.text)
    if tree is None:
        return _failure(page, FailureKind.NOT_HTML, "no tree can be built from the markup")
    return Reading(page, tree, captured_at).document()


def _failure(page: Page, failure: FailureKind, message: str) -> Failure:
    return Failure(page.capture.record_id, extractor_key(), failure, message)


def _feed(page: Page) -> Document:
    """A feed is a section whose items are its teasers."""
    feed = feeds.parse_feed(page.body, page.capture.url)
    if feed is None:
        return blank(page, Kind.OTHER)
    items = tuple(
        Teaser(item.title or "", item.summary or "", item.url, position, reasons.FEED)
        for position, item in enumerate(feed.items)
    )
    return replace(blank(page, Kind.SECTION), title=feed.title, language=feed.language, teasers=items)
