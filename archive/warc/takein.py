"""Import: the records of strangers' files come into the archive by copy, a file of ours for each of theirs.

    file -> ForeignWalk -> members copied as they are | packed anew -> NAME.warc.gz.import -> sealed

The file begins with a warcinfo record of our own that says where its records come from. It appears whole or
not at all: what a kill leaves is no WARC file of the archive, and is swept at the next import.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from isal import isal_zlib

from archive.errors import ArchiveError
from archive.warc.digests import LabelledHash, PayloadHash
from archive.warc.foreign import ForeignWalk, Pairs, Record, Skipped
from archive.warc.names import OPEN, SUFFIX, file_name, files
from archive.warc.reader import IMPORTED, SOURCE, first_fields, parse_date
from archive.warc.records import warcinfo
from archive.warc.seal import failure_of, file_sha256, seal, sync_directory

PARTIAL = ".import"
"""What the name of a file ends with while it is made."""

MAX_TOLD = 200
"""Skipped places that are told one by one; a file of garbage has a million."""

_PIECE = 1 << 20

Progress = Callable[[int, int], None]
"""Told how many bytes are read, and of how many."""


class Refused(ArchiveError):
    """A file of which nothing can be taken."""


@dataclass(slots=True)
class Imported:
    """What was taken from a file."""

    source: str  # its name, without the folders
    sha256: str
    name: str = ""  # of the archive's file, "" when there is none
    form: str = ""
    records: dict[str, int] = field(default_factory=dict)  # how many, by WARC-Type
    as_they_were: int = 0  # records whose gzip members were copied
    unread: int = 0  # records that no index can take: no URL or no date
    skipped: list[Skipped] = field(default_factory=list)
    lost: int = 0  # how often something was skipped, told or not
    before: str | None = None  # the archive's file that holds it already


def import_file(
    path: Path,
    warc_dir: Path,
    *,
    source: str | None = None,
    site: str | None = None,
    on_progress: Progress = lambda done, total: None,
) -> Imported:
    """Take the records of a WARC or ARC file. ``source`` is what is said of where they come from.

    ``site``: the site that they are shown under. A file that was taken before is not taken again.
    Raises Refused when there is nothing to take, OSError when it can't be read, DiskFull or ArchiveError when
    the copy can't be written.
    """
    done = Imported(source or path.name, file_sha256(path))
    done.before = taken_before(warc_dir).get(done.sha256)
    if done.before is not None:
        return done
    size = path.stat().st_size
    walk = ForeignWalk(path, warc_dir, lambda position: on_progress(position, size))
    try:
        if walk.size == 0:
            raise Refused(f"{path}@0: the file is empty")
        if walk.form is None:
            raise Refused(f"{path}@0: no WARC or ARC record stands here; nothing of it was taken")
        done.form = walk.form
        started = datetime.now(UTC)
        name = _free_name(warc_dir, started)
        partial = warc_dir / (name + PARTIAL)
        try:
            with partial.open("xb") as target:
                _fill(target, walk, path, done, name, started, site)
                target.flush()
                os.fsync(target.fileno())
            if not done.records:
                raise Refused(f"{path}@{_first(done)}; no whole record was found, nothing of it was taken")
            done.name = name
            waiting = warc_dir / (name + OPEN)
            os.rename(partial, waiting)
            sync_directory(warc_dir)
            seal(waiting, file_sha256(waiting))
        except OSError as error:
            raise failure_of(partial, error) from error
        finally:
            partial.unlink(missing_ok=True)
    finally:
        walk.close()
    return done


def sweep(warc_dir: Path) -> None:
    """Remove what imports left that were killed."""
    for path in warc_dir.glob(f"*{SUFFIX}{PARTIAL}"):
        path.unlink(missing_ok=True)


def taken_before(warc_dir: Path) -> dict[str, str]:
    """The archive's file of each file that was taken, by the SHA-256 of theirs."""
    found = {}
    for file in files(warc_dir):
        if file.name.startswith(IMPORTED + "-"):
            told = first_fields(file.path)
            if SOURCE in told:
                found[told.get("importedSha256", "")] = file.name
    return found


def _free_name(warc_dir: Path, started: datetime) -> str:
    for serial in range(100_000):
        name = file_name(IMPORTED, started, serial)
        if not any((warc_dir / (name + end)).exists() for end in ("", OPEN, PARTIAL)):
            return name
    raise ArchiveError(f"{warc_dir}: no name is free for an import")


def _first(done: Imported) -> str:
    first = done.skipped[0] if done.skipped else Skipped(0, "nothing")
    return f"{first.offset}: {first.reason}"


def _fill(
    target: IO[bytes],
    walk: ForeignWalk,
    path: Path,
    done: Imported,
    name: str,
    started: datetime,
    site: str | None,
) -> None:
    told = {
        "software": "Gazette",
        SOURCE: done.source,
        "importedSha256": done.sha256,
        "importedBytes": str(walk.size),
        "importedForm": done.form,
        "importedAt": f"{started:%Y-%m-%dT%H:%M:%SZ}",
        "site": site,
    }
    _, member = warcinfo(name, started, told)
    target.write(member)
    with path.open("rb", buffering=0) as original:
        for found in walk:
            if isinstance(found, Skipped):
                done.lost += 1
                if len(done.skipped) < MAX_TOLD:
                    done.skipped.append(found)
                continue
            fields = _arc_fields(found, done.sha256) if found.version == "ARC" else found.fields
            fields = _with_id(fields, done.sha256, found.offset)
            kind = next((v.lower() for k, v in fields if k.lower() == "warc-type"), "")
            done.records[kind or "untyped"] = done.records.get(kind or "untyped", 0) + 1
            done.unread += kind in ("response", "revisit", "resource", "conversion") and not _telling(fields)
            if found.member is not None and fields == found.fields:
                done.as_they_were += 1
                _copy(original, target, *found.member)
            else:
                _pack(target, found, fields)


def _telling(fields: Pairs) -> bool:
    given = {key.lower(): value for key, value in reversed(fields)}
    return bool(given.get("warc-target-uri")) and parse_date(given.get("warc-date")) is not None


def _with_id(fields: Pairs, sha256: str, offset: int) -> Pairs:
    """A record without an id gets one, the same in each import of the file."""
    if any(key.lower() == "warc-record-id" and value for key, value in fields):
        return fields
    made = uuid.uuid5(uuid.NAMESPACE_URL, f"sha256:{sha256}@{offset}")
    kept = tuple((k, v) for k, v in fields if k.lower() != "warc-record-id")
    return (*kept, ("WARC-Record-ID", f"<urn:uuid:{made}>"))


def _arc_fields(record: Record, sha256: str) -> Pairs:
    """An ARC record's fields with a type, and with digests, which ARC knows none of."""
    url, mime = record.get("warc-target-uri") or "", record.get("content-type") or ""
    start = record.block.read(5)
    record.block.seek(0)
    http = start == b"HTTP/"
    kind = "warcinfo" if url.startswith("filedesc:") else "response" if http else "resource"
    block, payload = LabelledHash("sha1:"), PayloadHash("sha1:", http=http)
    while data := record.block.read(_PIECE):
        block.update(data)
        payload.update(data)
    payload.finish()
    record.block.seek(0)
    fields = [("WARC-Type", kind)]
    for key, value in record.fields:
        if key == "Content-Type":
            value = "application/http; msgtype=response" if http else mime
        elif key == "WARC-Target-URI" and kind == "warcinfo":
            key, value = "WARC-Filename", url.partition("://")[2]
        fields.append((key, value))
    fields.append(("WARC-Block-Digest", block.computed))
    if kind != "warcinfo":
        fields.append(("WARC-Payload-Digest", payload.payload.computed))
    return _with_id((*fields, ("Content-Length", str(record.size))), sha256, record.offset)


def _copy(original: IO[bytes], target: IO[bytes], offset: int, length: int) -> None:
    original.seek(offset)
    while length and (data := original.read(min(length, _PIECE))):
        target.write(data)
        length -= len(data)
    if length:
        raise ArchiveError("the file became shorter while it was read")


def _pack(target: IO[bytes], record: Record, fields: Pairs) -> None:
    """Write a record as a gzip member of its own."""
    version = record.version if record.version.startswith("WARC/") else "WARC/1.1"
    lines = [version, *(f"{key}: {value}" for key, value in fields)]
    head = "\r\n".join(lines).encode("utf-8", "surrogateescape") + b"\r\n\r\n"
    stream = isal_zlib.compressobj(1, isal_zlib.DEFLATED, 31)
    target.write(stream.compress(head))
    while data := record.block.read(_PIECE):
        target.write(stream.compress(data))
    target.write(stream.compress(b"\r\n\r\n") + stream.flush())
