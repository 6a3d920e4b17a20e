"""The library of Gazette: reads WARC files, extracts, indexes and searches. It never crawls.

import archive

with archive.open("my-archive") as a:
    print(a.search("Bürgermeister", since="2026-01-01"))
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from archive.research.desk import Archive

__all__ = ["open"]


def open(directory: str | os.PathLike[str] = ".") -> Archive:  # noqa: A001 - as people type it: archive.open
    """An archive to read in: a directory, or a file that ``gazette publish`` wrote.

    It shows the index as it was opened: after a rebuild, open it again. Raises NoArchive when there is none,
    or nothing is indexed yet.

    Example:
        with archive.open("my-archive") as a:
            a.search("Brücke", site="ruhr-aktuell").to_pandas()
    """
    # `import archive.types` runs this module: nothing is imported before it is needed.
    from archive.research.desk import open_desk

    return open_desk(Path(directory).expanduser())
