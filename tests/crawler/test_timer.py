"""What a timer calls: the command lines of units and crontabs, and the process where no timer is."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from archive.layout import Layout
from crawler import runlog
from crawler.cli import crawling, daemon, units
from crawler.cli.crawl import crawl_due
from crawler.cli.crawling import run
from crawler.cli.dues import Dues
from crawler.cli.exits import Exit
from crawler.cli.init import create
from crawler.cli.tree import run as gazette
from crawler.runlog import Run
from tests.crawler.small_site import SmallSite
from tests.crawler.support import rows

_ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def server() -> Iterator[SmallSite]:
    with SmallSite(pause=0.0) as server:
        yield server


def _archive(root: Path) -> Layout:
    layout = Layout(root)
    create(layout)
    return layout


def _add(layout: Layout, server: SmallSite, name: str, more: str = 'every = "1h"\n') -> None:
    text = server.site_file(name)
    if "delay" in more:
        text = text.replace("delay = 0\n", "")
    # Moved into its place, as whoever looks meanwhile must not see half of it.
    written = layout.root / f"{name}.new"
    written.write_text(text + more, encoding="utf-8")
    written.rename(layout.sites / f"{name}.toml")


def _runs(layout: Layout) -> list[Run]:
    """All runs, the oldest first."""
    with runlog.opened(layout) as connection:
        return runlog.runs(connection)[::-1] if connection else []


def _finished(layout: Layout) -> set[str]:
    with runlog.opened(layout) as connection:
        found = runlog.rounds(connection).values() if connection else ()
    return {last.site for last in found if last.finished_at is not None}


def test_the_command_lines_of_unit_and_crontab_crawl_what_is_due(server: SmallSite, tmp_path: Path) -> None:
    layout = _archive(tmp_path / "my archive 100%")
    few = 'every = "1h"\nmax_pages = 8\n'
    _add(layout, server, "hof", few)
    # As systemd and cron start it: from elsewhere, and with next to nothing in the environment.
    bare = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
    assert (
        gazette(["--archive", str(layout.root), "schedule", "--install", "systemd", "--dir", str(tmp_path)])
        == 0
    )
    (unit,) = tmp_path.glob("*.service")
    (line,) = re.findall(r"(?m)^ExecStart=(.*)$", unit.read_text(encoding="utf-8"))
    words = [quoted or plain for quoted, plain in re.findall(r'"([^"]*)"|(\S+)', line.replace("%%", "%"))]

    def call(command: list[str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, capture_output=True, text=True, timeout=100, cwd="/", env=bare, check=False
        )

    first = call(words)
    assert (first.returncode, first.stderr) == (Exit.OK, "")
    assert first.stdout.splitlines()[1].split()[0] == "hof"
    assert _finished(layout) == {"hof"}
    assert rows(layout.index, "SELECT count(*) FROM captures")[0][0] >= 8
    second = call(words)
    assert (second.returncode, second.stdout, second.stderr) == (Exit.OK, "", "")
    assert len(_runs(layout)) == 1

    _add(layout, server, "markt", few)
    entry = units.crontab(layout.root, None).splitlines()[-1].removeprefix("* * * * * ")
    third = call(["/bin/sh", "-c", entry.replace("\\%", "%")])
    assert (third.returncode, third.stdout, third.stderr) == (Exit.OK, "", "")
    assert _finished(layout) == {"hof", "markt"}
    assert [[site.site for site in done.sites] for done in _runs(layout)] == [["hof"], ["markt"]]


def test_what_becomes_due_does_not_wait_for_a_slow_site(
    server: SmallSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crawling, "MORE_EVERY", 0.5)
    layout = _archive(tmp_path / "a")
    _add(layout, server, "hof", 'every = "1h"\ndelay = 0.5\nmax_pages = 20\n')
    dues = Dues(layout)
    asked: list[str] = []

    def more() -> list[str]:
        if (runs := _runs(layout)) and runs[0].sites[0].fetched > 3 and not asked:
            _add(layout, server, "markt", 'every = "1h"\n')
            # Wrong from now on: told once, and no reason to stop.
            (layout.sites / "nix.toml").write_text("seeds = [", encoding="utf-8")
            asked.append("markt")
        return dues.again()

    ended = run(layout, dues.look(), {}, workers=0, more=more)
    assert ended.code == Exit.OK
    hof, markt = _runs(layout)  # and none of them twice
    assert (hof.sites[0].site, markt.sites[0].site) == ("hof", "markt")
    assert hof.ended_at is not None
    assert markt.started_at <= hof.ended_at  # whole seconds
    assert {ended.run, *(other.run for other in ended.others)} == {hof.id, markt.id}
    assert dues.wrong
    assert len(dues.said) == 1


def test_a_schedule_divides_what_is_due_over_its_processes(
    server: SmallSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    layout = _archive(tmp_path / "a")

    def once(*arguments: Any, **how: Any) -> None:
        crawl_due(*arguments, **{**how, "workers": 0})
        raise KeyboardInterrupt

    monkeypatch.setattr(daemon, "crawl_due", once)
    for name in ("hof", "markt"):
        _add(layout, server, name, 'every = "1h"\nmax_pages = 8\n')
    command = ["--archive", str(layout.root), "schedule", "run", "--processes", "3"]
    assert gazette(command) == Exit.OK
    assert sorted([site.site for site in done.sites] for done in _runs(layout)) == [["hof"], ["markt"]]
    assert _finished(layout) == {"hof", "markt"}
    # Nobody asked for these two, so that they take only two processes is no news.
    assert "of 3 processes" not in capsys.readouterr().err


def _until(true: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 60
    while not true():
        assert process.poll() is None, "it has ended"
        assert time.monotonic() < deadline, "it takes too long"
        time.sleep(0.1)


def test_a_schedule_goes_on_through_failures_and_ends_cleanly(server: SmallSite, tmp_path: Path) -> None:
    layout = _archive(tmp_path / "a")
    (layout.sites / "nix.toml").write_text("seeds = [", encoding="utf-8")
    dead = 'seeds = ["http://127.0.0.1:1/"]\nallow_private = true\nevery = "1h"\n'
    (layout.sites / "tot.toml").write_text(dead, encoding="utf-8")
    quick = "from crawler.cli import crawling, daemon, main; daemon.EVERY = crawling.MORE_EVERY = 0.5; main()"
    said = tmp_path / "said"
    with said.open("w") as errors:
        process = subprocess.Popen(
            [sys.executable, "-c", quick, "--archive", str(layout.root), "schedule", "run"],
            stdout=subprocess.DEVNULL,
            stderr=errors,
            env=os.environ | {"PYTHONPATH": str(_ROOT)},
            text=True,
        )
    try:
        # Told at the end of a crawl: one that is still ending would take the next site in beside it.
        _until(lambda: "no site gave a page" in said.read_text(encoding="utf-8"), process)
        assert _finished(layout) == {"tot"}
        _add(layout, server, "hof", 'every = "1h"\ndelay = 0.5\n')
        _until(lambda: len(runs := _runs(layout)) > 1 and runs[-1].sites[0].fetched > 3, process)
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == Exit.OK
    finally:
        process.kill()
        process.wait()
    lines = said.read_text(encoding="utf-8")
    assert lines.count("nix.toml: no valid TOML") == 1
    assert lines.count("no site gave a page") == 1
    assert "ending cleanly" in lines
    assert not list(layout.warc.glob("*.open"))
    hof = _runs(layout)[-1]
    assert (hof.sites[0].site, hof.exit_code) == ("hof", Exit.INTERRUPTED)
    assert _finished(layout) == {"tot"}
    # It goes on where it was, not before some minutes have passed: it might have failed at once.
    dues = Dues(layout)
    assert dues.look() == []
