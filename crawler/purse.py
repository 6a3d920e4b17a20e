"""Budgets of a crawl that several processes share: what all of them used so far, in a file they have open.

page kept -> lock -> pages, bytes + these -> unlock -> is one of the budgets used up?
"""

from __future__ import annotations

import fcntl
import os
import struct
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

_NUMBERS = struct.Struct("<QQ")


@contextmanager
def new_purse() -> Iterator[int]:
    """The descriptor of a purse of which nothing was used: a file without a name, gone when all closed it."""
    with tempfile.TemporaryFile(buffering=0) as file:
        file.write(_NUMBERS.pack(0, 0))  # at once: on a full disk nothing could be counted later
        yield file.fileno()


class Purse:
    """Pages and bytes that were used, counted by all processes that inherited ``descriptor``.

    Locks are POSIX ones, of a process: those of flock(2) belong to the open file, which all of them share.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._own = (0, 0)

    def used(self, pages: int, size: int) -> tuple[int, int]:
        """Say what this process used so far: pages and bytes. Gives what all of them did. Raises OSError."""
        more = (pages - self._own[0], size - self._own[1])
        fcntl.lockf(self._descriptor, fcntl.LOCK_EX)
        try:
            every = self._read()
            if any(more):
                every = (every[0] + more[0], every[1] + more[1])
                os.pwrite(self._descriptor, _NUMBERS.pack(*every), 0)
                self._own = (pages, size)
        finally:
            fcntl.lockf(self._descriptor, fcntl.LOCK_UN)
        return every

    def _read(self) -> tuple[int, int]:
        pages, size = _NUMBERS.unpack(os.pread(self._descriptor, _NUMBERS.size, 0))
        return pages, size
