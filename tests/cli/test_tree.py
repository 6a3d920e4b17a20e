"""The verbs and exit codes are an interface: held against the command tree of the design."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click
import pytest

from archive import errors
from crawler import cli
from crawler.cli.exits import MEANINGS, Exit
from crawler.cli.tree import VERBS, gazette
from tests.cli.support import Gazette

DESIGNED = (
    *("init", "add", "crawl", "index", "reextract", "search", "show", "versions", "story", "teasers", "kwic"),
    *(
        "timeline",
        "extract",
        "export",
        "verify",
        "repair",
        "import",
        "sites",
        "schedule",
        "status",
        "health",
        "backup",
        "runs",
    ),
    *("takedown", "embargo", "note", "why", "publish", "serve", "replay", "help", "demo"),
)
CODES = {0, 2, 3, 4, 9, 11, 14, 15, 18, 20, 21, 22}


def commands() -> dict[str, click.Command]:
    context = click.Context(gazette)
    found = {verb: gazette.get_command(context, verb) for verb in VERBS}
    assert None not in found.values()
    return {verb: command for verb, command in found.items() if command is not None}


def test_every_verb_is_a_designed_one_and_has_the_file_of_its_name() -> None:
    assert set(VERBS) <= set(DESIGNED)
    directory = Path(cli.__file__).parent
    files = {
        path.stem.removesuffix("_")
        for path in directory.glob("*.py")
        if "\n@click.command(" in path.read_text(encoding="utf-8")
    }
    assert files == set(VERBS)
    assert {verb: command.name for verb, command in commands().items()} == {verb: verb for verb in VERBS}


def test_the_exit_codes_are_the_designed_ones() -> None:
    assert {int(code) for code in Exit} == CODES
    assert set(MEANINGS) == set(Exit)
    kinds = [
        kind
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, errors.ArchiveError)
    ]
    assert len(kinds) > 5
    assert {kind.exit_code for kind in kinds} <= CODES


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_tells_itself_with_an_example(verb: str, gazette: Gazette) -> None:
    ran = gazette(verb, "--help")
    assert ran.code == 0
    assert ran.err == ""
    assert f"Usage: gazette {verb} " in ran.out
    assert "Example:\n" in ran.out
    assert f"  gazette {verb}" in ran.out


def test_the_list_of_verbs_has_one_line_for_each(gazette: Gazette) -> None:
    out = gazette("--help").out
    for verb in VERBS:
        assert sum(line.startswith(f"  {verb} ") for line in out.splitlines()) == 1


def test_help_loads_no_heavy_library() -> None:
    script = (
        "import sys; from crawler.cli.tree import run; code = run(['--help']);"
        "heavy = {'scrapy', 'twisted', 'aiohttp', 'trafilatura', 'lxml', 'sqlite_utils', 'rich', 'warcio'};"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr); sys.exit(code)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stderr == "[]\n"


def test_version(gazette: Gazette) -> None:
    assert gazette("--version").out.startswith("gazette ")


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["serch", "x"], "gazette: no verb 'serch', did you mean 'search'?; see: gazette --help"),
        (["frobnicate"], "gazette: no verb 'frobnicate'; see: gazette --help"),
        (["search"], "gazette: Missing argument 'QUERY'; see: gazette search --help"),
        (
            ["search", "x", "--since", "gestern"],
            "gazette: Invalid value for '--since': 'gestern' does not match",
        ),
        (["search", "x", "--limit", "0"], "gazette: Invalid value for '--limit': 0 is not in the range"),
        (["--frob"], "gazette: No such option '--frob'"),
        (["index", "--frob"], "gazette: No such option '--frob'"),
    ],
)
def test_a_wrong_command_line_is_told_in_one_line(arguments: list[str], line: str, gazette: Gazette) -> None:
    ran = gazette(*arguments)
    assert ran.code == Exit.USAGE
    assert ran.out == ""
    assert ran.err.startswith(line)
    assert ran.err.count("\n") == 1


def test_no_verb_at_all_shows_the_help(gazette: Gazette) -> None:
    ran = gazette()
    assert ran.code == Exit.USAGE
    assert "Usage: gazette " in ran.err


def test_the_archive_is_named_by_option_or_environment_or_place(
    gazette: Gazette, filled: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert gazette("--archive", tmp_path / "archive", "status").code == 0
    missing = gazette("status")
    assert missing.code == Exit.BAD_CONFIGURATION
    assert "no archive here" in missing.err
    monkeypatch.setenv("GAZETTE_ARCHIVE", str(tmp_path / "archive"))
    assert gazette("status").code == 0
    monkeypatch.delenv("GAZETTE_ARCHIVE")
    monkeypatch.chdir(tmp_path / "archive")
    assert gazette("status").code == 0
