"""pywb as a process of its own, from start to end."""

from __future__ import annotations

import contextlib
import errno
import ipaddress
import json
import os
import select
import signal
import socket
import sqlite3
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from archive.errors import ArchiveError
from archive.layout import Layout
from archive.research.replay import Place
from archive.urls import is_loopback
from crawler.replay import PORT, running
from crawler.replay.listing import Listing

_APP = Path(__file__).parent / "inside" / "app.py"
_LOOPBACK = ("http://localhost:*", "http://127.0.0.1:*")
_START_SECONDS = 60.0
_END_SECONDS = 5.0


class Replay:
    """A running pywb and its list of captures; ends with its ``with`` block.

    ``host`` is what it listens on, ``port`` 0 a free one. ``name``: under which host name people reach it, on
    loopback ``localhost``; archived scripts must not share it with the reading room's. ``address``: the whole
    origin instead, ``http://NAME:PORT`` or ``https://NAME``, where a proxy leads here. ``ancestors``: origins
    whose pages may show the replay in a frame. ``key``: lets in by addresses signed with it alone.
    """

    def __init__(
        self,
        layout: Layout,
        python: Path,
        *,
        host: str = "127.0.0.1",
        port: int = PORT,
        name: str | None = None,
        address: str | None = None,
        ancestors: Sequence[str] = _LOOPBACK,
        key: bytes | None = None,
    ) -> None:
        self._layout, self._python, self._ancestors = layout, python, ancestors
        self._host, self._port = host, port
        self._name = name or ("localhost" if is_loopback(host) else host)
        self._address, self._key = address, key
        self._log = layout.logs / "replay.log"
        self._lock = -1
        self._until_end = contextlib.ExitStack()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def origin(self) -> str:
        """``http://NAME:PORT``, to be given to ``replay_url``."""
        return self._address or f"http://{bracketed(self._name)}:{self._port}"

    @property
    def place(self) -> Place:
        """Where it answers, and to whom."""
        return Place(self.origin, self._key)

    @property
    def pid(self) -> int:
        """pywb's process, which is a group of its own."""
        assert self._process is not None, "started by the with statement"
        return self._process.pid

    def __enter__(self) -> Self:
        """Raises Locked, and ArchiveError when the port is taken or pywb doesn't start."""
        self._lock = running.lock(self._layout)
        try:
            self._listing = Listing(self._layout)
            self._listing.update()
            with listen(self._host, self._port) as listener:
                self._port = listener.getsockname()[1]
                self._start(listener)
            self._await_start()
            self._until_end.enter_context(running.announced(self._layout, self.place))
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def check(self) -> None:
        """Raises ArchiveError when pywb has ended."""
        assert self._process is not None, "started by the with statement"
        if self._process.poll() is not None:
            raise ArchiveError(self._ended())

    def list_new(self) -> int:
        """List the captures that were indexed since the last time; how many.

        Raises ArchiveError, OSError or sqlite3.Error when that fails; what is listed already is replayed.
        """
        return self._listing.update()

    def _start(self, listener: socket.socket) -> None:
        names = set() if self._address else {self._name, self._host}
        names |= {"localhost", "127.0.0.1"} if is_loopback(self._host) else set()
        options = {
            "fd": listener.fileno(),
            "warc": str(self._layout.warc),
            "origin": self.origin,
            "hosts": sorted(
                {f"{bracketed(name)}:{self._port}" for name in names} | {self.origin.partition("://")[2]}
            ),
            "ancestors": list(self._ancestors),
        }
        key = {} if self._key is None else {"GAZETTE_REPLAY_KEY": self._key.hex()}
        self._log.parent.mkdir(exist_ok=True)
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [str(self._python), "-I", str(_APP), json.dumps(options)],
                # No proxy of the environment: pywb's halves speak with each other over loopback.
                env={name: os.environ[name] for name in ("PATH", "LANG", "TZ") if name in os.environ} | key,
                # Where the list is. pywb looks for templates and settings there, too: there are none.
                cwd=self._layout.replay,
                stdin=subprocess.PIPE,  # its end tells pywb that this process is gone
                stdout=subprocess.PIPE,
                stderr=log,
                pass_fds=[listener.fileno()],
                start_new_session=True,  # Ctrl-C comes to this process, which ends pywb
            )

    def _await_start(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        ready, _, _ = select.select([self._process.stdout], [], [], _START_SECONDS)
        if not ready:
            raise ArchiveError(f"pywb did not start within {_START_SECONDS:.0f} s; its log: {self._log}")
        if self._process.stdout.readline() != b"ready\n":
            self._process.wait(_END_SECONDS)
            raise ArchiveError(self._ended())

    def _ended(self) -> str:
        assert self._process is not None
        said = self._log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        reason = said[-1] if said else "it said nothing"
        return f"pywb ended with code {self._process.returncode}: {reason} (log: {self._log}); start it again"

    def _end(self) -> None:
        self._until_end.close()
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGTERM)
            try:
                self._process.wait(_END_SECONDS)
            except subprocess.TimeoutExpired:
                os.killpg(self._process.pid, signal.SIGKILL)
                self._process.wait()
            for pipe in (self._process.stdin, self._process.stdout):
                assert pipe is not None
                pipe.close()
            self._process = None
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1


def serve(replay: Replay, say: Callable[[str], None], every: float = 1.0) -> None:
    """Tend a running replay until the process is interrupted. Raises ArchiveError when pywb ends.

    ``say`` hears once of what keeps new captures away, as long as that is the same; ``every`` is in seconds.
    """
    told = ""
    while True:
        replay.check()
        try:
            replay.list_new()
            told = ""
        except (ArchiveError, OSError, sqlite3.Error) as error:
            if str(error) != told:
                told = str(error)
                say(f"new captures can't be listed: {told}")
        time.sleep(every)


def listen(host: str, port: int) -> socket.socket:
    """A listening socket: browsers that come before there is an answer wait for it. Raises ArchiveError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        taken = error.errno == errno.EADDRINUSE
        other = "name another port with --port (0: a free one)" if taken else "name another with --host"
        raise ArchiveError(f"{bracketed(host)}:{port}: {error.strerror or error}; {other}") from None
    return listener


def bracketed(host: str) -> str:
    """A host as it stands in a URL."""
    try:
        return f"[{host}]" if ipaddress.ip_address(host).version == 6 else host
    except ValueError:
        return host
