"""``gazette replay``: the archived pages as a browser shows them."""

from __future__ import annotations

import signal
from pathlib import Path
from types import FrameType

import click

from archive.layout import Layout
from archive.urls import is_loopback
from crawler.cli.exits import Exit
from crawler.cli.options import Options
from crawler.cli.options import port as on_port
from crawler.cli.output import one_line
from crawler.replay import PORT


@click.command("replay")
@on_port(PORT)
@click.option(
    "--host",
    metavar="ADDRESS",
    default="127.0.0.1",
    show_default=True,
    help="Address to listen on. Any other than this machine's own needs --public.",
)
@click.option("--public", is_flag=True, help="Show the whole archive to everybody who comes, on purpose.")
@click.option("--install", is_flag=True, help="Make the environment in which pywb runs (once), and end.")
@click.pass_obj
def command(options: Options, port: int, host: str, public: bool, install: bool) -> int:
    """Show archived pages in a browser, as they looked.

    pywb replays them from the WARC files where they lie, in a process and an environment of its own; what
    a crawl brings in is there seconds after it was indexed. What was not kept is missing from a page, too:
    nothing is fetched from the web. Archived scripts run without cookies and reach nothing but this archive.
    Ends with Ctrl-C.

    \b
    Example:
      gazette replay --install
      gazette replay
      gazette replay --port 0
    """
    from crawler.replay import environment

    if install:
        return _install()
    if not is_loopback(host) and not public:
        raise click.UsageError(
            f"--host {host} shows the archive to others: to everybody with --public, to those with a token by"
            " gazette serve --token-file"
        )
    layout = options.layout()
    python = environment.require()
    return _serve(layout, python, host, port)


def _install() -> int:
    from crawler.cli.progress import bar
    from crawler.replay import environment

    if (python := environment.find()) is None:
        click.echo("gazette: making the environment of replay ...", err=True)
        with bar("Installing", "packages") as progress:
            python = environment.install(progress)
    click.echo(f"Replay is installed: {python.parent.parent}")
    return Exit.OK


def _serve(layout: Layout, python: Path, host: str, port: int) -> int:
    from crawler.replay.server import Replay, serve

    signal.signal(signal.SIGTERM, _interrupt)
    try:
        with Replay(layout, python, host=host, port=port) as replay:
            click.echo(f"Replay: {replay.origin}/ (Ctrl-C ends it)")
            serve(replay, lambda message: click.echo(f"gazette: {one_line(message)}", err=True))
    except KeyboardInterrupt:
        click.echo("gazette: replay has ended", err=True)
    return Exit.OK


def _interrupt(number: int, frame: FrameType | None) -> None:
    """A service manager's way of ending is the same as Ctrl-C."""
    raise KeyboardInterrupt
