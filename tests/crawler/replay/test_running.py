"""Whether an archive is being replayed, as others see it."""

from __future__ import annotations

import json
from pathlib import Path

from archive.layout import Layout
from crawler.replay import running


def test_a_copy_in_which_nothing_can_be_locked_is_replayed_by_nobody(tmp_path: Path) -> None:
    """One that was made while replay ran, on a medium that can't be written."""
    layout = Layout(tmp_path)
    layout.replay.mkdir()
    layout.locks.write_text("no directory", encoding="ascii")
    said = {"origin": "http://localhost:8090", "key": None}
    (layout.replay / "place.json").write_text(json.dumps(said), encoding="ascii")
    assert running.place(layout) is None
