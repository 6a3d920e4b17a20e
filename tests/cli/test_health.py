"""``gazette health``: what it prints, its exit codes, and the notices that it sends."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from archive.layout import Layout
from crawler.cli.health import after_run
from crawler.cli.init import create
from crawler.cli.tree import run
from crawler.crawldb import CrawlDb

NOW = datetime.now(UTC)
TO_FILE = '[notices.command]\nrun = ["sh", "-c", "cat >> told; echo >> told"]\n'


def note_run(layout: Layout, hours: float, *, failed: bool, site: str = "bote") -> None:
    """A run of so many hours ago, as the crawler leaves it."""
    at = NOW - timedelta(hours=hours)
    name = f"{at:%Y%m%dT%H%M%SZ}-000000"
    began = f"{at:%Y-%m-%dT%H:%M:%SZ}"
    with closing(CrawlDb(layout.crawl_db)) as db:
        db.connection.execute(
            "INSERT INTO runs (id, started_at, ended_at, args, exit_code, reason)"
            " VALUES (?, ?, ?, '{}', 0, 'finished')",
            (name, began, began),
        )
        db.connection.execute(
            "INSERT INTO run_sites (run, site, reason, new, changed, unchanged)"
            " VALUES (?, ?, 'finished', 0, 0, ?)",
            (name, site, 0 if failed else 9),
        )
        if failed:
            db.connection.execute(
                "INSERT INTO run_outcomes VALUES (?, ?, 'refused', 'robots', 'seed', 2, ?, 'robots.txt')",
                (name, site, "https://bote.example/"),
            )


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    layout = Layout(tmp_path / "a")
    create(layout)
    site = 'title = "Münsterländer Bote"\nseeds = ["https://bote.example/"]\n'
    (layout.sites / "bote.toml").write_text(site, encoding="utf-8")
    note_run(layout, 3, failed=False)
    note_run(layout, 2, failed=True)
    note_run(layout, 1, failed=True)
    return layout


def health(layout: Layout, *arguments: str) -> int:
    return run(["--archive", str(layout.root), "health", *arguments])


def test_it_says_what_is_off(layout: Layout, capsys: pytest.CaptureFixture[str]) -> None:
    assert health(layout) == 22
    said = capsys.readouterr().out
    since = NOW - timedelta(hours=2)
    assert f"bote: robots, since {since:%Y-%m-%d %H:%M} UTC" in said
    assert "https://bote.example/: robots.txt\n" in said
    assert "to do: " in said


def test_it_says_that_all_is_well(layout: Layout, capsys: pytest.CaptureFixture[str]) -> None:
    note_run(layout, 0.5, failed=False)
    assert health(layout) == 0
    assert capsys.readouterr().out == "well: bote\n"


def test_it_prints_json(layout: Layout, capsys: pytest.CaptureFixture[str]) -> None:
    assert health(layout, "bote", "--json") == 22
    (line,) = capsys.readouterr().out.splitlines()
    found = json.loads(line)
    assert (found["site"], found["cause"], found["said"]) == ("bote", "robots", "robots.txt")
    assert set(found) == {"site", "cause", "since", "what", "url", "said", "todo"}


def test_a_site_that_is_not_there(layout: Layout, capsys: pytest.CaptureFixture[str]) -> None:
    assert health(layout, "kurier") == 4
    assert "kurier.toml: no such site; there are: bote" in capsys.readouterr().err


def test_a_site_file_that_is_wrong_does_not_hide_the_others(
    layout: Layout, capsys: pytest.CaptureFixture[str]
) -> None:
    (layout.sites / "kurier.toml").write_text("seeds = 1\n", encoding="utf-8")
    assert health(layout, "--json") == 22
    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(one["site"], one["cause"]) for one in found] == [("bote", "robots"), ("kurier", "site-file")]


def configure(layout: Layout, text: str) -> None:
    with layout.config.open("a", encoding="utf-8") as file:
        file.write(text)


def told(layout: Layout) -> list[tuple[str, str]]:
    path = layout.root / "told"
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return [(found["event"], found["title"]) for found in map(json.loads, lines)]


def test_notices_are_sent_once_and_when_it_is_over(layout: Layout) -> None:
    configure(layout, TO_FILE)
    for _ in range(2):
        assert health(layout, "--notify") == 22
        assert told(layout) == [("found", "Münsterländer Bote")]
    note_run(layout, 0.5, failed=False)
    after_run(layout)
    assert told(layout) == [("found", "Münsterländer Bote"), ("over", "Münsterländer Bote")]


def test_a_notice_that_is_not_taken_waits(layout: Layout, capsys: pytest.CaptureFixture[str]) -> None:
    configure(layout, TO_FILE.replace("cat >> told;", "test -e there && cat >> told &&"))
    after_run(layout)
    assert "gazette: a notice waits for the next run: command sh: ended with 1" in capsys.readouterr().err
    (layout.root / "there").touch()
    after_run(layout)
    after_run(layout)
    assert told(layout) == [("found", "Münsterländer Bote")]


def test_what_is_wrong_with_notices_does_not_end_a_crawl(
    layout: Layout, capsys: pytest.CaptureFixture[str]
) -> None:
    configure(layout, "[notices.command]\nrun = 1\n")
    after_run(layout)
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("gazette: no notices: ")
    assert "run must be a list of words" in line
    assert health(layout, "--notify") == 4


def test_a_test_is_sent(layout: Layout, capsys: pytest.CaptureFixture[str]) -> None:
    assert health(layout, "--test-notice") == 4
    assert "has no [notices]" in capsys.readouterr().err
    configure(layout, TO_FILE)
    assert health(layout, "--test-notice") == 0
    assert capsys.readouterr().out == "a test was sent by command\n"
    assert told(layout) == [("test", "a")]


def test_without_a_readable_index_the_runs_are_judged(
    layout: Layout, capsys: pytest.CaptureFixture[str]
) -> None:
    (layout.generations / "000001.db").write_bytes(b"no database at all" * 100)
    layout.index.symlink_to("index/000001.db")
    assert health(layout) == 22
    said = capsys.readouterr()
    assert "bote: robots" in said.out
    assert "gazette: pages are not judged:" in said.err
