"""The writer of an archive's WARC files: whole members appended, made durable, then published.

records in memory -> one append -> fdatasync -> durable offset published -> sealed: hashed, renamed
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from archive.errors import ArchiveError
from archive.types import RecordRef
from archive.warc.names import OPEN, durable_path, file_name
from archive.warc.records import warcinfo
from archive.warc.seal import failure_of, seal, sync_directory

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
        self._told = -1  # the file that says how far the open one is durable
        self._path = warc_dir
        self.name = ""
        self.warcinfo_id = ""
        self._size = 0
        self._durable = 0
        self._failed: ArchiveError | None = None
        self._began = 0.0
        self._hash = hashlib.sha256()

    def begin(self) -> None:
        """Make sure that a file is open: ``warcinfo_id`` is the id that records refer to.

        Raises DiskFull or ArchiveError, and the same error again once a file couldn't be made durable.
        """
        if self._failed is not None:
            raise self._failed
        if self._descriptor >= 0 and not self._full():
            return
        self.close()
        started = self._now()
        try:
            self._descriptor = self._create(started)
        except OSError as error:
            raise failure_of(self._path, error) from error
        self._size = self._durable = 0
        self._hash = hashlib.sha256()
        self._began = time.monotonic()
        self.warcinfo_id, first = warcinfo(self.name, started, self._info)
        try:
            self.append([first])
        except ArchiveError:
            self.close()  # a file without its warcinfo record must not be gone on with
            raise

    def _create(self, started: datetime) -> int:
        """A new file of this writer's own: its descriptor, locked."""
        while True:
            self.name = file_name(self._prefix, started, self._serial)
            self._path = self._dir / (self.name + OPEN)
            self._serial += 1
            if (self._dir / self.name).exists():
                continue
            try:
                descriptor = os.open(
                    self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC, 0o644
                )
            except FileExistsError:
                continue
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX)
                # Synced data under a name that isn't durable would be lost with the power.
                sync_directory(self._dir)
                # Before the lock another run's recovery may have taken the empty file for a crashed one's.
                if os.fstat(descriptor).st_nlink:
                    return descriptor
            except OSError:
                os.close(descriptor)
                raise
            os.close(descriptor)

    def append(self, members: Sequence[bytes]) -> list[RecordRef]:
        """Write members behind each other in one append and say where they lie.

        Not durable before ``sync``. Raises DiskFull, or ArchiveError for any other write error; what
        was written before stands untouched then, and nothing of these members does.
        """
        if self._failed is not None:
            raise self._failed
        data = b"".join(members)
        try:
            written = 0
            while written < len(data):
                written += os.write(self._descriptor, data[written:] if written else data)
        except OSError as error:
            self._take_back()
            raise failure_of(self._path, error) from error
        refs = []
        for one in members:
            refs.append(RecordRef(self.name, self._size, len(one)))
            self._size += len(one)
        self._hash.update(data)
        return refs

    def _take_back(self) -> None:
        # By cutting, never by opening anew: mode "wb" would empty the file.
        try:
            os.ftruncate(self._descriptor, self._size)
        except OSError as error:
            # Nothing may be appended behind a torn record: the next start cuts it away.
            self._failed = failure_of(self._path, error)

    def sync(self) -> int:
        """Make all that was appended before this call durable and publish how far. May run in a thread.

        After an error this writer writes no more: the kernel may have dropped the pages that it could
        not write, and would say yes when asked again.
        """
        if self._failed is not None:
            raise self._failed
        size = self._size
        if size > self._durable:
            try:
                _sync_data(self._descriptor)
                self._publish(size)
            except OSError as error:
                self._failed = failure_of(self._path, error)
                raise self._failed from error
            self._durable = size
        return size

    def _publish(self, size: int) -> None:
        if self._told < 0:
            self._told = os.open(durable_path(self._path), os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o644)
        # Written over, not anew: a reader never finds the file empty.
        os.pwrite(self._told, b"%020d" % size, 0)

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
        """Seal the open file, if there is one. Not while ``sync`` runs.

        A file that couldn't be made durable stays open, for ``recover`` at the next start.
        """
        if self._descriptor < 0:
            return
        try:
            if self._size == 0:  # not even its warcinfo record could be written
                self._path.unlink()
            elif self._failed is None:
                self.sync()
                seal(self._path, self._hash.hexdigest())
        except OSError as error:
            self._failed = failure_of(self._path, error)
            raise self._failed from error
        finally:
            os.close(self._descriptor)
            if self._told >= 0:
                os.close(self._told)
            self._descriptor = self._told = -1


def _sync_data(descriptor: int) -> None:
    # macOS has no fdatasync.
    getattr(os, "fdatasync", os.fsync)(descriptor)
