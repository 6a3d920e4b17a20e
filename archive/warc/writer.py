"""The writer of an archive's WARC files: whole members appended, made durable, then published.

records in memory -> one append -> fdatasync -> durable offset published -> sealed: hashed, renamed
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from archive.errors import ArchiveError, DiskFull
from archive.types import RecordRef
from archive.warc.names import OPEN, durable_path, file_name
from archive.warc.records import warcinfo
from archive.warc.seal import seal

MAX_BYTES = 1_000_000_000
"""Size at which a file is sealed, as the WARC 1.1 annex advises."""
MAX_AGE = 24 * 3600.0
"""Seconds after which a file is sealed all the same, so that a slow site's pages leave ``.open`` daily."""


class WarcWriter:
    """Appends records to one open file at a time. Not thread-safe but for ``sync``.

    ``info`` are the fields of each file's warcinfo record, "filename" excepted.
    """

    def __init__(
        self,
        warc_dir: Path,
        info: Mapping[str, str | None],
        *,
        prefix: str = "gazette",
        max_bytes: int = MAX_BYTES,
        max_age: float = MAX_AGE,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._dir = warc_dir
        self._info = info
        self._prefix = prefix
        self._max_bytes = max_bytes
        self._max_age = max_age
        self._now = now
        self._serial = 0
        self._descriptor = -1
        self._path = warc_dir
        self.name = ""
        self.warcinfo_id = ""
        self._size = 0
        self._durable = 0
        self._began = 0.0
        self._hash = hashlib.sha256()

    def begin(self) -> None:
        """Make sure that a file is open: ``warcinfo_id`` is the id that records refer to."""
        if self._descriptor >= 0 and not self._full():
            return
        self.close()
        started = self._now()
        while True:
            self.name = file_name(self._prefix, started, self._serial)
            self._path = self._dir / (self.name + OPEN)
            self._serial += 1
            try:
                self._descriptor = os.open(
                    self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC, 0o644
                )
            except FileExistsError:
                continue
            except OSError as error:
                raise _failure(self._path, error) from error
            break
        fcntl.flock(self._descriptor, fcntl.LOCK_EX)
        self._size = self._durable = 0
        self._hash = hashlib.sha256()
        self._began = time.monotonic()
        self.warcinfo_id, first = warcinfo(self.name, started, self._info)
        self.append([first])

    def append(self, members: Sequence[bytes]) -> list[RecordRef]:
        """Write members behind each other in one append and say where they lie.

        Not durable before ``sync``. Raises DiskFull, or ArchiveError for any other write error; what
        was written before stands untouched then, and nothing of these members does.
        """
        data = b"".join(members)
        try:
            written = 0
            while written < len(data):
                written += os.write(self._descriptor, data[written:] if written else data)
        except OSError as error:
            # Taken back by cutting, never by opening anew: mode "wb" would empty the file.
            os.ftruncate(self._descriptor, self._size)
            raise _failure(self._path, error) from error
        refs = []
        for one in members:
            refs.append(RecordRef(self.name, self._size, len(one)))
            self._size += len(one)
        self._hash.update(data)
        return refs

    def sync(self) -> int:
        """Make all that was appended before this call durable and publish how far. May run in a thread."""
        size = self._size
        if size > self._durable:
            try:
                os.fdatasync(self._descriptor)
                durable_path(self._path).write_bytes(b"%020d" % size)
            except OSError as error:
                raise _failure(self._path, error) from error
            self._durable = size
        return size

    @property
    def size(self) -> int:
        """Bytes in the open file."""
        return self._size

    @property
    def durable(self) -> int:
        """Bytes of the open file that are safe on disk and published."""
        return self._durable

    def _full(self) -> bool:
        return self._size >= self._max_bytes or time.monotonic() - self._began >= self._max_age

    def close(self) -> None:
        """Seal the open file, if there is one. Not while ``sync`` runs."""
        if self._descriptor < 0:
            return
        try:
            if self._size == 0:  # not even its warcinfo record could be written
                self._path.unlink()
            else:
                self.sync()
                seal(self._path, self._hash.hexdigest())
        except OSError as error:
            raise _failure(self._path, error) from error
        finally:
            os.close(self._descriptor)
            self._descriptor = -1


def _failure(path: Path, error: OSError) -> ArchiveError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DiskFull(
            f"{path}: no space left; free some, then run the same command again: nothing kept is lost"
        )
    return ArchiveError(f"{path}: {error.strerror}; what was kept before is whole")
