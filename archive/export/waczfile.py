"""WACZ: one file with the chosen captures, their index and a list of their pages, which a browser can replay.

    chosen captures -> WARC      -> wacz, in a process and an environment of its own -> WACZ 1.1.1
    index           -> pages.jsonl

The pages, their titles and texts are those of our index: the library's own way reads each page again, and
takes an empty title for what it doesn't find.
"""

from __future__ import annotations

import errno
import json
import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from archive.errors import ArchiveError, DiskFull
from archive.export import warcfile
from archive.export.chosen import Chosen
from archive.export.form import About, Packed

SECONDS = 600.0
"""How long the library may take for any file, and"""
SECONDS_PER_BYTE = 1 / 200_000
"""how much longer for each byte of WARC. It reads some 5 MB in a second."""

# To make its index, the library decodes each body and never looks at it. It can't decode brotli (warcio 1.8
# expects an older module of that name), and 2 MB may be 2 GB then.
_RUN = """import sys
from warcio.recordloader import ArcWarcRecord
ArcWarcRecord.content_stream = lambda record: record.raw_stream
from wacz.main import main
sys.exit(main())"""
_PAGES = """SELECT documents.id, captures.url, documents.captured_at, documents.title, documents.text
    FROM chosen CROSS JOIN captures USING (warc, offset)
    JOIN documents ON documents.id = captures.document_id
        AND documents.warc = captures.warc AND documents.offset = captures.offset
    WHERE chosen.page = 1 AND documents.kind <> 'other'
        AND captures.mime IN ('text/html', 'application/xhtml+xml')"""


def write(chosen: Chosen, out: IO[bytes], about: About) -> Packed:
    """Write a WACZ to a file that has a name. Raises ArchiveError when the library isn't there or fails."""
    python = about.python()
    with tempfile.TemporaryDirectory(prefix=".wacz-", dir=Path(out.name).parent) as folder:
        warc = Path(folder) / about.name
        with warc.open("wb") as file:
            done = warcfile.write(chosen, file, about)
        pages = Path(folder) / "pages.jsonl"
        with pages.open("w", encoding="utf-8") as lines:
            lines.writelines(_pages(chosen, about))
        seconds = SECONDS + warc.stat().st_size * SECONDS_PER_BYTE
        # The library writes by name to the file that is open here, and is made durable here.
        named = [
            f"--output={out.name}",
            f"--pages={pages}",
            "--copy-pages",
            f"--title={about.title}",
            str(warc),
        ]
        _create(python, named, seconds)
    return done


def _pages(chosen: Chosen, about: About) -> Iterator[str]:
    """The list of pages (WACZ 1.1.1, 5.2.2): each stored version of an article or section once."""
    yield _line({"format": "json-pages-1.0", "id": "pages", "title": about.title, "hasText": True})
    for row in chosen.connection.execute(_PAGES):
        page = {
            "id": row["id"],
            "url": row["url"],
            "ts": row["captured_at"],
            "title": row["title"] or row["url"],
            "text": row["text"],
        }
        yield _line({name: value for name, value in page.items() if value})


def _line(fields: dict[str, str | bool]) -> str:
    return json.dumps(fields, ensure_ascii=False) + "\n"


def _create(python: Path, arguments: list[str], seconds: float) -> None:
    command = [str(python), "-I", "-c", _RUN, "create", *arguments]
    try:
        ended = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=seconds,
        )
    except subprocess.TimeoutExpired:
        raise ArchiveError(f"wacz did not end in {seconds:.0f} s; nothing was written. Choose less") from None
    if ended.returncode != 0:
        said = (ended.stderr.strip() or ended.stdout.strip()).rpartition("\n")[2]
        if os.strerror(errno.ENOSPC) in said:
            raise DiskFull("no space left for the WACZ; free some, then run it again: nothing was written")
        said = said or f"it ended with {ended.returncode}"
        raise ArchiveError(f"wacz could not make the file: {said}; nothing was written")
