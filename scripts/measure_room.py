"""What attacks on the reading room cost it: seconds, and MB of memory of all its processes.

    scripts/measure_room ARCHIVE        # an index of many articles makes the attacks harder

Starts ``gazette serve`` on the archive, asks each question of tests/web/attacks.py alone, then all of them at
once, while a reader asks for the start page. "server +MB" is how far the server's resident memory grew at
most; "process MB" is the highest of a process that runs visitors' SQL, all in all.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.web.attacks import PATHS, SQL, path

_EVERY = 0.01


class Watch:
    """Follows the memory of a process and of those that it started, in bytes."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._ended = threading.Event()
        self.server = self.process = 0

    def __enter__(self) -> Watch:
        self.before = _resident(self._pid)
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    @property
    def growth(self) -> int:
        """Of the server itself."""
        return max(0, self.server - self.before)

    def _watch(self) -> None:
        while not self._ended.wait(_EVERY):
            self.server = max(self.server, _resident(self._pid))
            for child in _children(self._pid):
                self.process = max(self.process, _resident(child))


def _resident(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError):
        return 0  # it has ended


def _children(pid: int) -> list[int]:
    try:
        return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()] + [
            int(each)
            for task in Path(f"/proc/{pid}/task").iterdir()
            if task.name != str(pid)
            for each in (task / "children").read_text().split()
        ]
    except OSError:
        return []


@contextmanager
def _serving(archive: Path) -> Iterator[tuple[int, str]]:
    command = [
        sys.executable,
        "-m",
        "crawler.cli",
        "--archive",
        str(archive),
        "serve",
        "--port",
        "0",
        "--no-replay",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        try:
            yield process.pid, line.split()[2].rstrip("/")
        finally:
            process.terminate()


def _asked(base: str, where: str) -> tuple[int, float, int]:
    """Status, seconds and bytes of the answer."""
    began = time.monotonic()
    with httpx.Client(timeout=120) as client:
        response = client.get(base + where)
    return response.status_code, time.monotonic() - began, len(response.content)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("archive", type=Path, metavar="ARCHIVE")
    asked = parser.parse_args()
    attacks = {name: path(sql) for name, sql in SQL.items()} | PATHS
    with _serving(asked.archive) as (pid, base):
        for where in ("/", "/index", path("SELECT 1")):
            _asked(base, where)
        print(f"{'attack':<28}{'status':>7}{'s':>7}{'answer kB':>11}{'server +MB':>12}{'process MB':>12}")
        for name, where in attacks.items():
            with Watch(pid) as watch:
                status, seconds, size = _asked(base, where)
            print(_line(name, status, seconds, size, watch), flush=True)
        _together(pid, base, list(attacks.values()))
        status, seconds, size = _asked(base, "/")
        print(f"afterwards, the start page: {status} after {seconds:.2f} s; {_resident(pid) / 1e6:.0f} MB")
    return 0 if status == 200 else 1


def _line(name: str, status: int, seconds: float, size: int, watch: Watch) -> str:
    return (
        f"{name:<28}{status:>7}{seconds:>7.2f}{size / 1e3:>11.0f}{watch.growth / 1e6:>12.0f}"
        f"{watch.process / 1e6:>12.0f}"
    )


def _together(pid: int, base: str, attacks: list[str]) -> None:
    """All at once, and a reader beside them."""
    waited = []
    with Watch(pid) as watch, ThreadPoolExecutor(len(attacks)) as threads:
        began = time.monotonic()
        answers = [threads.submit(_asked, base, where) for where in attacks]
        while not all(answer.done() for answer in answers):
            waited.append(_asked(base, "/")[1])
            time.sleep(0.1)
        seconds = time.monotonic() - began
    statuses = [answer.result()[0] for answer in answers]
    told = ", ".join(f"{statuses.count(status)} x {status}" for status in sorted(set(statuses)))
    print(
        f"all {len(attacks)} at once: {seconds:.1f} s; {told}; server +{watch.growth / 1e6:.0f} MB,", end=" "
    )
    print(f"process {watch.process / 1e6:.0f} MB; the start page took {max(waited):.2f} s at most")


if __name__ == "__main__":
    sys.exit(main())
