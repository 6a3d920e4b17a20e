"""Logs: text or JSON, bounded, without a secret; and the old ones go."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from archive.layout import Layout
from crawler import logs
from crawler.cli.init import create
from tests.crawler.small_site import SmallSite

NOW = datetime(2026, 3, 31, 12, tzinfo=UTC)
SECRET = "s3cr3t-Träger"


@pytest.fixture(autouse=True)
def _root() -> Iterator[None]:
    """What is installed at the root logger goes with the test."""
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    yield
    for handler in [h for h in root.handlers if h not in before]:
        root.removeHandler(handler)
        handler.close()
    root.setLevel(level)


@pytest.mark.parametrize("form", logs.FORMATS)
def test_no_secret_is_written(form: str, tmp_path: Path) -> None:
    file = tmp_path / "a.log"
    logs.install(file, "debug", form)
    logs.hide(["Bearer abc.def.ghi", 'Basic "quoted"\\value', "kurz"])
    logger = logging.getLogger("crawler.test")
    logger.info("asked https://%s:%s@hof.example/a?b=c", "anna", SECRET)
    logger.info("sent {'Authorization': 'Bearer %s', 'Accept': '*/*'}", SECRET)
    logger.warning("Cookie: sid=%s; theme=dark", SECRET)
    logger.warning("headers: [(b'cookie', b'%s')]", SECRET)
    logger.error("token abc.def.ghi, and quoted: %s", '"quoted"\\value')
    try:
        raise ValueError(f"http://user:{SECRET}@hof.example/ said no to abc.def.ghi")
    except ValueError:
        logger.exception("it kurz failed")
    text = file.read_text(encoding="utf-8")
    for value in (SECRET, "abc.def.ghi", "anna", "quoted\\", '\\"quoted'):
        assert value not in text
    assert "https://hof.example/a?b=c" in text
    assert "kurz" in text, "a short word is no secret"
    assert "Accept" in text or form == "json"
    assert text.count("[cut]") >= 6


def test_json_lines_tell_time_level_logger_and_message(tmp_path: Path) -> None:
    file = tmp_path / "a.log"
    logs.install(file, "info", "json")
    logger = logging.getLogger("crawler.test")
    logger.debug("not this")
    logger.info('Bürger "%s"\nnext line', "Meister", extra={"spider": object(), "site": "hof"})
    try:
        raise OSError("kaputt")
    except OSError:
        logger.exception("it failed")
    first, second = map(json.loads, file.read_text(encoding="utf-8").splitlines())
    assert datetime.fromisoformat(first.pop("time")).utcoffset() == timedelta(0)
    assert first == {
        "level": "INFO",
        "logger": "crawler.test",
        "message": 'Bürger "Meister"\nnext line',
        "site": "hof",
    }
    assert "OSError: kaputt" in second["exc_info"]


def test_a_full_file_is_followed_by_the_next_and_only_so_many_stay(tmp_path: Path) -> None:
    logs.install(tmp_path / "a.log", "info", "text", max_bytes=2_000, max_files=2)
    for number in range(200):
        logging.getLogger("crawler.test").info("line %d", number)
    found = sorted(path.name for path in tmp_path.iterdir())
    assert found == ["a.log", "a.log.1", "a.log.2"]
    assert all(path.stat().st_size <= 2_000 for path in tmp_path.iterdir())
    assert "line 199" in (tmp_path / "a.log").read_text() + (tmp_path / "a.log.1").read_text()


def test_old_logs_go_by_age_number_and_size(monkeypatch: pytest.MonkeyPatch) -> None:
    def log(name: str, days: int, size: int = 1) -> logs.OldLog:
        return logs.OldLog(Path(name), NOW - timedelta(days=days), size)

    def gone(*found: logs.OldLog) -> set[str]:
        return {path.name for path in logs.outdated(found, NOW)}

    assert gone(log("new", 1), log("edge", 90), log("old", 91)) == {"old"}
    assert gone(log("a", 1, 1 << 29), log("b", 2, 1 << 29), log("c", 3)) == {"c"}
    monkeypatch.setattr(logs, "KEEP_LOGS", 2)
    assert gone(log("c", 3), log("a", 1), log("b", 2), log("d", 4)) == {"c", "d"}


def test_pruning_takes_logs_and_nothing_else(tmp_path: Path) -> None:
    old = (NOW - timedelta(days=200)).timestamp()
    for name in ("crawl-1.log", "crawl-1.log.1", "notes.txt", "crawl-2.log"):
        (tmp_path / name).write_text("x", encoding="utf-8")
        os.utime(tmp_path / name, (old, old))
    os.utime(tmp_path / "crawl-2.log", (NOW.timestamp(), NOW.timestamp()))
    assert logs.prune(tmp_path, NOW) == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["crawl-2.log", "notes.txt"]
    assert logs.prune(tmp_path / "none", NOW) == 0


def test_a_crawl_writes_json_from_the_first_line_on_and_keeps_its_credentials_secret(tmp_path: Path) -> None:
    layout, file = Layout(tmp_path / "a"), tmp_path / "crawl.log"
    create(layout)
    with SmallSite(pause=0.0) as server:
        text = server.site_file("hof") + '[credentials]\nAuthorization = "env:HOF_KEY"\n'
        (layout.sites / "hof.toml").write_text(text, encoding="utf-8")
        settings = {
            "GAZETTE_LOG_FORMAT": "json",
            "LOG_FILE": file,
            "LOG_LEVEL": "DEBUG",
            "GAZETTE_MAX_PAGES": 3,
        }
        arguments = [f"-s{name}={value}" for name, value in settings.items()]
        environment = os.environ | {
            "GAZETTE_ARCHIVE": str(layout.root),
            "SCRAPY_SETTINGS_MODULE": "crawler.settings",
            "HOF_KEY": "Bearer geheim-12345",
        }
        command = [sys.executable, "-m", "scrapy", "crawl", "news", "-a", "sites=hof", *arguments]
        ran = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=True)
    lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    assert "Scrapy" in lines[0]["message"]
    assert any("Spider closed" in line["message"] for line in lines)
    assert {line["level"] for line in lines} >= {"DEBUG", "INFO"}
    assert "geheim" not in file.read_text(encoding="utf-8") + ran.stderr


def test_below_the_level_no_record_is_made_though_scrapy_sets_its_own_back() -> None:
    program = (
        "import logging; from scrapy.crawler import AsyncCrawlerProcess; from scrapy.utils.project import *\n"
        "process = AsyncCrawlerProcess(get_project_settings())\n"
        "process.create_crawler('news')._apply_settings()\n"
        "print(logging.getLogger('scrapy.core.engine').isEnabledFor(logging.DEBUG))"
    )
    environment = os.environ | {"SCRAPY_SETTINGS_MODULE": "crawler.settings"}
    command = [sys.executable, "-c", program]
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=True)
    assert ran.stdout.split() == ["False"]
