"""What a run did so far, and the budgets that bound it. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from archive.types import Site
from crawler.task import REQUISITE

COUNTERS = (
    *("fetched", "new", "changed", "unchanged", "articles", "failed", "refused", "bytes"),
    *("requisites", "requisite_bytes"),
)
"""Fields of a Tally that are columns of crawl.db's ``run_sites``."""
NO_PAGE = "no site gave a page"
"""So the reason of a run begins that did its round, in vain."""


OF_PAGES = ("page budget", "size budget")
"""Budgets that bound pages: what these need to look as they did is still fetched, within its own budget."""


@dataclass(slots=True)
class Missing:
    """URLs that a run did not get, of one kind, with the first of them as an example."""

    outcome: str  # failed, refused
    kind: str  # see crawler.handlers.outcomes
    what: str  # kind of the task: robots, sitemap, feed, seed, item, link, page, rights, requisite
    example_url: str
    example_reason: str
    count: int = 0


@dataclass(slots=True)
class Tally:
    """What a run did on one site so far."""

    fetched: int = 0  # exchanges with a response; requisites count for their own two counters alone
    pages: int = 0  # of these, pages with status 2xx
    new: int = 0  # of pages, those whose URL never gave one before
    changed: int = 0  # those with another payload than before
    unchanged: int = 0  # answers that said so (304), or were the same payload again
    articles: int = 0  # of the new ones, those that are articles by their own word
    failed: int = 0
    refused: int = 0
    bytes: int = 0
    requisites: int = 0  # exchanges with a response that requisites, and the rules for them, took
    requisite_bytes: int = 0
    seconds: float = 0.0  # from the run's beginning to the site's last count
    before: int = 0  # URLs that earlier runs fetched in this round
    stopped: str | None = None  # why no more pages of this site are fetched
    waiting: int = 0  # requisites, and files of rules for them, that are queued
    ended: str | None = None  # why no more requisites are fetched
    error: str | None = None  # the last failure or refusal
    missing: dict[tuple[str, str, str], Missing] = field(default_factory=dict)  # since the last report

    def miss(self, outcome: str, kind: str, what: str, url: str, reason: str) -> None:
        """Count a URL that the run did not get."""
        known = self.missing.setdefault((outcome, kind, what), Missing(outcome, kind, what, url, reason))
        known.count += 1
        if what == REQUISITE:
            return
        if outcome == "failed":
            self.failed += 1
        else:
            self.refused += 1

    @property
    def requisites_due(self) -> bool:
        """Whether requisites wait and may be fetched, also when the pages are at their budget."""
        return self.waiting > 0 and self.ended is None and self.stopped in (None, *OF_PAGES)

    def end_requisites(self, why: str) -> None:
        """No more requisites are fetched; the first reason counts."""
        self.ended = self.ended or why

    def received(self, size: int, *, beside: bool) -> None:
        """Count the bytes of an answer; ``beside``: to a requisite."""
        if beside:
            self.requisite_bytes += size
        else:
            self.bytes += size

    def counts(self) -> dict[str, int]:
        """The counters, by name."""
        return {name: getattr(self, name) for name in COUNTERS}


@dataclass(slots=True)
class Limits:
    """Budgets of a run, beside those of each site; None: no limit."""

    max_pages: int | None = None
    max_bytes: int | None = None
    max_seconds: float | None = None
    min_free: int = 0  # bytes that stay free on the disk: below, nothing is fetched

    @staticmethod
    def of(site: Site) -> Limits:
        """What a site file says of its rounds."""
        return Limits(site.max_pages, site.max_bytes, site.max_seconds)


def used_up(limits: Limits, pages: int, size: int, seconds: float) -> str | None:
    """Which budget is used up, None while there is some of each left."""
    if limits.max_pages is not None and pages >= limits.max_pages:
        return "page budget"
    if limits.max_bytes is not None and size >= limits.max_bytes:
        return "size budget"
    if limits.max_seconds is not None and seconds >= limits.max_seconds:
        return "time budget"
    return None
