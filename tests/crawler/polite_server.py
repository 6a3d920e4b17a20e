"""Many authorities on loopback, each behaving as told, and a log of who was asked what, and when."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import socket
import ssl
import struct
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import TracebackType

from tests.crawler.threaded import Threaded

_REASONS = {200: "OK", 204: "No Content", 301: "Moved Permanently", 404: "Not Found", 503: "Unavailable"}


@dataclass(frozen=True, slots=True)
class Reply:
    """What is written, after ``pause`` seconds; ``after``: keep, close, reset or hang the connection."""

    data: bytes
    pause: float = 0.0
    after: str = "keep"


def reply(
    status: int = 200, body: bytes | str = b"", *, pause: float = 0.0, after: str = "keep", **fields: str
) -> Reply:
    """A whole answer; ``fields``: header fields, with "_" for "-"."""
    data = body.encode() if isinstance(body, str) else body
    kind = "text/html; charset=utf-8" if data.lstrip().startswith(b"<") else "text/plain; charset=utf-8"
    fields = {"Content_Type": kind, "Content_Length": str(len(data))} | fields
    head = [f"HTTP/1.1 {status} {_REASONS.get(status, 'So it is')}"]
    head += [f"{name.replace('_', '-')}: {value}" for name, value in fields.items()]
    return Reply("\r\n".join([*head, "", ""]).encode() + data, pause, after)


Behaviour = Callable[[str, int], Reply]
"""From the path and how many requests came before to the reply."""


@dataclass(slots=True)
class Visit:
    """One request. Times are monotonic seconds.

    ``ended`` is taken before the last byte is written and ``began`` when the head was read, so that the time
    between two visits is never measured shorter than it was because the server had to wait for a CPU.
    """

    name: str
    path: str
    connection: int
    began: float
    ended: float = float("inf")


@dataclass
class PoliteServer(Threaded):
    """Listens from its making on; answers inside ``with``. Without a behaviour a port is closed."""

    behaviours: Mapping[str, Behaviour | None]
    tls: Mapping[str, ssl.SSLContext] = field(default_factory=dict)
    visits: list[Visit] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._sockets = {name: socket.socket() for name in self.behaviours}
        self.bases = {}
        for name, listening in self._sockets.items():
            listening.bind(("127.0.0.1", 0))  # a port that is bound and not listened at is closed
            if self.behaviours[name] is not None:
                listening.listen(64)
            scheme = "https" if name in self.tls else "http"
            self.bases[name] = f"{scheme}://127.0.0.1:{listening.getsockname()[1]}"
        self._connections = 0

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        super().__exit__(kind, error, trace)
        for listening in self._sockets.values():
            listening.close()

    def asked(self, name: str, since: int = 0) -> list[str]:
        """The paths that an authority was asked for, in order, from visit number ``since`` on."""
        return [visit.path for visit in self.visits[since:] if visit.name == name]

    async def _serve(self, ready: threading.Event) -> None:
        for name, behaviour in self.behaviours.items():
            if behaviour is not None:
                talk = self._talker(name, behaviour)
                await asyncio.start_server(talk, sock=self._sockets[name], ssl=self.tls.get(name))
        ready.set()
        await self._stop.wait()

    def _talker(
        self, name: str, behaviour: Behaviour
    ) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], asyncio.Future[None]]:
        async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self._connections += 1
            number = self._connections
            with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
                while await self._answer(name, behaviour, number, reader, writer):
                    pass
            writer.close()

        return talk  # type: ignore[return-value]

    async def _answer(
        self,
        name: str,
        behaviour: Behaviour,
        number: int,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> bool:
        head = await reader.readuntil(b"\r\n\r\n")
        visit = Visit(name, head.split(b" ")[1].decode("latin-1"), number, time.monotonic())
        before = sum(v.name == name for v in self.visits)
        self.visits.append(visit)
        said = behaviour(visit.path, before)
        await asyncio.sleep(said.pause)
        if said.after == "hang":
            await reader.read()  # until the client has enough of it
        visit.ended = time.monotonic()
        writer.write(said.data)
        await writer.drain()
        if said.after == "reset":
            linger = struct.pack("ii", 1, 0)
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            writer.transport.abort()
        return said.after == "keep"


@dataclass(frozen=True, slots=True)
class Bound:
    """So many seconds from the visits ``first`` to ``last`` of an authority to the ones behind them."""

    seconds: float
    first: int = 0
    last: int = sys.maxsize


@dataclass(frozen=True, slots=True)
class Manners:
    """How an authority was treated. Times in seconds."""

    visits: int
    at_once: int  # the most requests at the same time
    least: float  # from the end of an answer to the begin of the next request, at the shortest
    late: tuple[str, ...]  # paths that came under the delay


TOLERANCE = 0.005
"""Seconds that a gap may be short of the delay: two clocks' steps, no more."""


def manners(visits: Iterable[Visit], bounds: Iterable[Bound]) -> Manners:
    """What the log of one authority says; of all bounds that hold for a gap the longest counts."""
    ordered = sorted(visits, key=lambda visit: visit.began)
    at_once = max((sum(o.began <= v.began < o.ended or o is v for o in ordered) for v in ordered), default=0)
    late, least = [], float("inf")
    bounds = list(bounds)
    for number, (before, after) in enumerate(itertools.pairwise(ordered)):
        gap = after.began - before.ended
        least = min(least, gap)
        if gap < max(b.seconds for b in bounds if b.first <= number <= b.last) - TOLERANCE:
            late.append(f"{after.path} after {gap:.3f} s")
    return Manners(len(ordered), at_once, least, tuple(late))
