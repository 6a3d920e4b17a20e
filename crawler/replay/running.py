"""Whether an archive is being replayed, and where: for those who print or link its addresses."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager

from archive.errors import ArchiveError, Locked
from archive.layout import Layout
from archive.locks import acquire
from archive.research.replay import Place

_NAME = "place.json"


@contextmanager
def announced(layout: Layout, place: Place) -> Iterator[None]:
    """Say where the replay answers, while the block runs; who may read the key may read the archive."""
    path = layout.replay / _NAME
    path.unlink(missing_ok=True)
    said = {"origin": place.origin, "key": None if place.key is None else place.key.hex()}
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as out:
        json.dump(said, out)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def lock(layout: Layout) -> int:
    """Hold an archive's replay; gives the descriptor that holds it. Raises Locked."""
    return acquire(layout.locks / "replay", f"{layout.root}: replay")


def place(layout: Layout) -> Place | None:
    """Where the running replay of an archive answers, None when none runs that this user may know of."""
    try:
        said = json.loads((layout.replay / _NAME).read_text(encoding="ascii"))
        os.close(lock(layout))
    except Locked:
        return Place(said["origin"], None if said["key"] is None else bytes.fromhex(said["key"]))
    except (OSError, ValueError, ArchiveError):
        return None
    return None  # it was killed, and left the file
