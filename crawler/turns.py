"""One request at a time to an authority, among all processes of an archive and from run to run.

    take (a lock on the authority's file) -> exchange -> give back (when it ended, written into the file)

Sites may share an authority, and their runs go side by side. The lock ends with its process; the file
then still says that an exchange was under way.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import time
from dataclasses import dataclass, replace
from pathlib import Path

from archive.errors import ArchiveError

_FLAGS = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
_MOST = 4096
"""Bytes of a file that are read; none is so long."""


@dataclass(frozen=True, slots=True)
class Past:
    """What is known of an authority's last exchange, whichever run's it was. Times in epoch seconds."""

    authority: str
    asked_at: float = 0.0  # later than ended_at: it was begun then, and has not ended
    ended_at: float = 0.0
    rest_until: float = 0.0  # before this it wants no request
    why: str = ""  # it is so

    def since(self, now: float) -> float:
        """Seconds since the last exchange ended."""
        return max(0.0, now - self.ended_at)

    def rest(self, now: float, longest: float) -> float:
        """Seconds for which it is still to be left alone."""
        return min(max(0.0, self.rest_until - now), longest)


@dataclass(slots=True)
class _Turn:
    """A turn that this process has."""

    descriptor: int  # of the authority's file, locked
    size: int  # of what it says, in bytes
    past: Past


class Turns:
    """The turns that this process has. Times in epoch seconds; ``directory``: of the archive's locks."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._paths: dict[str, str] = {}  # by authority
        self._taken: dict[str, _Turn] = {}

    def take(self, authority: str) -> Past | None:
        """The turn at an authority and what was before; None while another process has it.

        Raises ArchiveError when there can be no such file.
        """
        descriptor = self._open(authority)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
        data = os.pread(descriptor, _MOST, 0)
        turn = self._taken[authority] = _Turn(descriptor, len(data), _read(data, authority))
        past, now = turn.past, time.time()
        if not past.asked_at <= past.ended_at <= now:
            # Its process was killed, or the clock was set back: said once, or nobody would be let in again.
            turn.past = replace(past, asked_at=min(past.asked_at, now), ended_at=now)
            _write(turn)
        return turn.past

    def _open(self, authority: str) -> int:
        path = self._paths.get(authority)
        if path is None:
            # A host's name may hold what a file's name must not.
            name = hashlib.sha256(authority.encode()).hexdigest()[:20]
            path = self._paths[authority] = str(self._directory / f"authority-{name}.lock")
        try:
            try:
                return os.open(path, _FLAGS, 0o644)
            except FileNotFoundError:
                self._directory.mkdir(exist_ok=True)
                return os.open(path, _FLAGS, 0o644)
        except OSError as error:
            raise ArchiveError(
                f"{path}: can't be opened: {error.strerror}; give the run the right to"
            ) from None

    def begin(self, authority: str, now: float) -> None:
        """A request is about to be sent."""
        turn = self._taken[authority]
        turn.past = replace(turn.past, asked_at=now)
        _write(turn)

    def end(self, authority: str, now: float) -> None:
        """The exchange has ended."""
        if (turn := self._taken.get(authority)) is not None:
            turn.past = replace(turn.past, ended_at=now)

    def rest(self, authority: str, until: float, why: str) -> None:
        """It wants no request before a time."""
        if (turn := self._taken.get(authority)) is not None:
            turn.past = replace(turn.past, rest_until=until, why=why)

    def give_back(self, authority: str) -> None:
        """Let others have the turn, and know what was. Nothing happens when this process doesn't have it."""
        if (turn := self._taken.pop(authority, None)) is not None:
            # Also when nothing was sent in the end: it says then that all had ended before.
            _write(turn)
            os.close(turn.descriptor)

    def close(self, now: float) -> None:
        """Give all turns back; what is under way ends here."""
        for authority in list(self._taken):
            self.end(authority, now)
            self.give_back(authority)


def _write(turn: _Turn) -> None:
    past = turn.past
    said = {
        "authority": past.authority,
        "asked_at": past.asked_at,
        "ended_at": past.ended_at,
        "rest_until": past.rest_until,
        "why": past.why,
    }
    data = json.dumps(said, ensure_ascii=False).encode()
    # What was longer is written over with blanks; nobody else writes while this process has the turn.
    data = data.ljust(max(turn.size - 1, 0)) + b"\n"
    try:
        os.pwrite(turn.descriptor, data, 0)
        turn.size = len(data)
    except OSError:
        pass  # the disk is full: the lock holds all the same, what is lost is the memory of one delay


def _read(data: bytes, authority: str) -> Past:
    """What a file says; nothing when it was torn or is another authority's."""
    try:
        said = json.loads(data)
        past = Past(**said)
        numbers = (past.asked_at, past.ended_at, past.rest_until)
    except (ValueError, TypeError):
        return Past(authority)
    whole = past.authority == authority and all(isinstance(n, int | float) for n in numbers)
    return past if whole else Past(authority)
