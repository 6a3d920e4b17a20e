"""What every verb is handed: which archive is meant."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from archive.layout import Layout, open_archive


@dataclass(frozen=True, slots=True)
class Options:
    """The options that stand before the verb."""

    directory: Path

    def layout(self) -> Layout:
        """The archive that was named. Raises NoArchive."""
        return open_archive(self.directory)

    @contextmanager
    def index(self) -> Iterator[sqlite3.Connection]:
        """A reader of the archive's index. Raises NoArchive, also when nothing is indexed yet."""
        from archive.index.generation import open_index

        connection = open_index(self.layout())
        try:
            yield connection
        finally:
            connection.close()


class _Port(click.IntRange):
    name = "port"  # else click says that a word is "not a valid integer range"


def port(default: int) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """The option --port of a verb that listens."""
    return click.option(
        "--port",
        metavar="PORT",
        type=_Port(0, 65_535),
        default=default,
        show_default=True,
        help="Port to listen on; 0 takes a free one.",
    )


def workers(told: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """The option --workers of a verb that crawls and indexes beside."""
    return click.option("--workers", type=click.IntRange(1, 256), default=1, show_default=True, help=told)


def processes(told: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """The option --processes of a verb that crawls."""
    return click.option("--processes", type=click.IntRange(1, 64), default=1, show_default=True, help=told)
