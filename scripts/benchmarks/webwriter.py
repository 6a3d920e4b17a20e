"""What a crawl brings into an index while people read, at a crawl's pace, as a process of its own.

Beside generated articles (see german) it writes what their pages stand on: some that other outlets took over,
which are stories, and front pages that promote what has just come in.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Event
from pathlib import Path

from archive.index.store import Store
from archive.types import Capture, Kind, RecordRef, Teaser
from archive.urls import document_id
from archive.warc.reader import Entry
from scripts.benchmarks.german import EXTRACTOR, SITES, Press, Written
from scripts.benchmarks.writing import BATCH, take_in

PACE = 40
"""Articles a second: of forty outlets, each asked for a page a second."""

_COPIED = 10  # of so many articles one is taken over
_FRONTS = 2  # front pages of a lot
_PROMOTED = 30  # articles that each of them promotes
_BEFORE = 5  # lots that are written before anybody reads


@dataclass(frozen=True, slots=True)
class Lot:
    """Pages that were written in one go."""

    at: float  # of the monotonic clock
    seconds: float
    pages: int


def crawl(
    path: Path, press: Press, articles: int, first: int, going: Event, ended: Event, told: Connection
) -> None:
    """Write on from article ``first``: some lots at once, and then, while ``going`` is set, at PACE.

    ``articles`` of them fill the ten years. Says that the first are written by an empty list, and in the end
    hands on the others.
    """
    store = Store(path, EXTRACTOR)
    for _ in range(_BEFORE):
        take_in(store, _lot(press, first, articles))
        first += BATCH
    told.send([])
    lots: list[Lot] = []
    while not ended.is_set():
        if not going.wait(0.1):
            continue
        pages = _lot(press, first, articles)
        first += BATCH
        began = time.monotonic()
        take_in(store, pages)
        lots.append(Lot(began, time.monotonic() - began, len(pages)))
        ended.wait(BATCH / PACE - lots[-1].seconds)
    told.send(lots)
    store.close()
    told.close()


def _lot(press: Press, first: int, articles: int) -> list[Written]:
    """The next articles, with copies of some and the front pages of some outlets in front of them."""
    written = list(press.articles(first, first + BATCH, articles))
    copies = [_copy(each) for each in written[::_COPIED]]
    number = first // BATCH * _FRONTS
    fronts = [_front(SITES[(number + at) % len(SITES)], written, at) for at in range(_FRONTS)]
    return [*copies, *fronts, *written]


def _copy(written: Written) -> Written:
    """The same article, an hour later at the next outlet."""
    document, entry = written.document, written.entry
    at = SITES.index(str(entry.site))
    site = SITES[(at + 1) % len(SITES)]
    url = document.capture.url.replace(str(entry.site), site).replace(".html", "-dpa.html")
    moved = _moved(document.capture, url, 6_000)
    assert document.published is not None
    published = replace(document.published, instant=document.published.instant + timedelta(hours=1))
    copied = replace(document, id=document_id(url, _digest(url)), capture=moved, content_digest=_digest(url))
    return Written(_entry(moved, site), replace(copied, published=published))


def _front(site: str, written: Sequence[Written], place: int) -> Written:
    """An outlet's first page as it stands when these articles are new."""
    shown = [each.document for each in written[place::_FRONTS]][:_PROMOTED]
    teasers = tuple(
        Teaser(str(each.title), str(each.lead), each.capture.url, position, "link-list")
        for position, each in enumerate(shown)
    )
    url = f"https://www.{site}.example/"
    capture = _moved(shown[0].capture, url, 12_000)
    digest = _digest(f"{url} {shown[0].id}")
    document = replace(
        shown[0],
        id=document_id(url, digest),
        capture=capture,
        kind=Kind.SECTION,
        content_digest=digest,
        title=site,
        lead=None,
        blocks=(),
        text="",
        authors=(),
        published=None,
        section=None,
        teasers=teasers,
    )
    return Written(_entry(capture, site), document)


def _moved(capture: Capture, url: str, further: int) -> Capture:
    """A capture of another URL, behind another in its file: records are claimed, never written."""
    ref = RecordRef(capture.ref.warc, capture.ref.offset + further, 5_000)
    return replace(capture, record_id=f"{capture.record_id}-{further}", ref=ref, url=url)


def _entry(capture: Capture, site: str) -> Entry:
    return Entry(capture, "response", site, "bench", None, None, None, None, 0)


def _digest(text: str) -> str:
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"
