"""Locks between processes."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from archive.errors import ArchiveError, Locked
from archive.locks import acquire, held

_HOLDER = """
import sys
from pathlib import Path
from archive.locks import acquire
acquire(Path(sys.argv[1]), "site echo")
print("held", flush=True)
sys.stdin.read()
"""


def test_a_lock_ends_with_its_process(tmp_path: Path) -> None:
    path = tmp_path / ".locks" / "site-echo.lock"
    with subprocess.Popen(
        [sys.executable, "-c", _HOLDER, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"held\n"
        try:
            began = time.monotonic()
            with pytest.raises(
                Locked, match=f"site echo is in use by another run, process {child.pid};"
            ) as caught:
                acquire(path, "site echo")
            assert time.monotonic() - began < 1
            assert caught.value.exit_code == 20
        finally:
            child.kill()
    with held(path, "site echo"):
        assert path.read_text() == str(os.getpid())


def test_a_lock_is_free_after_its_block_and_others_are_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "a.lock"
    with held(path, "a"), held(tmp_path / "b.lock", "b"):
        with pytest.raises(Locked), held(path, "a"):
            pass
        with pytest.raises(Locked):
            acquire(path, "a")
    with pytest.raises(ZeroDivisionError), held(path, "a"):
        raise ZeroDivisionError
    with held(path, "a"):
        pass


def test_a_full_disk_takes_no_lock_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "pwrite", full)
        descriptor = acquire(tmp_path / "a.lock", "a")
    with pytest.raises(Locked, match="a is in use by another run; wait"):
        acquire(tmp_path / "a.lock", "a")
    os.close(descriptor)


def test_no_place_for_a_lock_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ArchiveError, match=r"file/a\.lock: can't be made: "):
        acquire(tmp_path / "file" / "a.lock", "a")
