"""Whether an archive is being replayed, and where: for those who print or link its addresses."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from archive.errors import Locked
from archive.layout import Layout
from archive.locks import acquire


@contextmanager
def announced(layout: Layout, origin: str) -> Iterator[None]:
    """Say that the replay answers at ``origin`` while the block runs."""
    path = layout.replay / "origin"
    path.write_text(origin, encoding="ascii")
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def lock(layout: Layout) -> int:
    """Hold an archive's replay; gives the descriptor that holds it. Raises Locked."""
    return acquire(layout.locks / "replay", f"{layout.root}: replay")


def origin(layout: Layout) -> str | None:
    """``http://HOST:PORT`` of the running replay of an archive, None when none runs."""
    try:
        said = (layout.replay / "origin").read_text(encoding="ascii")
        os.close(lock(layout))
    except Locked:
        return said
    except OSError:
        return None
    return None  # it was killed, and left the file
