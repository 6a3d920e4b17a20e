"""CDXJ of the chosen captures, where they lie in the archive's WARC files."""

from __future__ import annotations

from typing import IO

from archive.export.cdxj import lines, on_disk
from archive.export.chosen import TABLE, Chosen
from archive.export.form import About, Packed


def write(chosen: Chosen, out: IO[bytes], about: About) -> Packed:
    """Write a line for each of them, sorted."""
    done = Packed()
    for line in lines(chosen.connection, names=on_disk(chosen.warc_dir), chosen=TABLE):
        out.write(line.encode("ascii"))
        done.captures += 1
    return done
