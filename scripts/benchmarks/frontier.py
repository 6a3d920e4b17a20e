"""The crawler's memory of URLs: how fast it takes them in and gives them out, and what it takes itself.

scripts/bench frontier [--urls 1000000] [--json FILE]
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from archive.layout import Layout
from archive.types import RecordRef, Site
from crawler import discover, visits
from crawler.cli.child import Crawl
from crawler.cli.init import create
from crawler.crawldb import CrawlDb
from crawler.samples.loopback import Loopback, Resource
from crawler.task import Answer, Kept, Offer
from scripts.benchmarks import figures
from scripts.benchmarks.figures import Figure

_BATCH = 100
"""Links a page: what the lean pages of regional outlets have."""
_RELEASES = 20_000
_PAGES = 300
"""Pages that the crawl fetches whose memory is measured."""


def run(urls: int, target: Path | None) -> None:
    """Adds and releases per CPU second at ``urls`` URLs, and the memory of a crawl over them."""
    with tempfile.TemporaryDirectory() as directory:
        adds, releases = _raw(Path(directory) / "crawl.db", urls)
        print(f"adds per CPU s, up to {urls:,} URLs:  {adds:>10,.0f}")
        print(f"releases per CPU s (released, kept, expanded): {releases:>10,.0f}")
    sizes = (10_000, urls)
    peaks = [_memory(number) for number in sizes]
    for number, peak in zip(sizes, peaks, strict=True):
        print(f"peak memory of a crawl with {number:>9,} URLs queued: {peak / 2**20:6.1f} MB")
    print(f"ratio: {peaks[1] / peaks[0]:.3f}")
    if target is not None:
        name = f"frontier of {urls:,} URLs"
        measured = [
            Figure(f"{name}, added", adds, "a CPU s", "higher"),
            Figure(f"{name}, released", releases, "a CPU s", "higher"),
            Figure(f"{name}, peak memory", peaks[1] / 1e6, "MB", "lower", figures.MEMORY),
        ]
        figures.write(target, measured, urls=urls)


def _offers(urls: int, address: Callable[[int], str]) -> Sequence[Offer]:
    return [
        discover.offer(address(number), "link", depth=1, hops="L", via="http://outlet.example/")
        for number in range(urls)
    ]


def _raw(path: Path, urls: int) -> tuple[float, float]:
    def address(number: int) -> str:
        return (
            f"https://www.outlet{number % 20}.example/lokales/{number * 7919 % urls}-ueber-den-stadtrat.html"
        )

    db = CrawlDb(path)
    current = db.begin_round("bench", datetime.now(UTC))
    spent = 0.0
    for start in range(0, urls, _BATCH):
        offers = _offers(_BATCH, lambda number, start=start: address(start + number))  # type: ignore[misc]
        began = time.process_time()
        db.offer("bench", current, offers)
        spent += time.process_time() - began
    kept = Kept(
        RecordRef("bench.warc.gz", 0, 1),
        "urn:uuid:bench",
        200,
        "text/html",
        "sha1:A",
        datetime.now(UTC),
        None,
        None,
    )
    answer, ages = Answer(kept.status, kept.fetched_at), Site("bench").revisit
    number_released = min(_RELEASES, urls // 2)
    began = time.process_time()
    for number in range(number_released):
        task = db.head("bench", f"www.outlet{number % 20}.example:443", time.time())
        assert task is not None, "more was queued than is released"
        db.keep(task, "bench", kept)
        db.expand(task, current, (), visits.after(task, answer, visits.ARTICLE, ages))
    released = number_released / (time.process_time() - began)
    db.close()
    return urls / spent, released


def _memory(urls: int) -> int:
    """Peak resident bytes of a crawling process that has ``urls`` URLs queued and fetches some of them."""
    page = Resource(b"<!doctype html><title>Page</title><p>Text</p>" * 200, "text/html; charset=utf-8")
    loopback = Loopback({"bench": 0})
    loopback.start({"bench": lambda target: page})
    try:
        with tempfile.TemporaryDirectory() as directory:
            layout = Layout(Path(directory) / "archive")
            create(layout)
            base = loopback.base_urls["bench"]
            site = f'seeds = ["{base}/"]\ndelay = 0\nallow_private = true\n'
            (layout.sites / "bench.toml").write_text(site, encoding="utf-8")
            db = CrawlDb(layout.crawl_db)
            current = db.begin_round("bench", datetime.now(UTC))
            for start in range(0, urls, 10_000):
                db.offer(
                    "bench",
                    current,
                    _offers(10_000, lambda n, start=start: f"{base}/{start + n}"),  # type: ignore[misc]
                )
            db.close()
            return _peak(layout)
    finally:
        loopback.stop()


def _peak(layout: Layout) -> int:
    peak = 0
    with Crawl(layout, ["bench"], {"GAZETTE_MAX_PAGES": _PAGES}, layout.logs / "bench.log") as crawl:
        status = Path(f"/proc/{crawl.pid}/status")
        while crawl.running:
            try:
                lines = status.read_text(encoding="ascii").splitlines()
            except OSError:
                break
            high = [line.split() for line in lines if line.startswith("VmHWM:")]
            peak = max(peak, int(high[0][1]) * 1024 if high else 0)
            time.sleep(0.02)
        code, reason = crawl.end()
    assert code == 0, reason
    return peak
