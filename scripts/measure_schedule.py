"""Simulates a year of forty outlets with a fake clock, and compares it with a table worked out otherwise.

    scripts/measure_schedule [OUTLET...]    without names: all of them, some minutes

The outlets have every kind of plan, in zones with daylight saving in both directions; the machine is off for
an hour in May and for a week in August. The table comes from a search that looks at each minute of the year,
and for some outlets from numbers that were worked out by hand: tests/crawler/year_table.py. What is compared:
the minute of each run, whether it caught something up, whether it went on with an unfinished round, and the
rounds at which each article is visited again.

Exits with 1 when anything differs.
"""

from __future__ import annotations

import sys
import tempfile
import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from tests.crawler import year, year_table
from tests.crawler.year import AGES, HOUR_OFF, WEEK_OFF, YEAR, Outlet

OFF = (HOUR_OFF, WEEK_OFF)


def check(line: str, outlet: Outlet) -> list[str]:
    """What differs at an outlet, in words; prints its numbers."""
    name = outlet.site.name
    began = time.monotonic()
    many = outlet.site.every_min is not None
    expected = year_table.table(line, *YEAR, OFF, lambda a, b: len(year.published(a, b, pace=many)))
    found = [(start.at, start.late, start.goes_on) for start in outlet.starts]
    wanted = [(row.at, row.late, row.goes_on) for row in expected]
    wrong = [f"{name}: run {a} instead of {b}" for a, b in zip(found, wanted, strict=False) if a != b][:3]
    if len(found) != len(wanted):
        wrong.append(f"{name}: {len(found)} runs instead of {len(wanted)}")
    runs = [start.at for start in outlet.starts]
    articles, visits, most, odd = _visits(runs, [row.at for row in expected])
    wrong += [f"{name}: visits of an article differ: {article}" for article in odd[:3]]
    wrong += _by_hand(name, runs)
    late, on = sum(start.late for start in outlet.starts), sum(start.goes_on for start in outlet.starts)
    hand = "also by hand" if name in year_table.BY_HAND else ""
    print(
        f"{name:<16}{len(runs):>7} runs {late:>5} late {on:>3} went on {articles:>6} articles"
        f" {visits:>6} visits, at most {most}  {'DIFFERS' if wrong else 'equal'} {hand}"
        f" ({time.monotonic() - began:.1f} s)",
        flush=True,
    )
    return wrong


def _visits(runs: Sequence[datetime], table: Sequence[datetime]) -> tuple[int, int, int, list[datetime]]:
    """Articles, visits of all, the most of one, and those whose visits differ."""
    counts: Counter[int] = Counter()
    odd = []
    # Of the four articles a day one in seven, so that each hour of publication has its turn.
    for article in year.published(YEAR[0], YEAR[1] - timedelta(days=1), pace=False)[::7]:
        found = year.visits(runs[bisect_left(runs, article) :], article)
        if found != year_table.visit_counts(table, article, AGES):
            odd.append(article)
        counts[len(found)] += 1
    return sum(counts.values()), sum(n * many for n, many in counts.items()), max(counts), odd


def _by_hand(name: str, runs: Sequence[datetime]) -> list[str]:
    if name not in year_table.BY_HAND:
        return []
    count, at, never = year_table.BY_HAND[name]
    minutes = {f"{run:%m-%dT%H:%M}" for run in runs}
    wrong = [f"{name}: by hand a run at {text}" for text in at if text not in minutes]
    wrong += [f"{name}: by hand no run at {text}" for text in never if text in minutes]
    return wrong + [f"{name}: by hand {count} runs, not {len(runs)}"] * (count != len(runs))


def main() -> int:
    """Compare all that is asked for: an exit code."""
    names = set(sys.argv[1:])
    lines = [line for line in year.OUTLETS.strip().splitlines() if not names or line.split()[0] in names]
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        outlets = year.outlets(Path(folder), "\n".join(lines))
    year.simulate(outlets, *YEAR, OFF)
    runs = sum(len(outlet.starts) for outlet in outlets)
    print(f"{len(outlets)} outlets, {runs} runs in a year simulated in {time.monotonic() - began:.0f} s")
    wrong = [text for line, outlet in zip(lines, outlets, strict=True) for text in check(line, outlet)]
    print("\n".join(wrong) if wrong else f"equal: {len(outlets)} outlets, {runs} runs")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
