"""What is kept for a while, and who waits for it."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from archive.web import kept
from archive.web.kept import Kept


class _Index:
    """Counts how often it was asked; each answer waits for ``free``."""

    def __init__(self) -> None:
        self.times = 0
        self.free = threading.Event()
        self.free.set()
        self._threads = ThreadPoolExecutor(2)

    def ask(self, work: Any) -> Future[Any]:
        return self._threads.submit(work, None)

    def count(self, connection: sqlite3.Connection) -> int:
        self.free.wait(10)
        self.times += 1
        return self.times


def test_many_who_come_at_once_let_it_be_counted_once(tmp_path: Path) -> None:
    index = _Index()
    held = Kept(tmp_path / "index.db", index.ask)

    async def come() -> list[int]:
        return list(await asyncio.gather(*(held.get("all", index.count) for _ in range(5))))

    assert asyncio.run(come()) == [1] * 5
    assert asyncio.run(come()) == [1] * 5


def test_an_older_answer_is_given_while_it_is_counted_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = _Index()
    held = Kept(tmp_path / "index.db", index.ask)
    assert asyncio.run(held.get("all", index.count)) == 1
    monkeypatch.setattr(kept, "FRESH", 0.0)
    index.free.clear()
    assert asyncio.run(held.get("all", index.count)) == 1  # nobody waits
    index.free.set()
    monkeypatch.setattr(kept, "GOOD", 0.0)
    assert asyncio.run(held.get("all", index.count)) > 1


def test_another_generation_is_counted_anew_and_a_fault_is_not_kept(tmp_path: Path) -> None:
    index, link = _Index(), tmp_path / "index.db"
    link.symlink_to("1.db")
    held = Kept(link, index.ask)

    def wrong(connection: sqlite3.Connection) -> int:
        raise sqlite3.OperationalError("interrupted")

    with pytest.raises(sqlite3.OperationalError):
        asyncio.run(held.get("all", wrong))
    assert asyncio.run(held.get("all", index.count)) == 1
    link.unlink()
    link.symlink_to("2.db")
    assert asyncio.run(held.get("all", index.count)) == 2


def test_a_question_to_a_generation_that_was_replaced_answers_nobody_who_comes_later(tmp_path: Path) -> None:
    index, link = _Index(), tmp_path / "index.db"
    link.symlink_to("1.db")
    held = Kept(link, index.ask)

    def of_first(connection: sqlite3.Connection) -> int:
        index.free.wait(10)
        return -1

    async def come() -> tuple[int, int]:
        index.free.clear()
        before = asyncio.create_task(held.get("all", of_first))
        await asyncio.sleep(0)
        link.unlink()
        link.symlink_to("2.db")
        after = asyncio.create_task(held.get("all", index.count))
        await asyncio.sleep(0)
        index.free.set()
        return await before, await after

    assert asyncio.run(come()) == (-1, 1)
