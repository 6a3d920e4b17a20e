"""The operation chapter is held to what the program is: its verbs and options exist, its commands work."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest

from crawler.cli.chapters import chapter
from crawler.cli.tree import VERBS, gazette
from crawler.health.advice import ADVICE
from crawler.health.nouns import Cause

TEXT = chapter("operation")


def _named() -> list[str]:
    """Every call of gazette in the chapter: in blocks and in the text."""
    flat = re.sub(r"\s+", " ", re.sub(r"```.*?```", "", TEXT, flags=re.DOTALL))
    found = re.findall(r"`(gazette [^`]*)`", flat)
    for line in re.findall(r"^\$ (.*)$", TEXT, re.MULTILINE):
        found += [
            part[part.index("gazette ") :]
            for part in re.split(r"&&", line)
            if re.search(r"gazette (?!-s)", part)
        ]
    return [call for call in dict.fromkeys(found) if not call.startswith(("gazette python3", "gazette /"))]


@pytest.mark.parametrize("call", _named())
def test_what_is_named_exists(call: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    words = shlex.split(call)[1:]
    at = next((at for at, word in enumerate(words) if word in VERBS), None)
    if at is None:
        assert words == [] or words[0].isupper() or call.startswith("gazette gazette"), call
        return
    parent = gazette.make_context("gazette", words[: at + 1])
    command = gazette.get_command(parent, words[at])
    assert command is not None
    if words[at + 1 :]:  # a verb alone is meant as such
        command.make_context(words[at], words[at + 1 :], parent=parent)


def test_options_that_are_named_exist() -> None:
    """Those in the text too, beside a verb or alone."""
    known = {option for verb in VERBS for option in _options(verb)}
    named = set(re.findall(r"(?<![\w-])(--[a-z][a-z-]+)", TEXT)) - _OTHERS
    assert named <= known
    assert named


_OTHERS = {"--system", "--group", "--home", "--now", "--upgrade"}
"""Options of adduser, systemctl and pip."""


def _options(verb: str) -> set[str]:
    command = gazette.get_command(click.Context(gazette), verb)
    assert command is not None
    return {name for parameter in command.params for name in parameter.opts} | {"--archive"}


def test_every_cause_has_its_paragraph() -> None:
    section = TEXT.partition("## What each cause means")[2].partition("\n## ")[0]
    assert re.findall(r"^### (\S+)$", section, re.MULTILINE) == [str(cause) for cause in Cause]
    for part in section.split("\n### ")[1:]:
        assert len(part.split()) > 10
    assert set(ADVICE) == set(Cause)


def test_the_commands_of_the_chapter_work(tmp_path: Path) -> None:
    program = tmp_path / "bin" / "gazette"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m crawler.cli "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    root = Path(__file__).resolve().parents[2]
    path = {"PATH": f"{program.parent}:{os.environ['PATH']}", "PYTHONPATH": str(root)}
    blocks = re.findall(r"```console run\n(.*?)```", TEXT, re.DOTALL)
    lines = [line.removeprefix("$ ") for block in blocks for line in block.splitlines()]
    assert len(lines) >= 8
    for line in lines:
        done = subprocess.run(
            ["sh", "-c", line],
            cwd=tmp_path,
            env=os.environ | path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, (line, done.stdout, done.stderr)
    assert (tmp_path / "restored" / "gazette.toml").exists()
