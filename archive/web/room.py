"""What the pages of one Datasette stand on: the index, the archive it belongs to, and who replays."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from archive.errors import ArchiveError
from archive.index.generation import check
from archive.layout import Layout
from archive.research.outlets import titles
from archive.research.replay import Place
from archive.web.readers import Readers

if TYPE_CHECKING:
    from datasette.app import Datasette


@dataclass(frozen=True, slots=True)
class Room:
    """The index that is shown."""

    database: str  # Datasette's name of it
    readers: Readers
    layout: Layout | None  # None for a published file, which has no bytes of pages beside it
    replay: Place | None  # where pywb answers, if it runs
    title: str  # whose archive it is; "" for nobody's

    def outlets(self) -> dict[str, str]:
        """Names of outlets as people know them, by site; read anew, as people change them."""
        return titles(self.layout)


_PAGES = ("article", "find", "outlet", "outlets", "story")
"""First parts of our paths."""

_ROOMS: WeakKeyDictionary[Datasette, Room | None] = WeakKeyDictionary()


def of(datasette: Datasette) -> Room | None:
    """The room of a Datasette, found once: its first database that is an index; None if there is none.

    The plugin's settings say the rest: ``archive`` (a directory) and ``replay`` (an address).
    """
    if datasette not in _ROOMS:
        _ROOMS[datasette] = _find(datasette)
    return _ROOMS[datasette]


def beside(datasette: Datasette, replay: Place) -> None:
    """Say what runs beside a room. Its key is no setting: Datasette's own pages would show those."""
    found = of(datasette)
    assert found is not None  # the room was just made of an index
    _ROOMS[datasette] = replace(found, replay=replay)


def give_way(datasette: Datasette) -> None:
    """Move the pages of databases that are called as pages of ours: those of outlets.db to /outlets-db."""
    for name, database in datasette.databases.items():
        if name in _PAGES:
            database.route = f"{name}-db"


def bound(datasette: Datasette) -> None:
    """Let visitors' SQL in the room's index take no more than its share, whoever made this Datasette."""
    from archive.web.visitors import Visited  # of Datasette, which must not be imported before its plugins

    found = of(datasette)
    if found is None or isinstance(plain := datasette.databases[found.database], Visited):
        return
    ours = Visited(datasette, Path(plain.path))
    ours.name, ours.route, ours.is_mutable = plain.name, plain.route, plain.is_mutable
    plain.close()
    # A new mapping, as those that are being gone through must stay as they are.
    datasette.databases = {**datasette.databases, found.database: ours}


def _find(datasette: Datasette) -> Room | None:
    settings = datasette.plugin_config("gazette") or {}
    for name, database in datasette.databases.items():
        if database.path is None:
            continue
        path = Path(database.path)
        connection = database.connect()
        connection.row_factory = sqlite3.Row
        try:
            check(connection, path)
        except (ArchiveError, sqlite3.DatabaseError):
            continue
        finally:
            connection.close()
        layout = Layout(Path(settings["archive"])) if "archive" in settings else None
        readers = Readers(layout.index if layout is not None else path)
        replay = Place(settings["replay"]) if settings.get("replay") else None
        return Room(name, readers, layout, replay, settings.get("title", ""))
    return None
