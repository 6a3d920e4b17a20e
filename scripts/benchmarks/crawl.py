"""Crawls of one local site, in turn within one call, by Gazette and by what else there is.

    scripts/bench crawl [--pages 4000] [--authorities 8] [--repeat 1] [--only NAME,...] [--save]
                        [--json F] [--plot F]

    wget         wget --mirror --warc-file (it takes the teasers' pictures too)
    wget-tuned   the same, gzipped, following nothing but <a>
    plain        a CrawlSpider that keeps nothing
    naive        CrawlSpider, warcio and trafilatura in the callback, a commit a page
    unkept       Gazette's crawl, keeping nothing
    gazette      gazette crawl --no-index
    gazette-2    gazette crawl --no-index --processes 2
    indexed      gazette crawl --workers 2, with its index
    indexed-2    gazette crawl --workers 2 --processes 2, with its index

The spiders have as many requests under way as Gazette: one for each authority; wget has one. No one waits
between two. All follow the same links to the same pages, which is checked: who has another number of articles
at its end has failed, and nothing is written then. With --repeat each figure is the middle one of its turns.
--save keeps figures and plot in scripts/benchmarks/results, from where README quotes them.
"""

from __future__ import annotations

import os
import shutil
import statistics
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from archive.db import open_reader
from archive.errors import BadConfiguration
from archive.layout import Layout
from crawler.cli.init import create
from scripts.benchmarks import crawlsite
from scripts.benchmarks.crawlreport import Crawl, plotted, printed, save
from scripts.benchmarks.crawlsite import Outlet, Served
from scripts.benchmarks.figures import ROOT
from scripts.benchmarks.watched import spent

Start = Callable[[Path, list[Outlet]], tuple[list[str], Callable[[], int]]]
"""The command line for an empty folder, and how many articles lie there after it."""


def _wget(*more: str) -> Start:
    def start(folder: Path, outlets: list[Outlet]) -> tuple[list[str], Callable[[], int]]:
        seeds = [f"{outlet.base}/" for outlet in outlets]
        command = ["wget", "--mirror", "--no-verbose", "-e", "robots=off", "--warc-file", "kept", *more]
        return [*command, *seeds], lambda: sum(1 for path in folder.rglob("*-bericht.html"))

    return start


def _spider(name: str) -> Start:
    def start(folder: Path, outlets: list[Outlet]) -> tuple[list[str], Callable[[], int]]:
        seeds = ",".join(f"{outlet.base}/" for outlet in outlets)
        program = "import sys; from scripts.benchmarks.crawl import run_rival; run_rival(*sys.argv[1:])"
        command = [sys.executable, "-c", program, name, seeds, str(folder)]
        return command, lambda: _counted(folder / "count")

    return start


def _counted(path: Path) -> int:
    return int(path.read_text(encoding="ascii")) if path.exists() else 0


def run_rival(name: str, seeds: str, folder: str) -> None:
    """Run one of the rivals in this process, and leave the number of its articles in ``folder``/count."""
    from scrapy.crawler import CrawlerProcess

    from scripts.benchmarks.rivals import SETTINGS, Naive, Plain

    # Scrapy counts by host name, which is the same for all authorities here.
    at_once = len(seeds.split(","))
    many = {"CONCURRENT_REQUESTS": at_once, "CONCURRENT_REQUESTS_PER_DOMAIN": at_once}
    process = CrawlerProcess({**SETTINGS, **many})
    crawler = process.create_crawler(Plain if name == "plain" else Naive)
    more = {} if name == "plain" else {"folder": folder}
    process.crawl(crawler, seeds=seeds, **more)
    process.start()
    assert crawler.stats is not None
    found = crawler.stats.get_value("item_scraped_count", 0)
    (Path(folder) / "count").write_text(str(found), encoding="ascii")


def _gazette(*options: str) -> Start:
    def start(folder: Path, outlets: list[Outlet]) -> tuple[list[str], Callable[[], int]]:
        layout = _archive(folder, outlets)
        command = [sys.executable, "-m", "crawler.cli", "--archive", str(layout.root), "crawl", *options]
        indexed = "--no-index" not in options
        return command, lambda: _articles(layout) if indexed else _kept(layout)

    return start


# The same command, whose crawling process takes its spiders from elsewhere.
_UNKEPT = """
from crawler.cli import crawling, main
begin, elsewhere = crawling.run, {"SPIDER_LOADER_CLASS": "scripts.benchmarks.unkept.Loader"}
crawling.run = lambda layout, names, settings, **how: begin(layout, names, {**settings, **elsewhere}, **how)
main()
"""


def _unkept(folder: Path, outlets: list[Outlet]) -> tuple[list[str], Callable[[], int]]:
    layout = _archive(folder, outlets)
    command = [sys.executable, "-c", _UNKEPT, "--archive", str(layout.root), "crawl", "--no-index"]
    return command, lambda: _kept(layout)


def _archive(folder: Path, outlets: list[Outlet]) -> Layout:
    layout = Layout(folder / "archive")
    create(layout)
    for outlet in outlets:
        site = f'seeds = ["{outlet.base}/"]\ndelay = 0\nallow_private = true\n'
        (layout.sites / f"{outlet.name}.toml").write_text(site, encoding="utf-8")
    return layout


def _kept(layout: Layout) -> int:
    sql = "SELECT count(*) FROM entries WHERE state = 'expanded' AND url LIKE '%-bericht.html'"
    return _asked(layout.crawl_db, sql)


def _articles(layout: Layout) -> int:
    return _asked(layout.index, "SELECT count(*) FROM articles WHERE url LIKE '%-bericht.html'")


def _asked(path: Path, sql: str) -> int:
    if not path.exists():
        return 0
    connection = open_reader(path)
    try:
        return int(connection.execute(sql).fetchone()[0])
    finally:
        connection.close()


CRAWLS: dict[str, Start] = {
    "wget": _wget(),
    "wget-tuned": _wget("--compression=gzip", "--follow-tags=a"),
    "plain": _spider("plain"),
    "naive": _spider("naive"),
    "unkept": _unkept,
    "gazette": _gazette("--no-index"),
    "gazette-2": _gazette("--no-index", "--processes", "2"),
    "indexed": _gazette("--workers", "2"),
    "indexed-2": _gazette("--workers", "2", "--processes", "2"),
}


def run(
    pages: int, authorities: int, repeat: int, only: Sequence[str], target: Path | None, plot: Path | None
) -> bool:
    """Serve the site, crawl it by each in turn, print the table; whether all found all of its articles.

    Raises BadConfiguration for a name that is none of CRAWLS, and when nginx or wget isn't installed.
    """
    names = list(only or CRAWLS)
    if wrong := [name for name in names if name not in CRAWLS]:
        raise BadConfiguration(f"--only {','.join(wrong)}: there are {', '.join(CRAWLS)}")
    if any(name.startswith("wget") for name in names) and shutil.which("wget") is None:
        raise BadConfiguration("wget isn't installed; on Debian: sudo apt-get install wget")
    pages -= pages % authorities
    found: list[Crawl] = []
    with tempfile.TemporaryDirectory() as place:
        print(f"making {pages:,} pages ...", file=sys.stderr)
        with crawlsite.serving(Path(place), pages, authorities) as served:
            for turn in range(repeat):
                for name in names:
                    print(f"{name}, {turn + 1} of {repeat} ...", file=sys.stderr)
                    found.append(_measure(name, served, pages))
    middle = [_middle([one for one in found if one.name == name]) for name in names]
    printed(middle)
    if any(one.pages != pages for one in found):
        return False
    if target is not None:
        save(target, middle, pages=pages, authorities=authorities, repeat=repeat)
    if plot is not None:
        plotted(middle, plot)
    return True


def _measure(name: str, served: Served, pages: int) -> Crawl:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        said = folder / "said"
        command, count = CRAWLS[name](folder, served.outlets)
        before = served.requests()
        # Nobody crawls without Python's compiled modules: a shell that forbids them would count their making.
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        took = spent(command, folder, said, environment | {"PYTHONPATH": str(ROOT)})
        requests = served.requests() - before - 1
        got = count()
        if got != pages:
            last = said.read_text(errors="replace").strip().splitlines()[-1:]
            print(f"{name}: FAILED: {got} of {pages} articles; it said: {last}", file=sys.stderr)
    return Crawl(name, got, requests, took.wall, took.cpu, took.largest, took.together)


def _middle(found: list[Crawl]) -> Crawl:
    """Each figure for itself: what disturbs the wall clock leaves the CPU time alone."""
    first = found[0]
    return Crawl(
        first.name,
        min(one.pages for one in found),
        statistics.median_low(one.requests for one in found),
        statistics.median_low(one.wall for one in found),
        statistics.median_low(one.cpu for one in found),
        max(one.largest for one in found),
        max(one.together for one in found),
    )
