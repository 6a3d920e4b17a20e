"""Strangers' files: WARC and ARC of any make, record by record, in bounded memory.

    file -> gzip members joined, or the bytes as they are -> header, block -> Record | Skipped

Our own files are one gzip member a record and are read by archive/warc/members.py. Others are plain, or
one stream for all records, or torn, or lie about lengths: what is whole is read, the rest is said.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from archive.warc.arc import MAX_LINE, arc_header, begins_arc, find_arc
from archive.warc.blocks import OnRead, is_warc, scan
from archive.warc.members import HEAD_CAP
from archive.warc.streams import PIECE, Stream

MAX_RECORD = 4 << 30
"""Bytes of a block. News pages have megabytes; a film may have this."""
MAX_SKIP = 1 << 30
"""Decompressed bytes that are searched for the next record: a bomb holds garbage without end."""

_IN_MEMORY = 8 << 20  # of a block; what is longer waits in a file
_END = b"\r\n\r\n"
_HEAD_END = re.compile(rb"\r?\n\r?\n")
_WARC_LINE = re.compile(rb"^WARC/\d\.\d{1,2}\r?\n", re.MULTILINE | re.IGNORECASE)
_DIGITS = re.compile(r"[0-9]{1,18}", re.ASCII)

Pairs = tuple[tuple[str, str], ...]


@dataclass(slots=True)
class Record:
    """A whole record. ``block`` is read from its start, and closed when the next record is asked for."""

    offset: int  # of the record in the file, or of the gzip member in which it begins
    version: str  # "WARC/1.0" and the like; "ARC" for ARC, whose fields are in WARC's words already
    fields: Pairs  # bytes beyond UTF-8 as surrogates, as they stand
    block: IO[bytes]
    size: int
    member: tuple[int, int] | None  # offset and length where it is a member of its own, as in our files

    def get(self, name: str) -> str | None:
        """The first value of a field, by lower-case name."""
        return next((value for key, value in self.fields if key.lower() == name), None)


@dataclass(frozen=True, slots=True)
class Skipped:
    """What is no whole record."""

    offset: int
    reason: str


class ForeignWalk:
    """Iterates over the records of a stranger's file and over what is none.

    ``form`` is "WARC", "ARC", or None when the file begins like neither; ``folder`` takes the blocks
    that are too long for memory. Raises OSError.
    """

    def __init__(self, path: Path, folder: Path, on_read: OnRead = lambda position: None) -> None:
        self._path, self._folder = path, folder
        self._file = path.open("rb", buffering=0)
        self.size = os.fstat(self._file.fileno()).st_size
        self._stream = Stream(self._file.fileno(), self.size, on_read)
        self.form = self._form()

    def _form(self) -> str | None:
        start = self._stream.peek(PIECE)
        if is_warc(start):
            return "WARC"
        return "ARC" if start.startswith(b"filedesc:") or begins_arc(start) else None

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def __iter__(self) -> Iterator[Record | Skipped]:
        stream = self._stream
        while stream.peek(1) or stream.error is not None:
            if stream.error is not None and not stream.buffer:
                yield self._behind_damage()
                continue
            start = stream.position
            place = stream.begin()
            if stream.peek(1) in (b"\n", b"\r"):
                stream.take(1)  # ARC has one between two records, and careless writers of WARC some more
                continue
            with tempfile.SpooledTemporaryFile(_IN_MEMORY, dir=str(self._folder)) as block:
                found = self._record(start, place, block)
                if found is None:
                    stream.drop()
                    continue
                yield found
            if isinstance(found, Skipped):
                self._skip(start)

    def _behind_damage(self) -> Skipped:
        assert self._stream.error is not None
        place, reason = self._stream.error
        begins = begins_arc if self.form == "ARC" else is_warc
        behind = scan(self._file.fileno(), place + 1, self.size, begins=begins)
        self._stream.seek(self.size if behind is None else behind)
        then = "no record behind it" if behind is None else f"the next record is at {behind}"
        return Skipped(place, f"{reason}; {then}")

    def _record(self, start: int, place: int, block: IO[bytes]) -> Record | Skipped | None:
        """The record that is next; None when the file is damaged in it."""
        stream = self._stream
        strict = True
        if self.form == "ARC":
            line = stream.peek(PIECE).partition(b"\n")[0]
            header = arc_header(line.rstrip(b"\r"))
            if header is None:
                torn = stream.broken_within(PIECE) and b"\n" not in stream.buffer
                return None if torn else Skipped(place, "no header of an ARC record")
            version, fields, size = "ARC", header.fields, header.size
            stream.take(len(line) + 1)
        else:
            head = self._warc_head()
            if head is None:
                torn = stream.broken_within(HEAD_CAP) and is_warc(stream.buffer[:5].upper())
                return None if torn else Skipped(place, "no header of a WARC record")
            version, fields, strict = head
            stated = next((value for key, value in fields if key.lower() == "content-length"), "")
            if not _DIGITS.fullmatch(stated):
                what = f"a Content-Length of {stated[:40]!r}" if stated else "no Content-Length"
                return Skipped(place, f"record with {what}")
            size = int(stated)
        if size > MAX_RECORD:
            return Skipped(place, f"record of {size} bytes; the limit is {MAX_RECORD}")
        left = size
        while left and (part := stream.take(min(left, PIECE))):
            block.write(part)
            left -= len(part)
        if left and stream.error is not None:
            return None
        if left:
            return Skipped(place, f"record of {size - left} bytes that promises {size}")
        block.seek(0)
        if version != "ARC":
            end = stream.peek(len(_END))
            strict = strict and end == _END
            stream.take(4 if end == _END else len(end) - len(end.lstrip(b"\r\n")))
        stream.settle()
        if stream.error is not None and stream.error[0] == place and not stream.buffer:
            return None
        member = stream.alone(start, stream.position) if strict and version != "ARC" else None
        return Record(place, version, fields, block, size, member)

    def _warc_head(self) -> tuple[str, Pairs, bool] | None:
        """Version, fields, and whether every line ends as it must (WARC 1.1, 4)."""
        stream = self._stream
        end = None
        size = 4096
        while end is None and size <= 2 * HEAD_CAP:
            data = stream.peek(min(size, HEAD_CAP))
            if data[:5].upper() != b"WARC/":
                return None
            end = _HEAD_END.search(data)
            if len(data) < min(size, HEAD_CAP):
                break
            size *= 2
        if end is None:
            return None
        head = stream.take(end.end())[: end.start()]
        lines = head.replace(b"\r\n", b"\n").split(b"\n")
        pairs: list[tuple[str, str]] = []
        for line in lines[1:]:
            text = line.decode("utf-8", "surrogateescape")
            if text[:1] in (" ", "\t") and pairs:
                pairs[-1] = (pairs[-1][0], f"{pairs[-1][1]} {text.strip()}".strip())
                continue
            name, colon, value = text.partition(":")
            if colon:
                pairs.append((name.strip(), value.strip()))
        strict = (
            head.startswith(b"WARC/")
            and end[0] == _END
            and head.count(b"\n") == head.count(b"\r\n") == len(lines) - 1
        )
        return lines[0].decode("ascii", "replace").upper(), tuple(pairs), strict

    def _skip(self, start: int) -> None:
        """Go to where the next record may begin: at its first line, or at the next member."""
        stream = self._stream
        if stream.position == start:
            stream.take(1)
        limit = stream.position + MAX_SKIP
        while window := stream.peek(PIECE):
            places = [stream.position + at for at in (self._find(window),) if at is not None]
            places += [first for first in stream.members() if first >= stream.position]
            if places:
                stream.take(min(places) - stream.position)
                return
            # The end stays: a line may begin there.
            stream.take(len(window) - MAX_LINE if len(window) == PIECE else len(window))
            if stream.position > limit:
                stream.give_up(f"no record in {MAX_SKIP} bytes")

    def _find(self, window: bytes) -> int | None:
        if self.form == "ARC":
            return find_arc(window)
        match = _WARC_LINE.search(window)
        return match.start() if match else None
