"""The reading room and the replay beside it, from start to end."""

from __future__ import annotations

import contextlib
import signal
import socket
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

import click
import uvicorn

from archive.errors import ArchiveError
from archive.index.generation import open_index
from archive.layout import Layout, read_config
from archive.urls import is_loopback
from archive.web.door import Door, token_secret
from archive.web.serving import Datasette, follow, house
from crawler.cli.output import one_line
from crawler.replay import PORT, environment, running
from crawler.replay.server import Replay, bracketed, listen

_EVERY = 1.0
"""Seconds between two looks for what is new."""

_WILDCARDS = ("0.0.0.0", "::")  # noqa: S104 - asked for by the person, who says who may come


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line says. ``names``: further host names; ``token`` None: for everybody who comes."""

    host: str
    port: int
    names: tuple[str, ...]
    token: str | None
    replayed: bool


def serve(layout: Layout, asked: Asked) -> None:
    """Answer until a signal comes. Raises ArchiveError when there is no index or the port is taken."""
    signal.signal(signal.SIGTERM, _interrupt)  # a service manager's way of ending is the same as Ctrl-C
    open_index(layout).close()  # before anything is started: there must be one, of this version
    with listen(asked.host, asked.port) as listener:
        port = listener.getsockname()[1]
        origin = f"http://{bracketed(_name(asked))}:{port}"
        with contextlib.suppress(KeyboardInterrupt), _replayed(layout, asked, origin) as replay:
            operator = str(read_config(layout).get("operator") or "")
            base = replay.origin if isinstance(replay, Replay) else replay
            room = house(
                layout, title=operator, source=operator, replay=base, secret=token_secret(asked.token)
            )
            if base is not None:
                click.echo(f"Replay: {base}/")
            click.echo(f"Reading room: {origin}/ (Ctrl-C ends it)")
            app = _door(asked, room)(room.app())
            with _tended(room, replay if isinstance(replay, Replay) else None):
                _answer(app, listener)
            room.get_database("index").close()
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
    names = {asked.host.lower(), *(name.lower() for name in asked.names)}
    moved = {}
    if wild:
        names |= {socket.gethostname().lower(), socket.getfqdn().lower(), "localhost"}
    elif is_loopback(asked.host) and asked.host != "localhost":
        # The replay has that name: archived pages and these share no host name and no cookies.
        moved = {"localhost": bracketed(asked.host)}
    return Door(room, frozenset(names), wild, moved, asked.token)


def _name(asked: Asked) -> str:
    """Under which host name people reach the reading room."""
    if asked.names:
        return asked.names[0]
    return socket.gethostname() if asked.host in _WILDCARDS else asked.host


@contextmanager
def _replayed(layout: Layout, asked: Asked, origin: str) -> Iterator[Replay | str | None]:
    """A replay of our own, or where one runs already, or None with a line that says why."""
    loopback = is_loopback(asked.host)
    if not asked.replayed:
        yield None
        return
    if asked.token is not None and not loopback:
        _say("without replay: it can't ask for the token, so it answers on this machine only: gazette replay")
        yield None
        return
    if (python := environment.find()) is None:
        _say(f"without replay: it needs pywb, once: {environment.INSTALL}")
        yield None
        return
    if (there := running.origin(layout)) is not None:
        _say(f"replay runs already, at {there}/")
        yield there if loopback else None
        return
    own = "127.0.0.1" if loopback else asked.host
    ancestors = (origin, *(("http://127.0.0.1:*", "http://[::1]:*") if loopback else ()))
    replay = Replay(
        layout,
        python,
        host=own,
        port=_port(own),
        name=None if loopback else _name(asked),
        ancestors=ancestors,
    )
    with contextlib.ExitStack() as stack:
        started: Replay | None = None
        try:
            started = stack.enter_context(replay)
        except ArchiveError as error:
            _say(f"without replay: {error}")
        yield started


def _port(host: str) -> int:
    """The port of replay, or 0 for a free one where another program has it."""
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
