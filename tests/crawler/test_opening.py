"""A run that can't begin gives back what it took."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from archive.errors import ArchiveError
from archive.layout import Layout
from crawler.cli.init import create
from crawler.opening import open_session
from crawler.tally import Limits


def test_a_run_whose_crawl_db_can_t_be_read_leaves_no_lock_file_open(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    create(layout)
    layout.crawl_db.write_bytes(b"no database" * 1_000)
    with pytest.raises(ArchiveError, match=r"crawl\.db"):
        open_session(layout, {}, Limits())
    opened = {os.path.realpath(link) for link in Path("/proc/self/fd").iterdir()}
    assert [path for path in opened if path.startswith(str(layout.locks))] == []
