"""Back-ups: the copy is an archive, also when it is made in the middle of a crawl; bad places are told."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from archive import ledger
from archive.db import open_writer
from archive.errors import ArchiveError, BadConfiguration, DiskFull, Locked
from archive.index import jobs
from archive.layout import Layout, open_archive
from archive.locks import held
from archive.warc.check import Tally
from archive.warc.names import files
from archive.warc.seal import manifest
from archive.warc.verify import verify_archive
from crawler.backup import NOTE, back_up
from crawler.cli.init import create
from crawler.copying import Copied
from tests.crawler.small_site import OUTLETS, SmallSite
from tests.crawler.support import rows, run
from tests.index.support import dump


def new_archive(root: Path, site: SmallSite) -> Layout:
    layout = Layout(root)
    create(layout)
    for name in OUTLETS:
        (layout.sites / f"{name}.toml").write_text(site.site_file(name), encoding="utf-8")
    return layout


@pytest.fixture(scope="module")
def site() -> Iterator[SmallSite]:
    with SmallSite() as served:
        yield served


@pytest.fixture(scope="module")
def crawled(site: SmallSite, tmp_path_factory: pytest.TempPathFactory) -> Layout:
    layout = new_archive(tmp_path_factory.mktemp("backup") / "a", site)
    assert run(layout).code == 0
    with ledger.opened(layout.ledger):
        pass
    return layout


@pytest.fixture
def layout(crawled: Layout, tmp_path: Path) -> Layout:
    """A copy of it, to be changed."""
    shutil.copytree(crawled.root, tmp_path / "a", symlinks=True)
    return Layout(tmp_path / "a")


def backed_up(layout: Layout, target: Path, **options: Any) -> Copied:
    return back_up(layout, target, **{"link": False, "index": False} | options)


def restored(backup: Path, place: Path) -> Layout:
    """As the operation chapter says: copied to another path."""
    shutil.copytree(backup, place, symlinks=True)
    return open_archive(place)


def test_the_copy_of_an_archive_gives_the_same_index_and_goes_on(
    crawled: Layout, site: SmallSite, tmp_path: Path
) -> None:
    done = backed_up(crawled, tmp_path / "b")
    assert (done.files, done.open, done.damaged, done.only_here) == (1, 0, [], [])
    other = restored(tmp_path / "b", tmp_path / "elsewhere" / "c")
    assert list(verify_archive(other.warc, Tally())) == []
    jobs.run(other, workers=2)
    assert dump(other) == dump(crawled)
    assert other.ledger.exists()
    before = len(site.requests)
    assert run(other).code == 0
    # A new round asks for sections and lists again, and for no article: their next visit is in an hour.
    assert site.asked(before)
    assert [url for url in site.asked(before) if url.endswith(".html") and "alt" not in url] == []


def test_a_back_up_in_the_middle_of_a_crawl(tmp_path: Path) -> None:
    with SmallSite(pause=0.06) as slow:
        layout = new_archive(tmp_path / "a", slow)
        process = subprocess.Popen(
            [sys.executable, "-m", "crawler.cli", "--archive", str(layout.root), "crawl", "--no-index"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            eventually(lambda: len(slow.requests) >= 20)
            done = backed_up(layout, tmp_path / "b")
            assert done.open == 1
            assert process.poll() is None, "the crawl was over before its back-up"
        finally:
            process.wait(timeout=60)
        assert process.returncode == 0
        other = restored(tmp_path / "b", tmp_path / "c")
        kept = {url for (url,) in rows(other.crawl_db, "SELECT url FROM urls WHERE warc IS NOT NULL")}
        assert len(kept) >= 15
        before = len(slow.requests)
        assert run(other, index=False).code == 0
        asked = slow.asked(before)
        assert asked
        assert set(asked) & kept == set()
        assert len(asked) == len(set(asked))
        assert list(verify_archive(other.warc, Tally())) == []
        # Together they are what the crawl that was not disturbed has.
        fetched = "SELECT url, status FROM urls WHERE status IS NOT NULL ORDER BY url"
        assert rows(other.crawl_db, fetched) == rows(layout.crawl_db, fetched)
        # The next back-up has the file whole.
        assert backed_up(layout, tmp_path / "b").files == 1
        assert [file.sealed for file in files(tmp_path / "b" / "warc")] == [True]


def eventually(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_what_is_there_is_not_copied_again(layout: Layout, site: SmallSite, tmp_path: Path) -> None:
    first = backed_up(layout, tmp_path / "b")
    inode = next((tmp_path / "b" / "warc").glob("*.warc.gz")).stat().st_ino
    (layout.sites / "neu.toml").write_text('seeds = ["https://neu.example/"]\n', encoding="utf-8")
    (layout.sites / "markt.toml").unlink()
    second = backed_up(layout, tmp_path / "b")
    assert (first.files, first.known, second.files, second.known) == (1, 0, 0, 1)
    assert next((tmp_path / "b" / "warc").glob("*.warc.gz")).stat().st_ino == inode
    assert sorted(path.name for path in (tmp_path / "b" / "sites").iterdir()) == ["hof.toml", "neu.toml"]
    assert manifest(tmp_path / "b" / "warc") == manifest(layout.warc)


def test_with_the_index_and_with_links(layout: Layout, tmp_path: Path) -> None:
    backed_up(layout, tmp_path / "b", link=True, index=True)
    (copy,) = (tmp_path / "b" / "warc").glob("*.warc.gz")
    assert copy.samefile(layout.warc / copy.name)
    assert dump(Layout(tmp_path / "b")) == dump(layout)


def test_a_file_that_is_gone_from_the_archive_stays_in_the_back_up(layout: Layout, tmp_path: Path) -> None:
    backed_up(layout, tmp_path / "b")
    (lost,) = layout.warc.glob("*.warc.gz")
    lost.unlink()
    assert backed_up(layout, tmp_path / "b").only_here == [lost.name]
    assert (tmp_path / "b" / "warc" / lost.name).exists()


def test_a_damaged_file_is_told_and_does_not_replace_a_good_one(layout: Layout, tmp_path: Path) -> None:
    (path,) = layout.warc.glob("*.warc.gz")
    whole = path.read_bytes()
    backed_up(layout, tmp_path / "b")
    path.write_bytes(whole[:1000] + bytes([whole[1000] ^ 1]) + whole[1001:] + b"x")
    (line,) = backed_up(layout, tmp_path / "b").damaged
    assert line == f"{path}: is not as manifest-sha256.txt says, and was not copied"
    assert (tmp_path / "b" / "warc" / path.name).read_bytes() == whole
    assert len(backed_up(layout, tmp_path / "new").damaged) == 1
    assert list((tmp_path / "new" / "warc").glob("*.warc.gz")) == []


def test_places_that_are_none(layout: Layout, tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letter.txt").touch()
    (tmp_path / "file").touch()
    for target, why in (
        (layout.root, "lies in the archive itself"),
        (layout.root / "warc" / "backup", "lies in the archive itself"),
        (tmp_path, "the archive lies in it"),
        (tmp_path / "full", "holds other files"),
        (tmp_path / "file", "is no directory"),
    ):
        with pytest.raises(BadConfiguration, match=why) as error:
            backed_up(layout, target)
        assert str(error.value).startswith(f"{target}: ")
    assert sorted(path.name for path in (tmp_path / "full").iterdir()) == ["letter.txt"]


def test_a_back_up_that_became_an_archive_of_its_own_is_left_alone(layout: Layout, tmp_path: Path) -> None:
    backed_up(layout, tmp_path / "b")
    (tmp_path / "b" / ".locks").mkdir()  # as a crawl makes it, and gazette index
    with pytest.raises(BadConfiguration, match="an archive of its own"):
        backed_up(layout, tmp_path / "b")


def test_a_back_up_of_another_archive_is_left_alone(layout: Layout, tmp_path: Path) -> None:
    backed_up(layout, tmp_path / "b")
    (tmp_path / "b" / NOTE).write_text('{"of": "/srv/other"}', encoding="utf-8")
    with pytest.raises(BadConfiguration, match="is the back-up of /srv/other"):
        backed_up(layout, tmp_path / "b")


@pytest.mark.skipif(os.getuid() == 0, reason="root may write everywhere")
def test_a_place_that_may_not_be_written(layout: Layout, tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir(mode=0o500)
    with pytest.raises(ArchiveError, match="Permission denied; name a place where this user may write"):
        backed_up(layout, tmp_path / "closed" / "b")


@pytest.mark.parametrize(
    ("code", "error", "why"),
    [
        (errno.ENOSPC, DiskFull, "no space left; free some, then run the same back-up again"),
        (errno.EROFS, ArchiveError, "Read-only file system; name a place where this user may write"),
    ],
)
def test_a_disk_that_fails(
    code: int,
    error: type[ArchiveError],
    why: str,
    layout: Layout,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(source: Path, target: Path) -> None:
        raise OSError(code, os.strerror(code), str(target))

    with monkeypatch.context() as patch:
        patch.setattr(shutil, "copyfile", fail)
        with pytest.raises(error, match=why):
            backed_up(layout, tmp_path / "b")
    # Not an archive yet: gazette.toml comes last. And it can be gone on with.
    assert not (tmp_path / "b" / "gazette.toml").exists()
    assert backed_up(layout, tmp_path / "b").files == 1


def test_no_room_is_told_before_anything_is_copied(
    layout: Layout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=1 << 20))
    with pytest.raises(DiskFull, match=r"b: 1 MB are free, \d+ MB are needed"):
        backed_up(layout, tmp_path / "b")


def test_two_back_ups_at_once(layout: Layout, tmp_path: Path) -> None:
    lock = held(layout.locks / "backup.lock", "a back-up of this archive")
    with lock, pytest.raises(Locked):
        backed_up(layout, tmp_path / "b")


def test_a_log_of_an_older_crawl_db_is_not_played_into_the_new_one(layout: Layout, tmp_path: Path) -> None:
    backed_up(layout, tmp_path / "b")
    connection = open_writer(tmp_path / "b" / "crawl.db")
    connection.execute("UPDATE runs SET reason = 'old'")
    wal = (tmp_path / "b" / "crawl.db-wal").read_bytes()
    connection.close()
    (tmp_path / "b" / "crawl.db-wal").write_bytes(wal)
    backed_up(layout, tmp_path / "b")
    assert rows(tmp_path / "b" / "crawl.db", "SELECT reason FROM runs") == [("finished",)]
