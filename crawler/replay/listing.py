"""The list of captures in which pywb looks URLs up: CDXJ files in ARCHIVE/replay, kept up to date.

    warc_files: how far each is indexed | captures beyond what is listed | one more sorted part | parts merged

pywb reads the parts at every request. A new part is small; two neighbours are merged when the older one has
less than twice the lines of the newer one, so there are few parts and no line is written often. All of it is
derived: what doesn't fit together, or not to the index, is made anew.
"""

from __future__ import annotations

import heapq
import json
import os
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from archive.errors import NoArchive
from archive.export import cdxj
from archive.index.generation import open_index
from archive.layout import Layout

_FORM = 1
"""Of the lines and of the state; another one makes the list anew."""


@dataclass(frozen=True, slots=True)
class Part:
    """One sorted file of the list."""

    name: str
    lines: int
    size: int  # bytes


@dataclass(frozen=True, slots=True)
class State:
    """What is listed: how far each WARC file is (bytes), and the parts, the oldest first."""

    places: dict[str, int] = field(default_factory=dict)
    parts: tuple[Part, ...] = ()


class Listing:
    """The list of one archive. Only one process may hold it: the server has a lock."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self.folder = layout.replay / "index"
        self._path = layout.replay / "state.json"
        self.folder.mkdir(parents=True, exist_ok=True)
        self._state = self._read()
        self._outdated = self._strays()

    def update(self) -> int:
        """List what was indexed since; how many captures came in. Raises ArchiveError, OSError."""
        for name in self._outdated:  # a query may still have been reading them
            (self.folder / name).unlink(missing_ok=True)
        self._outdated = []
        try:
            connection = open_index(self._layout)
        except NoArchive:  # nothing is indexed yet
            return 0
        try:
            return self._add(connection)
        finally:
            connection.close()

    def _add(self, connection: sqlite3.Connection) -> int:
        connection.execute("BEGIN")  # the places and the captures as of one moment
        places = cdxj.places(connection)
        if places == self._state.places:
            return 0
        listed = self._state
        if any(places.get(name, -1) < offset for name, offset in listed.places.items()):
            listed = State()  # a rebuilt index is not that far yet, or a file is gone
        found = cdxj.lines(connection, after=listed.places, replay=True)
        part = self._write(_number(self._state.parts), (line.encode("ascii") for line in found))
        self._keep(State(places, self._merge((*listed.parts, part) if part.lines else listed.parts)))
        return part.lines

    def _merge(self, parts: tuple[Part, ...]) -> tuple[Part, ...]:
        while len(parts) > 1 and parts[-2].lines < 2 * parts[-1].lines:
            with (
                (self.folder / parts[-2].name).open("rb") as older,
                (self.folder / parts[-1].name).open("rb") as newer,
            ):
                parts = (*parts[:-2], self._write(_number(parts), heapq.merge(older, newer)))
        return parts

    def _write(self, number: int, lines: Iterable[bytes]) -> Part:
        """Write a part; it is seen by pywb once it is whole."""
        path = self.folder / f"{number:08}.cdxj"
        making = path.with_suffix(".making")
        count = 0
        with making.open("wb") as out:
            for line in lines:
                out.write(line)
                count += 1
            out.flush()
            os.fsync(out.fileno())
        if count:
            making.rename(path)
        else:
            making.unlink()
        return Part(path.name, count, path.stat().st_size if count else 0)

    def _keep(self, state: State) -> None:
        told = {
            "form": _FORM,
            "places": state.places,
            "parts": [[part.name, part.lines, part.size] for part in state.parts],
        }
        making = self._path.with_suffix(".making")
        making.write_text(json.dumps(told, indent=1), encoding="utf-8")
        making.rename(self._path)
        self._state = state
        self._outdated = self._strays()

    def _read(self) -> State:
        try:
            told = json.loads(self._path.read_text(encoding="utf-8"))
            parts = tuple(Part(*part) for part in told["parts"])
            whole = all((self.folder / part.name).stat().st_size == part.size for part in parts)
            return State(told["places"], parts) if whole and told["form"] == _FORM else State()
        except (OSError, ValueError, KeyError, TypeError):
            return State()  # there is none, or it is damaged

    def _strays(self) -> list[str]:
        """Files that the state doesn't name: merged ones, and what a kill left."""
        named = {part.name for part in self._state.parts}
        return [path.name for path in self.folder.iterdir() if path.name not in named]


def _number(parts: tuple[Part, ...]) -> int:
    """A number that no part has."""
    return max((int(Path(part.name).stem) for part in parts), default=0) + 1
