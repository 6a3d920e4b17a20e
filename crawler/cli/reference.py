"""What README says of verbs, exit codes and tables: generated here, so that it can't be out of date."""

from __future__ import annotations

import click

from archive.index import schema
from archive.research.questions import QUESTIONS
from crawler.cli.chapters import topics
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


def tables(heading: str = "###") -> str:
    """The index's tables, views and columns, as Markdown, each under a heading of that depth."""
    parts: list[str] = []
    for name, column, kind, meaning in schema.describe():
        if column:
            parts.append(f"| `{column}` | {kind} | {_cell(meaning)} |")
        else:
            parts += ["", f"{heading} {name}", "", f"{meaning} ({kind}).", "", "| column | type | meaning |"]
            parts.append("| --- | --- | --- |")
    return "\n".join(parts).strip()


def queries() -> str:
    """The questions with their queries, as Markdown."""
    parts = [f"## {each.question}\n\n{each.why}\n\n```sql\n{each.sql};\n```" for each in QUESTIONS]
    return "\n\n".join(parts)


def chapters() -> str:
    """The chapters of ``gazette help``, as a Markdown list of links."""
    rows = topics().items()
    return "\n".join(
        f"- [{title}](crawler/help/{topic}.md) (`gazette help {topic}`)" for topic, title in rows
    )


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
