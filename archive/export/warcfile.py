"""WARC: the chosen captures as they were kept, member for member, with all that belongs to them.

    chosen captures -> the records beside them -> whole gzip members, copied byte for byte

First stands a warcinfo record that says what the file is, then, before the first record of each file of the
archive, the warcinfo which that file begins with. Nothing is packed anew: record ids, digests, the headers of
revisits and the lengths of members are those of the archive.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from archive.errors import DamagedRecord
from archive.export.chosen import Chosen
from archive.export.form import About, Packed
from archive.types import RecordRef
from archive.warc.beside import leading_warcinfo, records_of
from archive.warc.names import open_file
from archive.warc.records import warcinfo

MAX_TOLD = 200
"""Problems that are told one by one."""

_PIECE = 1 << 20


def write(chosen: Chosen, out: IO[bytes], about: About) -> Packed:
    """Write the records of the chosen captures, and say what could not be copied."""
    done = Packed(records=1)
    _, member = warcinfo(about.name, datetime.now(UTC), about.told)
    out.write(member)
    total = len(chosen)
    begun: set[str] = set()
    source = _Source(chosen.warc_dir)
    try:
        for number, place in enumerate(chosen.places(), 1):
            try:
                records = [ref for _, ref in records_of(chosen.warc_dir, place)]
                if place.ref.warc not in begun:
                    begun.add(place.ref.warc)
                    records = [*leading_warcinfo(chosen.warc_dir, place.ref.warc), *records]
                for ref in records:
                    source.copy(ref, out)
                done.captures += 1
                done.records += len(records)
            except DamagedRecord as error:
                done.lost += 1
                if len(done.problems) < MAX_TOLD:
                    done.problems.append(str(error))
            about.progress(number, total)
    finally:
        source.close()
    return done


class _Source:
    """Reads members; the file that was read last stays open, as the next one mostly is in it."""

    def __init__(self, warc_dir: Path) -> None:
        self._warc_dir = warc_dir
        self._name = ""
        self._descriptor = -1

    def copy(self, ref: RecordRef, out: IO[bytes]) -> None:
        """Copy a member. Raises DamagedRecord when its file is gone or has become shorter."""
        try:
            self._open(ref.warc)
        except OSError as error:
            raise DamagedRecord(ref, f"can't read the file: {error.strerror}") from None
        at, left = ref.offset, ref.length
        while left:
            data = os.pread(self._descriptor, min(left, _PIECE), at)
            if not data:
                raise DamagedRecord(ref, "the file became shorter while it was read")
            out.write(data)
            at += len(data)
            left -= len(data)

    def _open(self, name: str) -> None:
        if name != self._name:
            self.close()
            self._descriptor, self._name = open_file(self._warc_dir, name), name

    def close(self) -> None:
        """Let go of the file."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
        self._descriptor, self._name = -1, ""
