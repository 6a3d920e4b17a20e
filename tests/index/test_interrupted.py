"""What Ctrl-C leaves behind: the next pass takes all of it, and nothing of the pass before turns up in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from archive.index.jobs import Indexer
from archive.index.store import Store
from archive.layout import Layout
from archive.warc.reader import CaptureWalk
from tests.index.support import Shot, fake_pool, write_warc


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(tmp_path)


def page(number: int, **said: object) -> Shot:
    return Shot(f"https://a.example/{number}", {"title": f"Nr. {number}", "text": "Text", **said}, number)


def interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def test_the_pass_after_ctrl_c_takes_what_was_handed_out(
    layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a crawl does that is ended in the middle of a pass."""
    write_warc(layout, "a", [page(i) for i in range(40)])
    with Indexer(layout, pool=fake_pool(layout)) as indexer:
        with monkeypatch.context() as patched:
            patched.setattr(Store, "write", interrupt)
            with pytest.raises(KeyboardInterrupt):
                indexer.step()
        assert indexer.step(seconds=20).documents == 40


def test_what_a_second_ctrl_c_left_at_work_is_ended_by_the_next_call(
    layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_warc(layout, "a", [page(i, **({"act": "hang"} if i in (1, 2) else {})) for i in range(6)])
    first, *others = (entry.capture for entry in CaptureWalk(layout.warc / "a.warc.gz", "a.warc.gz"))
    with fake_pool(layout, seconds=0.5) as pool:
        results = pool.extract_all([first, *others[:2]])
        assert next(results).capture == first
        with monkeypatch.context() as patched:
            patched.setattr("threading.Thread.join", interrupt)
            with pytest.raises(KeyboardInterrupt):
                results.close()
        assert [result.capture for result in pool.extract_all(others[2:])] == others[2:]
