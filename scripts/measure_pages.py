"""Extracts pages that were made to break an extractor, and prints what becomes of each.

    scripts/measure_pages [--scale F] [--only NAME]...

Each page lies in a WARC file and goes the way of every page: an extracting process with the limits of a page.
The table says what it became, in how many seconds, and how much memory the process had at most. A page takes
its limit and a moment more to be killed, 20 s, and the process 1 GB; exits with 1 when one takes more.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import threading
import time
from multiprocessing.connection import wait
from pathlib import Path

from archive.extract import extractor_key
from archive.index.workers import PAGE_BYTES, PAGE_SECONDS, Pool
from archive.layout import Layout
from archive.types import Capture, Failure
from archive.warc.reader import CaptureWalk
from tests.index.hostile_pages import SHAPES, make
from tests.index.support import Shot, write_warc

_SLACK = 2.0
"""Seconds above the limit within which a process has been killed, on a machine that does other things too."""


def main() -> int:
    """Extract all, print the table."""
    parser = argparse.ArgumentParser(prog="scripts/measure_pages", description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--only", action="append", choices=list(SHAPES))
    options = parser.parse_args()
    failed = 0
    print(f"{'page':<26}{'MB':>7}  {'outcome':<22}{'seconds':>8}{'MB at most':>11}")
    for name in options.only or SHAPES:
        body = make(name, options.scale)
        with tempfile.TemporaryDirectory() as directory:
            layout = Layout(Path(directory))
            write_warc(layout, "page", [Shot("https://a.example/seite", body, mime="text/html")])
            (capture,) = (e.capture for e in CaptureWalk(layout.warc / "page.warc.gz", "page.warc.gz"))
            outcome, seconds, peak = _extract(layout, capture)
        print(
            f"{name:<26}{len(body) / 1e6:>7.1f}  {outcome:<22}{seconds:>8.1f}{peak / 1e6:>11.0f}", flush=True
        )
        failed += outcome == "none" or seconds > PAGE_SECONDS + _SLACK or peak > PAGE_BYTES
    print(f"{len(options.only or SHAPES)} pages, {failed} beyond the limits or without an outcome")
    return int(failed > 0)


def _extract(layout: Layout, capture: Capture) -> tuple[str, float, int]:
    """What becomes of it, in how long, and the peak of the process; its start is not counted."""
    with Pool(layout.warc, 1, extractor_key()) as pool:
        worker = pool._processes.start()
        while not worker.ready:
            wait([worker.pipe])
            list(pool._processes.hear(worker))
        peaks, ended = [_peak(worker.process.pid)], threading.Event()
        watch = threading.Thread(target=_watch, args=(pool, peaks, ended))
        watch.start()
        began = time.monotonic()
        outcomes = [result.outcome for result in pool.extract_all([capture])]
        seconds = time.monotonic() - began
        ended.set()
        watch.join()
    if len(outcomes) != 1:
        return "none", seconds, max(peaks)
    (outcome,) = outcomes
    what = str(outcome.kind) if isinstance(outcome, Failure) else f"document, {outcome.kind}"
    return what, seconds, max(peaks)


def _watch(pool: Pool, peaks: list[int], ended: threading.Event) -> None:
    """Note the peaks again and again: a process that is killed takes its own with it."""
    while not ended.wait(0.01):
        peaks.extend(_peak(worker.process.pid) for worker in list(pool._processes.workers))
        peaks[:] = [max(peaks)]


def _peak(pid: int) -> int:
    """The most resident bytes that a process had."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0
    return max((int(line.split()[1]) << 10 for line in lines if line.startswith("VmHWM:")), default=0)


if __name__ == "__main__":
    sys.exit(main())
