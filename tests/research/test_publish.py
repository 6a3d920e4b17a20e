"""A published index: one file that anybody reads and nobody changes, whole or not there at all."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from datasette.app import Datasette

from archive.errors import BadConfiguration, DiskFull
from archive.index import schema
from archive.index.publish import publish
from archive.layout import Layout
from archive.research.datasette import metadata
from archive.research.questions import QUESTIONS
from crawler.cli.tree import run
from tests.crawler.volume import volume

NOBODY = 65_534
SEARCH = """SELECT count(*) FROM articles
    WHERE pk IN (SELECT rowid FROM articles_fts WHERE articles_fts MATCH 'Rat')"""


@pytest.fixture
def shared() -> Iterator[Path]:
    """A directory that others may enter; those of pytest are for their owner alone."""
    path = Path(tempfile.mkdtemp())
    path.chmod(0o755)
    yield path
    path.chmod(0o755)
    shutil.rmtree(path)


def test_it_holds_what_the_index_holds(sampled: Layout, tmp_path: Path) -> None:
    target = tmp_path / "outlets.db"
    assert publish(sampled, target) == target.stat().st_size
    assert stat.S_IMODE(target.stat().st_mode) == 0o444
    assert [path.name for path in tmp_path.iterdir()] == ["outlets.db"]
    with closing(sqlite3.connect(target)) as copy, closing(sqlite3.connect(sampled.index.resolve())) as own:
        assert copy.execute("PRAGMA journal_mode").fetchone() == ("delete",)
        assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        for name in dict.fromkeys(name for name, *_ in schema.describe()):
            sql = f"SELECT * FROM {name}"
            assert sorted(copy.execute(sql), key=repr) == sorted(own.execute(sql), key=repr), name
        assert copy.execute(SEARCH).fetchone()[0] == own.execute(SEARCH).fetchone()[0] > 0
        assert copy.execute("SELECT count(*) FROM sqlite_stat1").fetchone()[0] > 5
        tables = {row[0] for row in copy.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        known = {name for name, *_ in schema.describe()}
        assert {name for name in tables if not name.startswith(("articles_fts", "sqlite_"))} <= known


@pytest.mark.skipif(os.getuid() != 0, reason="only root may become another user")
def test_another_user_reads_it_in_a_directory_without_write_permission(sampled: Layout, shared: Path) -> None:
    target = shared / "outlets.db"
    publish(sampled, target)
    shared.chmod(0o555)
    code = f"""
import os, sqlite3, sys
os.setgroups([]); os.setgid({NOBODY}); os.setuid({NOBODY})
assert not os.access({str(shared)!r}, os.W_OK) and not os.access({str(target)!r}, os.W_OK)
connection = sqlite3.connect({str(target)!r})
print(connection.execute({SEARCH!r}).fetchone()[0])
try:
    connection.execute("DELETE FROM teasers")
except sqlite3.OperationalError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], cwd="/", capture_output=True, text=True, check=True)
    count, refused = done.stdout.splitlines()
    assert int(count) > 0
    assert refused == "attempt to write a readonly database"


def test_nothing_is_overwritten_unasked(sampled: Layout, tmp_path: Path) -> None:
    target = tmp_path / "outlets.db"
    target.write_text("mine")
    with pytest.raises(BadConfiguration, match="--force"):
        publish(sampled, target)
    assert target.read_text() == "mine"
    publish(sampled, target, force=True)
    assert target.read_bytes().startswith(b"SQLite format 3")
    for own in (sampled.index, sampled.index.resolve(), sampled.generations / "mine.db"):
        with pytest.raises(BadConfiguration, match="the archive's own index"):
            publish(sampled, own, force=True)
    for wrong in (tmp_path, tmp_path / "none" / "outlets.db"):
        with pytest.raises(BadConfiguration, match="directory"):
            publish(sampled, wrong, force=True)


def test_a_full_disk_leaves_no_half_file(sampled: Layout, tmp_path: Path) -> None:
    try:
        with volume(tmp_path / "small") as small:
            small.give(300_000)
            with pytest.raises(DiskFull):
                publish(sampled, small.place / "outlets.db")
            assert list(small.place.iterdir()) == []
            small.give(30 << 20)
            publish(sampled, small.place / "outlets.db")
    except PermissionError as error:
        pytest.skip(str(error))


def test_a_kill_leaves_no_half_file_and_nothing_in_the_way(sampled: Layout, tmp_path: Path) -> None:
    """Killed when the part is written and not named yet."""
    target = tmp_path / "outlets.db"
    code = f"""
import time
from pathlib import Path
from archive.index import publish
from archive.layout import Layout
publish._settle = lambda part: (print("written", flush=True), time.sleep(60))
publish.publish(Layout(Path({str(sampled.root)!r})), Path({str(target)!r}))
"""
    child = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    assert child.stdout.readline() == "written\n"
    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stdout.close()
    assert [path.name for path in tmp_path.iterdir()] == [".outlets.db.part"]
    publish(sampled, target)
    assert [path.name for path in tmp_path.iterdir()] == ["outlets.db"]


def test_what_datasette_shows(sampled: Layout, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target, told = tmp_path / "outlets.db", tmp_path / "outlets.json"
    assert run(["--archive", str(sampled.root), "publish", str(target), "--metadata", str(told)]) == 0
    assert capsys.readouterr().out.splitlines()[1] == f"{told}: what Datasette shows of it"
    read = json.loads(told.read_text("utf-8"))
    assert read == metadata("outlets", "News archive archive", "")
    started = subprocess.run(
        [sys.executable, "-m", "datasette", "inspect", str(target)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(started.stdout)["outlets"]["tables"]["article_versions"]["count"] > 60


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_datasette_serves_descriptions_and_questions(sampled: Layout, tmp_path: Path) -> None:
    import asyncio

    target = tmp_path / "outlets.db"
    publish(sampled, target)

    async def pages() -> tuple[str, str, dict[str, object]]:
        shown = Datasette(immutables=[str(target)], metadata=metadata("outlets", "Mine", "Me"))
        await shown.invoke_startup()
        table = await shown.client.get("/outlets-db/silent_changes")
        base = await shown.client.get("/outlets-db")
        answer = await shown.client.get("/outlets-db/silent-changes.json?_shape=objects")
        return table.text, base.text, answer.json()

    table, base, answer = asyncio.run(pages())
    assert "When it was first captured as it is since" in table
    assert all(question.name in base for question in QUESTIONS)
    assert [row["changed"] for row in answer["rows"]] == ["text"]  # type: ignore[attr-defined]
