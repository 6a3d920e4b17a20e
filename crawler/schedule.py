"""When sites are crawled, as pure functions of what is known; the clock is an argument.

    every | cron | pace -> planned time -> out of a blackout -> + jitter -> out of a blackout -> due

The planned times of ``every`` are a grid in real time that begins at EPOCH: "1h" is each full hour of UTC.
Neither a late start, nor jitter, nor daylight saving moves it. A run serves all times that were planned
before it began, so what was missed is caught up by one run. A run that began within a quarter of the time
between two rounds after its planned time was on time; where one began at another time (the first, one by
hand, one after an outage), the next planned time that is less than half that time away is left out. A run
never leaves out a time of ``cron``: see crawler/cron.py for daylight saving.

A site that was never crawled is due at once, one whose round was left unfinished goes on at once; both not
in a blackout.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from archive.types import Site
from crawler import blackout, cron
from crawler.adaptive import Yield, pace
from crawler.crawldb import Round
from crawler.localtime import known_zone

EPOCH = datetime(1970, 1, 5, tzinfo=UTC)
"""A Monday: the grid of "1w" lies on Mondays."""
_RETRY = timedelta(minutes=5)
"""An unfinished round waits so long after its newest run began: what fails at once must not be a loop."""
_TRUST = timedelta(hours=1)
"""A run that seems to have begun later than this from now: the clock was set back, don't wait for it."""

_PROMPT = timedelta(minutes=1)
"""What begins later than this after its time has missed it: timers look once a minute."""

Histories = Mapping[str, Sequence[Yield]]
"""The newest runs of each site, oldest first; a site may be missing."""


@dataclass(frozen=True, slots=True)
class Planned:
    """When a site is crawled next. Due is what has come: ``at`` is not after the clock."""

    site: str
    at: datetime  # UTC; never before the clock that it was asked with, never in a blackout
    planned: datetime  # UTC; before ``at`` when that was missed
    plan: str  # "every 1h", "cron 30 5 * * *", "pace 2h"
    why: tuple[str, ...]  # what moved it: "first", "goes on", "caught up", "clock", "blackout", "jitter"


@dataclass(frozen=True, slots=True)
class _Slot:
    at: datetime
    moved: tuple[str, ...]  # of "blackout", "jitter"


class Plan:
    """The planned times of a site; only for one that has a plan."""

    def __init__(self, site: Site, history: Sequence[Yield] = ()) -> None:
        self._name, self._jitter, self._spans = site.name, site.jitter, site.blackout
        self._zone: ZoneInfo = known_zone(site.zone)
        self._cron = site.cron
        self.step: timedelta | None = None  # between two planned times; None for cron
        if site.every_min is not None and site.every_max is not None:
            self.step = timedelta(seconds=pace(site.every_min, site.every_max, history))
        elif site.every is not None:
            self.step = timedelta(seconds=site.every)
        kind = "every" if site.every is not None else "pace"
        self.words = f"cron {site.cron}" if self.step is None else f"{kind} {span(self.step.total_seconds())}"

    def open(self, at: datetime) -> datetime:
        """The first instant from ``at`` on that lies in no blackout."""
        return blackout.end(self._spans, self._zone, at)

    def slots(self, after: datetime) -> Iterator[_Slot]:
        """The times after ``after`` at which a round is to begin, in their order, each once."""
        # A time that was planned before may have been moved to after: so far back it is looked for.
        passed = blackout.before(self._spans, self._zone, after) - timedelta(seconds=self._jitter)
        passed, served = blackout.before(self._spans, self._zone, passed), after
        while True:
            raw = self._following(passed)
            opened = self.open(raw)
            shifted = opened + self._shift(opened)
            found = self.open(shifted)
            passed = opened  # what is planned within a blackout comes to the same end of it
            if found > served:
                served = found
                blacked = opened > raw or found > shifted
                yield _Slot(found, ("blackout",) * blacked + ("jitter",) * (shifted > opened))

    def first(self, after: datetime) -> _Slot:
        """The first time after ``after``."""
        return next(self.slots(after))

    def next(self, started: datetime) -> _Slot:
        """The time after a run that began at ``started``; see above for what it leaves out."""
        if self.step is None:
            return self.first(started)
        planned = self.first(started - self.step / 4 - timedelta(seconds=1)).at
        counted = min(planned, started)
        return next(slot for slot in self.slots(started) if slot.at - counted >= self.step / 2)

    def _following(self, after: datetime) -> datetime:
        if self.step is None:
            assert self._cron is not None, "a site with a plan has one of the three"
            return cron.following(self._cron, self._zone, after)
        return EPOCH + ((after - EPOCH) // self.step + 1) * self.step

    def _shift(self, planned: datetime) -> timedelta:
        """How much later than planned: whole seconds, the same whenever it is asked for.

        Never more than a quarter of the time to the next one, so that their order and number stay.
        """
        if self._jitter == 0:
            return timedelta()
        room = (self._following(planned) - planned).total_seconds() / 4
        digest = hashlib.sha256(f"{self._name} {planned.isoformat()}".encode()).digest()
        part = int.from_bytes(digest[:6], "big") / 2**48
        return timedelta(seconds=int(part * min(self._jitter, room)))


def has_plan(site: Site) -> bool:
    """Whether a timer ever crawls it; without a plan it is crawled only when asked."""
    return (site.every, site.cron, site.every_min) != (None, None, None)


def plan_of(site: Site) -> str | None:
    """When a site is crawled, in words; None for one that is only crawled when asked."""
    if site.every_min is not None and site.every_max is not None:
        return f"pace {span(site.every_min)} to {span(site.every_max)}"
    return Plan(site).words if has_plan(site) else None


def next_due(site: Site, last: Round | None, now: datetime, history: Sequence[Yield] = ()) -> Planned | None:
    """When a timer crawls a site next; None for a site without a plan.

    ``last`` is its newest round, None when it never was crawled; ``history`` its newest runs, oldest first.
    """
    if not has_plan(site):
        return None
    plan = Plan(site, history)
    why: tuple[str, ...]
    if last is None:
        wanted, why = now, ("first",)
    elif last.started_at > now + _TRUST:
        wanted, why = now, ("clock",)
    elif last.finished_at is None:
        begun = [item.started_at for item in history if item.started_at <= now]
        wanted, why = max([now, *(start + _RETRY for start in begun)]), ("goes on",)
    else:
        slot = plan.next(last.started_at)
        wanted, why = slot.at, slot.moved
        if now - wanted > _PROMPT:
            why = ("caught up",)
    at = plan.open(max(now, wanted))
    if at > max(now, wanted):
        why = (*why, "blackout")
    return Planned(site.name, at, wanted, plan.words, why)


def is_due(site: Site, last: Round | None, now: datetime, history: Sequence[Yield] = ()) -> bool:
    """Whether a timer should crawl a site at ``now`` (UTC)."""
    planned = next_due(site, last, now, history)
    return planned is not None and planned.at <= now


def due(
    sites: Iterable[Site], rounds: Mapping[str, Round], now: datetime, histories: Histories | None = None
) -> list[Site]:
    """The sites that are due at ``now``, those that have waited longest first, then by name."""
    past = histories or {}
    waiting = [site for site in sites if is_due(site, rounds.get(site.name), now, past.get(site.name, ()))]
    return sorted(waiting, key=lambda site: (_since(rounds.get(site.name)), site.name))


def preview(
    sites: Iterable[Site],
    rounds: Mapping[str, Round],
    start: datetime,
    hours: float,
    histories: Histories | None = None,
) -> list[Planned]:
    """What a timer will crawl from ``start`` on for so many hours, in the order of time.

    As if each round began when it is due and took no time; an adaptive pace stays what it is at ``start``.
    """
    stop, found, past = start + timedelta(hours=hours), list[Planned](), histories or {}
    for site in sites:
        now, last, history = start, rounds.get(site.name), past.get(site.name, ())
        while (planned := next_due(site, last, now, history)) is not None and planned.at < stop:
            found.append(planned)
            now, last = planned.at, Round(site.name, 0, planned.at, planned.at)
    return sorted(found, key=lambda planned: (planned.at, planned.site))


def span(seconds: float) -> str:
    """A time as site files say it: "1h", "0.5s"."""
    for unit, name in ((604_800, "w"), (86_400, "d"), (3600, "h"), (60, "m")):
        if seconds >= unit and seconds % unit == 0:
            return f"{seconds / unit:g}{name}"
    return f"{seconds:g}s"


def _since(last: Round | None) -> float:
    return last.started_at.timestamp() if last is not None else float("-inf")
