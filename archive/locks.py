"""Advisory locks between processes: they end with their process, however it ends."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from archive.errors import ArchiveError, Locked


def acquire(path: Path, what: str) -> int:
    """Lock ``path`` for this process and return the descriptor that holds the lock.

    Raises Locked at once when another run holds it; ``what`` says in that message what is in use.
    Raises ArchiveError when there can be no such file.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise ArchiveError(f"{path}: can't be made: {error.strerror}; give the run the right to") from None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        owner = os.pread(descriptor, 20, 0).decode("ascii", "replace").strip()
        os.close(descriptor)
        raise Locked(
            f"{what} is in use by another run{f', process {owner}' if owner else ''}; wait for it, or stop it"
        ) from None
    try:
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode("ascii"), 0)
    except OSError:
        pass  # the disk is full: the lock holds all the same, its message just names no process
    return descriptor


@contextmanager
def held(path: Path, what: str) -> Iterator[None]:
    """Hold the lock while the block runs."""
    descriptor = acquire(path, what)
    try:
        yield
    finally:
        os.close(descriptor)
