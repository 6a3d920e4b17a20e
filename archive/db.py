"""The one opener of every SQLite connection of an archive (standard library only)."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from archive.errors import ArchiveError, DiskFull, NoArchive

BUSY_MS = 10_000
"""How long a connection waits for another's lock. Without it, two of three writers crash."""

CACHE_KIB = 16_000
"""What a reader keeps of its file. SQLite's 2 MB don't hold what the full text knows of two common words in a
half million articles, which is gone through twice for the relevance of a phrase: a fifth of its time."""


def open_writer(path: Path, *, full_sync: bool = False) -> sqlite3.Connection:
    """A connection in autocommit mode that may write; the file is made when it is missing.

    ``full_sync`` makes each commit survive a power loss. Without it the last commits may be gone
    then, but never a part of one.
    """
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    connection.row_factory = sqlite3.Row
    connection.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute(f"PRAGMA synchronous = {'FULL' if full_sync else 'NORMAL'}")
    connection.execute("PRAGMA foreign_keys = ON")
    return connection


def open_reader(path: Path) -> sqlite3.Connection:
    """A connection that can't write. Raises sqlite3.OperationalError when there is no such file."""
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None, check_same_thread=False
    )
    connection.row_factory = sqlite3.Row
    connection.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
    connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
    connection.execute("PRAGMA query_only = ON")
    return connection


@contextmanager
def notes(connection: sqlite3.Connection) -> Iterator[None]:
    """Let a reader make and fill TEMP tables while the block runs; its file can't be written all the same."""
    connection.execute("PRAGMA query_only = OFF")
    try:
        yield
    finally:
        connection.execute("PRAGMA query_only = ON")


@contextmanager
def moment(connection: sqlite3.Connection) -> Iterator[None]:
    """All that the block reads stood there at one moment, whatever others write meanwhile."""
    if connection.in_transaction:  # in another such block, or in a writer's transaction
        yield
        return
    connection.execute("BEGIN")
    try:
        yield
    finally:
        connection.execute("ROLLBACK")


def open_memory() -> sqlite3.Connection:
    """A database of its own in memory, which is gone when the connection is closed."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.row_factory = sqlite3.Row
    return connection


def failure_of(path: Path, error: sqlite3.Error) -> ArchiveError:
    """What a failed statement means for the one who runs it."""
    if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL:
        return DiskFull(f"{path}: no space left; free some, then run the same command again: nothing is lost")
    return ArchiveError(f"{path}: {error}; what was kept before is whole")


def migrate(connection: sqlite3.Connection, path: Path, steps: Sequence[str]) -> None:
    """Bring a database that can't be derived to its newest version, ``len(steps)``.

    ``steps[n]`` holds the statements from version n to n + 1. What held data is copied to
    ``NAME.vN.bak`` first. Raises NoArchive when the file is of a version that is yet to come.
    """
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > len(steps):
        raise NoArchive(f"{path}: of version {version}, this Gazette reads {len(steps)}; use a newer Gazette")
    if 0 < version < len(steps):
        backup = sqlite3.connect(path.with_name(f"{path.name}.v{version}.bak"))
        connection.backup(backup)
        backup.close()
    if version == len(steps):
        return
    with transaction(connection):
        # Another process may have done it while this one waited for the lock.
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        for step in steps[version:]:
            for statement in step.split(";"):
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {len(steps)}")


def snapshot(source: Path, target: Path) -> None:
    """Copy a database as it stands at one moment to a new file, durably; writers of it go on meanwhile.

    In one step: by parts, SQLite's backup begins anew whenever another connection writes.
    """
    reader = open_reader(source)
    copy = sqlite3.connect(target)
    try:
        reader.backup(copy)
        # What is copied is in WAL mode: without this, readers of the copy would need the right to write.
        copy.execute("PRAGMA journal_mode = DELETE")
    finally:
        copy.close()
        reader.close()
    with target.open("rb") as file:
        os.fsync(file.fileno())


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """All or nothing: BEGIN IMMEDIATE, then COMMIT, or ROLLBACK when the block raises."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield connection
        connection.execute("COMMIT")
    except BaseException:
        # A commit that failed for lack of space leaves the transaction open.
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
