"""What the verbs that extract have in common: their workers, and what they say when they are done."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from crawler.cli.exits import Exit
from crawler.cli.output import emit, one_line

if TYPE_CHECKING:
    from archive.index.jobs import Summary

_Command = TypeVar("_Command", bound=Callable[..., Any])


def _cpus() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def workers_option(command: _Command) -> _Command:
    """The option ``--workers``, one a CPU by default."""
    return click.option(
        "--workers",
        type=click.IntRange(1, 256),
        default=_cpus,
        show_default="one a CPU",
        help="Processes that extract. 1: this process does it itself.",
    )(command)


def ended(summary: Summary, *, as_json: bool) -> int:
    """Say what a pass did, and give its exit code."""
    for problem in summary.problems:
        click.echo(f"gazette: {one_line(problem)}", err=True)
    if summary.held:
        click.echo(
            "gazette: another program has been reading the index for long, and its log can't be emptied;"
            " the rest waits for the next run",
            err=True,
        )
    if as_json:
        emit(dataclasses.asdict(summary))
    else:
        click.echo(
            f"{summary.captures} new captures, {summary.outcomes} extracted:"
            f" {summary.documents} new documents, {summary.failures} failures"
        )
    return Exit.DAMAGED if summary.problems else Exit.OK
