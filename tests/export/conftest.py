from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from archive.layout import Layout
from tests.export.archived import build


@pytest.fixture(scope="session")
def growing(tmp_path_factory: pytest.TempPathFactory) -> Layout:
    """A small archive whose second file is still being written. Nobody writes to it."""
    return build(tmp_path_factory.mktemp("growing") / "archive", sealed=False)


@pytest.fixture(scope="session")
def _kept(tmp_path_factory: pytest.TempPathFactory) -> Layout:
    return build(tmp_path_factory.mktemp("kept") / "archive")


@pytest.fixture
def kept(_kept: Layout, tmp_path: Path) -> Layout:
    """The same archive with all files sealed, for this test alone."""
    shutil.copytree(_kept.root, tmp_path / "archive", symlinks=True)
    return Layout(tmp_path / "archive")
