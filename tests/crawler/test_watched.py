"""A crawl that is watched: its table on a terminal, its figures by HTTP and in a file, its log."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import sys
import termios
import threading
import urllib.request
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from archive.layout import Layout
from crawler.cli.init import create
from tests.crawler.small_site import OUTLETS, SmallSite

_CODES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_ALL = 32  # exchanges of an outlet


def fetched(text: str) -> dict[str, float]:
    families = [f for f in text_string_to_metric_families(text) if f.name == "gazette_fetched"]
    return {s.labels["site"]: s.value for family in families for s in family.samples}


def test_a_crawl_on_a_terminal_shows_its_sites_and_serves_its_figures(tmp_path: Path) -> None:
    layout, figures = Layout(tmp_path / "a"), tmp_path / "gazette.prom"
    create(layout)
    said, served = bytearray(), list[str]()
    master, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 100, 0, 0))
    with SmallSite(pause=0.3) as server:
        for name in OUTLETS:
            (layout.sites / f"{name}.toml").write_text(server.site_file(name), encoding="utf-8")
        options = ["--metrics", "0", "--metrics-file", str(figures), "--log-format", "json", "--no-index"]
        crawl = subprocess.Popen(
            [sys.executable, "-m", "crawler.cli", "--archive", str(layout.root), "crawl", *options],
            env=os.environ | {"TERM": "xterm"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=terminal,
            text=True,
        )
        os.close(terminal)

        def listen() -> None:
            while True:
                try:
                    said.extend(os.read(master, 65_536))
                except OSError:  # the crawl has closed its end
                    return
                url = re.search(rb"http://127\.0\.0\.1:\d+/metrics", said)
                if url and not served and b"together" in said:
                    with urllib.request.urlopen(url[0].decode(), timeout=30) as answer:
                        served.append(answer.read().decode())
                    server.pause = 0.0  # it was slow, so that the crawl couldn't end before

        listener = threading.Thread(target=listen)
        listener.start()
        out, _ = crawl.communicate(timeout=120)
        listener.join(30)
    os.close(master)
    assert crawl.returncode == 0
    shown = _CODES.sub("", said.decode())
    assert re.search(r"site +fetched +new +changed +same +failed +queued +pages/s +state", shown)
    assert re.search(r"\bhof +\d+ +\d+ +\d+ +\d+ +\d+ +\d+ +\d+\.\d", shown)
    assert re.search(r"\btogether +\d+", shown)
    (during,) = served
    assert set(fetched(during)) <= set(OUTLETS)
    assert fetched(figures.read_text(encoding="utf-8")) == dict.fromkeys(OUTLETS, _ALL)
    assert [line.split()[:2] for line in out.splitlines()[1:]] == [[name, str(_ALL)] for name in OUTLETS]
    (log,) = layout.logs.iterdir()
    lines = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    assert any("Spider closed" in line["message"] for line in lines)
