from __future__ import annotations

import getpass
import json
import os
import re
import shlex
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from archive.layout import Layout
from archive.locks import held
from crawler.cli import units
from crawler.cli.exits import Exit
from crawler.cli.init import create
from crawler.crawldb import CrawlDb
from tests.cli.support import Gazette, Ran

SEED = 'seeds = ["http://127.0.0.1:8101/"]\nallow_private = true\n'


def _site(layout: Layout, name: str, text: str) -> None:
    (layout.sites / f"{name}.toml").write_text(SEED + text, encoding="utf-8")


def _crawled(layout: Layout, name: str, at: datetime) -> None:
    database = CrawlDb(layout.crawl_db)
    database.begin_round(name, at)
    database.finish_round(name, at)
    database.close()


def test_each_site_with_its_plan_its_last_and_next_start(gazette: Gazette, layout: Layout) -> None:
    _site(layout, "a", 'every = "1h"\nblackout = ["Sat,Sun 00:00-24:00"]\n')
    _site(layout, "b", 'cron = "30 5 * * *"\nzone = "Europe/Berlin"\n')
    _site(layout, "c", 'every_min = "15m"\nevery_max = "1d"\n')
    _site(layout, "d", "")
    now = datetime.now(UTC).replace(microsecond=0)
    _crawled(layout, "b", now)
    _crawled(layout, "c", now - timedelta(days=3))
    ran = gazette("--archive", layout.root, "schedule", "--json")
    assert ran.code == Exit.OK
    rows = {row["site"]: row for row in map(json.loads, ran.out.splitlines())}
    plans = {name: row["plan"] for name, row in rows.items()}
    assert plans == {"a": "every 1h", "b": "cron 30 5 * * *", "c": "pace 15m", "d": None}
    assert rows["a"]["blackout"] == ["Sat,Sun 00:00-24:00"]
    assert rows["a"]["why"][0] == "first"
    assert (rows["b"]["last"], rows["b"]["due"]) == (f"{now:%Y-%m-%dT%H:%M:%SZ}", False)
    assert timedelta() < datetime.fromisoformat(rows["b"]["next"]) - now <= timedelta(hours=25)
    assert (rows["c"]["due"], rows["c"]["why"]) == (True, ["caught up"])
    assert rows["d"]["next"] is None
    shown = gazette("--archive", layout.root, "schedule").out.splitlines()
    assert shown[0].split() == ["site", "plan", "last", "next", "why"]
    assert " 05:30:00 CE" in shown[2]
    assert shown[4].split() == ["d", "when", "asked", "never"]
    assert len(gazette("--archive", layout.root, "schedule", "b", "c").out.splitlines()) == 3


def test_a_preview_tells_what_begins_when_and_why(gazette: Gazette, layout: Layout) -> None:
    _site(layout, "a", 'every = "6h"\n')
    _site(layout, "b", 'cron = "0 12 * * *"\nzone = "Australia/Sydney"\njitter = "10m"\n')
    _site(layout, "d", "")
    _crawled(layout, "b", datetime.now(UTC))
    ran = gazette("--archive", layout.root, "schedule", "--preview", "1d", "--json")
    rows = [json.loads(line) for line in ran.out.splitlines()]
    assert [row["site"] for row in rows].count("a") in (4, 5)
    assert rows[0]["why"] == ["first"]
    (noon,) = [row for row in rows if row["site"] == "b"]
    assert re.fullmatch(r"[-\d]+T12:0\d:\d\d\+1[01]:00", noon["local"])
    assert noon["why"] == ["jitter"]
    assert [row["at"] for row in rows] == sorted(row["at"] for row in rows)
    shown = gazette("--archive", layout.root, "schedule", "--preview", "1d")
    assert len(shown.out.splitlines()) == len(rows) + 1
    assert shown.err == "only when asked, as no plan is in the site file: d\n"


def test_a_wrong_site_file_is_told_and_the_others_are_shown(gazette: Gazette, layout: Layout) -> None:
    _site(layout, "a", 'every = "1h"\n')
    _site(layout, "b", 'every = "often"\n')
    ran = gazette("--archive", layout.root, "schedule", "--json")
    assert ran.code == Exit.BAD_CONFIGURATION
    assert [json.loads(line)["site"] for line in ran.out.splitlines()] == ["a"]
    assert ran.err.startswith(f"gazette: {layout.sites}/b.toml: every must be a time such as")
    # A timer's crawl goes on with the others, and its code says that something is wrong.
    _crawled(layout, "a", datetime.now(UTC))
    ran = gazette("--archive", layout.root, "crawl", "--due")
    assert (ran.code, ran.out) == (Exit.BAD_CONFIGURATION, "")
    assert ran.err.count("every must be a time") == 1


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--preview", "soon"], Exit.USAGE, "Invalid value for '--preview': must be a time such as"),
        (["x"], Exit.BAD_CONFIGURATION, "x.toml: no such site; there are: none"),
        (["run", "x"], Exit.USAGE, "run takes all sites; leave their names out"),
        (["--install", "cron", "--user"], Exit.USAGE, "--user and --install cron don't go together"),
        (["--install", "systemd", "--user", "--as", "root"], Exit.USAGE, "--user and --as don't go together"),
        (
            ["--install", "systemd", "--as", "no-such-one"],
            Exit.BAD_CONFIGURATION,
            "no-such-one: no such account",
        ),
    ],
)
def test_what_can_not_be_meant(
    gazette: Gazette, layout: Layout, arguments: list[str], code: int, said: str
) -> None:
    ran = gazette("--archive", layout.root, "schedule", *arguments)
    assert ran.code == code
    assert said in ran.err
    assert ran.err.count("\n") == 1


def test_a_timer_s_crawl_says_nothing_when_nothing_is_due_or_another_looks(
    gazette: Gazette, layout: Layout
) -> None:
    _site(layout, "a", 'every = "1h"\n')
    _site(layout, "b", "")
    silence = Ran(Exit.OK, "", "")
    with held(layout.locks / "due.lock", "what is due"):
        assert gazette("--archive", layout.root, "crawl", "--due") == silence
    with held(layout.locks / "site-a.lock", "site a"):
        assert gazette("--archive", layout.root, "crawl", "--due") == silence
    _crawled(layout, "a", datetime.now(UTC))
    assert gazette("--archive", layout.root, "crawl", "--due") == silence


def test_one_schedule_of_an_archive_at_a_time(gazette: Gazette, layout: Layout) -> None:
    with held(layout.locks / "schedule.lock", "the schedule"):
        ran = gazette("--archive", layout.root, "schedule", "run")
    assert ran.code == Exit.IN_USE
    assert f"the schedule of {layout.root} is in use by another run" in ran.err


# --- what is installed ---

ODD = 'my archive 100%d $HOME "x"\'s \\ b'
"""A directory whose name holds all that systemd, cron or a shell would read as something else."""


def _words(line: str) -> list[str]:
    """The words of an ExecStart line as systemd.syntax(7) and systemd.service(5) read them."""
    found = []
    for quoted, plain in re.findall(r'"((?:[^"\\]|\\.)*)"|(\S+)', line):
        word = re.sub(r"\\(.)", r"\1", quoted) if quoted else plain
        found.append(word.replace("%%", "%").replace("$$", "$"))
    return found


@pytest.mark.parametrize("name", ["archive", ODD])
@pytest.mark.parametrize("user", [False, True])
def test_units_are_written_that_systemd_takes(
    gazette: Gazette, tmp_path: Path, name: str, user: bool
) -> None:
    layout = Layout(tmp_path / name)
    create(layout)
    target = tmp_path / "units"
    arguments = ["--install", "systemd", "--dir", target, *(["--user"] if user else [])]
    ran = gazette("--archive", layout.root, "schedule", *arguments)
    assert ran.code == Exit.OK
    files = sorted(target.iterdir())
    assert ran.out.splitlines() == [str(path) for path in files]
    assert [path.suffix for path in files] == [".service", ".timer"]
    assert f"enable --now {files[1].name}" in ran.err
    text = files[0].read_text(encoding="utf-8")
    (command,) = re.findall(r"(?m)^ExecStart=(.*)$", text)
    assert _words(command) == units.arguments(layout.root)
    assert ("ProtectSystem=strict" in text, "User=" in text) == (not user, not user)
    assert "Persistent=true" in files[1].read_text(encoding="utf-8")
    # It may be written again, and never over what somebody else wrote.
    assert gazette("--archive", layout.root, "schedule", *arguments).code == Exit.OK
    files[1].write_text("[Timer]\nOnCalendar=daily\n", encoding="utf-8")
    ran = gazette("--archive", layout.root, "schedule", *arguments)
    assert (ran.code, ran.out) == (Exit.BAD_CONFIGURATION, "")
    assert "was not written by Gazette" in ran.err


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd here")
@pytest.mark.parametrize("user", [False, True])
def test_systemd_verifies_the_units(gazette: Gazette, tmp_path: Path, user: bool) -> None:
    layout = Layout(tmp_path / ODD)
    create(layout)
    target = tmp_path / "units"
    arguments = ["--install", "systemd", "--dir", target, *(["--user"] if user else [])]
    assert gazette("--archive", layout.root, "schedule", *arguments).code == Exit.OK
    # A user's manager keeps its state in a directory that only a login makes.
    runtime = tmp_path / "runtime"
    runtime.mkdir(mode=0o700)
    ran = subprocess.run(
        ["systemd-analyze", "verify", *(["--user"] if user else []), *sorted(target.iterdir())],
        capture_output=True,
        text=True,
        timeout=30,
        env=os.environ | {"XDG_RUNTIME_DIR": str(runtime)},
        check=False,
    )
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")


def test_two_archives_of_the_same_name_get_units_of_their_own(gazette: Gazette, tmp_path: Path) -> None:
    for place in ("one", "two"):
        layout = Layout(tmp_path / place / "archive")
        create(layout)
        ran = gazette(
            "--archive", layout.root, "schedule", "--install", "systemd", "--dir", tmp_path / "units"
        )
        assert ran.code == Exit.OK
    texts = [path.read_text(encoding="utf-8") for path in sorted((tmp_path / "units").glob("*.service"))]
    assert len(texts) == 2
    assert {place for place in ("one", "two") for text in texts if f"/{place}/archive crawl" in text} == {
        "one",
        "two",
    }


def test_a_dry_run_only_prints(gazette: Gazette, layout: Layout, tmp_path: Path) -> None:
    target = tmp_path / "units"
    for way in ("systemd", "cron"):
        ran = gazette(
            "--archive",
            layout.root,
            "schedule",
            "--install",
            way,
            "--dir",
            target,
            "--dry-run",
            "--as",
            "root",
        )
        assert ran.code == Exit.OK
        assert " crawl --due" in ran.out
    assert not target.exists()


def test_a_crontab_line_survives_cron_and_the_shell(gazette: Gazette, tmp_path: Path) -> None:
    layout = Layout(tmp_path / ODD)
    create(layout)
    ran = gazette("--archive", layout.root, "schedule", "--install", "cron")
    assert ran.code == Exit.OK
    assert "# MAILTO=" in ran.out
    (line,) = [line for line in ran.out.splitlines() if line.startswith("* * * * * ")]
    command = line.removeprefix("* * * * * ")
    assert not re.search(r"(?<!\\)%", command)  # cron would end the line there
    assert shlex.split(command.replace("\\%", "%")) == [*units.arguments(layout.root), ">/dev/null"]
    ran = gazette("--archive", layout.root, "schedule", "--install", "cron", "--dir", tmp_path / "cron.d")
    (path,) = (tmp_path / "cron.d").iterdir()
    assert f"\n* * * * * {getpass.getuser()} " in path.read_text(encoding="utf-8")
    assert re.fullmatch(r"[a-z0-9-]+", path.name)  # cron passes over names with a dot


def test_where_nothing_can_be_written_it_says_what_to_do(gazette: Gazette, layout: Layout) -> None:
    ran = gazette("--archive", layout.root, "schedule", "--install", "systemd", "--dir", "/proc/units")
    assert ran.code == Exit.FAILED
    assert re.search(
        r"/proc/units\S*: .*; run it with sudo, or say --user, or another --dir$", ran.err.strip()
    )
