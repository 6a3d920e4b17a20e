"""Questions of pages, and how they end."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from pathlib import Path

import pytest

from archive.db import open_writer
from archive.web.readers import Readers, TooSlow

ENDLESS = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c"


def test_what_is_asked_ends_with_the_room(tmp_path: Path) -> None:
    """Else a process would wait at its end for a minute of reading."""
    open_writer(tmp_path / "index.db").close()
    readers, began = Readers(tmp_path / "index.db"), threading.Event()

    def endless(connection: sqlite3.Connection) -> object:
        began.set()
        return connection.execute(ENDLESS).fetchone()

    async def asked() -> None:
        answer = asyncio.create_task(readers.ask(endless, 60))
        await asyncio.to_thread(began.wait, 20)
        readers.close()
        await asyncio.wait_for(answer, 20)

    with pytest.raises(TooSlow):
        asyncio.run(asked())
