"""Which sites are due, as pure functions of what is known; the clock is an argument."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from archive.types import Site
from crawler.crawldb import Round


def is_due(site: Site, last: Round | None, now: datetime) -> bool:
    """Whether a timer should crawl a site at ``now`` (UTC). ``last`` is None when it never was crawled.

    A site without ``every`` is never due by itself. A round that was not finished goes on at once.
    """
    if site.every is None:
        return False
    if last is None or last.finished_at is None:
        return True
    passed = (now - last.started_at).total_seconds()
    # A start in the future is a clock that was set back: waiting for it could take years.
    return passed < 0 or passed >= site.every


def due(sites: Iterable[Site], rounds: Mapping[str, Round], now: datetime) -> list[Site]:
    """The sites that are due at ``now``, those that have waited longest first, then by name."""
    waiting = [site for site in sites if is_due(site, rounds.get(site.name), now)]
    return sorted(waiting, key=lambda site: (_since(rounds.get(site.name)), site.name))


def _since(last: Round | None) -> float:
    return last.started_at.timestamp() if last is not None else float("-inf")
