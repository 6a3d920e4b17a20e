"""Who writes crawl.db next, when several processes crawl: a queue before SQLite's own lock.

wants to write -> has another the pen? -> looks again soon -> BEGIN ... COMMIT -> lets go of it

SQLite waits for a lock by sleeping: a millisecond, then two, five, ten. A write to crawl.db takes a tenth of
one, so two processes that keep pages as fast as they can would sleep a twentieth of their time. The pen is
only a courtesy: who doesn't get it in time writes all the same, and waits as SQLite does.
"""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from archive.errors import ArchiveError

_SHORTEST, _LONGEST = 0.000_05, 0.005
"""Seconds between two looks, of which each is half as long again as the one before."""
_PATIENCE = 0.1
"""Seconds after which the process that has the pen is taken for one that doesn't write: it may be stopped."""


class Pen:
    """Held while its ``with`` block runs, of which none stands within another.

    ``path``: of the file whose lock it is, made when it is missing; None: nobody else writes as often. Raises
    ArchiveError when there can be no such file.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._descriptor = -1 if path is None else _opened(path)
        self._held = False

    def __enter__(self) -> Self:
        if self._descriptor >= 0:
            self._held = self._take() or self._wait()
        return self

    def _take(self) -> bool:
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _wait(self) -> bool:
        until = time.monotonic() + _PATIENCE
        pause = _SHORTEST
        while time.monotonic() < until:
            time.sleep(pause)
            if self._take():
                return True
            pause = min(pause * 1.5, _LONGEST)
        return False

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._held:
            self._held = False
            fcntl.flock(self._descriptor, fcntl.LOCK_UN)

    def close(self) -> None:
        """Give it up for good."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def _opened(path: Path) -> int:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise ArchiveError(f"{path}: can't be made: {error.strerror}; give the run the right to") from None
