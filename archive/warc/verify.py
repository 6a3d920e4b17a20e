"""Whether WARC files are what was written: their records, and the manifest.

    files -> records: see check                                } -> findings, each with file@offset
    manifest -> files that are missing, new, or not the same   }

Nothing is changed here, and damage is a finding, never an exception.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from archive.warc.check import Finding, Tally, verify_file
from archive.warc.names import OPEN, WarcFile, durable_offset, durable_path, existing_path, files
from archive.warc.seal import MANIFEST, file_sha256, manifest

_MANIFEST_LINE = re.compile(rb"([0-9a-fA-F]{64})  ([^/\n]+)")

Progress = Callable[[int, int], None]
"""Told how many bytes are read, and of how many."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A file that was looked at, all of it or as far as it is safe on disk."""

    name: str  # without ".open"
    bytes: int
    records: int
    findings: tuple[Finding, ...]
    captures: dict[int, str]  # record id of each record that an index takes, by its offset
    sealed: bool


OnFile = Callable[[Checked], None]


def verify_archive(
    warc_dir: Path,
    tally: Tally,
    on_progress: Progress = lambda done, total: None,
    *,
    on_file: OnFile = lambda checked: None,
    only: frozenset[str] | None = None,
) -> Iterator[Finding]:
    """Check all files of an archive, and the manifest. Open files are checked up to their durable offset.

    ``only``: names of the files whose bytes are read; None for all. ``on_file`` is told of each of them.
    """
    # The manifest before the files: all that it lists must stand there, whatever is sealed meanwhile.
    listed, wrong = _read_manifest(warc_dir)
    yield from wrong
    present = files(warc_dir)
    names = {file.name for file in present if file.sealed}
    for name in sorted(set(listed) - names):
        if not (warc_dir / name).exists():
            yield Finding(name, 0, "missing", f"the file is listed in {MANIFEST}, and not there")
    chosen = [file for file in present if only is None or file.name in only]
    yield from _verify(chosen, listed, tally, on_progress, on_file=on_file)


def sample(warc_dir: Path, share: float, verified: Mapping[str, datetime]) -> frozenset[str]:
    """The files whose turn it is: ``share`` (0 to 1) of all bytes, or a little more.

    Those never verified come first, then those verified longest ago: within 1 / ``share`` calls each does.
    """
    present = files(warc_dir)
    oldest = datetime.min.replace(tzinfo=UTC)
    present.sort(key=lambda file: (verified.get(file.name, oldest), file.name))
    left = share * sum(file.durable for file in present)
    chosen = set()
    for file in present:
        if left <= 0:
            break
        chosen.add(file.name)
        left -= file.durable
    return frozenset(chosen)


def verify_paths(
    paths: list[Path], tally: Tally, on_progress: Progress = lambda done, total: None
) -> Iterator[Finding]:
    """Check these files, of the archive or of others; by the manifest too, where one beside them names it.

    Raises OSError when there is no such file.
    """
    present = []
    for path in paths:
        is_open = path.name.endswith(OPEN)
        # A stranger's open file has no published offset.
        known = is_open and durable_path(path).exists()
        whole = durable_offset(path) if known else path.stat().st_size
        present.append(WarcFile(path.name.removesuffix(OPEN), path, whole, sealed=not is_open))
    yield from _verify(present, {}, tally, on_progress, unlisted=False)


def _verify(
    present: list[WarcFile],
    listed: dict[str, str],
    tally: Tally,
    on_progress: Progress,
    *,
    unlisted: bool = True,
    on_file: OnFile = lambda checked: None,
) -> Iterator[Finding]:
    total = sum(file.durable for file in present)
    done = 0
    for file in present:
        # An open file may have been sealed, and so renamed, since it was listed.
        path = file.path if file.sealed else existing_path(file.path.parent, file.name)
        end = None if file.sealed else file.durable

        def read(position: int, before: int = done) -> None:
            on_progress(before + position, total)

        captures: dict[int, str] = {}
        records = tally.records
        found = []
        for finding in verify_file(path, file.name, tally, end=end, on_read=read, captures=captures):
            found.append(finding)
            yield finding
        if file.sealed and (other := _against_manifest(file, listed, unlisted=unlisted)) is not None:
            found.append(other)
            yield other
        records = tally.records - records
        on_file(Checked(file.name, file.durable, records, tuple(found), captures, file.sealed))
        done += file.durable
        on_progress(done, total)


def _against_manifest(file: WarcFile, listed: dict[str, str], *, unlisted: bool) -> Finding | None:
    # Read again for a file that a run has sealed and not listed yet when the manifest was read.
    stated = listed.get(file.name) or manifest(file.path.parent).get(file.name)
    if stated is None:
        message = f"the file isn't listed in {MANIFEST}; it is added by: gazette repair"
        return Finding(file.name, 0, "unlisted", message) if unlisted else None
    try:
        found = file_sha256(file.path)
    except OSError:
        return None  # which was said when its records were read
    if found == stated.lower():
        return None
    return Finding(file.name, 0, "sha256", f"the file's SHA-256 is {found}, and in {MANIFEST} {stated}")


def _read_manifest(warc_dir: Path) -> tuple[dict[str, str], list[Finding]]:
    """What is listed, and the lines that are none, or that contradict another one."""
    try:
        text = (warc_dir / MANIFEST).read_bytes()
    except FileNotFoundError:
        return {}, []
    listed: dict[str, str] = {}
    wrong: list[Finding] = []
    offset = 0
    # What has no line break at its end is half a line, which the next run mends.
    for line in text.split(b"\n")[:-1]:
        match = _MANIFEST_LINE.fullmatch(line)
        if match is None:
            wrong.append(Finding(MANIFEST, offset, "manifest", "no line of a SHA-256, two spaces and a name"))
        else:
            name, digest = os.fsdecode(match[2]), match[1].decode("ascii")
            if listed.setdefault(name, digest).lower() != digest.lower():
                wrong.append(Finding(MANIFEST, offset, "manifest", f"another SHA-256 of {name}"))
        offset += len(line) + 1
    return listed, wrong
