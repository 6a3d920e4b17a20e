"""How a crawl ends: its exit code, one line for a person, and nothing lost."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from archive.layout import Layout
from archive.locks import held
from archive.warc.names import files
from archive.warc.seal import recover
from crawler.cli.exits import Exit
from crawler.cli.init import create
from crawler.samples.server import SampleServer
from tests.crawler.support import QUICK, new_archive, rows, run
from tests.crawler.test_kills import assert_whole


@pytest.fixture(scope="module")
def server() -> Iterator[SampleServer]:
    with SampleServer() as running:
        yield running


def gazette(layout: Layout, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "crawler.cli", "--archive", str(layout.root), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def one_site(root: Path, text: str) -> Layout:
    layout = Layout(root)
    create(layout)
    (layout.sites / "one.toml").write_text(text, encoding="utf-8")
    return layout


@pytest.mark.parametrize("fault", ["DiskFull", "MemoryFull"])
@pytest.mark.parametrize("at", [1, 12])
def test_a_full_disk_ends_it_with_code_3_and_the_next_run_goes_on(
    fault: str, at: int, server: SampleServer, tmp_path: Path
) -> None:
    layout = new_archive(tmp_path / "a", server, ("emscher-bote",))
    ended = run(layout, index=False, EXTENSIONS=f'{{"tests.crawler.faults.{fault}": 1}}', FAULT_AT=at)
    assert ended.code == Exit.DISK_FULL
    assert "no space left" in ended.reason
    assert "\n" not in ended.reason
    assert run(layout, index=False).code == 0
    assert_whole(layout)
    expected = {url for url in server.expected() if server.kind(url) == "article" and of(server, url)}
    kept = {url for (url,) in rows(layout.crawl_db, "SELECT url FROM urls WHERE state = 'expanded'")}
    assert kept >= expected - {u for u in expected if "scheunenbrand" in u}


def of(server: SampleServer, url: str) -> bool:
    return url.startswith(next(o.base_url for o in server.outlets if o.name == "emscher-bote"))


def test_a_failing_sync_ends_it_with_code_9(server: SampleServer, tmp_path: Path) -> None:
    layout = new_archive(tmp_path / "a", server, ("emscher-bote",))
    ended = run(layout, index=False, EXTENSIONS='{"tests.crawler.faults.SyncFails": 1}', FAULT_AT=4)
    assert ended.code == Exit.FAILED
    assert "Input/output error" in ended.reason
    kept = rows(layout.crawl_db, "SELECT count(*) FROM urls WHERE state IN ('kept', 'expanded')")
    assert kept == [(2,)]  # the first sync was that of the site's configuration
    assert run(layout, index=False).code == 0


def test_budgets(server: SampleServer, tmp_path: Path) -> None:
    layout = new_archive(tmp_path / "a", server, ("emscher-bote",))
    pages = run(layout, index=False, GAZETTE_MAX_PAGES=4)
    assert (pages.code, pages.reason) == (0, "page budget")
    assert rows(layout.crawl_db, "SELECT fetched FROM run_sites") == [(4,)]
    size = run(layout, index=False, GAZETTE_MAX_BYTES=20_000)
    assert (size.code, size.reason) == (Exit.SIZE_BUDGET, "size budget")


def test_a_time_budget_ends_it_within_seconds_at_a_delay_of_thirty(
    server: SampleServer, tmp_path: Path
) -> None:
    layout = new_archive(tmp_path / "a", server, ("emscher-bote",), delay=30)
    began = time.monotonic()
    ended = run(layout, index=False, GAZETTE_MAX_SECONDS=1.5)
    assert (ended.code, ended.reason) == (Exit.TIME_BUDGET, "time budget")
    assert time.monotonic() - began < 6.5


def test_budgets_of_a_site_end_it_alone(server: SampleServer, tmp_path: Path) -> None:
    layout = new_archive(tmp_path / "a", server)
    for name, budget in (("ruhr-aktuell", "max_bytes = 20000\n"), ("emscher-bote", "max_seconds = 1\n")):
        path = layout.sites / f"{name}.toml"
        text = path.read_text("utf-8")
        if "seconds" in budget:  # so slow that the time is over long before the site is read
            text = text.replace("delay = 0.0", "delay = 30.0")
        path.write_text(budget + text, "utf-8")
    ended = run(layout, index=False, GAZETTE_MAX_SECONDS=60)
    assert (ended.code, ended.reason) == (0, "finished")
    found = rows(layout.crawl_db, "SELECT site, reason, bytes, fetched FROM run_sites ORDER BY site")
    (slow, slow_reason, _, slow_pages), (large, large_reason, size, pages) = found
    assert (slow, slow_reason) == ("emscher-bote", "time budget")
    assert slow_pages == 1  # robots.txt
    assert (large, large_reason) == ("ruhr-aktuell", "size budget")
    assert size >= 20_000
    assert pages > 1
    assert rows(layout.crawl_db, "SELECT count(*) FROM urls WHERE state = 'queued'")[0][0] > 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_ends_it_cleanly_and_the_next_run_goes_on(
    number: signal.Signals, server: SampleServer, tmp_path: Path
) -> None:
    # So slow that it can't come to its end before the signal, however busy the machine is.
    layout = new_archive(tmp_path / "a", server, ("emscher-bote",), delay=1.0)
    command = [sys.executable, "-m", "crawler.cli", "--archive", str(layout.root), "crawl"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    wait_for(lambda: layout.crawl_db.exists() and len(list(layout.warc.glob("*.durable"))) == 1)
    time.sleep(1.5)
    process.send_signal(number)
    _, said = process.communicate(timeout=20)
    assert process.returncode == Exit.INTERRUPTED
    assert "Traceback" not in said
    assert "ending cleanly" in said
    assert rows(layout.crawl_db, "SELECT exit_code FROM runs") == [(11,)]
    assert_whole(layout)
    before = rows(layout.crawl_db, "SELECT url FROM urls WHERE state = 'expanded'")
    assert before
    site = layout.sites / "emscher-bote.toml"
    site.write_text(site.read_text("utf-8").replace("delay = 1.0", "delay = 0.0"), "utf-8")
    seen = len(server.requests)
    assert run(layout, index=False).code == 0
    asked = {r.path for r in server.requests[seen:]}
    assert not asked & {"/" + url.split("/", 3)[3] for (url,) in before}


def wait_for(condition: object, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:  # type: ignore[operator]
        time.sleep(0.02)
    assert condition()  # type: ignore[operator]


def test_a_second_run_of_a_site_is_refused_at_once(server: SampleServer, tmp_path: Path) -> None:
    layout = new_archive(tmp_path / "a", server)
    with held(layout.locks / "site-emscher-bote.lock", "site emscher-bote"):
        refused = gazette(layout, "crawl", "emscher-bote")
        assert refused.returncode == Exit.IN_USE
        assert refused.stderr.startswith("gazette: site emscher-bote is in use by another run")
        assert len(refused.stderr.splitlines()) == 1
        other = run(layout, "ruhr-aktuell", index=False, GAZETTE_MAX_PAGES=2)
        assert other.code == 0
        scrapy = subprocess.run(
            [sys.executable, "-m", "scrapy", "crawl", "news", "-a", "sites=emscher-bote"],
            env=os.environ
            | {"GAZETTE_ARCHIVE": str(layout.root), "SCRAPY_SETTINGS_MODULE": "crawler.settings"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert scrapy.returncode == Exit.IN_USE
        assert "Traceback" not in scrapy.stderr


def test_an_unreachable_site_is_said_and_code_9(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        layout = one_site(
            tmp_path / "a", f'seeds = ["http://127.0.0.1:{port}/"]\ndelay = 0\nallow_private = true\n'
        )
        ended = run(layout, index=False, GAZETTE_RETRY_AFTER="0.1,0.2")
    assert ended.code == Exit.FAILED
    assert "no site gave a page" in ended.reason
    states = dict(rows(layout.crawl_db, "SELECT kind, state FROM urls"))
    assert states == {"robots": "failed", "rights": "refused", "seed": "refused"}


def test_nobody_is_asked_without_a_contact(tmp_path: Path) -> None:
    layout = one_site(tmp_path / "a", 'seeds = ["https://outlet.example/"]\n')
    refused = gazette(layout, "crawl")
    assert refused.returncode == Exit.BAD_CONFIGURATION
    assert "contact is ''" in refused.stderr
    assert len(refused.stderr.splitlines()) == 1
    assert not layout.crawl_db.exists()


def test_a_private_address_is_asked_only_when_the_site_file_says_so(tmp_path: Path) -> None:
    layout = one_site(tmp_path / "a", 'seeds = ["http://10.1.2.3/"]\n')
    refused = gazette(layout, "crawl")
    assert refused.returncode == Exit.BAD_CONFIGURATION
    assert "add allow_private = true" in refused.stderr
    assert len(refused.stderr.splitlines()) == 1


def test_what_a_run_left_open_is_sealed_by_the_next(server: SampleServer, tmp_path: Path) -> None:
    layout = new_archive(tmp_path / "a", server, ("emscher-bote",))
    run(layout, index=False, GAZETTE_MAX_PAGES=3)
    (path,) = layout.warc.glob("*.warc.gz")
    whole = path.read_bytes()
    torn = path.with_name(path.name.replace("-00000-", "-00001-") + ".open")
    torn.write_bytes(whole[:-10])
    (done,) = recover(layout.warc)
    assert done.cut > 0
    assert_whole(layout)


def test_plain_scrapy_crawls_too(server: SampleServer, tmp_path: Path) -> None:
    layout = new_archive(tmp_path / "a", server, ("emscher-bote",))
    items = tmp_path / "items.jsonl"
    command = [sys.executable, "-m", "scrapy", "crawl", "news", "-a", "sites=emscher-bote"]
    done = subprocess.run(
        [*command, "-s", "GAZETTE_MAX_PAGES=5", "-s", "LOG_LEVEL=WARNING", "-o", str(items)],
        env=os.environ | {"GAZETTE_ARCHIVE": str(layout.root), "SCRAPY_SETTINGS_MODULE": "crawler.settings"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0
    assert done.stderr == ""
    lines = items.read_text(encoding="utf-8").splitlines()
    assert len(lines) == 5
    assert '"site": "emscher-bote"' in lines[0]
    assert rows(layout.crawl_db, "SELECT exit_code, reason FROM runs") == [(0, "page budget")]


def test_runs_of_different_sites_go_side_by_side(server: SampleServer, tmp_path: Path) -> None:
    layout = new_archive(tmp_path / "a", server)
    command = [sys.executable, "-m", "crawler.cli", "--archive", str(layout.root), "crawl", "--no-index"]
    both = [subprocess.Popen([*command, name], stdout=subprocess.DEVNULL) for name in QUICK]
    assert [process.wait(timeout=60) for process in both] == [0, 0]
    assert rows(layout.crawl_db, "SELECT count(*) FROM runs WHERE exit_code = 0") == [(2,)]
    names = [file.name for file in files(layout.warc)]
    assert len(names) == 2
    assert_whole(layout)
    fetched = rows(layout.crawl_db, "SELECT site, fetched FROM run_sites WHERE fetched > 30")
    assert {site for site, _ in fetched} == set(QUICK)
