"""A pool of extracting processes that may be killed: one bad page costs one Failure, nothing else.

Workers get references and read the records themselves. An executor of the standard library dies
whole when one of its processes dies, and can't stop a page that hangs in C code; so this is one of our
own.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from archive.index.feeding import Feeding
from archive.index.processes import Processes
from archive.index.worker import Result, Setup
from archive.types import Capture

__all__ = ["Extracting", "Pool", "Result"]

EXTRACTOR = "archive.extract:extract_page"
PAGE_SECONDS = 18.0
"""A page's limit. A real one takes about 25 ms; only an attack, or a machine at a standstill, so long."""
PAGE_BYTES = 1 << 30
"""Memory that a process may have with its page. A real page takes a few megabytes above an idle worker's
150; by then the kernel refuses more (RLIMIT_AS), at once and also when the parent is gone. A parent that
looked at the resident set now and then would come too late for a page that takes a gigabyte a second."""
AHEAD = 50
"""Captures a worker that are taken ahead of their results. To write a batch takes a second or two, in which a
worker is through with as many: so it never waits long for the writer."""


def never() -> bool:
    """What never ends early."""
    return False


class Extracting(Protocol):
    """What makes outcomes of captures: a pool of processes, or this process itself."""

    key: str
    size: int  # pages that are extracted at once

    def extract_all(
        self, captures: Iterable[Capture], ended: Callable[[], bool] = never
    ) -> Generator[Result, None, None]:
        """The outcome of each capture, in the order in which they are ready.

        Once ``ended()``, which any thread may ask, nothing more is begun but the first; what was begun is
        finished, the rest is left.
        """

    def close(self) -> None:
        """End what was started for it."""


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
        self.size = max(1, workers)
        self._processes = Processes(Setup(warc_dir, key, extractor, seconds, memory), self.size)
        self._feeding: Feeding | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End all processes, whatever they are doing."""
        self._stop()
        self._processes.close()

    def extract_all(
        self, captures: Iterable[Capture], ended: Callable[[], bool] = never
    ) -> Generator[Result, None, None]:
        """The outcome of each capture, in the order in which they are ready; see ``Extracting``.

        ``captures`` are asked in the caller's thread, while it waits for a result: at most ``AHEAD`` for each
        process ahead of what it took. Processes go on while the caller does something else. Close the
        generator before the next call. Raises ArchiveError when workers don't start.
        """
        self._stop()  # what a second Ctrl-C left, that came while the first one ended it
        self._processes.dismiss_dead()
        self._feeding = feeding = Feeding(self._processes, ended)
        queue, ahead = iter(captures), 0
        more = first = True
        try:
            while True:
                while more and ahead < AHEAD * self.size:
                    capture = next(queue, None) if first or not ended() else None
                    feeding.give(capture)
                    ahead += 1
                    more, first = capture is not None, False
                result = feeding.take()
                if result is None:
                    return
                ahead -= 1
                yield result
        finally:
            # Left early, by an error or Ctrl-C: what is still in flight must not turn up in the next run.
            self._stop()

    def _stop(self) -> None:
        if self._feeding is not None:
            self._feeding.stop()
            self._feeding = None
            self._processes.dismiss_busy()
