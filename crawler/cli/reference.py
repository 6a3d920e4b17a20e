"""What README says of verbs, exit codes and tables: generated here, so that it can't be out of date."""

from __future__ import annotations

import click

from archive.index import schema
from crawler.cli.exits import MEANINGS
from crawler.cli.tree import VERBS, gazette

_WIDTH = 100


def verbs() -> str:
    """The help of ``gazette`` and of each verb, as Markdown."""
    parent = click.Context(gazette, info_name="gazette", terminal_width=_WIDTH, **gazette.context_settings)
    parts = [f"```text\n{gazette.get_help(parent)}\n```"]
    for verb in VERBS:
        command = gazette.get_command(parent, verb)
        assert command is not None
        context = click.Context(command, info_name=verb, parent=parent, terminal_width=_WIDTH)
        parts.append(f"### gazette {verb}\n\n```text\n{command.get_help(context)}\n```")
    return "\n\n".join(parts)


def exit_codes() -> str:
    """The table of exit codes, as Markdown."""
    rows = [f"| {code.value} | {meaning} |" for code, meaning in MEANINGS.items()]
    return "\n".join(["| code | meaning |", "| --- | --- |", *rows])


def tables() -> str:
    """The index's tables, views and columns, as Markdown."""
    parts: list[str] = []
    for name, column, kind, meaning in schema.describe():
        if column:
            parts.append(f"| `{column}` | {kind} | {_cell(meaning)} |")
        else:
            parts += ["", f"### {name}", "", f"{meaning} ({kind}).", "", "| column | type | meaning |"]
            parts.append("| --- | --- | --- |")
    return "\n".join(parts).strip()


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
