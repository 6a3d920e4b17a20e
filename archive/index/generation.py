"""Generations of the index: index.db is a link to the one in use.

A generation is replaced by moving the link, never by a rename over the database: SQLite would play
a leftover write-ahead log of the old rows into the new file. Who reads the old generation keeps its
rows until the connection is closed.
"""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from archive.db import open_reader
from archive.errors import ArchiveError, NoArchive
from archive.index import schema
from archive.layout import Layout

_PARTS = ("", "-wal", "-shm", "-journal")


def current(layout: Layout) -> Path | None:
    """The database file in use, None when there is none. Raises ArchiveError when index.db is no link."""
    link = layout.index
    if not link.is_symlink():
        if link.exists():
            raise ArchiveError(f"{link}: should be a link into {layout.generations.name}/; move it away")
        return None
    target = link.parent / link.readlink()
    return target if target.exists() else None


def fresh(layout: Layout) -> Path:
    """Where the next generation goes: its directory is there, the file is not."""
    layout.generations.mkdir(exist_ok=True)
    taken = [int(path.stem) for path in layout.generations.glob("*.db") if path.stem.isdecimal()]
    return layout.generations / f"{max(taken, default=0) + 1:06d}.db"


def use(layout: Layout, path: Path) -> None:
    """Let index.db point to ``path``, at one moment for all who open it from then on."""
    link = layout.root / (layout.index.name + ".new")
    link.unlink(missing_ok=True)
    link.symlink_to(path.relative_to(layout.root))
    link.replace(layout.index)
    descriptor = os.open(layout.root, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sweep(layout: Layout) -> None:
    """Remove the generations that nothing points to: replaced ones, and those a kill left unfinished."""
    used = current(layout)
    for path in sorted(layout.generations.glob("*.db")):
        if path != used:
            for part in _PARTS:
                path.with_name(path.name + part).unlink(missing_ok=True)


def open_index(layout: Layout) -> sqlite3.Connection:
    """A reader of the generation in use. Raises NoArchive when nothing was indexed yet."""
    path = current(layout)
    if path is None:
        raise NoArchive(f"{layout.index}: nothing is indexed yet; do it with: gazette index")
    try:
        connection = open_reader(path)
        schema.check(connection, layout.index)
    except sqlite3.DatabaseError as error:
        raise ArchiveError(
            f"{layout.index}: can't be read ({error}); make it anew with: gazette index --rebuild"
        ) from None
    return connection
