"""A gazette in processes of its own, which can be killed and are waited for."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from archive.layout import Layout
from tests.crawler.injection import Injection

SECONDS = 60.0
"""A crawl that takes longer hangs: an undisturbed one takes about four seconds."""
_ALONE = 20.0
"""Seconds within which the other processes of a run end when its first one is gone."""
_MARK = "GAZETTE_TEST_RUN"
_ROOT = Path(__file__).resolve().parents[2]


class Broken(AssertionError):
    """A promise that was not held."""


@dataclass
class Running:
    """A ``gazette crawl`` in a process of its own, the crawling process and the indexer in it."""

    process: subprocess.Popen[bytes]
    errors: Path
    began: float
    mark: bytes  # stands in the environment of all that it starts

    @classmethod
    def start(cls, layout: Layout, injection: Injection, errors: Path, *arguments: str) -> Self:
        command = [sys.executable, "-m", "tests.crawler.injection", "--archive", str(layout.root)]
        path = os.pathsep.join([str(_ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
        mark = secrets.token_hex(8)
        environment = os.environ | injection.environment() | {"PYTHONPATH": path, _MARK: mark}
        with errors.open("wb") as said:
            process = subprocess.Popen(
                [*command, *(arguments or ("crawl",))],
                cwd=_ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=said,
                start_new_session=True,
            )
        return cls(process, errors, time.monotonic(), f"{_MARK}={mark}".encode())

    @property
    def alive(self) -> bool:
        return self.process.poll() is None

    @property
    def said(self) -> str:
        return self.errors.read_text(encoding="utf-8", errors="replace").strip()

    def family(self) -> list[int]:
        """The living processes of this run, the first of them first (Linux)."""
        found = []
        for path in Path("/proc").glob("[0-9]*/environ"):
            try:
                if self.mark in path.read_bytes():
                    found.append(int(path.parent.name))
            except OSError:  # another's, or just gone
                continue
        return sorted(found, key=lambda process: (process != self.process.pid, process))

    def crawler(self) -> int | None:
        """The crawling process."""
        for process in self.family():
            try:
                if b"\0scrapy\0" in Path(f"/proc/{process}/cmdline").read_bytes():
                    return process
            except OSError:
                continue
        return None

    def end(self) -> int:
        """Wait until all its processes have ended: its exit code. Raises Broken when it hangs."""
        try:
            code = self.process.wait(max(0.1, self.began + SECONDS - time.monotonic()))
        except subprocess.TimeoutExpired:
            self.kill(self.family())
            raise Broken(f"it hangs: no end within {SECONDS:.0f} s") from None
        self.gone()
        return code

    def kill(self, processes: Iterable[int]) -> None:
        """SIGKILL to some of the processes, in this order."""
        for process in processes:
            try:
                os.kill(process, signal.SIGKILL)
            except ProcessLookupError:
                pass  # it has ended by itself

    def gone(self) -> None:
        """Wait until none of its processes lives. Raises Broken, after killing them, when some go on."""
        deadline = time.monotonic() + _ALONE
        while left := [p for p in self.family() if p != self.process.pid or self.alive]:
            if time.monotonic() > deadline:
                self.kill(left)
                raise Broken(f"{len(left)} processes live on without the one that started them")
            time.sleep(0.02)
