"""How a crawl is watched from outside: figures for Prometheus while it runs, and its log's form and level."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from archive.errors import ArchiveError
from archive.layout import Layout
from crawler.cli.output import one_line

_ADDRESS = "127.0.0.1"
"""Which sites are asked, and how they answer, is nobody's business outside, unless that is wanted."""
WRITE_EVERY = 60.0
"""Seconds between two writings of the figures' file: Prometheus asks hardly more often."""


Place = tuple[str, int]
"""An address of this machine and a port."""


class _Place(click.ParamType[Place]):
    """A port, or an address and a port: "9100", "0.0.0.0:9100", "[::]:9100"."""

    name = "place"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Place:
        address, _, port = str(value).rpartition(":")
        if not port.isascii() or not port.isdigit() or int(port) > 65_535:
            self.fail(f"{value!r} is no port; name one, as in 9100 or 127.0.0.1:9100", param, ctx)
        return address.strip("[]") or _ADDRESS, int(port)


@dataclass(frozen=True, slots=True)
class Watching:
    """What was asked for on the command line."""

    place: Place | None = None
    file: Path | None = None
    log_format: str = "text"
    log_level: str = "info"

    @property
    def settings(self) -> Mapping[str, str]:
        """Of the crawling process, as Scrapy knows them."""
        return {"GAZETTE_LOG_FORMAT": self.log_format, "LOG_LEVEL": self.log_level.upper()}

    @contextmanager
    def on(self, layout: Layout, *, timer: bool = False) -> Iterator[None]:
        """Serve and write the figures while the block runs. Raises ArchiveError when that can't be begun.

        ``timer``: a port that is taken is no error, and nothing is said. Most likely the process that the
        timer called before still runs, and that serves the same figures.
        """
        with ExitStack() as stack:
            if self.place is not None:
                self._serve(*self.place, layout, stack, timer=timer)
            if self.file is not None:
                stack.enter_context(_writing(self.file, layout))
            yield

    def _serve(self, address: str, port: int, layout: Layout, stack: ExitStack, *, timer: bool) -> None:
        from crawler.metrics import serving

        try:
            port = stack.enter_context(serving(port, layout, address))
        except ArchiveError:
            if not timer:
                raise
        else:
            if not timer:
                host = f"[{address}]" if ":" in address else address
                click.echo(f"gazette: figures for Prometheus at http://{host}:{port}/metrics", err=True)


@contextmanager
def _writing(file: Path, layout: Layout) -> Iterator[None]:
    """Write the figures when the block begins and once a minute, and at its end as they are then.

    Raises ArchiveError when they can't be written at its beginning; later on, that is told and no more.
    """
    from crawler.metrics import write

    def again() -> None:
        try:
            write(file, layout)
        except ArchiveError as error:
            click.echo(f"gazette: {one_line(str(error))}", err=True)

    def keep_on() -> None:
        while not over.wait(WRITE_EVERY):
            again()

    write(file, layout)
    over = threading.Event()
    thread = threading.Thread(target=keep_on, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        again()


def watched(command: Callable[..., int]) -> Callable[..., int]:
    """The options of a verb that crawls; it is handed a Watching as ``watching``."""

    @click.option(
        "--metrics",
        "place",
        metavar="[ADDRESS:]PORT",
        type=_Place(),
        help="Serve figures for Prometheus at http://127.0.0.1:PORT/metrics, or at ADDRESS; 0: a free port.",
    )
    @click.option(
        "--metrics-file",
        "file",
        metavar="FILE",
        type=click.Path(dir_okay=False, path_type=Path),
        help="Write the same figures for its textfile collector, once a minute and at the end.",
    )
    @click.option(
        "--log-format",
        type=click.Choice(["text", "json"]),
        default="text",
        show_default=True,
        help="The crawl's log, in ARCHIVE/logs: lines for people, or a JSON object a line.",
    )
    @click.option(
        "--log-level",
        type=click.Choice(["debug", "info", "warning", "error"]),
        default="info",
        show_default=True,
        help="The least that is logged.",
    )
    @functools.wraps(command)
    def handed(
        *arguments: Any,
        place: Place | None,
        file: Path | None,
        log_format: str,
        log_level: str,
        **options: Any,
    ) -> int:
        watching = Watching(place, file, log_format, log_level)
        return command(*arguments, watching=watching, **options)

    return handed
