"""Crawls hostile servers beside good ones on loopback, and prints what came of each.

    scripts/measure_hostile [WORD...]     shapes whose name or group holds one of the words; all without
    scripts/measure_hostile --ssrf        spellings of addresses inside, by every way to name them

Exits with 1 when a URL has no outcome or more than its time, when the crawler takes more than 300 MB,
when a good page is harmed, or when a connection reaches what must not be reached.
"""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from pathlib import Path

from archive.layout import Layout
from tests.crawler import hostile, ssrf
from tests.crawler.hostile import EVERY, Hostile, HostileServers
from tests.crawler.hostile_crawl import DEADLINE, Crawled, crawl, faults, index, pages, site_files
from tests.crawler.small_site import SmallSite

WORKER = 1 << 20
"""KiB that a worker of the index may take."""
GROUPS = ("BOMBS", "LIES", "LENGTHS", "HEADS", "TIMES", "REDIRECTS", "TLS", "ROBOTS")


def chosen(words: list[str]) -> dict[str, Hostile]:
    if not words:
        return EVERY
    groups = [getattr(hostile, group) for group in GROUPS if group.lower() in words]
    named = {name: shape for name, shape in EVERY.items() if any(word in name for word in words)}
    return {name: shape for group in groups for name, shape in group.items()} | named


def measure(shapes: dict[str, Hostile], folder: Path) -> list[str]:
    certificates = folder / "certificates"
    certificates.mkdir()
    with SmallSite() as good, HostileServers(shapes, str(certificates)) as servers:
        alone, beside = Layout(folder / "alone"), Layout(folder / "beside")
        crawl(alone, site_files(alone, good, None), None)
        crawled = crawl(beside, site_files(beside, good, servers), servers)
        before, after = pages(alone, good), pages(beside, good)
        show(crawled)
        harmed = [url for url, page in before.items() if after.get(url) != page]
        print(f"good pages     {len(before) - len(harmed)} of {len(before)} as without the hostile servers")
        print(f"servers        {len(shapes)}, {len(crawled.urls)} URLs, in {crawled.seconds:.0f} s")
        print(f"crawler        {crawled.peak / 1024:.0f} MB at most, exit code {crawled.code}")
        slowest = max((one.seconds for one in crawled.urls.values()), default=0.0)
        for stall in crawled.stalls[:5]:
            print(f"loop stood     {stall.seconds:.1f} s ({stall.cpu:.1f} s of work) in {stall.place}")
        print(f"slowest        {slowest:.1f} s, the deadline being {DEADLINE:.0f} s")
        return faults(crawled, servers) + [f"harmed: {url}" for url in harmed] + read_again(beside)


def read_again(layout: Layout) -> list[str]:
    """Index what was kept of it all, in workers whose memory is bounded."""
    indexed = index(layout)
    own, *workers = indexed.peaks
    print(f"index          {indexed.seconds:.0f} s, exit code {indexed.code}, {own >> 10} MB at most;")
    print(f"               {len(workers)} workers, {max(workers, default=0) >> 10} MB at most")
    kinds = Counter(what.partition(":")[0] for _, what in indexed.failures)
    print(f"no document    {', '.join(f'{count} {kind}' for kind, count in kinds.most_common())}")
    found = [f"index: a worker took {one >> 10} MB" for one in workers if one > WORKER]
    found += [f"index: exit code {indexed.code}"] if indexed.code else []
    return found + ([f"index: {indexed.left} records were left"] if indexed.left else [])


def show(crawled: Crawled) -> None:
    for name in dict.fromkeys(one.shape for one in crawled.urls.values()):
        own = [one for one in crawled.urls.values() if one.shape == name]
        # The page itself, or the robots.txt that stands in its way.
        one = max(own, key=lambda o: (o.state != "refused", o.url.endswith("/"), o.seconds))
        more = f" (+{len(own) - 1})" if len(own) > 2 else ""
        print(f"{name:34}{one.state + more:14}{one.seconds:6.1f} s {one.attempts + 1}x  {one.reason[:90]}")


def main(arguments: list[str]) -> int:
    with tempfile.TemporaryDirectory() as name:
        found = ssrf.measure(Path(name)) if "--ssrf" in arguments else measure(chosen(arguments), Path(name))
    for line in found:
        print(f"FAULT: {line}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
