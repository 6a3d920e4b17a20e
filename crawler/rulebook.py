"""Which rules hold at an authority, by what crawl.db and the WARC files know of its robots.txt.

    /robots.txt -> its newest answer -> [a redirect -> its newest answer]* -> Rules | a URL to fetch | a wait

Nothing is fetched here and nothing is remembered: a run that goes on after a crash finds the same. Each
hop is a URL of its own, which is queued, fetched, kept and settled like any other. It may lead to another
authority, in the site's scope or not (RFC 9309, 2.3.1.2); to one whose address is refused it leads as
to one that is down: unreachable.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from archive.errors import DamagedRecord
from archive.types import Capture, Page
from archive.warc.reader import read_page
from crawler import discover
from crawler.crawldb import CrawlDb
from crawler.crawlrows import Known
from crawler.robots import MAX_AGE, MAX_BYTES, MAX_HOPS, Rules, rules_of, unavailable, unreachable
from crawler.task import Offer


@dataclass(frozen=True, slots=True)
class Found:
    """The rules; ``age``: seconds since the oldest answer on the way to them came."""

    rules: Rules
    age: float


@dataclass(frozen=True, slots=True)
class Wanted:
    """A URL whose answer has to be fetched first."""

    offer: Offer


@dataclass(frozen=True, slots=True)
class Waiting:
    """A URL whose answer is on its way."""

    offer: Offer
    not_before: float  # epoch seconds; 0.0: as soon as its authority is due


@dataclass(frozen=True, slots=True)
class Rulebook:
    """``agent``: the product token that robots.txt knows us by."""

    db: CrawlDb
    warc: Path  # the directory of the WARC files
    agent: str
    run: str

    def look_up(self, url: str, site: str, number: int, now: datetime) -> Found | Wanted | Waiting:
        """The rules for a URL, or what a site in its round ``number`` has to wait for to know them."""
        offer = discover.robots_offer(url)
        assert offer is not None, "a canonical URL has an origin"
        age = 0.0
        for hop in range(MAX_HOPS + 1):
            step = self._step(offer, site, number, now)
            if isinstance(step, Wanted | Waiting):
                return step
            if isinstance(step, Rules):
                return Found(step, 0.0)
            page, seconds = step
            age = max(age, seconds)
            status = page.capture.status or 0
            target = discover.redirect_target(page) if 300 <= status < 400 else None
            if target is None:
                return Found(rules_of(status, page.body, self.agent), age)
            offer = discover.offer(target, "robots", depth=0, hops="P" + "R" * (hop + 1), via=offer.url)
        return Found(unavailable(), age)

    def _step(
        self, offer: Offer, site: str, number: int, now: datetime
    ) -> tuple[Page, float] | Rules | Wanted | Waiting:
        """One URL's answer and its age in seconds; the rules that hold when there is none."""
        known = self.db.told(offer.authority, offer.url)
        age = {id(k): (now - k.told_at).total_seconds() for k in known if k.told_at and k.capture}
        young = [k for k in known if age.get(id(k), MAX_AGE) < MAX_AGE]
        if young:
            newest = min(young, key=lambda k: age[id(k)])
            return self._read(newest.capture, age[id(newest)])
        own = next((k for k in known if k.site == site and k.round == number), None)
        if own is not None and own.state in ("queued", "kept"):
            return Waiting(offer, own.not_before)
        if own is not None and own.state in ("failed", "refused") and own.run == self.run:
            # RFC 9309, 2.4: an older copy may be used while the file is unreachable. That it may count as
            # missing after 30 days (2.3.1.4) is not made use of: a site that can't be asked isn't crawled.
            return self._read(_newest(known), 0.0, own.reason or "")
        return Wanted(offer)

    def _read(self, capture: Capture | None, age: float, why: str = "") -> tuple[Page, float] | Rules:
        if capture is None:
            return unreachable(why)
        try:
            return read_page(self.warc, capture, MAX_BYTES), age
        except DamagedRecord as error:
            return unreachable(str(error))


def _newest(known: Iterable[Known]) -> Capture | None:
    captures = (k.capture for k in known if k.capture is not None)
    return max(captures, key=lambda capture: capture.captured_at, default=None)
