"""Names of WARC files, and what stands in the directory."""

from __future__ import annotations

import os
import re
import socket
from pathlib import Path
from typing import Any

import pytest

from archive.warc import names
from tests.warc.support import AT


def test_a_name_follows_the_annex_and_only_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: "web-1/../x.example")
    assert names.file_name("gazette", AT, 7) == "gazette-20260301123015250-00007-web_1_.._x.example.warc.gz"
    monkeypatch.setattr(socket, "gethostname", lambda: "")
    assert re.fullmatch(r"a-\d{17}-\d{5}-localhost\.warc\.gz", names.file_name("a", AT, 0))


def test_files_says_what_is_safe_to_read(tmp_path: Path) -> None:
    (tmp_path / "b.warc.gz").write_bytes(b"12345")
    for name, published in (("a", b"00000000000000000003"), ("c", b""), ("d", None), ("e", b"x")):
        (tmp_path / f"{name}.warc.gz.open").write_bytes(b"12345")
        if published is not None:
            (tmp_path / f"{name}.warc.gz.durable").write_bytes(published)
    (tmp_path / "b.warc.gz.open").write_bytes(b"1")  # killed between the link and the unlink
    (tmp_path / "manifest-sha256.txt").touch()
    (tmp_path / "x.warc.gz.corrupt").touch()
    found = [(f.name, f.durable, f.sealed) for f in names.files(tmp_path)]
    assert found == [
        ("a.warc.gz", 3, False),
        ("b.warc.gz", 5, True),
        ("c.warc.gz", 0, False),
        ("d.warc.gz", 0, False),
        ("e.warc.gz", 0, False),
    ]
    assert names.files(tmp_path / "missing") == []


def test_a_file_is_found_under_either_name(tmp_path: Path) -> None:
    (tmp_path / "a.warc.gz.open").write_bytes(b"open")
    assert names.existing_path(tmp_path, "a.warc.gz").name == "a.warc.gz.open"
    (tmp_path / "a.warc.gz").write_bytes(b"sealed")
    assert names.existing_path(tmp_path, "a.warc.gz").name == "a.warc.gz"
    with pytest.raises(FileNotFoundError):
        names.open_file(tmp_path, "b.warc.gz")


def test_a_file_sealed_between_two_looks_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.warc.gz.open").write_bytes(b"data")
    real = os.open

    def seals_first(path: Path, *rest: Any) -> int:
        if path.name.endswith(".open"):
            path.rename(tmp_path / "a.warc.gz")
        return real(path, *rest)

    monkeypatch.setattr(os, "open", seals_first)
    descriptor = names.open_file(tmp_path, "a.warc.gz")
    assert os.read(descriptor, 9) == b"data"
    os.close(descriptor)
