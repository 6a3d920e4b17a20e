"""``gazette serve``: the reading room."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

import click

from archive.errors import BadConfiguration
from archive.urls import is_loopback
from crawler.cli.exits import Exit
from crawler.cli.options import Options
from crawler.cli.options import port as on_port

PORT = 8001
_SHORTEST = 16
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,252}|[0-9A-Fa-f:]{2,39}")
"""A host name in ASCII, or an address of numbers."""


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
@click.option(
    "--replay-url",
    metavar="URL",
    help="Where others reach replay: http://HOST:PORT or, by a proxy, https://HOST, under another host name"
    " than the room's. Else it is for this machine alone, unless --public.",
)
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
    replay_url: str | None,
) -> int:
    """Open the reading room: a web page to search, read, compare and replay what the archive holds.

    It listens on this machine alone. Nothing can be changed in it; visitors' SQL has 2 seconds and 200 MB;
    what a crawl brings in is there seconds after it was indexed. Replay runs beside it in a process of its
    own, on another port and host name; where the room asks for a token, only the room's links open it, for
    12 hours. Nobody's visit is logged. Ends with Ctrl-C.

    \b
    Example:
      gazette serve
      gazette serve --port 0 --no-replay
      gazette serve --host 192.0.2.7 --token-file ~/reading-room.token
      gazette serve --name archive.example --replay-url https://replay.example --token-file room.token
    """
    from crawler.cli import serving

    if token_file is not None:
        if token is not None:
            raise click.UsageError("--token (or GAZETTE_TOKEN) and --token-file: one of them is enough")
        token = _read(token_file)
    if token is not None and public:
        raise click.UsageError(
            "--public lets everybody in, --token (or GAZETTE_TOKEN) and --token-file don't: choose one"
        )
    if token is not None and (len(token) < _SHORTEST or not token.isascii() or not token.isprintable()):
        raise click.UsageError(
            f"the token needs {_SHORTEST} or more ASCII characters; make one with: openssl rand -hex 16"
        )
    if wrong := [name for name in names if not _NAME.fullmatch(name)]:
        raise click.UsageError(
            f"--name {wrong[0]}: is no host name; leave out http://, the port and the path"
        )
    if not is_loopback(host) and token is None and not public:
        raise click.UsageError(
            f"--host {host} shows the archive to others: say to whom, with --token-file, --token or --public"
        )
    if replay_url is not None and no_replay:
        raise click.UsageError("--replay-url and --no-replay: one of them at most")
    origin = _origin(replay_url) if replay_url is not None else None
    asked = serving.Asked(host, port, names, token, not no_replay, origin)
    if origin is not None and urlsplit(origin).hostname in serving.names(asked):
        raise click.UsageError(
            f"--replay-url {replay_url}: the reading room has that host name; archived pages need another"
        )
    serving.serve(options.layout(), asked)
    return Exit.OK


def _origin(text: str) -> str:
    """Scheme, host and port as browsers write them. Raises UsageError."""
    from crawler.replay.server import bracketed

    try:
        parts = urlsplit(text.lower())
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    rest = (parts.path.strip("/"), parts.query, parts.fragment, parts.username)
    if parts.scheme not in ("http", "https") or not _NAME.fullmatch(parts.hostname or "") or any(rest):
        raise click.UsageError(f"--replay-url {text}: is no http://HOST:PORT or https://HOST")
    usual = {"http": 80, "https": 443}[parts.scheme]
    end = f":{port}" if port not in (None, usual) else ""
    return f"{parts.scheme}://{bracketed(parts.hostname or '')}{end}"


def _read(path: Path) -> str:
    """The token in the first line of a file. Raises BadConfiguration."""
    try:
        token = path.read_text(encoding="utf-8").partition("\n")[0].strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "no text"
        raise BadConfiguration(f"{path}: the token can't be read: {reason}") from None
    if not token:
        raise BadConfiguration(f"{path}: its first line is empty; make a token with: openssl rand -hex 16")
    return token
