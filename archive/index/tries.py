"""Large tables of words, kept as files that need no loading: the door to marisa-trie.

    table of a library -> trie -> FOLDER/NAME-VERSIONS.trie, made once on a machine -> mapped into memory

A table that takes a library seconds and hundreds of MB to load is there in some ms, and what is read of it is
shared by all processes. FOLDER is gazette/ in the user's cache directory (XDG Base Directory Specification
0.8). Nothing is lost with it: what is missing, broken or of other versions is made anew.
"""

from __future__ import annotations

import contextlib
import logging
import mmap
import os
import tempfile
import zlib
from collections.abc import Callable, Iterable, Mapping
from importlib.metadata import version
from pathlib import Path

from marisa_trie import BytesTrie

Pairs = Iterable[tuple[str, bytes]]

_FORMAT = "1"
"""Raised with every change of what stands in the files."""
_SUM = 8
"""Bytes at the beginning of a file: the CRC-32 of the rest, big-endian, which keeps the trie aligned."""
_log = logging.getLogger(__name__)


class Table:
    """A trie in memory that somebody else holds: ``get`` gives the values of a key, None if it has none."""

    def __init__(self, content: memoryview) -> None:
        self._content = content  # the trie reads it, but does not keep it from being closed
        self.get: Callable[[str], list[bytes] | None] = BytesTrie().map(content).get


def opened(
    libraries: Iterable[str], names: Iterable[str], make: Callable[[], Mapping[str, Pairs]]
) -> list[Table] | None:
    """The tables ``names``, for which ``make`` gives the pairs if a file is missing.

    ``libraries`` are the distributions that the tables depend on. None where files can be neither read nor
    written: who asks must do without.
    """
    key = "-".join(f"{name}-{version(name)}" for name in (*libraries, "marisa-trie"))
    try:
        folder = _folder()
        paths = {name: folder / f"{name}-{key}-{_FORMAT}.trie" for name in names}
        found = {name: _mapped(path) for name, path in paths.items()}
        if None in found.values():
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder):
                pass  # whether files can be made is known before the work is done
            for name, pairs in make().items():
                _write(paths[name], pairs)
            found = {name: _mapped(path) for name, path in paths.items()}
    except (OSError, RuntimeError) as error:  # Path.home() raises RuntimeError for a user without one
        _log.debug("no tables of words are kept, they are loaded by each process: %s", error)
        return None
    tables = [table for table in found.values() if table is not None]
    return tables if len(tables) == len(found) else None


def _folder() -> Path:
    said = Path(os.environ.get("XDG_CACHE_HOME", ""))
    return (said if said.is_absolute() else Path.home() / ".cache") / "gazette"


def _mapped(path: Path) -> Table | None:
    """The trie of a file; None if there is none, or another thing under its name."""
    try:
        with path.open("rb") as file:
            view = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    except (FileNotFoundError, ValueError):  # mmap raises ValueError for an empty file
        return None
    content = view[_SUM:]
    # A few ms for each: a damaged trie would be read beyond its end.
    if int.from_bytes(view[:_SUM], "big") != zlib.crc32(content):
        return None
    return Table(content)


def _write(path: Path, pairs: Pairs) -> None:
    """Put a trie where readers find either nothing or all of it, also if two processes do so at once."""
    # In two levels, as it is asked in three quarters of the time of marisa's usual three and is 3 % larger.
    content = BytesTrie(pairs, num_tries=2).tobytes()
    descriptor, new = tempfile.mkstemp(prefix=f"{path.name}.", dir=path.parent)
    try:
        with open(descriptor, "wb") as file:
            file.write(zlib.crc32(content).to_bytes(_SUM, "big"))
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(new).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(new).unlink()
        raise
