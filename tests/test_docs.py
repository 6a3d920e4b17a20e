"""README and help are held to what the program is: every verb stands there, every example can be typed."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from crawler.cli.exits import MEANINGS
from crawler.cli.tree import VERBS, gazette

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
GENERATED = ("crawler/help/schema.md", "crawler/help/queries.md")
"""Chapters that are made anew, like README, by: cog -r README.md crawler/help/*.md"""


def _help(verb: str) -> str:
    parent = click.Context(gazette, info_name="gazette", terminal_width=100)
    command = gazette.get_command(parent, verb)
    assert command is not None
    return command.get_help(click.Context(command, info_name=verb, parent=parent, terminal_width=100))


def _calls(line: str) -> Iterator[list[str]]:
    """The words of each call of gazette in a shell line, without pipes, redirections and comments."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars="|&;<>")
    lexer.whitespace_split = True
    call: list[str] | None = []
    for word in [*lexer, ";"]:
        if re.fullmatch(r"[|&;<>]+", word):
            if call and call[0] == "gazette":
                yield call[1:]
            # What follows a redirection is a file, not a word of the call.
            call = None if word[0] in "<>" else []
        elif call is not None:
            call.append(word)


def _examples() -> list[str]:
    """Every line of README and of a help text that calls gazette."""
    found = [line.removeprefix("$ ") for line in re.findall(r"^\$ .*gazette.*$", README, re.MULTILINE)]
    for verb in VERBS:
        found += re.findall(r"^ +(.*\bgazette .*)$", _help(verb).partition("Example:")[2], re.MULTILINE)
    return [line for line in dict.fromkeys(found) if list(_calls(line))]


@pytest.mark.parametrize("line", _examples())
def test_an_example_can_be_typed(line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "page.html").touch()
    for words in _calls(line):
        at = next((at for at, word in enumerate(words) if word in VERBS), None)
        assert at is not None, "no verb in it"
        parent = gazette.make_context("gazette", words[: at + 1])
        command = gazette.get_command(parent, words[at])
        assert command is not None
        command.make_context(words[at], words[at + 1 :], parent=parent)


def test_there_are_examples_of_every_verb() -> None:
    named = {word for line in _examples() for words in _calls(line) for word in words} & set(VERBS)
    assert named == set(VERBS)


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_stands_in_readme(verb: str) -> None:
    assert f"### gazette {verb}\n" in README


def test_every_exit_code_stands_in_readme() -> None:
    for code, meaning in MEANINGS.items():
        assert f"| {code.value} | {meaning} |" in README


def test_what_is_generated_is_up_to_date() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "cogapp", "--check", "README.md", *GENERATED],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_chapter_is_linked() -> None:
    for path in (ROOT / "crawler" / "help").glob("*.md"):
        assert f"](crawler/help/{path.name})" in README


def test_readme_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (ROOT / target).exists(), target


def test_the_changelog_tells_of_this_version() -> None:
    from importlib.metadata import version

    assert f"## {version('gazette')} " in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
