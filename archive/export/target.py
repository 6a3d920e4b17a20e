"""Where an export goes: a file or a folder that is whole, or as it was before."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from archive.errors import BadConfiguration
from archive.export import CAPTURES, FORMATS
from archive.export.chosen import Chosen
from archive.export.form import About, Outlets, Packed
from archive.research.articles import Article
from archive.warc.seal import sync_directory


def write(
    format_name: str, articles: Iterable[Article], target: Path, outlets: Outlets, *, force: bool = False
) -> int:
    """Write articles in a format of ``FORMATS`` and give their number; with ``force`` over what is there.

    Raises BadConfiguration when it is there already, or can't be written to.
    """
    if format_name not in FORMATS:
        raise BadConfiguration(f"{format_name!r}: no format; choose one of {', '.join(FORMATS)}")
    chosen = FORMATS[format_name]
    with _place(target, force, folder=chosen.suffix is None) as place:
        if place.is_dir():
            return chosen.write(articles, place, outlets)  # type: ignore[arg-type]
        with _durable(place) as out:
            return chosen.write(articles, out, outlets)  # type: ignore[arg-type]


def pack(format_name: str, chosen: Chosen, target: Path, about: About, *, force: bool = False) -> Packed:
    """Write the chosen captures in a format of ``CAPTURES``; with ``force`` over what is there.

    Raises BadConfiguration when it is there already, or can't be written to; and what the format raises.
    """
    with _place(target, force, folder=False) as place, _durable(place) as out:
        return CAPTURES[format_name].write(chosen, out, about)


@contextmanager
def _durable(place: Path) -> Iterator[IO[bytes]]:
    with place.open("wb") as out:
        yield out
        out.flush()
        os.fsync(out.fileno())


@contextmanager
def _place(target: Path, force: bool, *, folder: bool) -> Iterator[Path]:
    """Where to write: beside ``target``, which it becomes when all is written, and not before."""
    if target.exists() and not force:
        raise BadConfiguration(f"{target}: is there already; give another name, or --force to replace it")
    if target.is_dir() and not folder:
        raise BadConfiguration(f"{target}: is a folder; give the name of a file")
    if not target.parent.is_dir():
        raise BadConfiguration(f"{target.parent}: no such folder; make it first")
    beside = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    try:
        place = beside / target.name
        if folder:
            place.mkdir()
        yield place
        if folder and target.exists():
            # A folder can't be renamed over another one.
            target.rename(beside / "before")
        place.replace(target)
        sync_directory(target.parent)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
