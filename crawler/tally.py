"""What a run did so far, and the budgets that bound it. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from archive.types import Site

COUNTERS = ("fetched", "new", "changed", "unchanged", "articles", "failed", "refused", "bytes")
"""Fields of a Tally that are columns of crawl.db's ``run_sites``."""


@dataclass(slots=True)
class Missing:
    """URLs that a run did not get, of one kind, with the first of them as an example."""

    outcome: str  # failed, refused
    kind: str  # see crawler.handlers.outcomes
    what: str  # kind of the task: robots, sitemap, feed, seed, item, link, page, rights
    example_url: str
    example_reason: str
    count: int = 0


@dataclass(slots=True)
class Tally:
    """What a run did on one site so far."""

    fetched: int = 0  # exchanges with a response
    pages: int = 0  # of these, pages with status 2xx
    new: int = 0  # of pages, those whose URL never gave one before
    changed: int = 0  # those with another payload than before
    unchanged: int = 0  # answers that said so (304), or were the same payload again
    articles: int = 0  # of the new ones, those that are articles by their own word
    failed: int = 0
    refused: int = 0
    bytes: int = 0
    seconds: float = 0.0  # from the run's beginning to the site's last count
    before: int = 0  # URLs that earlier runs fetched in this round
    stopped: str | None = None  # why nothing more of this site is fetched
    error: str | None = None  # the last failure or refusal
    missing: dict[tuple[str, str, str], Missing] = field(default_factory=dict)  # since the last report

    def miss(self, outcome: str, kind: str, what: str, url: str, reason: str) -> None:
        """Count a URL that the run did not get."""
        known = self.missing.setdefault((outcome, kind, what), Missing(outcome, kind, what, url, reason))
        known.count += 1
        if outcome == "failed":
            self.failed += 1
        else:
            self.refused += 1

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
