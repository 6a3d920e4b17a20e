"""Generations of the index: index.db is a link to the one in use.

A generation is replaced by moving the link, never by a rename over the database: SQLite would play
a leftover write-ahead log of the old rows into the new file. Who reads the old generation keeps its
rows until the connection is closed.

A candidate is a generation that was built for comparison: a second link keeps it until people accept or
reject it, a third says that it isn't finished.
"""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from archive.db import open_reader
from archive.errors import ArchiveError, NoArchive
from archive.index.tables import VERSION
from archive.layout import Layout

_PARTS = ("", "-wal", "-shm", "-journal")


def current(layout: Layout) -> Path | None:
    """The database file in use, None when there is none. Raises ArchiveError when index.db is no link."""
    link = layout.index
    if not link.is_symlink():
        if link.exists():
            raise ArchiveError(f"{link}: should be a link into {layout.generations.name}/; move it away")
        return None
    return _pointed(link)


def fresh(layout: Layout) -> Path:
    """Where the next generation goes: its directory is there, the file is not."""
    layout.generations.mkdir(exist_ok=True)
    taken = [int(path.stem) for path in layout.generations.glob("*.db") if path.stem.isdecimal()]
    return layout.generations / f"{max(taken, default=0) + 1:06d}.db"


def use(layout: Layout, path: Path) -> None:
    """Let index.db point to ``path``, at one moment for all who open it from then on."""
    _link(layout.index, path)


def sweep(layout: Layout) -> None:
    """Remove the generations that nothing points to: replaced ones, and those a kill left unfinished."""
    used = current(layout)
    if used is not None and used == candidate(layout):
        _candidate_link(layout).unlink()  # a kill came between the two steps of accepting it
    kept = {used, candidate(layout), unfinished(layout)}
    for path in sorted(layout.generations.glob("*.db")):
        if path not in kept:
            remove(path)


def remove(path: Path) -> None:
    """Delete a generation with its logs."""
    for part in _PARTS:
        path.with_name(path.name + part).unlink(missing_ok=True)


def candidate(layout: Layout) -> Path | None:
    """The finished generation that waits to be accepted or rejected."""
    return _pointed(_candidate_link(layout))


def unfinished(layout: Layout) -> Path | None:
    """The generation that is being built for a comparison, or was when a kill came."""
    return _pointed(_unfinished_link(layout))


def begin_candidate(layout: Layout) -> Path:
    """A place for a generation to compare with, which a kill doesn't take away.

    Its name is of a series of its own, so that a rebuild at the same time doesn't choose it.
    """
    layout.generations.mkdir(exist_ok=True)
    taken = [int(path.stem[1:]) for path in layout.generations.glob("c*.db") if path.stem[1:].isdecimal()]
    path = layout.generations / f"c{max(taken, default=0) + 1:06d}.db"
    _link(_unfinished_link(layout), path)
    path.touch()  # from now on nobody takes the link for one that leads nowhere
    return path


def finish_candidate(layout: Layout) -> None:
    """What was being built is finished: it waits for people now."""
    _unfinished_link(layout).replace(_candidate_link(layout))


def drop_candidate(layout: Layout) -> bool:
    """Forget what was built for comparison, finished or not. Whether there was anything."""
    used = current(layout)
    found = [path for path in (candidate(layout), unfinished(layout)) if path is not None]
    for link in (_candidate_link(layout), _unfinished_link(layout)):
        link.unlink(missing_ok=True)
    for path in found:
        if path != used:
            remove(path)
    return bool(found)


def _candidate_link(layout: Layout) -> Path:
    return layout.generations / "candidate"


def _unfinished_link(layout: Layout) -> Path:
    return layout.generations / "candidate.unfinished"


def _pointed(link: Path) -> Path | None:
    if not link.is_symlink():
        return None
    target = link.parent / link.readlink()
    return target if target.exists() else None


def _link(link: Path, path: Path) -> None:
    new = link.with_name(link.name + ".new")
    new.unlink(missing_ok=True)
    new.symlink_to(os.path.relpath(path, link.parent))
    new.replace(link)
    descriptor = os.open(link.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def open_index(layout: Layout) -> sqlite3.Connection:
    """A reader of the generation in use. Raises NoArchive when nothing was indexed yet."""
    path = current(layout)
    if path is None:
        raise NoArchive(f"{layout.index}: nothing is indexed yet; do it with: gazette index")
    try:
        connection = open_reader(path)
        check(connection, layout.index)
    except sqlite3.DatabaseError as error:
        raise ArchiveError(
            f"{layout.index}: can't be read ({error}); make it anew with: gazette index --rebuild"
        ) from None
    return connection


def check(connection: sqlite3.Connection, path: Path) -> None:
    """Raise ArchiveError when the database at ``path`` holds no index, or one of another version."""
    try:
        row = connection.execute("SELECT value FROM meta WHERE key = 'schema'").fetchone()
    except sqlite3.OperationalError:
        row = None
    if row is None or row[0] != str(VERSION):
        raise ArchiveError(
            f"{path}: an index of another version of Gazette; make it anew with: gazette index --rebuild"
        )
