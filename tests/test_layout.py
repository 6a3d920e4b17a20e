"""What is an archive, and what is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from archive.errors import BadConfiguration, NoArchive
from archive.layout import FORMAT, Layout, open_archive, read_config


def test_an_archive_is_known_by_its_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "gazette.toml").write_text(f'format = {FORMAT}\noperator = "Prüfstelle"\n', "utf-8")
    monkeypatch.chdir(tmp_path)
    layout = open_archive(Path())
    assert layout == Layout(tmp_path)
    assert read_config(layout) == {"format": FORMAT, "operator": "Prüfstelle"}


def test_paths_are_those_of_the_design(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    found = [layout.config, layout.sites, layout.warc, layout.index, layout.generations, layout.crawl_db]
    found += [layout.ledger, layout.locks, layout.logs]
    assert [path.relative_to(tmp_path).as_posix() for path in found] == [
        "gazette.toml", "sites", "warc", "index.db", "index", "crawl.db", "ledger.db", ".locks", "logs"
    ]  # fmt: skip


@pytest.mark.parametrize("place", [".", "missing", "file"])
def test_no_archive(place: str, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    root = tmp_path / place
    with pytest.raises(NoArchive) as caught:
        open_archive(root)
    assert str(caught.value) == (
        f"{root}: no archive here (no gazette.toml); make one with: gazette init {root}"
    )
    assert caught.value.exit_code == 4


@pytest.mark.parametrize("text", ["format = 2", "format = '1'", "operator = 'x'", ""])
def test_an_archive_of_another_version(text: str, tmp_path: Path) -> None:
    (tmp_path / "gazette.toml").write_text(text)
    with pytest.raises(NoArchive, match="use the Gazette that made it"):
        open_archive(tmp_path)


@pytest.mark.parametrize("data", [b"format =", b"format = 1\nformat = 1", b"a = '\xe4'", b"\0"])
def test_a_configuration_that_cant_be_read(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "gazette.toml").write_bytes(data)
    with pytest.raises(BadConfiguration) as caught:
        open_archive(tmp_path)
    assert str(caught.value).startswith(f"{tmp_path / 'gazette.toml'}: ")
    assert caught.value.exit_code == 4


def test_a_directory_in_place_of_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "gazette.toml").mkdir()
    with pytest.raises(BadConfiguration, match="can't be read"):
        open_archive(tmp_path)
