"""How long people waited in the reading room, and what it took to answer them: figures and their table."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from scripts.benchmarks.figures import MEMORY, Figure
from scripts.benchmarks.webreaders import PAGES, Click
from scripts.benchmarks.webwriter import PACE, Lot

GOAL = 400.0
"""Milliseconds to the first byte of a search page, at the 95th percentile."""

_SHOWN = ("start", "search", "article", "story", "outlets", "outlet", "front", "facets")
_SLOWEST = 5


@dataclass(frozen=True, slots=True)
class Quarter:
    """A part of the time, and what the server took in it."""

    written: bool  # the writer was at work
    begin: float  # of the monotonic clock
    end: float
    cpu: float  # seconds of the server


@dataclass(frozen=True, slots=True)
class Waits:
    """Milliseconds to the first byte of the pages of one kind."""

    page: str
    written: bool
    clicks: int
    median: float
    p95: float
    longest: float


@dataclass(frozen=True, slots=True)
class Visited:
    """All that was measured."""

    quarters: list[Quarter]
    clicks: list[Click]
    lots: list[Lot]
    memory: int  # peak resident bytes of the server's processes
    log: int  # bytes of the index's write-ahead log in the end: it grows while nobody may shorten it


def waits(visited: Visited) -> list[Waits]:
    """The pages of each kind, without the writer and with it; nothing where nobody asked for one."""
    return [found for page in _SHOWN for found in _of_page(visited, page)]


def _of_page(visited: Visited, page: str) -> Iterator[Waits]:
    for written in (False, True):
        inside = [quarter for quarter in visited.quarters if quarter.written == written]
        times = sorted(
            1e3 * click.first
            for click in visited.clicks
            if click.page == page and any(q.begin <= click.at < q.end for q in inside)
        )
        if times:
            p95 = times[min(len(times) - 1, int(0.95 * len(times)))]
            yield Waits(page, written, len(times), statistics.median(times), p95, times[-1])


def tell(visited: Visited, found: Sequence[Waits]) -> bool:
    """Print the table; whether the goals are held."""
    print(f"\n{'first byte, ms':<12}{'without a writer':>36}{'with a writer':>36}{'p95':>7}")
    print(
        f"{'':<12}" + f"{'clicks':>9}{'median':>9}{'p95':>9}{'longest':>9}" * 2 + f"{'ratio':>7}{'goal':>7}"
    )
    held = True
    for page in _SHOWN:
        pair = [one for one in found if one.page == page]
        if len(pair) < 2:
            continue
        cells = "".join(f"{w.clicks:>9}{w.median:>9.1f}{w.p95:>9.1f}{w.longest:>9.1f}" for w in pair)
        goal = ""
        if page == "search":
            fine = all(one.p95 <= GOAL for one in pair)
            held = held and fine
            goal = f"{GOAL:>7.0f} {'ok' if fine else 'OVER'}"
        print(f"{page:<12}{cells}{pair[1].p95 / pair[0].p95:>7.2f}{goal}")
    pages = [click for click in visited.clicks if click.page != "facets"]
    print("\nslowest pages:")
    for click in sorted(pages, key=lambda each: -each.first)[:_SLOWEST]:
        print(f"  {1e3 * click.first:.0f} ms: {click.url}")
    wrong = [click for click in visited.clicks if click.status != 200]
    print(f"errors: {len(wrong)} of {len(visited.clicks):,} requests")
    for click in wrong[:5]:
        print(f"  {click.status or 'no answer'}: {click.url}")
    _tell_server(visited)
    return held and not wrong


def _tell_server(visited: Visited) -> None:
    pages = sum(lot.pages for lot in visited.lots)
    longest = max((lot.seconds for lot in visited.lots), default=0.0)
    print(
        f"written: {pages:,} pages, at most {PACE} articles a second; the longest lot took {longest:.1f} s;"
        f" write-ahead log: {visited.log / 1e6:.0f} MB"
    )
    shares = {
        written: sum(q.cpu for q in visited.quarters if q.written == written)
        / sum(q.end - q.begin for q in visited.quarters if q.written == written)
        for written in (False, True)
    }
    print(
        f"server: {visited.memory / 1e6:.0f} MB at most with all its processes; of one core"
        f" {shares[False]:.0%} without the writer, {shares[True]:.0%} with it;"
        f" {1e3 * _a_request(visited):.1f} CPU ms a request"
    )


def _a_request(visited: Visited) -> float:
    return sum(quarter.cpu for quarter in visited.quarters) / max(1, len(visited.clicks))


def handed_on(articles: int, visited: Visited, found: Sequence[Waits]) -> Iterator[Figure]:
    """The figures that are compared from run to run."""
    name = f"reading room of {articles:,}"
    for one in found:
        if one.written and one.page in PAGES:
            # People's clicks fall together or apart, and the writer's lots between them.
            yield Figure(f"{name}, {one.page}, first byte, median", one.median, "ms", "lower", 0.3)
    yield Figure(f"{name}, a request", 1e3 * _a_request(visited), "CPU ms", "lower", 0.15)
    yield Figure(f"{name}, memory of the server", visited.memory / 1e6, "MB", "lower", MEMORY)
