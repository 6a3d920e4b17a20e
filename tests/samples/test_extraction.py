"""Every page of the sample outlets, read by the extractor, says what its author meant."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from archive.extract import extract_page
from archive.types import Capture, Document, Page, RecordRef
from crawler.samples.outlets import Served
from crawler.samples.server import SampleServer
from crawler.samples.truth import ArticleTruth

CAPTURED = datetime(2026, 11, 21, tzinfo=UTC)
UNLINKED = frozenset(("teasers-plain", "teasers-strong"))
"""Headlines with a paragraph and no link: one page alone does not tell them from sections of its text."""
SECOND_HEADLINE = frozenset(("seed-1", "seed-2"))
"""Their second headline above the lead has no field of its own and may stand as the kicker."""

SAMPLES = SampleServer()
PAGES = {url: page for url, page in SAMPLES.pages().items() if page.resource.status == 200}
TRUTH = SAMPLES.expected()


def _name(url: str) -> str:
    """The outlet and the path: the port of the day is no part of a test's name."""
    base = next(o.base_url for o in SAMPLES.outlets if url.startswith(o.base_url + "/"))
    outlet = next(o.name for o in SAMPLES.outlets if o.base_url == base)
    return outlet + url.removeprefix(base)


def _read(url: str, served: Served) -> Document:
    ref = RecordRef("samples.warc.gz", 0, 1)
    headers = (("Content-Type", served.resource.content_type),)
    capture = Capture("urn:uuid:1", ref, url, CAPTURED, 200, None, None)
    found = extract_page(Page(capture, headers, served.resource.body))
    assert isinstance(found, Document), found
    return found


@pytest.mark.parametrize("url", PAGES, ids=_name)
def test_kind(url: str) -> None:
    expected = PAGES[url].kind
    found = _read(url, PAGES[url])
    assert found.kind.value == (expected if expected in ("article", "section") else "other")


@pytest.mark.parametrize("truth", TRUTH.values(), ids=lambda t: _name(t.url))
def test_article(truth: ArticleTruth) -> None:
    found = _read(truth.url, PAGES[truth.url])
    assert found.title == truth.title
    assert (found.lead or "") == truth.lead
    assert (found.authors, found.agencies) == (truth.authors, truth.agencies)
    assert found.published is not None
    assert found.published.instant == datetime.fromisoformat(truth.published).astimezone(UTC)
    assert (found.section, found.language) == (truth.section, truth.language)
    assert bool(found.paywall_declared) == truth.paywall
    assert bool(found.paywall_observed) == truth.paywall
    if not truth.shapes & SECOND_HEADLINE:
        assert (found.kicker or "") == truth.kicker
    blocks = tuple(block.text for block in found.blocks)
    if truth.shapes & UNLINKED:
        assert blocks[: len(truth.paragraphs)] == truth.paragraphs
    else:
        assert blocks == truth.paragraphs


@pytest.mark.parametrize("truth", [t for t in TRUTH.values() if t.comments], ids=lambda t: _name(t.url))
def test_comments_are_no_text(truth: ArticleTruth) -> None:
    text = _read(truth.url, PAGES[truth.url]).text
    assert not [comment for comment in truth.comments if comment in text]


@pytest.mark.parametrize("truth", TRUTH.values(), ids=lambda t: _name(t.url))
def test_linked_teasers_are_records(truth: ArticleTruth) -> None:
    found = _read(truth.url, PAGES[truth.url])
    known = {(t.headline, t.url): t.text for t in found.teasers}
    for teaser in truth.teasers:
        if teaser.url is not None and teaser.text:
            text = known.get((teaser.headline, teaser.url))
            assert text is not None, teaser.headline
            assert text.startswith(teaser.text)
