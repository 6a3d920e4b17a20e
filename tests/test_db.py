"""The one opener of SQLite connections."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import pytest

from archive.db import failure_of, migrate, open_reader, open_writer, transaction
from archive.errors import ArchiveError, DiskFull, NoArchive


def _pragma(connection: sqlite3.Connection, name: str) -> object:
    return connection.execute(f"PRAGMA {name}").fetchone()[0]


def test_writers_are_safe_by_default(tmp_path: Path) -> None:
    connection = open_writer(tmp_path / "a.db")
    names = ("journal_mode", "foreign_keys", "busy_timeout", "synchronous")
    assert [_pragma(connection, name) for name in names] == ["wal", 1, 10_000, 1]
    assert _pragma(open_writer(tmp_path / "a.db", full_sync=True), "synchronous") == 2
    assert connection.execute("SELECT 1 AS one").fetchone()["one"] == 1


def test_readers_change_and_make_nothing(tmp_path: Path) -> None:
    path = tmp_path / "ä?b#c%20.db"
    with pytest.raises(sqlite3.OperationalError):
        open_reader(path)
    assert not path.exists()
    writer = open_writer(path)
    writer.execute("CREATE TABLE t (a)")
    writer.execute("INSERT INTO t VALUES (1)")
    reader = open_reader(path)
    assert reader.execute("SELECT a FROM t").fetchone()["a"] == 1
    with pytest.raises(sqlite3.OperationalError):
        reader.execute("INSERT INTO t VALUES (2)")


def test_a_transaction_is_all_or_nothing(tmp_path: Path) -> None:
    connection = open_writer(tmp_path / "a.db")
    connection.execute("CREATE TABLE t (a)")
    with transaction(connection):
        connection.execute("INSERT INTO t VALUES (1)")

    def interrupted() -> None:
        with transaction(connection):
            connection.execute("INSERT INTO t VALUES (2)")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert not connection.in_transaction
    assert [row["a"] for row in open_reader(tmp_path / "a.db").execute("SELECT a FROM t")] == [1]


def test_a_commit_that_fails_leaves_no_transaction_open(tmp_path: Path) -> None:
    connection = open_writer(tmp_path / "a.db")
    connection.execute("CREATE TABLE parent (id INTEGER PRIMARY KEY)")
    connection.execute("CREATE TABLE child (id REFERENCES parent DEFERRABLE INITIALLY DEFERRED)")
    with pytest.raises(sqlite3.IntegrityError), transaction(connection):
        connection.execute("INSERT INTO child VALUES (1)")
    assert not connection.in_transaction
    with transaction(connection):
        connection.execute("INSERT INTO parent VALUES (1)")


def test_writers_wait_for_each_other(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    open_writer(path).execute("CREATE TABLE t (a)")
    errors: list[sqlite3.Error] = []

    def add() -> None:
        connection = open_writer(path)
        try:
            for _ in range(30):
                with transaction(connection):
                    connection.execute("INSERT INTO t VALUES (1)")
        except sqlite3.Error as error:
            errors.append(error)
        connection.close()

    threads = [threading.Thread(target=add) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert open_reader(path).execute("SELECT count(*) FROM t").fetchone()[0] == 90


def test_a_full_disk_is_told_from_other_errors(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    connection = open_writer(path)
    connection.execute("CREATE TABLE t (a)")
    connection.execute(f"PRAGMA max_page_count = {_pragma(connection, 'page_count')}")
    with pytest.raises(sqlite3.OperationalError) as caught:
        connection.execute("INSERT INTO t VALUES (zeroblob(100000))")
    found = failure_of(path, caught.value)
    assert isinstance(found, DiskFull)
    assert str(found).startswith(f"{path}: no space left")
    other = failure_of(path, sqlite3.OperationalError("disk I/O error"))
    assert type(other) is ArchiveError
    assert str(other).startswith(f"{path}: disk I/O error")


STEPS = ("CREATE TABLE a (x);\nINSERT INTO a VALUES (1)", "ALTER TABLE a ADD COLUMN y")


def test_a_database_is_brought_to_its_newest_version_and_copied_before(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    connection = open_writer(path)
    migrate(connection, path, STEPS[:1])
    assert list(tmp_path.glob("*.bak")) == []
    migrate(connection, path, STEPS)
    migrate(connection, path, STEPS)
    assert [tuple(row) for row in connection.execute("SELECT x, y FROM a")] == [(1, None)]
    (copy,) = tmp_path.glob("*.bak")
    assert copy.name == "a.db.v1.bak"
    assert [tuple(row) for row in open_reader(copy).execute("SELECT * FROM a")] == [(1,)]


def test_a_database_of_a_version_to_come_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    connection = open_writer(path)
    migrate(connection, path, STEPS)
    with pytest.raises(NoArchive, match="of version 2, this Gazette reads 1"):
        migrate(connection, path, STEPS[:1])


def test_a_step_that_fails_leaves_the_version_before(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    connection = open_writer(path)
    with pytest.raises(sqlite3.OperationalError):
        migrate(connection, path, (STEPS[0], "ALTER TABLE nothing ADD COLUMN y"))
    assert connection.execute("PRAGMA user_version").fetchone()[0] == 0
    assert connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0
