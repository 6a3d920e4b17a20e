"""What is new in the WARC files -> captures of the index, in one transaction with the offset behind them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from archive.index.store import Store
from archive.warc.names import existing_path
from archive.warc.reader import CaptureWalk, Entry, WarcFile, files

_CHUNK = 1_000  # captures per transaction


@dataclass(frozen=True, slots=True)
class Intake:
    """What a look at the files found."""

    captures: int  # records taken in, of all kinds
    problems: tuple[str, ...]  # "FILE@OFFSET: what stands there instead of a whole record"


def take_in(store: Store, warc_dir: Path) -> Intake:
    """Walk the whole members of each file beyond its indexed offset, up to what is durable."""
    captures = 0
    problems: list[str] = []
    for file in files(warc_dir):
        start, sealed = store.indexed_offset(file.name)
        if start >= file.durable and sealed == file.sealed:
            continue
        # It may have been sealed, and so renamed, since it was listed.
        walk = CaptureWalk(existing_path(warc_dir, file.name), file.name, start, file.durable)
        try:
            for entries in _chunks(walk):
                store.add_captures(file, entries, entries[-1].end, walk.unanswered(), walk.software)
                captures += len(entries)
                start = entries[-1].end
        except FileNotFoundError:
            continue  # sealed at this very moment; the next pass finds it under its final name
        _note_end(store, file, walk, start)
        if walk.problem is not None:
            problems.append(f"{file.name}@{walk.offset}: {walk.problem}")
    return Intake(captures, tuple(problems))


def _note_end(store: Store, file: WarcFile, walk: CaptureWalk, start: int) -> None:
    """Set the offset behind the last record of a sealed file.

    In an open file it stays behind the last capture: the records at its end may be those that
    tell of the capture to come.
    """
    offset = walk.offset if file.sealed else start
    unanswered = walk.unanswered()
    if unanswered or (offset, file.sealed) != store.indexed_offset(file.name):
        store.add_captures(file, (), offset, unanswered, walk.software)


def _chunks(walk: CaptureWalk) -> Iterator[list[Entry]]:
    chunk: list[Entry] = []
    for entry in walk:
        chunk.append(entry)
        if len(chunk) == _CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
