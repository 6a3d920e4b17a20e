"""Crawls of one local site, in turn within one call, by Gazette and by what else there is.

    scripts/bench crawl [--pages 4000] [--authorities 8] [--repeat 1] [--only NAME,...] [--json F] [--plot F]

    wget         wget --mirror --warc-file
    wget-tuned   the same, gzipped, following nothing but <a>
    plain        a CrawlSpider that keeps nothing
    naive        CrawlSpider, warcio and trafilatura in the callback, a commit a page
    unkept       Gazette's crawl, keeping nothing
    gazette      gazette crawl --no-index
    indexed      gazette crawl --workers 2, with its index

CPU seconds and memory are those of the process and of all that it started. The server's part is not counted.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from archive.db import open_reader
from archive.layout import Layout
from crawler.cli.init import create
from scripts.benchmarks import crawlsite
from scripts.benchmarks.crawlsite import Outlet

_HERE = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Measured:
    """One crawl."""

    name: str
    pages: int
    wall: float  # seconds
    cpu: float  # seconds of user and system time
    peak: int  # bytes of the largest process

    @property
    def rate(self) -> float:
        """Pages a second."""
        return self.pages / self.wall

    @property
    def cost(self) -> float:
        """CPU seconds for 1,000 pages."""
        return self.cpu / self.pages * 1000


def _wget(*more: str) -> Callable[[Path, list[Outlet]], tuple[list[str], Callable[[], int]]]:
    def start(folder: Path, outlets: list[Outlet]) -> tuple[list[str], Callable[[], int]]:
        seeds = [f"{outlet.base}/" for outlet in outlets]
        command = ["wget", "--mirror", "--no-verbose", "-e", "robots=off", "--warc-file", "kept", *more]
        return [*command, *seeds], lambda: sum(1 for path in folder.rglob("*-bericht.html"))

    return start


def _spider(name: str) -> Callable[[Path, list[Outlet]], tuple[list[str], Callable[[], int]]]:
    def start(folder: Path, outlets: list[Outlet]) -> tuple[list[str], Callable[[], int]]:
        seeds = ",".join(f"{outlet.base}/" for outlet in outlets)
        program = "import sys; from scripts.benchmarks.crawl import run_rival; run_rival(*sys.argv[1:])"
        command = [sys.executable, "-c", program, name, seeds, str(folder)]
        return command, lambda: int((folder / "count").read_text(encoding="ascii"))

    return start


def run_rival(name: str, seeds: str, folder: str) -> None:
    """Run one of the rivals in this process, and leave the number of its articles in ``folder``/count."""
    from scrapy.crawler import CrawlerProcess

    from scripts.benchmarks.rivals import SETTINGS, Naive, Plain

    process = CrawlerProcess(SETTINGS)
    crawler = process.create_crawler(Plain if name == "plain" else Naive)
    more = {} if name == "plain" else {"folder": folder}
    process.crawl(crawler, seeds=seeds, **more)
    process.start()
    assert crawler.stats is not None
    found = crawler.stats.get_value("item_scraped_count", 0)
    (Path(folder) / "count").write_text(str(found), encoding="ascii")


def _gazette(*options: str) -> Callable[[Path, list[Outlet]], tuple[list[str], Callable[[], int]]]:
    def start(folder: Path, outlets: list[Outlet]) -> tuple[list[str], Callable[[], int]]:
        layout = _archive(folder, outlets)
        command = [sys.executable, "-m", "crawler.cli", "--archive", str(layout.root), "crawl", *options]
        return command, lambda: _kept(layout)

    return start


def _unkept(folder: Path, outlets: list[Outlet]) -> tuple[list[str], Callable[[], int]]:
    layout = _archive(folder, outlets)
    names = ",".join(outlet.name for outlet in outlets)
    command = ["env", "SCRAPY_SETTINGS_MODULE=scripts.benchmarks.unkept", f"GAZETTE_ARCHIVE={layout.root}"]
    scrapy = [sys.executable, "-m", "scrapy", "crawl", "news", "-a", f"sites={names}"]
    return [*command, *scrapy, "-s", f"LOG_FILE={folder}/log"], lambda: _kept(layout)


def _archive(folder: Path, outlets: list[Outlet]) -> Layout:
    layout = Layout(folder / "archive")
    create(layout)
    for outlet in outlets:
        site = f'seeds = ["{outlet.base}/"]\ndelay = 0\nallow_private = true\n'
        (layout.sites / f"{outlet.name}.toml").write_text(site, encoding="utf-8")
    return layout


def _kept(layout: Layout) -> int:
    connection = open_reader(layout.crawl_db)
    try:
        sql = "SELECT count(*) FROM entries WHERE state = 'expanded' AND url LIKE '%-bericht.html'"
        return int(connection.execute(sql).fetchone()[0])
    finally:
        connection.close()


CRAWLS = {
    "wget": _wget(),
    "wget-tuned": _wget("--compression=gzip", "--follow-tags=a"),
    "plain": _spider("plain"),
    "naive": _spider("naive"),
    "unkept": _unkept,
    "gazette": _gazette("--no-index"),
    "indexed": _gazette("--workers", "2"),
}
"""Each gives the command line for an empty folder, and how many articles lie there after it."""


def run(
    pages: int, authorities: int, repeat: int, only: Sequence[str], target: Path | None, plot: Path | None
) -> None:
    """Serve the site, crawl it by each in turn, print the table. Raises BadConfiguration without nginx."""
    found: list[Measured] = []
    with tempfile.TemporaryDirectory() as place:
        print(f"making {pages:,} pages ...", file=sys.stderr)
        with crawlsite.serving(Path(place), pages, authorities) as outlets:
            for turn in range(repeat):
                for name in only or CRAWLS:
                    print(f"{name}, {turn + 1} of {repeat} ...", file=sys.stderr)
                    found.append(_measure(name, outlets, pages))
    best = [_middle([one for one in found if one.name == name]) for name in only or CRAWLS]
    _print(best)
    if target is not None:
        rows = [asdict(one) | {"rate": one.rate, "cost": one.cost} for one in best]
        target.write_text(json.dumps({"pages": pages, "crawls": rows}, indent=1) + "\n", encoding="utf-8")
    if plot is not None:
        _plot(best, plot)


def _middle(found: list[Measured]) -> Measured:
    return sorted(found, key=lambda one: one.cpu)[(len(found) - 1) // 2]


def _measure(name: str, outlets: list[Outlet], pages: int) -> Measured:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        command, count = CRAWLS[name](folder, outlets)
        began = time.monotonic()
        with (folder / "said").open("wb") as said:
            process = subprocess.Popen(
                command,
                cwd=folder,
                stdout=said,
                stderr=said,
                env=os.environ | {"PYTHONPATH": str(_HERE)},
            )
            peak, ended = 0, 0
            while not ended:
                peak = max(peak, _largest(process.pid))
                time.sleep(0.05)
                # Of the process and all that it waited for. Its memory is no use: it counts ours before exec.
                ended, _, used = os.wait4(process.pid, os.WNOHANG)
        wall = time.monotonic() - began
        got = count()
        if got != pages:
            said_last = (folder / "said").read_text(errors="replace").strip().splitlines()[-1:]
            print(f"{name}: {got} of {pages} articles; it said: {said_last}", file=sys.stderr)
    return Measured(name, max(got, 1), wall, used.ru_utime + used.ru_stime, peak)


def _largest(pid: int) -> int:
    """Peak resident bytes so far of the largest of a process and its descendants that are alive."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace").splitlines()
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    except OSError:
        return 0
    own = [int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:")]
    return max(own + [_largest(int(child)) for child in children], default=0)


def _print(found: list[Measured]) -> None:
    named = {one.name: one for one in found}
    base = named.get("wget-tuned")
    print(f"{'':<12}{'pages':>7}{'pages/s':>9}{'CPU s/1,000':>13}{'peak MB':>9}{'CPU to tuned wget':>19}")
    for one in found:
        ratio = f"{one.cost / base.cost:.2f}" if base else ""
        print(
            f"{one.name:<12}{one.pages:>7,}{one.rate:>9.0f}{one.cost:>13.2f}{one.peak / 1e6:>9.0f}{ratio:>19}"
        )
    for text, over, under, value in (
        ("CPU a page against tuned wget (at most 1.25)", "gazette", "wget-tuned", "cost"),
        ("CPU a page against the plain CrawlSpider (at most 0.25)", "gazette", "plain", "cost"),
        ("pages/s with the index against the naive design (at least 2.5)", "indexed", "naive", "rate"),
    ):
        if over in named and under in named:
            print(f"{text}: {getattr(named[over], value) / getattr(named[under], value):.2f}")
    if "gazette" in named and "unkept" in named:
        more = named["gazette"].cost - named["unkept"].cost
        print(f"archiving adds {more:.2f} ms CPU a page (at most 0.5)")


def _plot(found: list[Measured], target: Path) -> None:
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    figure, (left, right) = pyplot.subplots(1, 2, figsize=(11, 0.5 * len(found) + 1.4), sharey=True)
    names = [one.name for one in found][::-1]
    left.barh(names, [one.cost for one in found][::-1], color="#4477aa")
    left.set_xlabel("CPU seconds for 1,000 pages")
    right.barh(names, [one.rate for one in found][::-1], color="#228833")
    right.set_xlabel("pages a second")
    for axes in (left, right):
        axes.bar_label(axes.containers[0], fmt="%.1f", padding=3)
        axes.margins(x=0.15)
        axes.spines[["top", "right"]].set_visible(False)
    figure.tight_layout()
    figure.savefig(target)
    pyplot.close(figure)
