from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from archive.index import jobs
from archive.layout import Layout
from tests.cli.support import Gazette

TOKEN = "0123456789abcdef"


@contextmanager
def serving(layout: Layout, *arguments: str, data: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A running ``gazette serve`` and its address."""
    command = [
        sys.executable,
        "-m",
        "crawler.cli",
        "--archive",
        str(layout.root),
        "serve",
        "--port",
        "0",
        *arguments,
    ]
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "XDG_DATA_HOME": str(data)},  # an empty folder: no environment of replay
    )
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        assert line.startswith("Reading room: http://127.0.0.1:"), process.communicate()
        yield process, line.split()[2].rstrip("/")
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_until_it_is_ended(filled: Layout, tmp_path: Path, ending: signal.Signals) -> None:
    jobs.run(filled, workers=1)
    with serving(filled, "--token", TOKEN, data=tmp_path) as (process, address):
        assert httpx.get(address, follow_redirects=True).status_code == 403
        answer = httpx.get(f"{address}/index.json?sql=select+1", headers={"authorization": f"Bearer {TOKEN}"})
        assert answer.json()["rows"] == [[1]]
        process.send_signal(ending)
        out, err = process.communicate(timeout=30)
    assert process.returncode == 0
    assert "without replay: it needs pywb, once: gazette replay --install" in err
    assert "the reading room is closed" in err
    assert TOKEN not in out + err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--host", "0.0.0.0"], "say to whom"),
        (["--host", "192.0.2.7", "--no-replay"], "say to whom"),
        (["--token", "short"], "16 or more"),
        (["--token", TOKEN, "--public"], "choose one"),
        (["--token", TOKEN, "--token-file", "x"], "one of them"),
        (["--name", "https://archive.example"], "is no host name"),
        (["--port", "http"], "'http' is not a valid port"),
    ],
)
def test_who_may_come_is_decided_first(
    gazette: Gazette, layout: Layout, arguments: list[str], told: str
) -> None:
    ran = gazette("--archive", layout.root, "serve", *arguments)
    assert ran.code == 2
    assert told in ran.err
    assert ran.err.count("\n") == 1


def test_what_is_missing_is_one_line(
    gazette: Gazette, layout: Layout, filled: Layout, tmp_path: Path
) -> None:
    ran = gazette("--archive", layout.root, "serve")
    assert (ran.code, ran.err.count("\n")) == (4, 1)
    assert "nothing is indexed yet" in ran.err
    ran = gazette("--archive", layout.root, "serve", "--token-file", tmp_path / "missing")
    assert (ran.code, ran.err.count("\n")) == (4, 1)


def test_a_port_in_use_is_one_line(gazette: Gazette, filled: Layout) -> None:
    jobs.run(filled, workers=1)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ran = gazette("--archive", filled.root, "serve", "--port", taken.getsockname()[1])
    assert (ran.code, ran.err.count("\n")) == (9, 1)
    assert "name another port with --port" in ran.err
