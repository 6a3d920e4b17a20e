"""The side environment: where it lies, when it counts as made, and what is said when it can't be."""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

import pytest

from archive.errors import ArchiveError
from crawler.replay import environment
from tests.cli.conftest import gazette as gazette  # the fixture, as this directory has none
from tests.cli.support import Gazette

_ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    return tmp_path / "data"


def half_made(data: Path) -> Path:
    folder = environment.home()
    assert folder.parent == data / "gazette"
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "python").touch()
    return folder


def test_a_half_made_one_is_none(data: Path) -> None:
    assert environment.find() is None
    folder = half_made(data)
    assert environment.find() is None
    with pytest.raises(ArchiveError, match=r"an export to WACZ needs .* gazette replay --install"):
        environment.require("an export to WACZ")
    (folder / "gazette-finished").touch()
    assert environment.find() == folder / "bin" / "python" == environment.require()
    assert environment.install(lambda done, total: None) == folder / "bin" / "python"


def test_another_lock_file_is_another_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = environment.home()
    other = tmp_path / "requirements.lock"
    other.write_text("pywb==3.0\n", encoding="ascii")
    monkeypatch.setattr(environment, "LOCK", other)
    assert environment.home() != one
    monkeypatch.setenv("XDG_DATA_HOME", "relative")
    assert environment.home().parent == Path.home() / ".local/share/gazette"


def test_what_the_package_index_denies_is_told_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = tmp_path / "requirements.lock"
    lock.write_text("gazette-misses-this==1.0 --hash=sha256:" + "0" * 64 + "\n", encoding="ascii")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    with pytest.raises(ArchiveError, match="was not reached or lacks a package") as caught:
        environment._pip(Path(sys.executable), ["-r", str(lock)], lambda done: None)
    assert "gazette-misses-this==1.0" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_lock_names_what_is_asked_for_with_hashes() -> None:
    locked = environment.LOCK.read_text(encoding="utf-8")
    names = re.findall(r"^([a-z0-9.-]+)==", locked, re.MULTILINE)
    assert {"pywb", "wacz", "brotli", "setuptools", "surt"} <= set(names)
    assert "brotlipy" not in names
    assert all("--hash=sha256:" in block for block in re.split(r"^(?=[a-z])", locked, flags=re.MULTILINE)[1:])
    built = tomllib.loads((_ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["hatch"]["build"]
    assert "crawler" in built["targets"]["wheel"]["packages"]  # with all that lies in it


def test_the_verb_says_what_to_do(
    gazette: Gazette,
    tmp_path: Path,
) -> None:
    assert gazette("init", tmp_path / "archive").code == 0
    ran = gazette("--archive", tmp_path / "archive", "replay")
    assert (ran.code, ran.out) == (9, "")
    assert ran.err.startswith("gazette: replay needs pywb and wacz")
    assert "gazette replay --install" in ran.err
    assert gazette("replay", "--port", "70000").code == 2
