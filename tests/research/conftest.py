from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from sqlite3 import Connection

import pytest

from archive.db import open_reader
from archive.layout import Layout
from tests.samples_archive import fill


@pytest.fixture(scope="session")
def sampled(tmp_path_factory: pytest.TempPathFactory) -> Layout:
    """The sample outlets in both of their stages, indexed. Nobody writes to it."""
    return fill(Layout(tmp_path_factory.mktemp("sampled") / "archive"))


@pytest.fixture(scope="session")
def connection(sampled: Layout) -> Iterator[Connection]:
    """A reader of its index."""
    with closing(open_reader(sampled.index)) as reader:
        yield reader
