"""What a crash left open: nothing is lost, nothing torn is kept, and once is enough."""

from __future__ import annotations

import errno
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from archive.errors import ArchiveError, DiskFull
from archive.warc.members import MemberWalk
from archive.warc.names import OPEN
from archive.warc.seal import MANIFEST, Recovered, file_sha256, manifest, recover, seal
from tests.warc.support import checked_manifest, exchange, sealed, write_file

NAME = "gazette-20260301120000000-00000-machine.warc.gz"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = write_file(tmp_path_factory.mktemp("seal") / "warc", [exchange() for _ in range(4)])
    return path.read_bytes()


def _ends(data: bytes, tmp_path: Path) -> list[int]:
    path = tmp_path / "ends"
    path.write_bytes(data)
    return [0, *(m.offset + m.length for m in MemberWalk(path))]


def _left_open(warc_dir: Path, data: bytes, durable: int | None = None) -> Path:
    warc_dir.mkdir(exist_ok=True)
    path = warc_dir / (NAME + OPEN)
    path.write_bytes(data)
    if durable is not None:
        (warc_dir / f"{NAME.removesuffix('.warc.gz')}.warc.gz.durable").write_bytes(b"%020d" % durable)
    return path


def _contents(warc_dir: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in warc_dir.iterdir()}


def test_every_cut_keeps_the_whole_records_and_loses_no_byte(whole: bytes, tmp_path: Path) -> None:
    ends = _ends(whole, tmp_path)
    rng = random.Random(3)
    cuts = {*ends[1:], ends[4] - 1, ends[4] + 1, *(rng.randrange(1, len(whole)) for _ in range(30))}
    for cut in sorted(cuts):
        warc_dir = tmp_path / str(cut)
        _left_open(warc_dir, whole[:cut], durable=0)
        kept = max(end for end in ends if end <= cut)
        (recovered,) = recover(warc_dir)
        assert (recovered.name, recovered.kept, recovered.cut) == (NAME, kept, cut - kept)
        assert (recovered.reason is None) == (kept == cut)
        found = _contents(warc_dir)
        assert found.get(NAME, b"") == whole[:kept]
        assert found.get(NAME + ".corrupt", b"") == whole[kept:cut]
        assert set(found) <= {NAME, NAME + ".corrupt", MANIFEST}
        if kept:
            assert checked_manifest(warc_dir) == {NAME}
        assert recover(warc_dir) == []
        assert _contents(warc_dir) == found


@pytest.mark.parametrize(
    "tail", [b"\0" * 5_000, b"garbage", b"\x1f\x8b\x08\0garbage"], ids=["zeros", "text", "gzip"]
)
def test_what_is_no_record_is_set_aside(whole: bytes, tail: bytes, tmp_path: Path) -> None:
    _left_open(tmp_path, whole + tail, durable=len(whole))
    (recovered,) = recover(tmp_path)
    assert (recovered.kept, recovered.cut) == (len(whole), len(tail))
    assert recovered.reason
    found = _contents(tmp_path)
    assert (found[NAME], found[NAME + ".corrupt"]) == (whole, tail)


def test_an_empty_file_leaves_nothing(tmp_path: Path) -> None:
    _left_open(tmp_path, b"", durable=0)
    assert recover(tmp_path) == [Recovered(NAME, 0, 0, None)]
    assert _contents(tmp_path) == {}
    assert recover(tmp_path / "missing") == []


def test_a_file_with_nothing_whole_is_set_aside(whole: bytes, tmp_path: Path) -> None:
    _left_open(tmp_path, whole[:100])
    (recovered,) = recover(tmp_path)
    assert (recovered.kept, recovered.cut) == (0, 100)
    assert _contents(tmp_path) == {NAME + ".corrupt": whole[:100]}


def test_killed_between_link_and_unlink(whole: bytes, tmp_path: Path) -> None:
    path = _left_open(tmp_path, whole, durable=len(whole))
    os.link(path, tmp_path / NAME)
    assert recover(tmp_path) == [Recovered(NAME, len(whole), 0, None)]
    assert set(_contents(tmp_path)) == {NAME, MANIFEST}
    assert checked_manifest(tmp_path) == {NAME}


def test_killed_before_the_durable_note_and_the_manifest_line(whole: bytes, tmp_path: Path) -> None:
    _left_open(tmp_path, whole, durable=len(whole)).rename(tmp_path / NAME)
    assert recover(tmp_path) == []
    assert set(_contents(tmp_path)) == {NAME, MANIFEST}
    assert checked_manifest(tmp_path) == {NAME}


def test_another_file_of_the_same_name_is_never_replaced(whole: bytes, tmp_path: Path) -> None:
    _left_open(tmp_path, whole)
    (tmp_path / NAME).write_bytes(whole[:-1])
    before = _contents(tmp_path)
    with pytest.raises(ArchiveError, match="another file is already called"):
        recover(tmp_path)
    assert _contents(tmp_path) == before
    with pytest.raises(FileExistsError):
        seal(tmp_path / (NAME + OPEN), "0" * 64)
    assert _contents(tmp_path) == before


def test_a_full_disk_cuts_nothing_away(whole: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = whole + b"torn"
    _left_open(tmp_path, data)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(shutil, "copyfileobj", full)
        with pytest.raises(DiskFull, match="no space left"):
            recover(tmp_path)
    assert (tmp_path / (NAME + OPEN)).read_bytes() == data
    (recovered,) = recover(tmp_path)
    assert recovered.cut == 4
    assert (tmp_path / (NAME + ".corrupt")).read_bytes() == b"torn"


_LIVING = """
import sys
from pathlib import Path
from tests.warc.support import exchange, keep, new_writer
writer = new_writer(Path(sys.argv[1]))
keep(writer, exchange())
writer.append([b"half a mem"])
print(writer.name, writer.durable, flush=True)
sys.stdin.read()
"""


def test_a_living_writer_is_left_alone_and_a_killed_one_is_not(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _LIVING, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    ) as child:
        assert child.stdout is not None
        name, durable = child.stdout.readline().decode().split()
        try:
            assert recover(tmp_path) == []
            assert (tmp_path / (name + OPEN)).stat().st_size == int(durable) + 10
        finally:
            child.kill()
    (recovered,) = recover(tmp_path)
    assert (recovered.name, recovered.kept, recovered.cut) == (name, int(durable), 10)
    assert checked_manifest(tmp_path) == sealed(tmp_path) == {name}


def test_the_manifest_mends_half_a_line_and_lists_once(whole: bytes, tmp_path: Path) -> None:
    for name in ("a.warc.gz", "b.warc.gz"):
        (tmp_path / name).write_bytes(whole)
    digest = file_sha256(tmp_path / "a.warc.gz")
    (tmp_path / MANIFEST).write_text(f"{digest}  a.warc.gz\n{digest}  b.wa")
    assert manifest(tmp_path) == {"a.warc.gz": digest}
    recover(tmp_path)
    recover(tmp_path)
    assert checked_manifest(tmp_path) == {"a.warc.gz", "b.warc.gz"}


def test_names_of_strangers_fit_into_the_manifest(whole: bytes, tmp_path: Path) -> None:
    name = os.fsdecode("Müll \udce4  x.warc.gz".encode("utf-8", "surrogateescape"))
    (tmp_path / name).write_bytes(whole)
    recover(tmp_path)
    assert list(manifest(tmp_path)) == [name]
    before = (tmp_path / MANIFEST).read_bytes()
    recover(tmp_path)
    assert (tmp_path / MANIFEST).read_bytes() == before


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="sha256sum isn't installed")
def test_sha256sum_checks_the_manifest(tmp_path: Path) -> None:
    path = write_file(tmp_path, [exchange()])
    write_file(tmp_path, [exchange()])
    command = ["sha256sum", "--strict", "-c", MANIFEST]
    assert subprocess.run(command, cwd=tmp_path, capture_output=True).returncode == 0
    path.write_bytes(path.read_bytes() + b"x")
    assert subprocess.run(command, cwd=tmp_path, capture_output=True).returncode == 1


def test_a_file_system_without_links_seals_by_renaming(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_links(source: Path, target: Path) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", no_links)
    path = tmp_path / "a.warc.gz.open"
    path.write_bytes(b"whole")
    assert seal(path, file_sha256(path)).read_bytes() == b"whole"
    assert not path.exists()
    assert list(manifest(tmp_path)) == ["a.warc.gz"]


def test_a_short_write_leaves_no_half_line_in_the_manifest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: write(descriptor, data[:7]))
    path = tmp_path / "a.warc.gz.open"
    path.write_bytes(b"whole")
    final = seal(path, file_sha256(path))
    assert manifest(tmp_path) == {final.name: file_sha256(final)}
