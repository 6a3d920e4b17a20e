"""What politeness knows of each authority (host and port): when it is due, and what its robots.txt says."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from archive.types import Site
from archive.urls import authority as authority_of
from crawler.robots import MAX_AGE, Rules, rules_of, unreachable


@dataclass(slots=True)
class Authority:
    """One host and port. Times are monotonic seconds."""

    name: str
    due: float = 0.0
    busy: bool = False  # it has its one request
    delay: float = 0.0  # the largest that a site file or robots.txt asks for
    lanes: deque[str] = field(default_factory=deque)  # names of the sites that have work here, fair in turn
    rules: Rules | None = None  # None until robots.txt was asked: nothing else is fetched before
    rules_at: float = 0.0

    @property
    def rules_hold(self) -> bool:
        """Whether the rules are known and young enough."""
        return self.rules is not None and time.monotonic() - self.rules_at <= MAX_AGE


class Authorities:
    """The authorities of a run. ``agent``: the product token that robots.txt knows us by."""

    def __init__(self, agent: str) -> None:
        self._agent = agent
        self._known: dict[str, Authority] = {}

    def __contains__(self, name: object) -> bool:
        return name in self._known

    def add(self, name: str, site: Site) -> None:
        """A site has work at an authority."""
        known = self._known.setdefault(name, Authority(name))
        known.delay = max(known.delay, site.delay)
        if site.name not in known.lanes:
            known.lanes.append(site.name)

    def idle(self) -> Iterator[Authority]:
        """Those with work and without a request, due or not."""
        return (known for known in self._known.values() if known.lanes and not known.busy)

    def left(self, name: str) -> None:
        """An exchange has ended: the delay counts from here, not from the end of the parsing."""
        if (known := self._known.get(name)) is not None:
            known.due = time.monotonic() + known.delay

    def free(self, name: str) -> None:
        """The one request is settled; the next may follow when the authority is due."""
        if (known := self._known.get(name)) is not None:
            known.busy = False

    def learn(self, name: str, status: int | None, body: bytes, age: float) -> None:
        """The answer to robots.txt, ``age`` seconds old; a ``status`` of None: there was none.

        A site file may ask for a longer delay than robots.txt, never for a shorter one.
        """
        known = self._known[name]
        known.rules = unreachable(self._agent) if status is None else rules_of(status, body, self._agent)
        known.rules_at = time.monotonic() - age
        known.delay = max(known.delay, known.rules.delay)

    def refusal(self, url: str) -> str | None:
        """Why robots.txt forbids a URL, None when it doesn't, or when it was not asked."""
        known = self._known.get(authority_of(url) or "")
        rules = known.rules if known else None
        return rules.reason if rules is not None and not rules.allows(url) else None
