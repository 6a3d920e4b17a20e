"""What a run did so far, and the budgets that bound it. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from archive.types import Site


@dataclass(slots=True)
class Tally:
    """What a run did on one site so far."""

    fetched: int = 0  # exchanges with a response
    pages: int = 0  # of these, pages with status 2xx
    failed: int = 0
    refused: int = 0
    bytes: int = 0
    before: int = 0  # URLs that earlier runs fetched in this round
    stopped: str | None = None  # why nothing more of this site is fetched
    error: str | None = None  # the last failure or refusal


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
