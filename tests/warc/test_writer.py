"""The writer under full disks, broken disks, short writes and other writers."""

from __future__ import annotations

import errno
import fcntl
import os
import stat
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from archive.errors import ArchiveError, DiskFull
from archive.types import RecordRef
from archive.warc.members import MemberWalk
from archive.warc.names import durable_offset, files
from archive.warc.reader import read_block
from archive.warc.seal import recover
from tests.warc.support import OK, checked_manifest, exchange, keep, new_writer, sealed

Kept = list[tuple[str, RecordRef]]


def _on_disk(mode: int) -> bool:
    return stat.S_ISREG(mode) or stat.S_ISDIR(mode)


class Faults:
    """Counts the calls of one function of ``os`` on files and lets the n-th one fail."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, name: str, number: int, code: int) -> None:
        self.calls = 0
        self.hit = False
        real = getattr(os, name)

        def call(first: Any, *rest: Any, **options: Any) -> Any:
            if isinstance(first, int) and not _on_disk(os.fstat(first).st_mode):
                return real(first, *rest, **options)
            self.calls += 1
            if self.calls == number:
                self.hit = True
                if name == "write":  # a part gets through before the disk is full
                    real(first, rest[0][: len(rest[0]) // 2])
                raise OSError(code, os.strerror(code))
            return real(first, *rest, **options)

        monkeypatch.setattr(os, name, call)


def _crawl(warc_dir: Path, kept: Kept, number: int) -> None:
    """Keep some exchanges, each in a file of its own."""
    writer = new_writer(warc_dir, max_bytes=1_500)
    try:
        for i in range(number):
            kept.append(keep(writer, exchange(OK + b"%d" % i + os.urandom(500))))
    finally:
        writer.close()


def _error_of(function: Callable[..., None], *arguments: Any) -> ArchiveError | None:
    try:
        function(*arguments)
    except ArchiveError as error:
        return error
    return None


def _check(warc_dir: Path, kept: Kept) -> None:
    """Every acknowledged record stands where it was said to, every file is whole, sealed and listed."""
    for record_id, ref in kept:
        assert read_block(warc_dir, ref)[0]["warc-record-id"] == f"<{record_id}>"
    for name in sealed(warc_dir):
        walk = MemberWalk(warc_dir / name)
        first, *_ = [member.get("warc-type") for member in walk]
        assert first == "warcinfo"
        assert walk.problem is None
    assert checked_manifest(warc_dir) == sealed(warc_dir)


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO], ids=["full", "broken"])
@pytest.mark.parametrize("name", ["write", "fdatasync", "pwrite", "fsync", "link", "unlink"])
def test_an_error_at_the_nth_call_loses_nothing(name: str, code: int, tmp_path: Path) -> None:
    number = 0
    while True:
        number += 1
        warc_dir = tmp_path / str(number)
        kept: Kept = []
        with pytest.MonkeyPatch.context() as patch:
            faults = Faults(patch, name, number, code)
            error = _error_of(_crawl, warc_dir, kept, 4)
        if not faults.hit:
            break
        assert isinstance(error, DiskFull) == (code == errno.ENOSPC)
        assert "\n" not in str(error)
        recover(warc_dir)
        assert not list(warc_dir.glob("*.open"))
        assert not list(warc_dir.glob("*.durable"))
        _check(warc_dir, kept)
        _crawl(warc_dir, kept, 1)
        _check(warc_dir, kept)
        assert recover(warc_dir) == []
    assert number > 4


def test_a_file_goes_on_after_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writer = new_writer(tmp_path)
    kept = [keep(writer, exchange())]
    size = writer.size
    with monkeypatch.context() as patch:
        Faults(patch, "write", 1, errno.ENOSPC)
        with pytest.raises(DiskFull, match="no space left"):
            keep(writer, exchange(OK + b"lost"))
    assert (writer.size, writer.durable) == (size, size)
    kept.append(keep(writer, exchange(OK + b"later")))
    writer.close()
    assert {ref.warc for _, ref in kept} == {writer.name}
    _check(tmp_path, kept)
    assert b"".join(m.block_head for m in MemberWalk(tmp_path / writer.name)).count(b"lost") == 0


def test_nothing_is_appended_behind_what_could_not_be_taken_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = new_writer(tmp_path)
    kept = [keep(writer, exchange())]
    with monkeypatch.context() as patch:
        Faults(patch, "write", 1, errno.EIO)
        Faults(patch, "ftruncate", 1, errno.EIO)
        with pytest.raises(ArchiveError):
            keep(writer, exchange())
    for _ in range(2):
        with pytest.raises(ArchiveError, match="Input/output error"):
            writer.append([b"more"])
        with pytest.raises(ArchiveError):
            writer.begin()
    writer.close()
    (recovered,) = recover(tmp_path)
    assert (recovered.kept >= writer.size, recovered.cut > 0) == (True, True)
    _check(tmp_path, kept)


def test_a_sync_that_failed_is_not_asked_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writer = new_writer(tmp_path)
    keep(writer, exchange())
    durable = writer.durable
    with monkeypatch.context() as patch:
        Faults(patch, "fdatasync", 1, errno.EIO)
        with pytest.raises(ArchiveError):
            keep(writer, exchange())
    with pytest.raises(ArchiveError):
        writer.sync()
    assert writer.durable == durable
    (file,) = files(tmp_path)
    assert (file.durable, file.sealed) == (durable, False)
    writer.close()
    assert [f.name for f in files(tmp_path) if f.sealed] == []


def test_short_writes_are_gone_on_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: real(descriptor, data[:99]))
    writer = new_writer(tmp_path)
    kept = [keep(writer, exchange(OK + os.urandom(1_000))) for _ in range(3)]
    monkeypatch.undo()
    writer.close()
    _check(tmp_path, kept)


def test_a_file_that_lacks_its_warcinfo_is_not_gone_on_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = new_writer(tmp_path)
    with monkeypatch.context() as patch:
        Faults(patch, "write", 1, errno.ENOSPC)
        with pytest.raises(DiskFull):
            writer.begin()
    assert list(tmp_path.iterdir()) == []
    kept = [keep(writer, exchange())]
    writer.close()
    _check(tmp_path, kept)


def test_files_are_cut_by_size_and_by_age(tmp_path: Path) -> None:
    writer = new_writer(tmp_path / "size", max_bytes=1)
    names = [keep(writer, exchange())[1].warc for _ in range(3)]
    assert len(set(names)) == 3
    assert sealed(tmp_path / "size") == set(names[:2])
    writer.close()
    old = new_writer(tmp_path / "age", max_age=0)
    assert keep(old, exchange())[1].warc != keep(old, exchange())[1].warc
    old.close()
    young = new_writer(tmp_path / "young", max_age=60)
    assert keep(young, exchange())[1].warc == keep(young, exchange())[1].warc
    young.close()
    young.close()
    assert checked_manifest(tmp_path / "young") == sealed(tmp_path / "young")


def test_a_writer_that_wrote_nothing_leaves_nothing(tmp_path: Path) -> None:
    new_writer(tmp_path).close()
    assert list(tmp_path.iterdir()) == []


def test_writers_at_the_same_moment_have_files_of_their_own(tmp_path: Path) -> None:
    def noon() -> datetime:
        return datetime(2026, 3, 1, 12, tzinfo=UTC)

    one, two = new_writer(tmp_path, now=noon), new_writer(tmp_path, now=noon)
    kept = [keep(writer, exchange()) for writer in (one, two, one, two)]
    assert one.name != two.name
    one.close()
    third = new_writer(tmp_path, now=noon)
    kept.append(keep(third, exchange()))
    two.close()
    third.close()
    assert len(sealed(tmp_path)) == 3
    _check(tmp_path, kept)


def test_a_recovery_before_the_lock_takes_no_file_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = fcntl.flock
    taken: list[Path] = []

    def slow(descriptor: int, operation: int) -> None:
        if not taken:
            taken.extend(tmp_path.glob("*.open"))
            recover(tmp_path)
            assert not taken[0].exists()
        real(descriptor, operation)

    with monkeypatch.context() as patch:
        patch.setattr(fcntl, "flock", slow)
        writer = new_writer(tmp_path)
        taken.clear()
        kept = [keep(writer, exchange())]
    writer.close()
    assert taken[0].name != writer.name + ".open"
    _check(tmp_path, kept)


def _recorded(
    monkeypatch: pytest.MonkeyPatch, warc_dir: Path, names: tuple[str, ...]
) -> list[tuple[str, str]]:
    """The calls of functions of ``os``, in order, with the name of the file or directory."""
    calls: list[tuple[str, str]] = []

    def recording(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(first: Any, *rest: Any, **options: Any) -> Any:
            place = str(Path(f"/proc/self/fd/{first}").readlink() if isinstance(first, int) else first)
            if place.startswith(str(warc_dir)):
                calls.append(
                    (name, place.removeprefix(str(warc_dir)).partition(".warc.gz")[2] or Path(place).name)
                )
            return real(first, *rest, **options)

        return call

    for name in names:
        monkeypatch.setattr(os, name, recording(name, getattr(os, name)))
    return calls


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="names of descriptors are read from /proc")
def test_the_order_of_system_calls_survives_a_power_loss(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    warc_dir = tmp_path / "warc"
    writer = new_writer(warc_dir)
    with monkeypatch.context() as patch:
        calls = _recorded(
            patch, warc_dir, ("write", "pwrite", "fdatasync", "fsync", "link", "unlink", "ftruncate")
        )
        keep(writer, exchange())
        writer.close()
    assert calls == [
        ("fsync", "warc"),  # the name
        ("write", ".open"),  # warcinfo
        ("write", ".open"),  # the exchange, in one append
        ("fdatasync", ".open"),
        ("pwrite", ".durable"),
        ("link", ".open"),
        ("fsync", "warc"),  # the new name, before the old one goes
        ("unlink", ".open"),
        ("fsync", "warc"),
        ("unlink", ".durable"),
        ("write", "manifest-sha256.txt"),
        ("fsync", "manifest-sha256.txt"),
        ("fsync", "warc"),
    ]


def test_what_is_published_was_synced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A power loss keeps what was synced, and some of the rest: the published part is always whole."""
    synced = 0
    real = os.fdatasync

    def sync(descriptor: int) -> None:
        nonlocal synced
        real(descriptor)
        synced = os.fstat(descriptor).st_size

    monkeypatch.setattr(os, "fdatasync", sync)
    writer = new_writer(tmp_path)
    for _ in range(5):
        writer.begin()
        writer.append([b"not synced"])
        (path,) = tmp_path.glob("*.open")
        assert durable_offset(path) <= synced < writer.size
        assert writer.sync() == writer.durable == durable_offset(path) == synced == writer.size
    writer.close()
