"""Copies an archive so that the copy is one: for a disk that dies, and for moving house.

    sealed WARC files -> crawl.db as it stands -> files sealed meanwhile, open files: as far as crawl.db knows
                      -> ledger.db, site files -> databases and gazette.toml get their names

It is safe while a crawl runs. What crawl.db claims as kept must be in the copied files, or it would never be
fetched again: so they are copied behind it. What the files hold beyond its claims would be fetched twice: so
of a file that was open then only that part is copied which it knows. A file is copied once; the SHA-256 of
the copy must be the manifest's.
"""

from __future__ import annotations

import errno
import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from archive.db import failure_of
from archive.errors import ArchiveError, BadConfiguration, DiskFull
from archive.layout import Layout
from archive.locks import held
from archive.warc.names import files
from crawler.copying import Copied, Copying, Progress, write

NOTE = "backup.json"
"""The file that makes a directory a back-up: no other is written into, unless it is empty."""
_SPARE = 64 << 20
"""Bytes that stay free: a full disk helps nobody."""


def back_up(
    layout: Layout, target: Path, *, link: bool, index: bool, progress: Progress = lambda done, total: None
) -> Copied:
    """Make or renew the back-up of an archive in a directory.

    ``link``: hard links instead of copies, on the same file system. ``index``: the index too, which can be
    made anew from the rest. ``progress`` is told bytes done, of how many. Raises BadConfiguration for a place
    that can't be one, DiskFull, Locked while another back-up runs, and ArchiveError.
    """
    target = target.absolute()
    _check_place(layout, target)
    with held(layout.locks / "backup.lock", "a back-up of this archive"), _telling(target):
        _begin(layout, Layout(target), link=link)
        run = Copying(layout, Layout(target), link=link, progress=progress)
        run.sealed()
        read = run.index() if index else {}
        ends = run.crawl_db()
        if ends is not None:
            # The index may know a page that crawl.db did not know yet: it must be there, too.
            ends = {name: max(ends.get(name, 0), read.get(name, 0)) for name in {*ends, *read}}
        run.rest_of_warc(ends)
        run.finish()
        write(target / NOTE, _note_of(layout, datetime.now(UTC)))
    return run.done


def _check_place(layout: Layout, target: Path) -> None:
    """Raise BadConfiguration for a directory that is no place for a back-up of this archive."""
    source, place = layout.root.resolve(), target.resolve()
    if place == source or source in place.parents:
        raise BadConfiguration(f"{target}: lies in the archive itself; name a directory elsewhere")
    if place in source.parents:
        raise BadConfiguration(f"{target}: the archive lies in it; name a directory of its own")
    if place.exists() and not place.is_dir():
        raise BadConfiguration(f"{target}: is no directory; name another place")
    if not place.exists():
        return
    if not (place / NOTE).exists() and any(place.iterdir()):
        raise BadConfiguration(f"{target}: holds other files; name an empty or a new directory")
    if (place / ".locks").exists():
        raise BadConfiguration(
            f"{target}: has been crawled or indexed, so it is an archive of its own; name another place"
        )
    if (place / NOTE).exists():
        of = _note(place / NOTE).get("of")
        if of != str(source):
            raise BadConfiguration(
                f"{target}: is the back-up of {of}; name another place, or remove {NOTE} in it"
            )


def _note(path: Path) -> dict[str, str]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


@contextmanager
def _telling(target: Path) -> Iterator[None]:
    """Errors of the file system and of SQLite as one line."""
    try:
        yield
    except OSError as error:
        place = error.filename or target
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFull(f"{place}: no space left; free some, then run the same back-up again") from None
        if error.errno == errno.EXDEV:
            raise BadConfiguration(
                f"{target}: lies on another file system, where no hard link leads; leave --link out"
            ) from None
        raise ArchiveError(f"{place}: {error.strerror}; name a place where this user may write") from None
    except sqlite3.Error as error:
        raise failure_of(target, error) from error


def _begin(layout: Layout, copy: Layout, *, link: bool) -> None:
    for path in (copy.root, copy.warc, copy.generations):
        path.mkdir(parents=True, exist_ok=True)
    here = {path.name: path.stat().st_size for path in copy.warc.iterdir() if path.is_file()}
    wanted = sum(f.durable for f in files(layout.warc) if here.get(f.name) != f.durable and not link)
    wanted += sum(p.stat().st_size for p in (layout.crawl_db, layout.ledger) if p.exists())
    free = shutil.disk_usage(copy.root).free
    if wanted + _SPARE > free:
        raise DiskFull(f"{copy.root}: {free / 1e6:.0f} MB are free, {wanted / 1e6:.0f} MB are needed")
    write(copy.root / NOTE, _note_of(layout, None))


def _note_of(layout: Layout, finished: datetime | None) -> bytes:
    at = finished.isoformat(timespec="seconds").replace("+00:00", "Z") if finished else None
    note = {"of": str(layout.root.resolve()), "finished_at": at}
    return json.dumps(note, ensure_ascii=False).encode() + b"\n"
