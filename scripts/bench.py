"""Benchmarks that take too long, or depend too much on the machine, for tests.

scripts/bench frontier [--urls N]     the crawler's memory of URLs: adds, releases, memory
scripts/bench reextract CORPUS.jsonl  extraction against trafilatura's: see scripts/benchmarks/reextract.py
scripts/bench crawl [--pages N]       a crawl against wget and others: see scripts/benchmarks/crawl.py
scripts/bench search [--articles N]   search and writing at 500,000 articles: see scripts/benchmarks/search.py
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from archive.errors import ArchiveError
from archive.layout import Layout
from archive.types import RecordRef, Site
from crawler import discover, visits
from crawler.cli.child import Crawl
from crawler.cli.init import create
from crawler.crawldb import CrawlDb
from crawler.samples.loopback import Loopback, Resource
from crawler.task import Answer, Kept, Offer
from scripts.benchmarks import crawl, reextract, search

_BATCH = 100
"""Links a page: what the lean pages of regional outlets have."""
_RELEASES = 20_000
_PAGES = 300
"""Pages that the crawl fetches whose memory is measured."""


def frontier(urls: int) -> None:
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
    began = time.process_time()
    for number in range(_RELEASES):
        task = db.head("bench", f"www.outlet{number % 20}.example:443", time.time())
        assert task is not None, "more was queued than is released"
        db.keep(task, "bench", kept)
        db.expand(task, current, (), visits.after(task, answer, visits.ARTICLE, ages))
    released = _RELEASES / (time.process_time() - began)
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


def main() -> None:
    """Read the command line and run one benchmark."""
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    verbs = parser.add_subparsers(dest="what", required=True)
    verb = verbs.add_parser("frontier", help="the crawler's memory of URLs")
    verb.add_argument("--urls", type=int, default=1_000_000)
    verb = verbs.add_parser("reextract", help="extraction of stored records, against trafilatura's")
    verb.add_argument("corpus", type=Path, help="JSON lines {url, html}, as for scripts/evaluate")
    verb.add_argument("--records", type=int, default=5_000)
    verb.add_argument(
        "--memory", default="1000,50000", help='records of the passes whose memory is measured, or ""'
    )
    verb.add_argument("--nothing", type=int, default=100_000, help="records of the archive with nothing new")
    verb.add_argument("--profile", type=Path, help="where to write a cProfile of the parent's part")
    verb = verbs.add_parser("search", help="search, and writing, on generated German articles")
    verb.add_argument("--articles", type=int, default=500_000, help="articles that are searched")
    verb.add_argument("--until", type=int, default=0, help="write on up to so many, and compare the writing")
    verb.add_argument("--directory", type=Path, help="where the index is kept for the next run")
    verb.add_argument("--json", type=Path, help="where to write the figures as JSON")
    verb = verbs.add_parser("crawl", help="one local site, crawled by Gazette and by what else there is")
    verb.add_argument("--pages", type=int, default=4_000)
    verb.add_argument("--authorities", type=int, default=8)
    verb.add_argument("--repeat", type=int, default=1, help="turns; of each crawl the middle one counts")
    verb.add_argument("--only", type=lambda text: text.split(","), default=[], metavar="NAME,NAME")
    verb.add_argument("--json", type=Path, help="where to write the figures as JSON")
    verb.add_argument("--plot", type=Path, help="where to draw them: a name that ends in .svg or .png")
    options = parser.parse_args()
    if options.what == "reextract":
        sizes = tuple(int(number) for number in options.memory.split(",") if number)
        reextract.run(options.corpus, options.records, sizes, options.nothing, options.profile)
    elif options.what == "search":
        search.run(options.articles, options.until, options.directory, options.json)
    elif options.what == "crawl":
        turns = (options.pages, options.authorities, options.repeat, options.only)
        try:
            crawl.run(*turns, options.json, options.plot)
        except ArchiveError as error:
            sys.exit(f"bench: {error}")
    else:
        frontier(options.urls)


if __name__ == "__main__":
    main()
