"""Extracting processes that may be killed: what each is at, its time limit, and what becomes of its pages.

    captures | send: to the process with the fewest | worker | collect: results, deaths, limits | results

A worker runs a plain interpreter, never the caller's main module.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from pathlib import Path

from archive.errors import ArchiveError
from archive.index.worker import READY, Result, Setup
from archive.types import Capture, Failure, FailureKind

_START_SECONDS = 120.0
_IN_FLIGHT = 2  # so that a worker has its next page before it is told that the last one has arrived
_BOOT = "import sys; from archive.index.worker import main; main(int(sys.argv[1]))"


@dataclass(slots=True)
class Worker:
    """A process, and what it was given."""

    process: subprocess.Popen[bytes]
    pipe: Connection
    deadline: float  # monotonic seconds; of its start, later of the first page in flight
    ready: bool = False
    finished: int = 0  # pages
    in_flight: deque[Capture] = field(default_factory=deque)


class Processes:
    """Up to ``size`` workers, started when there is work for them. Not for use by two threads at once."""

    def __init__(self, setup: Setup, size: int) -> None:
        self.workers: list[Worker] = []
        self._setup = setup
        self._size = size

    @property
    def busy(self) -> bool:
        """Whether anything is in flight."""
        return any(worker.in_flight for worker in self.workers)

    @property
    def has_room(self) -> bool:
        """Whether one more capture can be sent."""
        may_start = len(self.workers) < self._size
        return may_start or any(len(worker.in_flight) < _IN_FLIGHT for worker in self.workers)

    def send(self, capture: Capture) -> None:
        """Give a capture to the worker that has the fewest; if all are busy, to a new one."""
        worker = min(self.workers, key=lambda w: len(w.in_flight), default=None)
        if worker is None or len(worker.in_flight) >= _IN_FLIGHT:
            worker = self.start()
        self._give(worker, capture)

    def collect(self, bell: socket.socket) -> Iterator[Result]:
        """Wait until something happens, or the bell rings, and give the results that came of it.

        Raises ArchiveError when a worker doesn't start.
        """
        busy = [w for w in self.workers if w.in_flight]
        patience = max(0.0, min(w.deadline for w in busy) - time.monotonic()) if busy else None
        wait([bell, *(w.pipe for w in busy)], patience)
        for worker in busy:
            if worker.pipe.poll():
                yield from self.hear(worker)
            elif time.monotonic() >= worker.deadline:
                if not worker.ready:
                    self._dismiss(worker)
                    raise ArchiveError(f"an extracting process did not start within {_START_SECONDS:.0f} s")
                message = f"no outcome within {self._setup.seconds:g} s"
                yield from self._replace(worker, FailureKind.TIMEOUT, message)

    def dismiss_dead(self) -> None:
        """Forget those that died while they were idle: nobody's fault."""
        for worker in [w for w in self.workers if w.process.poll() is not None]:
            self._dismiss(worker)

    def dismiss_busy(self) -> None:
        """End those that are at a page: it must not turn up in the next run."""
        for worker in [w for w in self.workers if w.in_flight]:
            self._dismiss(worker)

    def close(self) -> None:
        """End all, whatever they are doing."""
        for worker in list(self.workers):
            self._dismiss(worker)

    def start(self) -> Worker:
        """Begin one more; it takes captures at once, and says when it is ready."""
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
        worker = Worker(process, Connection(ours.detach()), time.monotonic() + _START_SECONDS)
        self.workers.append(worker)
        _tell(worker, self._setup)
        return worker

    def hear(self, worker: Worker) -> Iterator[Result]:
        """Take what a worker says, or that it has died. Raises ArchiveError when it doesn't start."""
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

    def _give(self, worker: Worker, capture: Capture) -> None:
        if worker.ready and not worker.in_flight:
            worker.deadline = time.monotonic() + self._setup.seconds
        worker.in_flight.append(capture)
        _tell(worker, capture)

    def _replace(self, worker: Worker, kind: FailureKind, message: str) -> Iterator[Result]:
        """End a worker over the page it is at, and let a new one go on with the page behind it.

        What earlier pages left in a process may bring it down over an innocent one, and no page's outcome
        may depend on others: so a crash counts only in a process that has done nothing before.
        """
        captures = list(worker.in_flight)
        tainted = worker.finished > 0 and kind is not FailureKind.TIMEOUT
        self._dismiss(worker)
        if not tainted:
            capture = captures.pop(0)
            yield Result(capture, Failure(capture.record_id, self._setup.key, kind, message), None)
        if captures:
            successor = self.start()
            for capture in captures:
                self._give(successor, capture)

    def _dismiss(self, worker: Worker) -> None:
        self.workers.remove(worker)
        worker.pipe.close()
        worker.process.send_signal(signal.SIGKILL)
        worker.process.wait()


def _tell(worker: Worker, what: Setup | Capture) -> None:
    try:
        worker.pipe.send(what)
    except OSError:
        pass  # it has died; hear finds that out, and what of
