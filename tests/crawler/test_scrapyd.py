"""The spider under a real Scrapyd: deployed, scheduled, its log fetched, cancelled."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import sysconfig
import time
import venv
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
import requests
from scrapyd_client.pyclient import ScrapydClient

from archive.layout import Layout
from archive.warc.names import files
from crawler.cli.init import create
from tests.crawler.small_site import ARTICLES, SmallSite
from tests.crawler.support import rows

_ROOT = Path(__file__).resolve().parents[2]
_PARTS = ("scrapy.cfg", "pyproject.toml", "README.md", "LICENSE", "archive", "crawler")
_SECONDS = 120.0


class Daemon(NamedTuple):
    url: str
    client: ScrapydClient
    home: Path  # where it runs, and what it sees as its home
    deployed: str  # what scrapyd-deploy said


def environment(home: Path) -> dict[str, str]:
    """Nothing of this account's settings is read, and what leaves loopback finds no way out."""
    proxies = dict.fromkeys(("http_proxy", "https_proxy", "all_proxy"), "http://127.0.0.1:1")
    kept = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    loopback = "127.0.0.1,localhost"
    return (
        {k: v for k, v in kept.items() if not k.startswith(("SCRAPY", "GAZETTE"))}
        | proxies
        | {"no_proxy": loopback, "HOME": str(home), "XDG_CONFIG_HOME": str(home), "PIP_NO_INDEX": "1"}
    )


def until(happened: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + _SECONDS
    while not happened():
        assert time.monotonic() < deadline, f"not within {_SECONDS:.0f} s: {what}"
        time.sleep(0.1)


def answers(url: str) -> bool:
    try:
        return bool(requests.get(f"{url}daemonstatus.json", timeout=10).json()["status"] == "ok")
    except requests.ConnectionError:
        return False


def without_gazette(place: Path) -> Path:
    """The Python of an environment with all that is installed here but Gazette: the egg's own code runs."""
    venv.create(place, symlinks=True)
    base = {"base": str(place), "platbase": str(place)}
    packages = Path(sysconfig.get_path("purelib", "venv", base))
    for entry in Path(sysconfig.get_path("purelib")).iterdir():
        if not entry.name.startswith(("gazette", "_gazette")) and entry.name not in _PARTS:
            (packages / entry.name).symlink_to(entry)
    return place / "bin" / "python"


def deploy(project: Path, home: Path, url: str) -> str:
    """What ``scrapyd-deploy`` says about a copy of the project: it leaves files beside what it packs."""
    for part in map(_ROOT.joinpath, _PARTS):
        if part.is_dir():
            shutil.copytree(part, project / part.name, ignore=shutil.ignore_patterns("__pycache__", "data"))
        else:
            shutil.copy(part, project / part.name)
    config = project / "scrapy.cfg"
    text = config.read_text(encoding="utf-8")
    assert "http://localhost:6800/" in text
    config.write_text(text.replace("http://localhost:6800/", url), encoding="utf-8")
    # The copy tells itself apart from the project that is installed here.
    with (project / "crawler" / "settings.py").open("a", encoding="utf-8") as settings:
        settings.write('\nBOT_NAME = "gazette-from-the-egg"\n')
    deployed = subprocess.run(
        [sys.executable, "-m", "scrapyd_client.deploy", "--version", "r1"],
        cwd=project,
        env=environment(home),
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    assert deployed.returncode == 0, deployed.stderr + deployed.stdout
    return deployed.stdout


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """A Scrapyd on a free port of loopback, the spider deployed to it."""
    home = tmp_path_factory.mktemp("scrapyd")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}/"
    (home / "scrapyd.conf").write_text(
        f"[scrapyd]\nhttp_port = {port}\npoll_interval = 0.1\nmax_proc = 2\n", encoding="utf-8"
    )
    with (home / "said").open("wb") as said:
        process = subprocess.Popen(
            [without_gazette(home / "venv"), "-m", "scrapyd", "--pidfile="],
            cwd=home,
            env=environment(home),
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
        )
    try:
        until(lambda: process.poll() is not None or answers(url), "Scrapyd answers")
        assert process.poll() is None, (home / "said").read_text()
        project = tmp_path_factory.mktemp("project")
        yield Daemon(url, ScrapydClient(url.rstrip("/")), home, deploy(project, home, url))
    finally:
        process.terminate()
        process.wait(30)


def archive_of(server: SmallSite, root: Path) -> Layout:
    layout = Layout(root)
    create(layout)
    (layout.sites / "hof.toml").write_text(server.site_file("hof"), encoding="utf-8")
    return layout


def schedule(daemon: Daemon, layout: Layout, sites: str = "hof") -> str:
    arguments = [("sites", sites), ("setting", f"GAZETTE_ARCHIVE={layout.root}")]
    return daemon.client.schedule("gazette", "news", arguments)


def finished(daemon: Daemon, job: str) -> bool:
    return job in [entry["id"] for entry in daemon.client.jobs("gazette")["finished"]]


def articles_kept(layout: Layout) -> int:
    found = rows(layout.crawl_db, "SELECT url FROM urls WHERE state = 'expanded' AND status = 200")
    return sum("/hof-" in url for (url,) in found)


def test_the_project_is_deployed_with_its_one_spider(daemon: Daemon) -> None:
    assert '"spiders": 1' in daemon.deployed
    assert daemon.client.projects() == ["gazette"]
    assert daemon.client.versions("gazette") == ["r1"]
    assert daemon.client.spiders("gazette") == ["news"]


def test_a_scheduled_job_crawls_into_the_archive_and_its_log_can_be_fetched(
    daemon: Daemon, tmp_path: Path
) -> None:
    with SmallSite(pause=0.0) as server:
        layout = archive_of(server, tmp_path / "a")
        job = schedule(daemon, layout)
        until(lambda: finished(daemon, job), "the job ends")
    assert rows(layout.crawl_db, "SELECT exit_code, reason FROM runs") == [(0, "finished")]
    ((by,),) = rows(layout.crawl_db, "SELECT started_by FROM runs")
    assert by.endswith(" (scrapyd)")
    assert articles_kept(layout) == ARTICLES
    assert files(layout.warc)
    assert all(file.sealed for file in files(layout.warc))
    log = requests.get(f"{daemon.url}logs/gazette/news/{job}.log", timeout=10).text
    assert "started (bot: gazette-from-the-egg)" in log
    assert "Spider closed (finished)" in log
    assert "Traceback" not in log


def test_a_job_that_can_not_begin_says_why_in_its_log(daemon: Daemon, tmp_path: Path) -> None:
    layout = Layout(tmp_path / "a")
    create(layout)
    job = schedule(daemon, layout, "nirgends")
    until(lambda: finished(daemon, job), "the job ends")
    log = requests.get(f"{daemon.url}logs/gazette/news/{job}.log", timeout=10).text
    assert "'nirgends'" in log.splitlines()[-1] or "nirgends.toml" in log.splitlines()[-1]
    assert "Traceback" not in log


def test_a_cancelled_job_ends_cleanly_and_the_next_one_goes_on(daemon: Daemon, tmp_path: Path) -> None:
    with SmallSite(pause=0.4) as server:
        layout = archive_of(server, tmp_path / "a")
        job = schedule(daemon, layout)
        until(lambda: len(server.requests) >= 8, "the job asks for pages")
        assert job in [entry["id"] for entry in daemon.client.jobs("gazette")["running"]]
        assert daemon.client.cancel("gazette", job)["prevstate"] == "running"
        server.pause = 0.0  # it was slow, so that no busy machine lets the job end by itself
        until(lambda: finished(daemon, job), "the cancelled job ends")
        assert rows(layout.crawl_db, "SELECT exit_code, reason FROM runs") == [(11, "interrupted")]
        assert all(file.sealed for file in files(layout.warc))
        before = articles_kept(layout)
        assert before < ARTICLES
        asked = [request.path for request in server.requests if request.path.endswith(".html")]
        job = schedule(daemon, layout)
        until(lambda: finished(daemon, job), "the next job ends")
        again = [request.path for request in server.requests if request.path.endswith(".html")][len(asked) :]
    assert articles_kept(layout) == ARTICLES
    kept = {url.rpartition("/")[2] for url in asked} & {url.rpartition("/")[2] for url in again}
    assert len(kept) <= 1, "only what was in flight is asked for again"
