"""WACZ of others: a zip with WARC files in archive/ and their hashes in datapackage.json (WACZ 1.1.1)."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from archive.errors import ArchiveError

MAX_ENTRIES = 10_000
MAX_JSON = 64 << 20
"""Bytes of datapackage.json: a line for each file in the zip."""

_PIECE = 1 << 20
_FOLDER = "archive/"
_ENDS = (".warc", ".warc.gz", ".arc", ".arc.gz")


@dataclass(frozen=True, slots=True)
class Packed:
    """A WARC file in a WACZ."""

    name: str  # its path in the zip
    size: int  # bytes, as the zip says
    stated: str | None  # "sha256:..." by datapackage.json


class BadWacz(ArchiveError):
    """No zip, or one that can't be read."""


def is_zip(path: Path) -> bool:
    """Whether a file begins as a zip does. Raises OSError."""
    with path.open("rb") as file:
        return file.read(4) in (b"PK\x03\x04", b"PK\x05\x06")


@contextmanager
def opened(path: Path) -> Iterator[zipfile.ZipFile]:
    """The zip while the block runs. Raises BadWacz for one that is damaged, in the block too."""
    try:
        with zipfile.ZipFile(path) as found:
            if len(found.filelist) > MAX_ENTRIES:
                raise BadWacz(f"{path}@0: a zip of more than {MAX_ENTRIES} files; nothing of it was taken")
            yield found
    except (zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise BadWacz(f"{path}@0: no zip that can be read: {error}") from None


def packed(file: zipfile.ZipFile) -> list[Packed]:
    """The WARC and ARC files that it holds, by name."""
    stated = _stated(file)
    entries = sorted(file.infolist(), key=lambda entry: entry.filename)
    return [
        Packed(entry.filename, entry.file_size, stated.get(entry.filename))
        for entry in entries
        if entry.filename.startswith(_FOLDER) and entry.filename.lower().endswith(_ENDS)
    ]


@contextmanager
def unpacked(file: zipfile.ZipFile, entry: Packed, folder: Path) -> Iterator[tuple[Path, str]]:
    """The bytes of an entry in a file of its own, and their SHA-256 as datapackage.json writes it.

    Raises BadWacz for an entry that is encrypted, damaged, or longer than the room on the disk.
    """
    if entry.size > shutil.disk_usage(folder).free:
        raise BadWacz(f"{file.filename}!{entry.name}: {entry.size} bytes, for which there is no room")
    digest = hashlib.sha256()
    handle, name = tempfile.mkstemp(dir=folder, prefix="wacz-", suffix=".part")
    path = Path(name)
    try:
        with os.fdopen(handle, "wb") as target, _entry(file, entry) as source:
            left = entry.size
            # Not a byte more than the zip says: its length is what the room was looked at for.
            while left and (data := source.read(min(left, _PIECE))):
                digest.update(data)
                target.write(data)
                left -= len(data)
        yield path, f"sha256:{digest.hexdigest()}"
    finally:
        path.unlink(missing_ok=True)


def is_signed(file: zipfile.ZipFile) -> bool:
    """Whether somebody signed it. Signatures aren't checked here: that asks for certificates of the day."""
    try:
        with file.open("datapackage-digest.json") as source:
            return "signedData" in json.loads(source.read(MAX_JSON))
    except (KeyError, TypeError, ValueError, RecursionError, RuntimeError):
        return False


def _entry(file: zipfile.ZipFile, entry: Packed) -> IO[bytes]:
    try:
        return file.open(entry.name)
    except RuntimeError as error:  # zipfile's word for a password
        raise BadWacz(f"{file.filename}!{entry.name}: {error}") from None


def _stated(file: zipfile.ZipFile) -> dict[str, str]:
    """The hashes in datapackage.json, by path; {} when it can't be read: they help, and are not the data."""
    try:
        with file.open("datapackage.json") as source:
            table: Any = json.loads(source.read(MAX_JSON))
        listed = table["resources"]
        return {str(one["path"]): str(one["hash"]) for one in listed if "hash" in one and "path" in one}
    except (KeyError, TypeError, ValueError, RecursionError, RuntimeError):
        return {}
