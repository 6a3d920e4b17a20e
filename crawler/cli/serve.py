"""``gazette serve``: the reading room."""

from __future__ import annotations

from pathlib import Path

import click

from archive.errors import BadConfiguration
from archive.urls import is_loopback
from crawler.cli.exits import Exit
from crawler.cli.options import Options
from crawler.cli.options import port as on_port

PORT = 8001
_SHORTEST = 16


@click.command("serve")
@click.option(
    "--host",
    metavar="ADDRESS",
    default="127.0.0.1",
    show_default=True,
    help="Address to listen on. Any other than this machine's own needs a token or --public.",
)
@on_port(PORT)
@click.option(
    "--name",
    "names",
    metavar="HOST",
    multiple=True,
    help="A host name under which people reach it (a proxy's, for example); other names are refused.",
)
@click.option(
    "--token",
    metavar="TOKEN",
    envvar="GAZETTE_TOKEN",
    show_envvar=True,
    help=f"Let in who has this token, of {_SHORTEST} characters or more: http://.../?token=TOKEN once, or the"
    " header Authorization: Bearer TOKEN.",
)
@click.option(
    "--token-file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The same; the token is the file's first line, which other users of this machine don't see.",
)
@click.option("--public", is_flag=True, help="Let everybody in, on purpose.")
@click.option("--no-replay", is_flag=True, help="Don't start replay beside it.")
@click.pass_obj
def command(
    options: Options,
    host: str,
    port: int,
    names: tuple[str, ...],
    token: str | None,
    token_file: Path | None,
    public: bool,
    no_replay: bool,
) -> int:
    """Open the reading room: a web page to search, read, compare and replay what the archive holds.

    It listens on this machine alone. Nothing can be changed in it; visitors' SQL has 2 seconds and 200 MB;
    what a crawl brings in is there seconds after it was indexed. Replay runs beside it in a process of its
    own, on another port and host name. Nobody's visit is logged. Ends with Ctrl-C.

    \b
    Example:
      gazette serve
      gazette serve --port 0 --no-replay
      gazette serve --host 192.0.2.7 --token-file ~/reading-room.token
    """
    from crawler.cli import serving

    if token_file is not None:
        if token is not None:
            raise click.UsageError("--token and --token-file: one of them is enough")
        token = _read(token_file)
    if token is not None and public:
        raise click.UsageError("--public lets everybody in, a token doesn't: choose one")
    if token is not None and (len(token) < _SHORTEST or not token.isascii() or not token.isprintable()):
        raise click.UsageError(
            f"the token needs {_SHORTEST} or more ASCII characters; make one with: openssl rand -hex 16"
        )
    if not is_loopback(host) and token is None and not public:
        raise click.UsageError(
            f"--host {host} shows the archive to others: say to whom, with --token-file, --token or --public"
        )
    serving.serve(options.layout(), serving.Asked(host, port, names, token, not no_replay))
    return Exit.OK


def _read(path: Path) -> str:
    """The token of a file. Raises BadConfiguration."""
    try:
        return path.read_text(encoding="utf-8").partition("\n")[0].strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "no text"
        raise BadConfiguration(f"{path}: the token can't be read: {reason}") from None
