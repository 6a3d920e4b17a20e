"""The parts of a back-up: finished files once, open ones as far as known, databases at one moment."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from archive.db import open_reader, snapshot
from archive.index import generation
from archive.layout import Layout
from archive.warc.names import DURABLE, OPEN, SUFFIX, durable_path, files, open_file
from archive.warc.seal import MANIFEST, file_sha256, manifest, sync_directory

_PART = ".part"

Progress = Callable[[int, int], None]
"""Told bytes done, of how many."""


@dataclass(slots=True)
class Copied:
    """What a back-up did."""

    files: int = 0  # WARC files that were copied or linked
    bytes: int = 0
    known: int = 0  # those that were there from an earlier back-up
    open: int = 0  # of those that are being written, the known part
    only_here: list[str] = field(default_factory=list)  # files of the back-up that the archive has no more
    damaged: list[str] = field(default_factory=list)  # a line each: not as the manifest says, so not copied


def write(path: Path, data: bytes) -> None:
    """Put a file in place at one moment, durably."""
    part = path.with_name(path.name + _PART)
    part.write_bytes(data)
    _place(part, path)


def _place(part: Path, path: Path) -> None:
    """Give a written file its name, durably."""
    with part.open("rb") as file:
        os.fsync(file.fileno())
    part.replace(path)
    sync_directory(path.parent)


class Copying:
    """One back-up on its way."""

    def __init__(self, layout: Layout, copy: Layout, *, link: bool, progress: Progress) -> None:
        self.done = Copied()
        self._from, self._to, self._link = layout, copy, link
        self._progress = progress
        self._before = manifest(copy.warc)  # of the back-up as it was
        self._whole: dict[str, str] = {}  # name -> SHA-256 of the finished files that are there now

    def sealed(self) -> None:
        """Copy the finished files that are not there yet."""
        listed = manifest(self._from.warc)
        found = [file for file in files(self._from.warc) if file.sealed]
        total, passed = sum(file.durable for file in found), 0
        for file in found:
            self._file(file.path, listed.get(file.name))
            passed += file.durable
            self._progress(passed, total)

    def _file(self, source: Path, sha256: str | None) -> None:
        """Copy a finished file, or know that it is there; ``sha256`` as the manifest has it."""
        target, size = self._to.warc / source.name, source.stat().st_size
        if target.exists() and target.stat().st_size == size:
            known = self._before.get(source.name) or file_sha256(target)
            if sha256 is None or known == sha256:
                self._whole[source.name] = known
                self.done.known += 1
                return
        part = target.with_name(target.name + _PART)
        part.unlink(missing_ok=True)
        if self._link:
            os.link(source, part)
        else:
            shutil.copyfile(source, part)
        found = file_sha256(part)
        if sha256 is not None and found != sha256:
            part.unlink()
            self.done.damaged.append(f"{source}: is not as {MANIFEST} says, and was not copied")
            return
        _place(part, target)
        self._whole[source.name] = found
        self.done.files += 1
        self.done.bytes += size
        for end in (OPEN, DURABLE):  # what an earlier back-up had of it
            target.with_name(target.name + end).unlink(missing_ok=True)

    def index(self) -> dict[str, int]:
        """Copy the index in use: how far it has read each file."""
        source = generation.current(self._from)
        if source is None:
            return {}
        part = self._to.generations / (source.name + _PART)
        part.unlink(missing_ok=True)
        snapshot(source, part)
        with closing(open_reader(part)) as connection:
            read = dict(connection.execute("SELECT name, indexed_offset FROM warc_files").fetchall())
        generation.remove(self._to.generations / source.name)
        _place(part, self._to.generations / source.name)
        generation.use(self._to, self._to.generations / source.name)
        generation.sweep(self._to)
        return read

    def crawl_db(self) -> dict[str, int] | None:
        """Copy crawl.db beside its place: how far it knows each WARC file; None when there is none."""
        if not self._from.crawl_db.exists():
            return None
        part = self._to.crawl_db.with_name(self._to.crawl_db.name + _PART)
        part.unlink(missing_ok=True)
        snapshot(self._from.crawl_db, part)
        with closing(open_reader(part)) as connection:
            return {name: int(end) for name, end in connection.execute(_ENDS)}

    def rest_of_warc(self, ends: Mapping[str, int] | None) -> None:
        """Copy what is not whole yet as far as it is known; ``ends`` None: as far as it is safe on disk."""
        for file in files(self._from.warc):
            if file.name in self._whole or (file.sealed and self._is_damaged(file.path)):
                continue
            end = file.durable if ends is None else min(ends.get(file.name, 0), file.durable)
            if file.sealed and end == file.durable:
                self._file(file.path, manifest(self._from.warc).get(file.name))
            elif end:
                self._part(file.name, end)
        for path in sorted(self._from.warc.glob(f"*{SUFFIX}.*")):
            # What was set aside from damaged files: NAME.corrupt, NAME.damaged.
            target = self._to.warc / path.name
            if path.suffix in (OPEN, DURABLE, _PART) or not path.is_file():
                continue
            if not target.exists() or target.stat().st_size != path.stat().st_size:
                shutil.copyfile(path, target)

    def _is_damaged(self, path: Path) -> bool:
        return any(line.startswith(f"{path}: ") for line in self.done.damaged)

    def _part(self, name: str, end: int) -> None:
        """Copy the first bytes of a file as one that is still open: the next crawl there seals it."""
        target = self._to.warc / (name + OPEN)
        part = target.with_name(target.name + _PART)
        descriptor = open_file(self._from.warc, name)
        with os.fdopen(descriptor, "rb") as source, part.open("wb") as copy:
            left = end
            while left and (data := source.read(min(left, 1 << 20))):
                copy.write(data)
                left -= len(data)
        _place(part, target)
        write(durable_path(target), b"%020d" % end)
        self.done.open += 1
        self.done.bytes += end

    def finish(self) -> None:
        """Manifest, ledger, site files; then the databases and gazette.toml get their names."""
        here = {path.name for path in self._to.warc.glob(f"*{SUFFIX}")}
        there = {file.name for file in files(self._from.warc)}
        self.done.only_here = sorted(here - there)
        kept = {name: sha for name, sha in self._before.items() if name in here} | self._whole
        lines = "".join(f"{sha}  {name}\n" for name, sha in sorted(kept.items()))
        write(self._to.warc / MANIFEST, os.fsencode(lines))
        self._sites()
        if self._from.ledger.exists():
            part = self._to.ledger.with_name(self._to.ledger.name + _PART)
            part.unlink(missing_ok=True)
            snapshot(self._from.ledger, part)
            _database(part, self._to.ledger)
        part = self._to.crawl_db.with_name(self._to.crawl_db.name + _PART)
        if part.exists():
            _database(part, self._to.crawl_db)
        # The file that makes a directory an archive comes last.
        write(self._to.config, self._from.config.read_bytes())

    def _sites(self) -> None:
        """The site files and what is kept beside them, as they are now: a site that is gone goes here too."""
        if not self._from.sites.is_dir():
            return
        new = self._to.sites.with_name(self._to.sites.name + _PART)
        shutil.rmtree(new, ignore_errors=True)
        shutil.copytree(self._from.sites, new, ignore=shutil.ignore_patterns("__pycache__"))
        if self._to.sites.exists():
            shutil.rmtree(self._to.sites)
        new.replace(self._to.sites)
        sync_directory(self._to.root)


_ENDS = """
SELECT warc, max(reach) FROM (
    SELECT warc, offset + length AS reach FROM entries WHERE warc IS NOT NULL
    UNION ALL SELECT body_warc, body_offset + body_length FROM entries WHERE body_warc IS NOT NULL
) GROUP BY warc
"""


def _database(part: Path, path: Path) -> None:
    """Put a database in place of an older copy; a log beside it would be played into the new one."""
    for end in ("-wal", "-shm"):
        path.with_name(path.name + end).unlink(missing_ok=True)
    _place(part, path)
