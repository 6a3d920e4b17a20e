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
from archive.export import FORMATS
from archive.export.form import Outlets
from archive.research.articles import Article


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
        out: IO[bytes]
        with place.open("wb") as out:
            count = chosen.write(articles, out, outlets)  # type: ignore[arg-type]
            out.flush()
            os.fsync(out.fileno())
        return count


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
    finally:
        shutil.rmtree(beside, ignore_errors=True)
