"""Extraction in the process itself says what processes of their own say, and is not brought down."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from archive.index import inside, jobs
from archive.index.inside import Inside
from archive.layout import Layout
from tests.index.support import Shot, child, dump, fake_pool, only, write_warc

NOTE = "extracting"


def pages(acts: dict[int, str], count: int) -> list[Shot]:
    return [
        Shot(
            f"https://a.example/{i}",
            {"title": f"Nr. {i}", "text": "Text", **({"act": acts[i]} if i in acts else {})},
            i,
        )
        for i in range(count)
    ]


def own(layout: Layout, seconds: float = 20.0, memory: int = 1 << 30) -> Inside:
    return Inside(
        layout.warc,
        "fake-1",
        layout.locks / NOTE,
        extractor="tests.index.fakes:extract",
        seconds=seconds,
        memory=memory,
    )


def test_the_same_outcomes_as_in_a_process_of_its_own(tmp_path: Path) -> None:
    """A page that hangs or takes too much here gets a process of its own, and that one's word counts."""
    shots = pages({1: "hang", 2: "raise", 3: "memory"}, 5)
    dumps = []
    for name in ("inside", "apart"):
        layout = Layout(tmp_path / name)
        write_warc(layout, "a", shots)
        pool = (
            own(layout, 1.5, 512 << 20)
            if name == "inside"
            else fake_pool(layout, seconds=1.5, memory=512 << 20)
        )
        jobs.run(layout, pool=pool)
        dumps.append(dump(layout))
        assert not (layout.locks / NOTE).exists()
    assert dumps[0] == dumps[1]
    kinds = only(layout, "SELECT kind FROM failures ORDER BY url")
    assert kinds == [("timeout",), ("crash",), ("memory",)]


def test_what_is_large_or_full_of_tags_runs_apart(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    shots = [
        Shot("https://a.example/1", {"title": "Eins", "text": "Text", "act": "pid"}, 1),
        Shot(
            "https://a.example/2", {"title": "Zwei", "text": "x" * (inside.PLAIN_BYTES + 1), "act": "pid"}, 2
        ),
        Shot(
            "https://a.example/3", {"title": "Drei", "text": "<" * (inside.PLAIN_TAGS + 1), "act": "pid"}, 3
        ),
        Shot(
            "https://a.example/4",
            {"title": "Vier", "text": "x" * (inside.PLAIN_STRETCH + 1), "act": "pid"},
            4,
        ),
    ]
    write_warc(layout, "a", shots)
    jobs.run(layout, pool=own(layout))
    found = dict(only(layout, "SELECT title, kicker FROM articles"))
    assert found["Eins"] == str(os.getpid())
    assert str(os.getpid()) not in (found["Zwei"], found["Drei"], found["Vier"])


def test_a_page_that_brought_a_run_down_runs_apart_the_next_time(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    write_warc(layout, "a", pages({2: "crash"}, 5))
    code = """
from tests.index.test_inside import own
jobs.run(layout, pool=own(layout))
"""
    first = child(layout, code)
    first.communicate()
    assert first.returncode == -signal.SIGSEGV
    second = child(layout, code)
    second.communicate()
    assert second.returncode == 0
    assert only(layout, "SELECT url, kind FROM failures") == [("https://a.example/2", "crash")]
    assert only(layout, "SELECT count(*) FROM documents") == 4


def test_the_alarm_is_given_back(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    write_warc(layout, "a", pages({}, 2))
    rung: list[float] = []
    before = signal.signal(signal.SIGALRM, lambda number, frame: rung.append(time.monotonic()))
    try:
        jobs.run(layout, pool=own(layout))
        signal.raise_signal(signal.SIGALRM)
    finally:
        signal.signal(signal.SIGALRM, before)
    assert len(rung) == 1
