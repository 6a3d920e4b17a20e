"""The reading room and the replay beside it, from start to end."""

from __future__ import annotations

import contextlib
import secrets
import signal
import socket
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from urllib.parse import urlsplit

import click
import uvicorn

from archive.errors import ArchiveError
from archive.index.generation import open_index
from archive.layout import Layout, read_config
from archive.research.replay import Place
from archive.urls import is_loopback
from archive.web.door import Door, token_secret
from archive.web.serving import Datasette, close, follow, house
from crawler.cli.output import one_line
from crawler.replay import PORT, environment, running
from crawler.replay.server import Replay, bracketed, listen

_EVERY = 1.0
"""Seconds between two looks for what is new."""

_LINKED = " (opened by the reading room's links)"
_OPEN = ", and asks for no token; end it, and replay starts here behind it"

_OWN_NUMBER = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - asked for by those who say who may come
_WILDCARDS = tuple(_OWN_NUMBER)
"""Hosts that mean all addresses of this machine, and the one of them that means it alone."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line says. ``names``: further host names; ``token`` None: for everybody who comes.

    ``replay_url``: origin under which others than this machine reach replay, None if they don't.
    """

    host: str
    port: int
    names: tuple[str, ...]
    token: str | None
    replayed: bool
    replay_url: str | None = None


def serve(layout: Layout, asked: Asked) -> None:
    """Answer until a signal comes. Raises ArchiveError when there is no index or the port is taken."""
    signal.signal(signal.SIGTERM, _interrupt)  # a service manager's way of ending is the same as Ctrl-C
    open_index(layout).close()  # before anything is started: there must be one, of this version
    with listen(asked.host, asked.port) as listener:
        port = listener.getsockname()[1]
        origin = f"http://{bracketed(_name(asked))}:{port}"
        with contextlib.suppress(KeyboardInterrupt), _replayed(layout, asked) as replay:
            operator = str(read_config(layout).get("operator") or "")
            place = replay.place if isinstance(replay, Replay) else replay
            room = house(
                layout, title=operator, source=operator, replay=place, secret=token_secret(asked.token)
            )
            if place is not None:
                click.echo(f"Replay: {place.origin}/{_LINKED if place.key is not None else ''}")
            click.echo(f"Reading room: {origin}/ (Ctrl-C ends it)")
            app = _door(asked, room)(room.app())
            with _tended(room, replay if isinstance(replay, Replay) else None):
                _answer(app, listener)
            close(room)
    _say("the reading room is closed")


def _answer(app: object, listener: socket.socket) -> None:
    config = uvicorn.Config(
        app,  # type: ignore[arg-type]
        http="h11",  # it bounds the headers of a request
        ws="none",
        log_config=None,
        access_log=False,  # what people look at is nobody's business, and addresses may hold the token
        server_header=False,
        timeout_graceful_shutdown=3,
    )
    uvicorn.Server(config).run(sockets=[listener])


def _door(asked: Asked, room: Datasette) -> Door:
    wild = asked.host in _WILDCARDS
    moved = {}
    if (wild or is_loopback(asked.host)) and asked.host != "localhost":
        # The replay has that name: archived pages and these share no host name and no cookies.
        own = _OWN_NUMBER.get(asked.host, asked.host)
        moved = {"localhost": bracketed(own)}
    return Door(room, frozenset(names(asked)), wild, moved, asked.token)


def names(asked: Asked) -> set[str]:
    """All host names of the reading room, but for the numbers of a machine on all of which it answers."""
    names = {asked.host.lower(), *(name.lower() for name in asked.names)}
    if asked.host in _WILDCARDS:
        names |= {socket.gethostname().lower(), socket.getfqdn().lower()}
    return names


def _name(asked: Asked) -> str:
    """Under which host name people reach the reading room."""
    if asked.names:
        return asked.names[0]
    return socket.gethostname() if asked.host in _WILDCARDS else asked.host


@contextmanager
def _replayed(layout: Layout, asked: Asked) -> Iterator[Replay | Place | None]:
    """A replay of our own, or where one runs already, or None with a line that says why."""
    if not asked.replayed:
        yield None
        return
    if (python := environment.find()) is None:
        _say(f"without replay: it needs pywb, once: {environment.INSTALL}")
        yield None
        return
    if (there := running.place(layout)) is not None:
        _say(f"replay runs already, at {there.origin}/{_OPEN if asked.token and there.key is None else ''}")
        yield there
        return
    with contextlib.ExitStack() as stack:
        started: Replay | None = None
        try:
            started = stack.enter_context(_own(layout, python, asked))
        except ArchiveError as error:
            _say(f"without replay: {error}")
        yield started


def _own(layout: Layout, python: Path, asked: Asked) -> Replay:
    """One that answers this machine alone, where neither its URL is said nor everybody may come.

    Behind a token it has a host name of its own: the room's has the cookie that stands for the token.
    """
    alone = asked.replay_url is None and asked.token is not None
    loopback = is_loopback(asked.host) or alone
    if asked.replay_url is None and (asked.names or not is_loopback(asked.host)) and loopback:
        _say("replay is for this machine alone; where others reach it is said with --replay-url")
    host = "127.0.0.1" if loopback else asked.host
    # Which scheme and port a proxy has is not known here; "http:" stands for "https:", too, and no name of a
    # host has colons (CSP, 2.3.1 and 6.7.2.8).
    framing = sorted(name for name in {"127.0.0.1", *names(asked)} if ":" not in name)
    return Replay(
        layout,
        python,
        host=host,
        port=_port(host, asked.replay_url),
        name=None if loopback else _name(asked),
        address=asked.replay_url,
        ancestors=[f"http://{name}:*" for name in framing],
        key=None if asked.token is None else secrets.token_bytes(32),
    )


def _port(host: str, url: str | None) -> int:
    """The port of replay: the usual one, or 0 for a free one where another program has it.

    A URL leads to the port that it names, or by a proxy (https, or no port) to the usual one.
    """
    if url is not None:
        return (urlsplit(url).port if url.startswith("http:") else None) or PORT
    try:
        listen(host, PORT).close()
    except ArchiveError:
        return 0
    return PORT


@contextmanager
def _tended(room: Datasette, replay: Replay | None) -> Iterator[None]:
    """While the block runs: new captures are listed, and files of replaced generations are let go."""
    ended = threading.Event()

    def tend() -> None:
        told = ""
        while not ended.wait(_EVERY):
            follow(room)
            told = _listed(replay, told) if replay is not None else ""

    thread = threading.Thread(target=tend, name="gazette-tend")
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _listed(replay: Replay, told: str) -> str:
    """List what is new; what keeps it from that is said once."""
    try:
        replay.check()
        replay.list_new()
    except (ArchiveError, OSError, sqlite3.Error) as error:
        if str(error) != told:
            _say(f"replay: {error}")
        return str(error)
    return ""


def _say(message: str) -> None:
    click.echo(f"gazette: {one_line(message)}", err=True)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
