"""Measures what a second crawl stores, a simulated day after the first. Servers are on loopback.

    scripts/measure_revisits [--pages N] [--json FILE]

- the sample outlets, which change in between: exactly the planted changes are new versions in the index, no
  payload byte of an unchanged page is stored, and its exchange costs at most 1.5 KB of WARC;
- an outlet of N pages (100) with about 44 KB gzipped, all unchanged, with validators and without: the second
  crawl stores at most 5 % of the first one's bytes.

Exits with 1 when a promise is broken.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from pathlib import Path

from archive.layout import Layout
from archive.warc.names import files
from crawler.cli.init import create
from crawler.samples.server import SampleServer
from scripts.benchmarks.figures import Figure, write
from tests.crawler.revisiting import MOST, SHARE, LargePages, Second, later, second_crawl
from tests.crawler.support import ALL, new_archive, rows, run

_VERSIONS = "SELECT url FROM documents WHERE kind = 'article' GROUP BY url HAVING count(*) > 1"


def samples(root: Path, told: list[Figure]) -> bool:
    """The sample outlets, changed in between."""
    with SampleServer() as server:
        layout = new_archive(root / "samples", server, ALL)
        run(layout)
        first = {file.name for file in files(layout.warc)}
        later(layout)
        server.change()
        run(layout)
        planted = {p.url for p in server.planted() if p.url == p.url_after and p.kind != "headline"}
        moved = {p.url_after for p in server.planted() if p.url != p.url_after}
    versions = {url for (url,) in rows(layout.index, _VERSIONS)}
    articles = {url for (url,) in rows(layout.index, "SELECT url FROM articles")}
    second = second_crawl(layout, first)
    print(f"changes planted: {len(planted)} new versions, {len(moved)} new addresses")
    others = len(versions - planted)
    print(f"found: {len(versions & planted)} and {len(moved & articles)}, not planted: {others}")
    exact = versions == planted and moved <= articles
    return _told("sample outlets, a day later", second, told) and exact and second.dearest <= MOST


def large(root: Path, pages: int, told: list[Figure], *, validators: bool) -> bool:
    """Pages of 44 KB, all unchanged."""
    layout = Layout(root / f"large-{validators}")
    create(layout)
    with LargePages(pages, validators=validators) as site:
        (layout.sites / "large.toml").write_text(site.site_file(), encoding="utf-8")
        run(layout, index=False)
        first = {file.name for file in files(layout.warc)}
        later(layout)
        run(layout, index=False)
    second = second_crawl(layout, first)
    name = f"{pages} large pages, {'with' if validators else 'without'} validators"
    fine = _told(name, second, told) and second.bytes <= SHARE * second.first_bytes
    return fine and len(second.unchanged) > pages and second.dearest <= MOST


def _told(name: str, second: Second, figures: list[Figure]) -> bool:
    print(f"{name}:")
    print(f"  first crawl {second.first_bytes:>12,} bytes of WARC")
    share = second.bytes / second.first_bytes
    print(f"  second      {second.bytes:>12,} bytes, {share:.2%} of the first")
    print(f"  {len(second.unchanged)} pages unchanged, {len(second.changed)} changed, new or made each time")
    sizes = [one.bytes for one in second.unchanged]
    kinds = second.unchanged[0].by_type
    parts = {kind: statistics.mean(one.by_type[kind] for one in second.unchanged) for kind in kinds}
    told = ", ".join(f"{kind} {size:.0f}" for kind, size in parts.items())
    print(f"  an unchanged page: {statistics.mean(sizes):.0f} bytes ({told}), at most {second.dearest}")
    print(f"  of which a payload byte was stored again: {len(second.stored_again)}")
    figures.append(Figure(f"revisits, {name}, second crawl", second.bytes / 1e3, "kB", "lower", 0.02))
    figures.append(
        Figure(f"revisits, {name}, an unchanged page", statistics.mean(sizes), "bytes", "lower", 0.02)
    )
    return not second.stored_again


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pages", type=int, default=100, help="pages of the generated outlet")
    parser.add_argument("--json", type=Path, help="where to write the figures as JSON")
    options = parser.parse_args(arguments)
    told: list[Figure] = []
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory)
        fine = [
            samples(root, told),
            *(large(root, options.pages, told, validators=v) for v in (True, False)),
        ]
    if options.json is not None:
        write(options.json, told, pages=options.pages)
    print("all promises are held" if all(fine) else "A PROMISE IS BROKEN")
    return 0 if all(fine) else 1


if __name__ == "__main__":
    sys.exit(main())
