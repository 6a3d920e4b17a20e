"""The crawling process: Scrapy, started beside this one, telling how far it is through a pipe."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from archive.layout import Layout
from crawler.logs import prune

_PIPE = 1 << 20
"""Bytes of the pipe: the reports of hundreds of sites for a minute, while an index step keeps us away."""


@dataclass(slots=True)
class Crawl:
    """Scrapy's crawl of some sites, see ``crawler.spiders.process``; ends with its ``with`` block.

    ``settings`` are Scrapy settings, as ``-s`` takes them.
    """

    layout: Layout
    sites: Sequence[str]
    settings: Mapping[str, str | int | float]
    log: Path
    purse: int | None = None  # the descriptor of a Purse that several crawls share
    last: dict[str, Any] = field(default_factory=dict)  # the newest report: see Session.report
    _process: subprocess.Popen[bytes] | None = None
    _pipe: int = -1
    _rest: bytes = b""
    _said: IO[bytes] = field(default_factory=tempfile.TemporaryFile)  # a pipe would block when full

    def __enter__(self) -> Self:
        self.log.parent.mkdir(exist_ok=True)
        prune(self.log.parent, datetime.now(UTC))
        self._pipe, writing = os.pipe()
        os.set_blocking(self._pipe, False)
        if hasattr(fcntl, "F_SETPIPE_SZ"):  # Linux; the crawl waits when the pipe is full
            with suppress(OSError):  # this system grants no more, or not to this user
                fcntl.fcntl(self._pipe, fcntl.F_SETPIPE_SZ, _PIPE)
        options = {**self.settings, "GAZETTE_REPORT_FD": writing, "LOG_FILE": str(self.log)}
        shared = [] if self.purse is None else [self.purse]
        if self.purse is not None:
            options["GAZETTE_PURSE_FD"] = self.purse
        arguments = [f"{name}={value}" for name, value in options.items()]
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "crawler.spiders.process", ",".join(self.sites), *arguments],
                env=os.environ
                | {"GAZETTE_ARCHIVE": str(self.layout.root), "SCRAPY_SETTINGS_MODULE": "crawler.settings"},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=self._said,
                pass_fds=[writing, *shared],
                # Its own group: Ctrl-C comes to this process, which passes it on once.
                start_new_session=True,
            )
        finally:
            os.close(writing)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.running:
            self.interrupt()
            self._wait()
        os.close(self._pipe)
        self._said.close()

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        """The crawling process's number."""
        assert self._process is not None, "started by the with statement"
        return self._process.pid

    def interrupt(self) -> None:
        """Ask it to end cleanly: what is in flight is kept, the WARC file is sealed."""
        if self.running and self._process is not None:
            self._process.send_signal(signal.SIGINT)

    def _wait(self) -> None:
        """Wait for a clean end; what takes longer than any time limit of the crawl is killed."""
        assert self._process is not None
        try:
            self._process.wait(timeout=90)
        except (subprocess.TimeoutExpired, KeyboardInterrupt):
            self._process.kill()
            self._process.wait()

    def read(self) -> dict[str, Any]:
        """The newest report, {} before the first."""
        try:
            while data := os.read(self._pipe, 65_536):
                *lines, self._rest = (self._rest + data).split(b"\n")
                for line in lines:
                    report = json.loads(line)
                    # A report tells of the sites on which something happened.
                    self.last = report | {"sites": {**self.last.get("sites", {}), **report["sites"]}}
        except BlockingIOError:
            pass
        return self.last

    def end(self) -> tuple[int, str]:
        """After its end: the exit code and the reason, in one line."""
        assert self._process is not None
        self._wait()
        self._said.seek(0)
        said = self._said.read(1 << 20).decode("utf-8", "replace").strip()
        report = self.read()
        if report.get("reason") is not None:
            return int(report["exit_code"]), str(report["reason"])
        code = self._process.returncode
        line = (
            said.splitlines()[-1].removeprefix("gazette: ")
            if said
            else f"it ended without a word, code {code}"
        )
        return (code if 0 < code < 64 and said.startswith("gazette: ") else 9), f"{line} (log: {self.log})"
