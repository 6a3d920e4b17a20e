"""The pen of crawl.db: one process has it at a time, nobody waits for it for ever, and it is let go of."""

from __future__ import annotations

import fcntl
import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from archive.db import open_writer, transaction
from archive.errors import ArchiveError
from crawler import discover, pen
from crawler.crawldb import CrawlDb
from crawler.pen import Pen

NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / ".locks" / "crawl-db.lock"


@contextmanager
def taken(path: Path) -> Iterator[None]:
    """As another process has it: the lock is that of an open file."""
    descriptor = os.open(path, os.O_RDWR)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    try:
        yield
    finally:
        os.close(descriptor)


def free(path: Path) -> bool:
    descriptor = os.open(path, os.O_RDWR)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(descriptor)
    return True


def test_one_has_it_at_a_time_and_lets_go_of_it_also_after_an_error(path: Path) -> None:
    one = Pen(path)
    with one:
        assert not free(path)
    assert free(path)
    with pytest.raises(sqlite3.OperationalError), one:
        raise sqlite3.OperationalError
    assert free(path)
    one.close()
    one.close()


def test_who_comes_second_writes_as_soon_as_it_is_free(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pen, "_PATIENCE", 60.0)
    one, other = Pen(path), Pen(path)
    order: list[str] = []

    def second() -> None:
        with other:
            order.append("second")

    with one:
        thread = threading.Thread(target=second)
        thread.start()
        time.sleep(0.05)
        order.append("first")
    thread.join(60)
    assert order == ["first", "second"]
    assert free(path)


def test_one_that_is_never_let_go_of_holds_nobody_up(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pen, "_PATIENCE", 0.01)
    own = Pen(path)
    with taken(path):
        with own:
            assert not free(path)
        # What wasn't got isn't let go of either.
        assert not free(path)


def test_without_a_file_there_is_nothing_to_wait_for(tmp_path: Path) -> None:
    with Pen() as alone, Pen():
        assert list(tmp_path.iterdir()) == []
    alone.close()
    (tmp_path / "file").touch()
    with pytest.raises(ArchiveError, match="can't be made: File exists; give the run the right to"):
        Pen(tmp_path / "file" / "crawl-db.lock")


def test_crawl_db_is_written_by_turns_and_by_whoever_knows_of_no_pen(tmp_path: Path, path: Path) -> None:
    name = tmp_path / "crawl.db"
    every = [CrawlDb(name, Pen(path)) for _ in range(2)]
    numbers = {one.begin_round("one", NOW) for one in every}
    assert numbers == {1}
    stranger = open_writer(name)

    def offers(who: int) -> None:
        for n in range(50):
            url = f"https://one.example/{who}/{n}"
            every[who].offer("one", 1, [discover.offer(url, "link", depth=1, hops="L", via=None)])

    threads = [threading.Thread(target=offers, args=(who,)) for who in range(2)]
    for thread in threads:
        thread.start()
    for _ in range(20):
        with transaction(stranger):
            stranger.execute("UPDATE entries SET attempts = attempts + 1")
    for thread in threads:
        thread.join(60)
    assert stranger.execute("SELECT count(*) FROM entries WHERE state = 'queued'").fetchone()[0] == 100
    stranger.close()
    for one in every:
        one.close()
    assert free(path)
