"""Re-extraction against trafilatura's own command line and against a plain pool of processes over it.

    scripts/bench reextract CORPUS.jsonl [--records N] [--memory N,N] [--nothing N] [--profile FILE]
                            [--json FILE]

The corpus is JSON lines {url, html (a path beside the file, .gz or not), ...}, as for scripts/evaluate. Its
pages are repeated, each time with other words in their text, until there are N records of which no two have
a digest in common. Everything is measured in one run on the same pages:

    index       a first pass over the WARC files            reextract   all of them again, in place
    unchanged   reextract when nothing is stale             cli         trafilatura --parallel 2 ...
    processes   ProcessPoolExecutor over trafilatura        alone       extraction without an index

CPU seconds are those of the process and of all that it started. --memory: peak memory of a pass over so many
records. --nothing: the time of ``gazette index`` on an archive of so many records with nothing new.
"""

from __future__ import annotations

import gzip
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from archive.db import open_reader
from archive.extract import extractor_key
from archive.index import generation, jobs
from archive.index.rows import capture_of
from archive.index.select import Selection
from archive.index.workers import Pool
from archive.layout import Layout
from archive.types import Capture, Kind, Outcome, Page
from archive.types import Document as ArchivedDocument
from archive.urls import document_id
from archive.warc.records import digest, member
from crawler.cli.init import create
from scripts.benchmarks import figures
from scripts.benchmarks.figures import Figure

_EPOCH = datetime(2026, 3, 1, tzinfo=UTC)
_FILE = 2_000  # records of a WARC file


@dataclass(frozen=True, slots=True)
class Spent:
    """What something took; ``wall`` and ``cpu`` in seconds, ``parent`` and ``child`` in peak bytes."""

    wall: float
    cpu: float
    parent: int
    child: int


def run(
    corpus: Path,
    records: int,
    memory: tuple[int, ...],
    nothing: int,
    profile: Path | None,
    target: Path | None = None,
) -> None:
    """Make the archive, measure everything, print the table; write the figures to ``target``."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        layout, files = Layout(root / "archive"), root / "files"
        files.mkdir()
        written = fill(layout, pages(corpus, records), files)
        print(f"{records:,} records, {written / 1e6 / records:.3f} MB of HTML each")
        print(f"{'':<28}{'pages/CPU s':>12}{'pages/s':>10}{'CPU s':>9}{'wall s':>9}")
        stage = _Stages(layout, records)
        first = stage("index, 2 workers", "index", 2)
        again = stage("reextract, 2 workers", "reextract", 2)
        one = stage("reextract, 1 worker", "reextract", 1)
        unchanged = stage("unchanged", "unchanged", 2)
        alone2, alone1 = stage("alone, 2 workers", "alone", 2), stage("alone, 1 worker", "alone", 1)
        shutil.rmtree(root / "out", ignore_errors=True)
        cli = _show("trafilatura CLI", records, lambda: _cli(files, root / "out"))
        pool = _show("process pool", records, lambda: _stage("processes", files, 2))
        if profile is not None:
            _stage("profile", layout.root, 2, str(profile))
    print(f"\nagainst the CLI: {cli.cpu / again.cpu:.2f} per CPU s, {cli.wall / again.wall:.2f} per wall s")
    print(f"against the pool: {pool.cpu / again.cpu:.2f} per CPU s, {pool.wall / again.wall:.2f} per wall s")
    print(f"unchanged is {again.wall / unchanged.wall:.0f} times faster (first pass: {first.wall:.1f} s)")
    print(
        f"2 workers against 1: alone {alone1.wall / alone2.wall:.2f}, end to end {one.wall / again.wall:.2f}"
    )
    _memory(corpus, memory)
    seconds = _nothing(nothing)
    if target is not None:
        measured = [
            Figure("reextract, index, CPU a page", first.cpu / records * 1e3, "ms", "lower"),
            Figure("reextract, CPU a page", again.cpu / records * 1e3, "ms", "lower"),
            Figure("reextract, pages", records / again.wall, "pages/s", "higher", figures.WALL),
            Figure("reextract, CPU against trafilatura's CLI", again.cpu / cli.cpu, "", "lower"),
            Figure("reextract, CPU against a process pool", again.cpu / pool.cpu, "", "lower"),
        ]
        if nothing:
            name = f"index with nothing new on {nothing:,} records"
            measured.append(Figure(name, seconds, "s", "lower", figures.WALL))
        figures.write(target, measured, records=records)


def pages(corpus: Path, records: int) -> Iterator[tuple[str, bytes]]:
    """URL and HTML of each record: the corpus again and again, no two with the same text."""
    with corpus.open(encoding="utf-8") as lines:
        known = [json.loads(line) for line in lines if line.strip()]
    for number in range(records):
        record = known[number % len(known)]
        path = corpus.parent / record["html"]
        html = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        words = f" Das ist die Fassung Nummer {number} dieser Seite.".encode()
        head, tag, rest = html.partition(b"</p>")
        mark = "&" if "?" in record["url"] else "?"
        yield f"{record['url']}{mark}nr={number}", head + words + tag + rest


def fill(layout: Layout, found: Iterator[tuple[str, bytes]], files: Path | None = None) -> int:
    """Write the pages to WARC files, and each to a file of its own. Gives the bytes of HTML."""
    create(layout)
    total, parts = 0, bytearray()
    for number, (url, html) in enumerate(found):
        head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n"
        fields = {
            "WARC-Record-ID": f"<urn:uuid:00000000-0000-4000-8000-{number:012d}>",
            "WARC-Target-URI": url,
            "WARC-Date": (_EPOCH + timedelta(seconds=number)).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "WARC-Payload-Digest": digest(html),
        }
        parts += member("response", fields, "application/http; msgtype=response", head + html)
        if files is not None:
            (files / f"{number:06d}.html").write_bytes(html)
        total += len(html)
        if number % _FILE == _FILE - 1:
            _write(layout, number, parts)
    _write(layout, 1 << 30, parts)
    return total


def _write(layout: Layout, number: int, parts: bytearray) -> None:
    if parts:
        (layout.warc / f"bench-{number:012d}.warc.gz").write_bytes(parts)
        parts.clear()


class _Stages:
    def __init__(self, layout: Layout, records: int) -> None:
        self.layout = layout
        self.records = records

    def __call__(self, label: str, name: str, workers: int) -> Spent:
        return _show(label, self.records, lambda: _stage(name, self.layout.root, workers))


def _show(label: str, records: int, what: Callable[[], Spent]) -> Spent:
    spent = what()
    rates = f"{records / spent.cpu:>12.1f}{records / spent.wall:>10.1f}"
    print(f"{label:<28}{rates}{spent.cpu:>9.1f}{spent.wall:>9.1f}", flush=True)
    return spent


def _stage(name: str, place: Path, workers: int, *more: str) -> Spent:
    """A stage in a process of its own, which says what it took, without its start."""
    command = [sys.executable, "-m", "scripts.benchmarks.reextract", name, str(place), str(workers), *more]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    return Spent(*json.loads(done.stdout))


def _cli(files: Path, out: Path) -> Spent:
    command = [str(Path(sys.executable).with_name("trafilatura")), "--parallel", "2"]
    command += [
        "--output-format",
        "json",
        "--with-metadata",
        "--input-dir",
        str(files),
        "--output-dir",
        str(out),
    ]
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wall, after = time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    return Spent(wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, 0, 0)


def _memory(corpus: Path, sizes: tuple[int, ...]) -> None:
    peaks = []
    for number in sizes:
        with tempfile.TemporaryDirectory() as name:
            layout = Layout(Path(name) / "archive")
            fill(layout, pages(corpus, number))
            spent = _stage("index", layout.root, 2)
        peaks.append(spent)
        print(
            f"peak memory over {number:>7,} records: {spent.parent >> 20} MB, worker {spent.child >> 20} MB"
        )
    if len(peaks) > 1:
        first, last = peaks[0], peaks[-1]
        print(f"ratio: {last.parent / first.parent:.2f}, worker {last.child / first.child:.2f}")


def _nothing(number: int) -> float:
    """Seconds that it takes to find nothing new among so many records."""
    if not number:
        return 0.0
    with tempfile.TemporaryDirectory() as name:
        layout = Layout(Path(name) / "archive")
        fill(layout, ((f"https://bench.example/{i}", b"<p>%d" % i) for i in range(number)))
        pool = Pool(layout.warc, 2, extractor_key(), extractor="scripts.benchmarks.reextract:nothing_of")
        jobs.run(layout, pool=pool)
        began = time.monotonic()
        command = [sys.executable, "-m", "crawler.cli", "--archive", str(layout.root), "index"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        seconds = time.monotonic() - began
    print(f"gazette index with nothing new on {number:,} records: {seconds:.2f} s")
    return seconds


def nothing_of(page: Page) -> Outcome:
    """An extractor that costs nothing: only the number of rows counts."""
    found = f"sha256:{page.body.hex():0>64}"
    return ArchivedDocument(
        document_id(page.capture.url, found), page.capture, extractor_key(), Kind.OTHER, found
    )


def _captures(layout: Layout) -> Iterator[Capture]:
    path = generation.current(layout)
    assert path is not None
    with closing(open_reader(path)) as connection:
        rows = connection.execute("SELECT * FROM captures ORDER BY captured_at DESC").fetchall()
    yield from map(capture_of, rows)


def _plain(path: str) -> str:
    """One file by trafilatura, with the fields that its command line gives."""
    import trafilatura

    found = trafilatura.extract(Path(path).read_bytes(), output_format="json", with_metadata=True)
    return found or ""


def _processes(files: Path, workers: int) -> None:
    from concurrent.futures import ProcessPoolExecutor

    with ProcessPoolExecutor(workers) as executor:
        for path, text in zip(
            paths := sorted(map(str, files.iterdir())), executor.map(_plain, paths, chunksize=8), strict=True
        ):
            Path(path).with_suffix(".json").write_text(text, encoding="utf-8")


def _pass(name: str, place: Path, workers: int, profile: str | None) -> None:
    layout = Layout(place)
    if name == "processes":
        return _processes(place, workers)
    with closing(Pool(layout.warc, workers, extractor_key())) as pool:
        if name == "alone":
            for _ in pool.extract_all(_captures(layout)):
                pass
        elif name == "profile":
            import cProfile

            with cProfile.Profile() as profiler:
                jobs.run(layout, pool=pool, selection=Selection(fresh=True))
            profiler.dump_stats(str(profile))
        else:
            selection = {"reextract": Selection(fresh=True), "unchanged": Selection()}.get(name)
            jobs.run(layout, pool=pool, selection=selection)
    return None


def main() -> None:
    """A stage, for ``_stage``: name, place, workers."""
    name, place, workers, *more = sys.argv[1:]
    began = time.monotonic()
    _pass(name, Path(place), int(workers), more[0] if more else None)
    wall = time.monotonic() - began
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime
    sys.stdout.write(json.dumps([wall, cpu, own.ru_maxrss << 10, children.ru_maxrss << 10]))
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
