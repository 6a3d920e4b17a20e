"""What politeness knows of each authority (host and port): when it is due, and what its robots.txt says."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from archive.types import Site
from archive.urls import authority as authority_of
from crawler.robots import MAX_AGE, Rules

MAX_REST = 3600.0
"""Seconds that a run waits for an authority that said when to come again. What asks for more rests until
another run."""
LONGEST_REST = 24 * 3600.0
"""Seconds after which it is asked again in any case: a date in the next century is a mistake."""

_SHARE = 2.0
"""An authority rests twice as long as it took to answer, when that is more than _AT_EASE ..."""
_AT_EASE = 1.0
"""... seconds. Who answers within half a second is not strained, and keeps its delay."""
_MAX_LOAD = 30.0
_SMOOTHING = 0.5  # how much the newest answer counts
_MAX_PENALTY = 300.0
_EASING = 0.7


@dataclass(slots=True)
class Pace:
    """How long an authority wants to be left alone, judged by how it answers. Times in seconds."""

    first: float = 2.0  # the penalty for a first refusal
    latency: float = 0.0  # of the exchanges, smoothed; 0.0 before the first
    penalty: float = 0.0

    @property
    def delay(self) -> float:
        """Seconds between two requests."""
        load = min(_SHARE * self.latency, _MAX_LOAD)
        return max(load if load > _AT_EASE else 0.0, self.penalty)

    def heard(self, seconds: float) -> None:
        """An exchange took so long, from the first byte sent to the last one received."""
        known = self.latency or seconds
        self.latency = known + _SMOOTHING * (seconds - known)

    def strained(self, delay: float) -> None:
        """It said that this was too much (429, 503) or did not answer in time, at that delay."""
        self.penalty = min(max(self.first, 2 * max(self.penalty, delay)), _MAX_PENALTY)

    def eased(self) -> None:
        """It answered as it should."""
        self.penalty = self.penalty * _EASING if self.penalty > 0.1 * self.first else 0.0


@dataclass(slots=True)
class Authority:
    """One host and port. Times are seconds of the clock of its Authorities."""

    name: str
    pace: Pace
    asked: float = 0.0  # the longest delay of the sites that have work here
    ended: float = float("-inf")  # when the last exchange ended
    rest: float = float("-inf")  # before this it wants no request
    resting: str | None = None  # why no request goes to it in this run
    busy: bool = False  # it has its one request
    lanes: deque[str] = field(default_factory=deque)  # names of the sites that have work here, fair in turn
    rules: Rules | None = None  # None until robots.txt was asked: nothing else is fetched before
    rules_at: float = 0.0

    @property
    def delay(self) -> float:
        """Seconds from the end of one exchange to the begin of the next.

        A site file may ask for more than robots.txt, never for less; how the server does, too.
        """
        return max(self.asked, self.rules.delay if self.rules else 0.0, self.pace.delay)

    @property
    def due(self) -> float:
        """When the next request may begin."""
        return max(self.ended + self.delay, self.rest)

    @property
    def closed(self) -> bool:
        """Whether nothing but its robots.txt may be asked for, because that can't be had."""
        return self.rules is not None and self.rules.parsed is None and not self.rules.allow_all


class Authorities:
    """The authorities of a run. ``first``: seconds that the first refusal costs, see Pace."""

    def __init__(self, first: float = 2.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._first = first
        self._clock = clock
        self._known: dict[str, Authority] = {}

    def __contains__(self, name: object) -> bool:
        return name in self._known

    def __getitem__(self, name: str) -> Authority:
        return self._known[name]

    def add(self, name: str, site: Site) -> None:
        """A site has work at an authority."""
        known = self._known.setdefault(name, Authority(name, Pace(self._first)))
        known.asked = max(known.asked, site.delay)
        if site.name not in known.lanes:
            known.lanes.append(site.name)

    def idle(self) -> Iterator[Authority]:
        """Those with work and without a request, due or not, but none that rests in this run."""
        return (k for k in self._known.values() if k.lanes and not k.busy and k.resting is None)

    def resting(self, name: str) -> str | None:
        """Why no request goes to an authority in this run, None when one may."""
        known = self._known.get(name)
        return known.resting if known else None

    def only_resting(self) -> bool:
        """Whether some rest in this run, and none has a request."""
        known = self._known.values()
        return any(k.resting is not None for k in known) and not any(k.busy for k in known)

    def left(self, name: str) -> None:
        """An exchange has ended: the delay counts from here, not from the end of the parsing."""
        if (known := self._known.get(name)) is not None:
            known.ended = self._clock()

    def heard(self, name: str, seconds: float) -> None:
        """An exchange took so long."""
        if (known := self._known.get(name)) is not None:
            known.pace.heard(seconds)

    def elsewhere(self, name: str, seconds: float) -> None:
        """The last exchange with it, which may be another run's, ended so many seconds ago."""
        known = self._known[name]
        # Our own one is met here too, as another clock counts.
        if (ended := self._clock() - seconds) > known.ended + 0.01:
            known.ended = ended

    def free(self, name: str) -> None:
        """The one request is settled; the next may follow when the authority is due."""
        if (known := self._known.get(name)) is not None:
            known.busy = False

    def eased(self, name: str) -> None:
        """It answered as it should."""
        if (known := self._known.get(name)) is not None:
            known.pace.eased()

    def strained(self, name: str) -> None:
        """It is asked too much: see Pace."""
        if (known := self._known.get(name)) is not None:
            known.pace.strained(known.delay)

    def leave_alone(self, name: str, seconds: float, why: str) -> bool:
        """No request for so long; whether it is too long for this run to wait for."""
        known = self._known[name]
        known.rest = max(known.rest, self._clock() + min(seconds, LONGEST_REST))
        if known.rest - self._clock() > MAX_REST:
            known.resting = f"{name} is left alone until a later run: {why}"
        return known.resting is not None

    def learn(self, name: str, rules: Rules, age: float = 0.0) -> None:
        """What holds at an authority since ``age`` seconds."""
        known = self._known[name]
        known.rules = rules
        known.rules_at = self._clock() - age

    def rules_hold(self, name: str) -> bool:
        """Whether the rules are known and young enough (RFC 9309, 2.4)."""
        known = self._known[name]
        return known.rules is not None and self._clock() - known.rules_at <= MAX_AGE

    def refusal(self, url: str) -> str | None:
        """Why robots.txt forbids a URL, None when it doesn't, or when it was not asked."""
        known = self._known.get(authority_of(url) or "")
        rules = known.rules if known else None
        return rules.reason if rules is not None and not rules.allows(url) else None


def retry_after(value: str | None, now: datetime) -> float | None:
    """Seconds to wait by a Retry-After header, a number or a date (RFC 9110, 10.2.3); None: it says none."""
    stated = (value or "").strip()
    if stated.isascii() and stated.isdigit():
        return float(stated[:9])
    try:
        date = parsedate_to_datetime(stated)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    if date.tzinfo is None:  # "-0000": UTC, of unknown origin
        date = date.replace(tzinfo=UTC)
    return max(0.0, (date - now).total_seconds())
