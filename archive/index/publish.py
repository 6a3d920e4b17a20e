"""The index as one file for others: a copy that nobody changes, and that opens without write permission.

    index in use | VACUUM INTO .NAME.part | ANALYZE | mode 0444, on the disk | renamed to NAME

The copy is of one moment, also while a crawl writes. A kill leaves at most the part, which the next publish
removes. A database in WAL mode couldn't be read in a directory without write permission, so it isn't in it.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from archive.db import failure_of, open_writer
from archive.errors import ArchiveError, BadConfiguration
from archive.index.generation import open_index
from archive.layout import Layout

_MODE = 0o444


def publish(layout: Layout, target: Path, *, force: bool = False) -> int:
    """Write the index in use to ``target`` and give its bytes. With ``force``, in the place of another file.

    Raises BadConfiguration when the file may not be written there, NoArchive when nothing is indexed yet,
    DiskFull when it doesn't fit.
    """
    _may_stand(layout, target, force)
    part = target.with_name(f".{target.name}.part")
    _remove(part)
    try:
        with closing(open_index(layout)) as connection:
            # The file is opened for reading alone; SQLite takes writing another file for writing.
            connection.execute("PRAGMA query_only = OFF")
            connection.execute("VACUUM INTO ?", (str(part),))
        with closing(open_writer(part)) as copy:
            copy.execute("PRAGMA journal_mode = DELETE")
            copy.execute("ANALYZE")
        _settle(part)
        part.replace(target)
        _sync(target.parent)
    except sqlite3.Error as error:
        raise failure_of(target, error) from None
    finally:
        _remove(part)
    return target.stat().st_size


def _may_stand(layout: Layout, target: Path, force: bool) -> None:
    if not target.parent.is_dir():
        raise BadConfiguration(f"{target.parent}: no such directory; make it first")
    if target.is_dir():
        raise BadConfiguration(f"{target}: is a directory; name a file in it")
    if (
        target.absolute() == layout.index.absolute()
        or layout.generations.resolve() in target.resolve().parents
    ):
        raise BadConfiguration(f"{target}: is the archive's own index; name another file")
    if target.exists() and not force:
        raise BadConfiguration(f"{target}: stands there already; name another file, or use --force")


def _settle(part: Path) -> None:
    """Bring a file to the disk, for reading alone."""
    descriptor = os.open(part, os.O_RDONLY)
    try:
        os.fchmod(descriptor, _MODE)
        os.fsync(descriptor)
    except OSError as error:
        raise ArchiveError(f"{part}: {error.strerror}; nothing was published") from None
    finally:
        os.close(descriptor)


def _sync(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _remove(part: Path) -> None:
    for end in ("", "-journal", "-wal", "-shm"):
        part.with_name(part.name + end).unlink(missing_ok=True)
