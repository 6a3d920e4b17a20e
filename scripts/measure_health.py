"""Measures what ``gazette health`` finds: seven outlets on loopback fall ill, each in its own way.

    scripts/measure_health     working days, a weekend without news, two days of illness, a day after it

Days are simulated: after each run, all times in crawl.db and in the index become a day older. Exits with 1
when a trouble is not found within two runs by its cause with an example, is told on a normal day or on the
weekend, is not over when mended, or is told more or less than once.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from crawler.health.nouns import Trouble
from tests.crawler.health.papers import TROUBLES, Papers
from tests.crawler.health.run import Patients

WORKING_DAYS = 5
WEEKEND = 2
ILL = 2


def _day(patients: Patients, name: str) -> list[Trouble]:
    began = time.monotonic()
    found = patients.day()
    ill = ", ".join(sorted(trouble.site for trouble in found)) or "all well"
    print(f"{name:14} {ill:66} {time.monotonic() - began:5.1f} s", flush=True)
    return found


def _well_days(patients: Patients) -> bool:
    found = []
    for number in range(WORKING_DAYS):
        patients.papers.work()
        found += _day(patients, f"working day {number + 1}")
    for number in range(WEEKEND):
        found += _day(patients, f"weekend {number + 1}")
    return not found


def _ill_days(patients: Patients) -> dict[str, tuple[int, Trouble]]:
    """The first run that found each outlet's trouble, counted from 1, and the trouble."""
    found: dict[str, tuple[int, Trouble]] = {}
    for name in TROUBLES:
        patients.papers.befall(name)
    for number in range(ILL):
        patients.papers.work()
        for trouble in _day(patients, f"ill, run {number + 1}"):
            if trouble.cause == trouble.site:
                found.setdefault(trouble.site, (number + 1, trouble))
    return found


def main() -> int:
    with tempfile.TemporaryDirectory() as folder, Papers(Path(folder)) as papers:
        os.environ.update(papers.environment)
        patients = Patients.admit(Path(folder) / "archive", papers)
        well = _well_days(patients)
        found = _ill_days(patients)
        papers.work()
        papers.mend()
        over = not _day(patients, "mended")
        told = Counter((one["site"], one["event"]) for one in map(json.loads, patients.notices()))
    print(f"\n{'trouble':10} {'found':8} {'notices':10} example")
    for name in TROUBLES:
        run, trouble = found.get(name, (0, None))
        when = f"run {run}" if run else "NEVER"
        words = "+".join(
            event for (site, event), times in sorted(told.items()) if site == name for _ in range(times)
        )
        example = f"{trouble.url} {trouble.said}" if trouble else ""
        print(f"{name:10} {when:8} {words:10} {example}")
    once = told == Counter({(name, event): 1 for name in TROUBLES for event in ("found", "over")})
    print(f"\nfound within two runs by cause: {len(found)} of {len(TROUBLES)}")
    print(f"told on working days and on the weekend: {'nothing' if well else 'SOMETHING'}")
    print(f"over when mended: {over}; one notice each at the beginning and at the end: {once}")
    complete = all(trouble.url and trouble.said for _, trouble in found.values())
    return 0 if len(found) == len(TROUBLES) and complete and well and over and once else 1


if __name__ == "__main__":
    sys.exit(main())
