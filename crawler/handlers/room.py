"""Room for large exchanges: how much of what strangers send is in memory at once.

An exchange is held whole until it is in a WARC file. Sixty servers that each send all they may would
take gigabytes; so what is large waits its turn, on the server's side of the connection, while pages of
usual size pass.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

LARGE = 256 << 10
"""Bytes on the wire from which an exchange is large: pages of usual size, compressed, never wait. Sixty
that are just below are in memory twice, once as they came and once as a body."""

ROOM = 16 << 20
"""Bytes that all large exchanges may have received together before the younger ones wait."""


class Guest(Protocol):
    """An exchange, as far as this module knows it."""

    def hold(self) -> None:
        """Read no more."""

    def go_on(self) -> None:
        """Read again."""


class Room:
    """The large exchanges of a process, oldest first. For use in one event loop.

    The oldest is never held, so that there is always one that goes on. A server that drips cannot close
    the room: it takes no more of it than it has sent, and goes at its deadline.
    """

    def __init__(self, size: int = ROOM, emptied: Callable[[], None] = lambda: None) -> None:
        self._size = size
        self._emptied = emptied  # is called when a large exchange has gone
        self._sizes: dict[Guest, int] = {}  # bytes received, oldest first
        self._held: set[Guest] = set()

    def note(self, guest: Guest, size: int) -> None:
        """An exchange has received so many bytes by now; it is held when there is no room for more."""
        if size < LARGE:
            return
        self._sizes[guest] = size
        if not self._may_go_on(guest) and guest not in self._held:
            self._held.add(guest)
            guest.hold()

    def leave(self, guest: Guest) -> None:
        """An exchange has let go of its bytes."""
        if self._sizes.pop(guest, None) is None:
            return
        self._held.discard(guest)
        self._emptied()
        for other in [held for held in self._sizes if held in self._held and self._may_go_on(held)]:
            self._held.discard(other)
            other.go_on()

    def _may_go_on(self, guest: Guest) -> bool:
        return sum(self._sizes.values()) < self._size or guest is next(iter(self._sizes))
