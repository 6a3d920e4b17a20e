"""A pool of extracting processes that may be killed: one bad page costs one Failure, nothing else.

Workers get references and read the records themselves. An executor of the standard library dies
whole when one of its processes dies, and can't stop a page that hangs in C code; so this is one of our
own. A worker runs a plain interpreter, never the caller's main module.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from archive.errors import ArchiveError
from archive.index.worker import READY, Result, Setup
from archive.types import Capture, Failure, FailureKind

__all__ = ["Extracting", "Pool", "Result"]

EXTRACTOR = "archive.extract:extract_page"
PAGE_SECONDS = 18.0
"""A page's limit. A real one takes about 25 ms; only an attack, or a machine at a standstill, so long."""
PAGE_BYTES = 1 << 30
"""Memory that a process may have with its page. A real page takes a few megabytes above an idle worker's
150; by then the kernel refuses more (RLIMIT_AS), at once and also when the parent is gone. A parent that
looked at the resident set now and then would come too late for a page that takes a gigabyte a second."""
_START_SECONDS = 120.0
_IN_FLIGHT = 2  # so that a worker has its next page before it is told that the last one has arrived
_BOOT = "import sys; from archive.index.worker import main; main(int(sys.argv[1]))"


class Extracting(Protocol):
    """What makes outcomes of captures: a pool of processes, or this process itself."""

    key: str
    size: int  # pages that are extracted at once

    def extract_all(self, captures: Iterable[Capture]) -> Generator[Result, None, None]:
        """The outcome of each capture, in the order in which they are ready."""

    def close(self) -> None:
        """End what was started for it."""


@dataclass(slots=True)
class _Worker:
    process: subprocess.Popen[bytes]
    pipe: Connection
    deadline: float  # monotonic seconds; of its start, later of the first page in flight
    ready: bool = False
    finished: int = 0  # pages
    in_flight: deque[Capture] = field(default_factory=deque)


class Pool:
    """Extracts captures of the WARC files in ``warc_dir`` in up to ``workers`` processes.

    ``key`` stands in the failures that the pool itself reports. ``extractor`` names a function
    ``Page -> Outcome`` as "module:function"; ``seconds`` and ``memory`` (bytes) are the limits of a page.
    Processes are started when there is work for them and kept until ``close``, so that a live index
    doesn't pay their start again and again. Not for use by two threads at once.
    """

    def __init__(
        self,
        warc_dir: Path,
        workers: int,
        key: str,
        *,
        extractor: str = EXTRACTOR,
        seconds: float = PAGE_SECONDS,
        memory: int = PAGE_BYTES,
    ) -> None:
        self.key = key
        self._setup = Setup(warc_dir, key, extractor, seconds, memory)
        self.size = max(1, workers)
        self._workers: list[_Worker] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End all processes, whatever they are doing."""
        for worker in self._workers:
            _end(worker)
        self._workers.clear()

    def extract_all(self, captures: Iterable[Capture]) -> Generator[Result, None, None]:
        """The outcome of each capture, in the order in which they are ready.

        At most two captures per process are taken from ``captures`` ahead of their results. Close the
        generator before the next call. Raises ArchiveError when workers don't start.
        """
        queue = iter(captures)
        for worker in [w for w in self._workers if w.process.poll() is not None]:
            self._dismiss(worker)
        try:
            while self._feed(queue):
                yield from self._collect()
        finally:
            # Left early, by an error or Ctrl-C: what is still in flight must not turn up in the next run.
            for worker in [w for w in self._workers if w.in_flight]:
                self._dismiss(worker)

    def _feed(self, queue: Iterator[Capture]) -> bool:
        """Hand out captures as long as there is room. Whether anything is in flight."""
        while True:
            worker = min(self._workers, key=lambda w: len(w.in_flight), default=None)
            full = worker is None or len(worker.in_flight) >= _IN_FLIGHT
            may_start = len(self._workers) < self.size
            if full and not may_start:
                return True
            capture = next(queue, None)
            if capture is None:
                return any(w.in_flight for w in self._workers)
            if worker is None or full:
                worker = self._start()
            self._send(worker, capture)

    def _start(self) -> _Worker:
        ours, theirs = socket.socketpair()
        with theirs:
            process = subprocess.Popen(
                # Not the directory the person is in: it may hold an archive/ of its own.
                [sys.executable, "-P", "-c", _BOOT, str(theirs.fileno())],
                env={**os.environ, "PYTHONPATH": os.pathsep.join(p or str(Path.cwd()) for p in sys.path)},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(),),
                process_group=0,  # Ctrl-C is for the parent, which ends its workers in good order
            )
        worker = _Worker(process, Connection(ours.detach()), time.monotonic() + _START_SECONDS)
        self._workers.append(worker)
        _tell(worker, self._setup)
        return worker

    def _send(self, worker: _Worker, capture: Capture) -> None:
        if worker.ready and not worker.in_flight:
            worker.deadline = time.monotonic() + self._setup.seconds
        worker.in_flight.append(capture)
        _tell(worker, capture)

    def _collect(self) -> Iterator[Result]:
        """Wait until something happens, and give the results that came of it."""
        busy = [w for w in self._workers if w.in_flight]
        patience = max(0.0, min(w.deadline for w in busy) - time.monotonic())
        wait([w.pipe for w in busy], patience)
        for worker in busy:
            # Asked anew each time: while a result was being written, others may have come.
            if worker.pipe.poll():
                yield from self._hear(worker)
            elif time.monotonic() >= worker.deadline:
                if not worker.ready:
                    self._dismiss(worker)
                    raise ArchiveError(f"an extracting process did not start within {_START_SECONDS:.0f} s")
                message = f"no outcome within {self._setup.seconds:g} s"
                yield from self._replace(worker, FailureKind.TIMEOUT, message)

    def _hear(self, worker: _Worker) -> Iterator[Result]:
        said: object
        try:
            said = worker.pipe.recv()
        except (EOFError, OSError):
            said = None
        if said == READY:
            worker.ready = True
            worker.deadline = time.monotonic() + self._setup.seconds
        elif not worker.ready:
            self._dismiss(worker)
            raise ArchiveError(f"an extracting process does not start: {said or 'it ended at once'}")
        elif isinstance(said, Result):
            worker.in_flight.popleft()
            worker.finished += 1
            worker.deadline = time.monotonic() + self._setup.seconds
            yield said
        elif said is FailureKind.MEMORY:
            yield from self._replace(
                worker, FailureKind.MEMORY, f"more than {self._setup.memory >> 20} MB of memory"
            )
        else:
            status = worker.process.wait()
            how = f"signal {-status}" if status < 0 else f"exit code {status}"
            yield from self._replace(worker, FailureKind.CRASH, f"the process died: {how}")

    def _replace(self, worker: _Worker, kind: FailureKind, message: str) -> Iterator[Result]:
        """End a worker over the page it is at, and let a new one go on with the page behind it.

        What earlier pages left in a process may bring it down over an innocent one, and no page's outcome
        may depend on others: so a crash counts only in a process that has done nothing before.
        """
        captures = list(worker.in_flight)
        tainted = worker.finished > 0 and kind is not FailureKind.TIMEOUT
        self._dismiss(worker)
        if not tainted:
            capture = captures.pop(0)
            yield Result(capture, Failure(capture.record_id, self.key, kind, message), None)
        if captures:
            successor = self._start()
            for capture in captures:
                self._send(successor, capture)

    def _dismiss(self, worker: _Worker) -> None:
        self._workers.remove(worker)
        _end(worker)


def _tell(worker: _Worker, what: Setup | Capture) -> None:
    try:
        worker.pipe.send(what)
    except OSError:
        pass  # it has died; _hear finds that out, and what of


def _end(worker: _Worker) -> None:
    worker.pipe.close()
    worker.process.send_signal(signal.SIGKILL)
    worker.process.wait()
