"""Closing a WARC file for good, and what a crash left open."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from archive.errors import ArchiveError, DiskFull
from archive.warc.members import MemberWalk
from archive.warc.names import DURABLE, OPEN, SUFFIX, durable_path

MANIFEST = "manifest-sha256.txt"
"""One line a sealed file: its SHA-256, two spaces, its name. ``sha256sum -c`` reads it."""


def failure_of(path: Path, error: OSError) -> ArchiveError:
    """What a failed system call on a WARC file means for the one who runs it."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DiskFull(
            f"{path}: no space left; free some, then run the same command again: nothing kept is lost"
        )
    return ArchiveError(f"{path}: {error.strerror}; what was kept before is whole")


_NO_LINKS = (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS)


def sync_directory(path: Path) -> None:
    """Make the names in a directory durable."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def seal(open_path: Path, sha256: str) -> Path:
    """Give a whole, durable file its final name and its line in the manifest."""
    final = open_path.with_name(open_path.name.removesuffix(OPEN))
    # A link and an unlink, not a rename: a file that already has the final name is never replaced.
    try:
        os.link(open_path, final)
        # Before the old name goes: a file system may make the two changes durable in either order.
        sync_directory(final.parent)
        os.unlink(open_path)
    except OSError as error:
        if error.errno not in _NO_LINKS or final.exists():
            raise
        os.rename(open_path, final)  # FAT and some network shares know no links
    sync_directory(final.parent)
    durable_path(open_path).unlink(missing_ok=True)
    _list_in_manifest(final, sha256)
    return final


def _list_in_manifest(path: Path, sha256: str) -> None:
    line = f"{sha256}  ".encode("ascii") + os.fsencode(path.name) + b"\n"
    descriptor = os.open(path.parent / MANIFEST, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)  # the runs of other sites seal files too
        text = os.pread(descriptor, os.fstat(descriptor).st_size, 0)
        whole = text.rfind(b"\n") + 1
        if whole < len(text):  # half a line, of a run that was killed or had no space for it
            os.ftruncate(descriptor, whole)
        if line not in text[:whole].splitlines(keepends=True):
            while line:  # at the last free bytes a write is short before the next one says why
                line = line[os.write(descriptor, line) :]
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    sync_directory(path.parent)


def relist(path: Path, sha256: str) -> None:
    """Give a file that was mended its new line in the manifest, in place of the old one."""
    listed = path.parent / MANIFEST
    with listed.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        name = os.fsencode(path.name)
        lines = [
            line for line in held.read().splitlines(keepends=True) if line.partition(b"  ")[2] != name + b"\n"
        ]
        lines.append(sha256.encode("ascii") + b"  " + name + b"\n")
        fresh = listed.with_name(MANIFEST + ".new")
        with fresh.open("wb") as file:
            file.writelines(lines)
            file.flush()
            os.fsync(file.fileno())
        os.rename(fresh, listed)
    sync_directory(path.parent)


def manifest(warc_dir: Path) -> dict[str, str]:
    """The SHA-256 of each listed file, by name."""
    try:
        text = (warc_dir / MANIFEST).read_bytes()
    except FileNotFoundError:
        return {}
    # What has no line break at its end is half a line.
    pairs = (os.fsdecode(line).split("  ", 1) for line in text.split(b"\n")[:-1])
    return {pair[1]: pair[0] for pair in pairs if len(pair) == 2}


def file_sha256(path: Path) -> str:
    """The SHA-256 of a file's bytes, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@dataclass(frozen=True, slots=True)
class Recovered:
    """What was done to a file that a run had left open."""

    name: str
    kept: int  # bytes of whole members
    cut: int  # bytes set aside in NAME.corrupt
    reason: str | None  # why, None when the file was whole


def recover(warc_dir: Path) -> list[Recovered]:
    """Seal what crashed runs left open, torn tails set aside in ``NAME.corrupt``, and complete the manifest.

    A file that a living run holds is left alone. Safe to be called by several runs at once.
    Raises DiskFull, or ArchiveError for any other error of the file system; nothing is cut away then.
    """
    if not warc_dir.is_dir():
        return []
    path = warc_dir
    done = []
    try:
        for path in sorted(warc_dir.glob(f"*{SUFFIX}{OPEN}")):
            if (recovered := _recover_file(path)) is not None:
                done.append(recovered)
        for path in sorted(warc_dir.glob(f"*{DURABLE}")):
            name = path.name.removesuffix(DURABLE)
            if not path.with_name(name + OPEN).exists():  # killed while its file was being sealed
                path.unlink(missing_ok=True)
        listed = manifest(warc_dir)
        for path in sorted(warc_dir.glob(f"*{SUFFIX}")):
            if path.name not in listed:
                _list_in_manifest(path, file_sha256(path))
    except OSError as error:
        raise failure_of(path, error) from error
    return done


def _recover_file(path: Path) -> Recovered | None:
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return None
        if not path.exists():  # another run has just sealed it
            return None
        return _close_torn(path, descriptor)
    finally:
        os.close(descriptor)


def _close_torn(path: Path, descriptor: int) -> Recovered:
    name = path.name.removesuffix(OPEN)
    final = path.with_name(name)
    if final.exists():
        if not path.samefile(final):
            raise ArchiveError(f"{path}: another file is already called {name}; rename or remove one of them")
        # Killed between the link and the unlink: the same file under two names.
        path.unlink()
        durable_path(path).unlink(missing_ok=True)
        return Recovered(name, final.stat().st_size, 0, None)
    walk = MemberWalk(path)
    for _ in walk:
        pass
    size = os.fstat(descriptor).st_size
    if walk.offset < size:
        _set_aside(path, walk.offset)
        os.ftruncate(descriptor, walk.offset)
    os.fsync(descriptor)
    if walk.offset == 0:
        path.unlink()
        durable_path(path).unlink(missing_ok=True)
        sync_directory(path.parent)
    else:
        seal(path, file_sha256(path))
    return Recovered(name, walk.offset, size - walk.offset, walk.problem)


def _set_aside(path: Path, offset: int) -> None:
    """Copy what stands behind ``offset`` to NAME.corrupt, durably, before it is cut away."""
    copy = path.with_name(path.name.removesuffix(OPEN) + ".corrupt")
    with path.open("rb") as source, copy.open("wb") as target:
        source.seek(offset)
        shutil.copyfileobj(source, target)
        target.flush()
        os.fsync(target.fileno())
    sync_directory(path.parent)
