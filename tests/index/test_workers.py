"""One bad page costs one Failure, nothing else."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from archive.errors import ArchiveError
from archive.index import jobs
from archive.index.workers import Pool
from archive.layout import Layout
from archive.types import Document, Failure
from archive.warc.reader import CaptureWalk
from tests.index.support import Shot, child, dump, fake_pool, only, write_warc


def pages(acts: dict[int, str], count: int) -> list[Shot]:
    return [
        Shot(
            f"https://a.example/{i}",
            {"title": f"Nr. {i}", "text": "Text", **({"act": acts[i]} if i in acts else {})},
            i,
        )
        for i in range(count)
    ]


@pytest.mark.parametrize("workers", [1, 2])
def test_hanging_dying_and_greedy_pages(tmp_path: Path, workers: int) -> None:
    layout = Layout(tmp_path)
    acts = {2: "hang", 3: "crash", 4: "memory", 5: "exit", 6: "raise", 9: "spin", 12: "crash"}
    write_warc(layout, "a", pages(acts, 14))
    summary = jobs.run(layout, pool=fake_pool(layout, workers, seconds=2.0, memory=256 << 20))
    assert (summary.outcomes, summary.documents, summary.failures) == (14, 7, 7)
    found = only(
        layout,
        "SELECT CAST(substr(url, 19) AS INTEGER), kind, message FROM failures ORDER BY 1",
    )
    assert [row[:2] for row in found] == [
        (2, "timeout"),
        (3, "crash"),
        (4, "memory"),
        (5, "crash"),
        (6, "crash"),
        (9, "timeout"),
        (12, "crash"),
    ]
    assert found[0][2] == "no outcome within 2 s"
    assert found[1][2] == "the process died: signal 11"
    assert found[2][2] == "more than 256 MB of memory"
    assert found[3][2] == "the process died: exit code 3"


def test_damaged_record_is_an_outcome(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    ends = write_warc(layout, "a", pages({}, 3))
    with jobs.Indexer(layout, pool=fake_pool(layout)) as indexer:
        summary = jobs.Summary()
        indexer._take_in(summary)
        path = layout.warc / "a.warc.gz"
        data = bytearray(path.read_bytes())
        data[ends[1] - 60 : ends[1] - 20] = bytes(40)
        path.write_bytes(data)
        indexer.step()
    assert summary.captures == 3
    ((url, kind, message),) = only(layout, "SELECT url, kind, message FROM failures")
    assert (url, kind) == ("https://a.example/1", "damaged")
    assert message.startswith("a.warc.gz@")
    assert only(layout, "SELECT count(*) FROM documents") == 2


def test_a_crash_counts_only_in_a_process_that_did_nothing_before(tmp_path: Path) -> None:
    """Killed from outside in mid-page, the page is read again; it is not at fault."""
    layout = Layout(tmp_path)
    write_warc(layout, "a", pages({3: "wait1.0"}, 6))
    captures = [entry.capture for entry in CaptureWalk(layout.warc / "a.warc.gz", "a.warc.gz")]
    outcomes = []
    with fake_pool(layout) as pool:
        for result in pool.extract_all(captures):
            outcomes.append(result.outcome)
            if len(outcomes) == 3:
                pool._processes.workers[0].process.send_signal(signal.SIGKILL)
    assert [type(outcome) for outcome in outcomes] == [Document] * 6


def test_pool_serves_several_runs_and_starts_only_what_it_needs(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    write_warc(layout, "a", pages({}, 8))
    captures = [entry.capture for entry in CaptureWalk(layout.warc / "a.warc.gz", "a.warc.gz")]
    with fake_pool(layout, 2) as pool:
        assert list(pool.extract_all([])) == []
        assert pool._processes.workers == []
        assert len(list(pool.extract_all(captures[:1]))) == 1
        (first,) = pool._processes.workers
        assert {r.capture for r in pool.extract_all(captures)} == set(captures)
        assert first in pool._processes.workers
        assert len(pool._processes.workers) == 2
        results = pool.extract_all(captures)
        next(results)
        results.close()  # left early: nothing of it may turn up in the next run
        assert [r.capture for r in pool.extract_all(captures[:1])] == captures[:1]
        first_process = pool._processes.workers[0].process
        first_process.kill()
        first_process.wait()  # died while idle: nobody's fault
        assert not any(isinstance(r.outcome, Failure) for r in pool.extract_all(captures))
        processes = [w.process for w in pool._processes.workers]
    assert all(process.poll() is not None for process in processes)


def test_extractor_that_does_not_load_is_one_clear_line(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    write_warc(layout, "a", pages({}, 1))
    pool = Pool(layout.warc, 1, "k", extractor="tests.index.nowhere:extract")
    with pytest.raises(ArchiveError, match=r"does not start: tests\.index\.nowhere:extract: .*No module"):
        jobs.run(layout, pool=pool)
    assert jobs.run(layout, pool=fake_pool(layout)).documents == 1


@pytest.mark.parametrize("delay", [0.1, 0.3, 0.5])
def test_kill_at_any_moment_then_again_is_as_if_undisturbed(tmp_path: Path, delay: float) -> None:
    shots = pages(dict.fromkeys(range(0, 30, 2), "wait0.02") | {7: "crash"}, 40)
    whole, cut = Layout(tmp_path / "whole"), Layout(tmp_path / "cut")
    for layout in (whole, cut):
        write_warc(layout, "a", shots[:25])
        write_warc(layout, "b", shots[25:])
    process = child(
        cut, "from archive.index import batches; batches.BATCH = 3; jobs.run(layout, pool=fake_pool(layout))"
    )
    deadline = time.monotonic() + 20
    while not cut.generations.exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert cut.generations.exists()
    time.sleep(delay)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    jobs.run(cut, pool=fake_pool(cut))
    jobs.run(whole, pool=fake_pool(whole))
    assert dump(cut) == dump(whole)


def test_workers_end_with_their_parent(tmp_path: Path) -> None:
    """Also one that hangs: nothing is left behind by a kill."""
    layout = Layout(tmp_path)
    write_warc(layout, "a", pages({1: "hang"}, 2))
    code = """
from archive.warc.reader import CaptureWalk
pool = fake_pool(layout, seconds=0.7)
walk = CaptureWalk(layout.warc / "a.warc.gz", "a.warc.gz")
results = pool.extract_all(entry.capture for entry in walk)
next(results)
print(pool._processes.workers[0].process.pid, flush=True)
os.kill(os.getpid(), 9)
"""
    told, _ = child(layout, code).communicate()
    worker = Path(f"/proc/{int(told)}/stat")
    deadline = time.monotonic() + 5
    while worker.exists() and worker.read_text().split()[2] != "Z" and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not worker.exists() or worker.read_text().split()[2] == "Z"
