"""Whatever goes wrong is one line on stderr and an exit code."""

from __future__ import annotations

import errno
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from archive.errors import BadConfiguration, BadQuery, DamagedRecord, Locked
from crawler import cli
from crawler.cli import init
from crawler.cli.exits import Exit
from tests.cli.support import Gazette


def _full() -> sqlite3.OperationalError:
    connection = sqlite3.connect(":memory:")
    connection.execute("PRAGMA max_page_count = 1")
    with pytest.raises(sqlite3.OperationalError) as caught:
        connection.execute("CREATE TABLE t (a)")
    return caught.value


def _corrupt(path: Path) -> sqlite3.DatabaseError:
    path.write_bytes(b"no database" * 100)
    with pytest.raises(sqlite3.DatabaseError) as caught:
        sqlite3.connect(path).execute("SELECT * FROM sqlite_master")
    return caught.value


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (Locked("site a is in use"), 20, "gazette: site a is in use"),
        (BadQuery("a b"), 2, "gazette: a b"),
        (BadConfiguration("a\nb"), 4, "gazette: a b"),
        (DamagedRecord("a.warc.gz@5", "torn"), 21, "gazette: a.warc.gz@5: torn"),
        (OSError(errno.ENOSPC, "No space left", "/x/y"), 3, "gazette: /x/y: the disk is full; make room"),
        (OSError(errno.EDQUOT, "Quota"), 3, "gazette: the disk is full; make room"),
        (PermissionError(errno.EACCES, "Permission denied", "/x"), 9, "gazette: /x: Permission denied"),
        (_full(), 3, "gazette: the disk is full; make room"),
        (KeyboardInterrupt(), 11, "gazette: interrupted"),
        (
            ZeroDivisionError("by\x1b[2J zero"),
            9,
            "gazette: ZeroDivisionError: by[2J zero (this is a bug; run with",
        ),
    ],
)
def test_an_error_is_one_line_and_its_code(
    error: BaseException, code: int, line: str, gazette: Gazette, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: object) -> None:
        raise error

    monkeypatch.setattr(init, "create", fail)
    ran = gazette("init", "x")
    assert (ran.code, ran.out) == (code, "")
    assert ran.err.startswith(line)
    assert ran.err.count("\n") == 1


def test_a_damaged_database(gazette: Gazette, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    error = _corrupt(tmp_path / "x.db")

    def fail(_: object) -> None:
        raise error

    monkeypatch.setattr(init, "create", fail)
    ran = gazette("init", "x")
    assert ran.code == Exit.DAMAGED
    assert "gazette index --rebuild" in ran.err


def test_debug_shows_the_traceback(gazette: Gazette, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(init, "create", fail)
    with pytest.raises(ZeroDivisionError):
        gazette("--debug", "init", "x")


def test_ctrl_c_before_the_command_runs(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def interrupted(_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr("crawler.cli.tree.run", interrupted)
    with pytest.raises(SystemExit) as caught:
        cli.main()
    assert caught.value.code == Exit.INTERRUPTED
    assert capfd.readouterr().err == "gazette: interrupted\n"


def test_a_reader_that_has_seen_enough_is_no_error() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as out:
        done = subprocess.run(
            [sys.executable, "-m", "crawler.cli", "search", "--help"],
            stdout=out,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert (done.returncode, done.stderr) == (0, b"")


def test_output_goes_through_whatever_the_locale_is(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0", "LC_ALL": "C"}
    arguments = [sys.executable, "-m", "crawler.cli", "init", str(tmp_path / "Müller")]
    done = subprocess.run(arguments, env=environment, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"ller: a new archive" in done.stdout
