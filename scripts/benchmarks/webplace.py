"""Where the reading room is measured: an archive whose index is written on, and ``gazette serve`` over it."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from archive.db import open_reader, snapshot
from archive.errors import BadConfiguration
from archive.index import generation
from archive.layout import Layout
from crawler.cli.init import create
from scripts.benchmarks import figures, search
from scripts.benchmarks.german import SITES, Press, number_at

_ROOM = 1.3
"""What is needed on the disk, as a multiple of the index."""
_STARTING = 45.0
_MUCH = 1_000_000
"""Bytes in two seconds: who reads fewer from the disk has started."""
_LINE = "Reading room: "


@contextmanager
def archive(directory: Path | None, press: Press, articles: int) -> Iterator[Layout]:
    """An archive of 40 outlets whose index holds that many generated articles, and what runs before wrote.

    In ``directory`` both are left for the next run. Raises BadConfiguration when there is no room.
    """
    with tempfile.TemporaryDirectory(prefix="web-") as name:
        layout = Layout((directory or Path(name)) / f"web-{articles}")
        if generation.current(layout) is None:
            shutil.rmtree(layout.root, ignore_errors=True)
            _make(layout, directory, press, articles)
        generation.open_index(layout).close()  # there may be one of another version
        yield layout


def _make(layout: Layout, directory: Path | None, press: Press, articles: int) -> None:
    create(layout)
    for site in SITES:
        text = f'title = "{site.title()}"\nseeds = ["https://www.{site}.example/"]\n'
        (layout.sites / f"{site}.toml").write_text(text, encoding="utf-8")
    path = generation.fresh(layout)
    if directory is None:
        search.standing(path.parent, press, articles)[0].rename(path)
    else:
        standing, _ = search.standing(directory, press, articles)
        need, free = int(_ROOM * standing.stat().st_size), shutil.disk_usage(directory).free
        if free < need:
            raise BadConfiguration(
                f"{directory}: a copy to write to needs {need / 1e9:.1f} GB, {free / 1e9:.1f} GB are free;"
                " take fewer --articles"
            )
        snapshot(standing, path)
    generation.use(layout, path)


def first_free(path: Path) -> int:
    """The number of the first generated article that an index has not."""
    connection = open_reader(path)
    row = connection.execute("SELECT warc, offset FROM captures ORDER BY warc DESC, offset DESC").fetchone()
    connection.close()
    return number_at(row["warc"], row["offset"]) + 1 if row is not None else 0


@contextmanager
def serving(layout: Layout) -> Iterator[tuple[int, str]]:
    """``gazette serve`` while the block runs: its process id and its address."""
    command = [sys.executable, "-m", "crawler.cli", "--archive", str(layout.root)]
    command += ["serve", "--port", "0", "--no-replay"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=figures.ROOT)
    assert process.stdout is not None
    try:
        line = next((line for line in process.stdout if line.startswith(_LINE)), None)
        if line is None:
            raise BadConfiguration(f"gazette serve: ended with code {process.wait()} before it began")
        yield process.pid, line.removeprefix(_LINE).split("/ ")[0]
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()


def warm(base: str, pid: int) -> None:
    """Ask for some pages that aren't counted, so that the templates are made.

    And wait until the server has read what it brings into memory when it starts.
    """
    for path in ("/", "/find?q=Stadt", "/find/facets?q=Stadt", "/outlets"):
        try:
            with urlopen(base + path, timeout=60) as response:  # noqa: S310 - http
                response.read()
        except (URLError, TimeoutError) as error:
            raise BadConfiguration(f"{base}{path}: {error}; look at: gazette serve") from None
    end, before = time.monotonic() + _STARTING, -_MUCH
    while time.monotonic() < end and _read(pid) - before >= _MUCH:
        before = _read(pid)
        time.sleep(2)


def _read(pid: int) -> int:
    """Bytes that a process has read from the disk (proc_pid_io(5))."""
    lines = Path(f"/proc/{pid}/io").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("read_bytes:"))
