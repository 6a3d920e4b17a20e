"""Names of WARC files: ``PREFIX-TIMESTAMP-SERIAL-HOST.warc.gz`` (WARC 1.1, annex C).

The host is the machine that crawls. Nothing a page says ever gets into a name.
"""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

SUFFIX = ".warc.gz"
OPEN = ".open"
DURABLE = ".durable"
_UNSAFE = re.compile(r"[^A-Za-z0-9.]+")


def file_name(prefix: str, started: datetime, serial: int) -> str:
    """A name for a file begun at ``started`` (UTC, to the millisecond)."""
    machine = _UNSAFE.sub("_", socket.gethostname())[:64] or "localhost"
    stamp = started.strftime("%Y%m%d%H%M%S") + f"{started.microsecond // 1000:03d}"
    return f"{prefix}-{stamp}-{serial:05d}-{machine}{SUFFIX}"


@dataclass(frozen=True, slots=True)
class WarcFile:
    """A file of the archive as it stands now."""

    name: str  # without ".open"
    path: Path
    durable: int  # bytes that are safe to read; all of a sealed file
    sealed: bool


def files(warc_dir: Path) -> list[WarcFile]:
    """The WARC files of an archive, sorted by name. A missing directory has none."""
    found: dict[str, WarcFile] = {}
    for path in _listed(warc_dir):
        if path.name.endswith(SUFFIX):
            found[path.name] = WarcFile(path.name, path, path.stat().st_size, sealed=True)
        elif path.name.endswith(SUFFIX + OPEN):
            name = path.name.removesuffix(OPEN)
            found.setdefault(name, WarcFile(name, path, durable_offset(path), sealed=False))
    return [found[name] for name in sorted(found)]


def _listed(warc_dir: Path) -> Iterable[Path]:
    try:
        return sorted(warc_dir.iterdir())
    except FileNotFoundError:
        return ()


def durable_offset(open_path: Path) -> int:
    """What the writer of an open file has published as safe on disk; 0 when it has nothing yet."""
    try:
        text = durable_path(open_path).read_bytes()
    except FileNotFoundError:
        return 0
    # The file may be empty for a moment, or after a power loss; then nothing is known to be safe.
    return int(text) if text.isdigit() else 0


def durable_path(open_path: Path) -> Path:
    return open_path.with_name(open_path.name.removesuffix(OPEN) + DURABLE)


def existing_path(warc_dir: Path, name: str) -> Path:
    """The path of a file that may be sealed by now, or still be open."""
    path = warc_dir / name
    return path if path.exists() else warc_dir / (name + OPEN)


def open_file(warc_dir: Path, name: str) -> int:
    """A descriptor to read a file with, sealed or not. Raises OSError."""
    for path in (warc_dir / name, warc_dir / (name + OPEN)):
        try:
            return os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            continue
    # It may have been sealed, and so renamed, between the two tries.
    return os.open(warc_dir / name, os.O_RDONLY | os.O_CLOEXEC)
