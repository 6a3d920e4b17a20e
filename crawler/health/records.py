"""Causes that the log of runs shows: refusals and failures, run by run. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from crawler.health.nouns import Cause, Look, Miss, Trouble

_FAMILIES = {
    "dns": Cause.DNS,
    "tls": Cause.TLS,
    "connect": Cause.CONNECTION,
    "reset": Cause.CONNECTION,
    "timeout": Cause.TIMEOUT,
    "blocked": Cause.BLOCKED,
    "server": Cause.SERVER,
}
_NO_ROBOTS = "robots.txt unreachable"
"""How crawler.robots begins the reason when there are no rules to be had."""
_ENTRIES = frozenset({"seed", "feed", "sitemap"})
_PASSING = frozenset({Cause.DNS, Cause.CONNECTION, Cause.TIMEOUT, Cause.SERVER, Cause.BLOCKED})
"""What is over by itself more often than not: it counts from the second run in a row on."""

_SOME = 3
"""Articles that robots.txt forbids and a feed names: fewer are pages of another sort."""

_WORDS = {
    Cause.ROBOTS: "robots.txt forbids what the site file names",
    Cause.DNS: "its host can't be found",
    Cause.TLS: "no secure connection can be made",
    Cause.CONNECTION: "it takes no connection, or breaks it off",
    Cause.TIMEOUT: "it doesn't answer in time",
    Cause.SERVER: "its server answers with errors",
    Cause.BLOCKED: "it turns the crawler away",
}


def troubles(site: str, looks: Sequence[Look]) -> list[Trouble]:
    """What is off by the newest run, each from the first run of the unbroken row that met it."""
    done = [look for look in looks if look.pages or look.misses]
    found = []
    for cause in _WORDS:
        row = _row(done, lambda look, cause=cause: _evidence(look, cause))  # type: ignore[misc]
        if len(row) >= (2 if cause in _PASSING else 1):
            miss = _evidence(done[-1], cause)
            assert miss is not None, "the newest run is in the row"
            found.append(Trouble(site, cause, row[0].at, _what(cause, miss), miss.url, miss.reason))
    return found


def _row(looks: Sequence[Look], holds: Callable[[Look], Miss | None]) -> list[Look]:
    """The newest looks, back to the first that has no evidence."""
    row: list[Look] = []
    for look in reversed(looks):
        if holds(look) is None:
            break
        row.insert(0, look)
    return row


def _what(cause: Cause, miss: Miss) -> str:
    if cause is Cause.ROBOTS and (miss.what == "robots" or _NO_ROBOTS in (miss.reason or "")):
        return "its robots.txt can't be had, and without it nothing may be fetched"
    return _WORDS[cause]


def _evidence(look: Look, cause: Cause) -> Miss | None:
    """The best example of a cause in a run, None when the run doesn't show it."""
    failed = [miss for miss in look.misses if miss.outcome == "failed"]
    shut = [m for m in look.misses if m.outcome == "refused" and m.kind == "robots" and m.what in _ENTRIES]
    if cause is Cause.ROBOTS:
        return _robots(look, failed, shut)
    own = [miss for miss in failed if _FAMILIES.get(miss.kind) is cause]
    # While robots.txt can't be had nothing else is asked for: its failure is the only one on record.
    asked = next((miss for miss in own if miss.what == "robots"), None)
    if asked is not None and cause is not Cause.SERVER and any(_NO_ROBOTS in (m.reason or "") for m in shut):
        return asked
    own = [miss for miss in own if miss.what not in ("robots", "rights")]
    if sum(miss.count for miss in own) <= look.pages:
        return None
    return _first(own)


def _robots(look: Look, failed: Sequence[Miss], shut: Sequence[Miss]) -> Miss | None:
    if shut:
        lost = [miss for miss in failed if miss.what == "robots"]
        unreachable = all(_NO_ROBOTS in (miss.reason or "") for miss in shut)
        if not unreachable:
            return _first([miss for miss in shut if _NO_ROBOTS not in (miss.reason or "")])
        if any(miss.kind in _FAMILIES and miss.kind != "server" for miss in lost):
            return None  # that is why robots.txt can't be had: a cause of its own
        return _first(lost) or _first(shut)
    # The addresses of the site file are free, and what they lead to is forbidden.
    items = [m for m in look.misses if m.outcome == "refused" and m.kind == "robots" and m.what == "item"]
    return _first(items) if sum(m.count for m in items) >= _SOME and look.new == 0 else None


def _first(misses: Sequence[Miss]) -> Miss | None:
    """The miss that tells most: of what the site file names, then the most frequent."""
    return max(misses, key=lambda m: (m.what in _ENTRIES, m.count, m.url or ""), default=None)
