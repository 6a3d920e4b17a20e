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
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from archive.errors import ArchiveError


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


class Turns:
    """The turns that this process has. Times in epoch seconds; ``directory``: of the archive's locks."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._taken: dict[str, int] = {}
        self._past: dict[str, Past] = {}

    def take(self, authority: str) -> Past | None:
        """The turn at an authority and what was before; None while another process has it.

        Raises ArchiveError when there can be no such file.
        """
        # A host's name may hold what a file's name must not.
        name = hashlib.sha256(authority.encode()).hexdigest()[:20]
        path = self._directory / f"authority-{name}.lock"
        try:
            self._directory.mkdir(exist_ok=True)
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise ArchiveError(
                f"{path}: can't be opened: {error.strerror}; give the run the right to"
            ) from None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
        self._taken[authority] = descriptor
        past = _read(os.pread(descriptor, 4096, 0), authority)
        now = time.time()
        if not past.asked_at <= past.ended_at <= now:
            # Its process was killed, or the clock was set back: said once, or nobody would be let in again.
            past = replace(past, asked_at=min(past.asked_at, now), ended_at=now)
            self._write(past)
        self._past[authority] = past
        return past

    def begin(self, authority: str, now: float) -> None:
        """A request is about to be sent."""
        self._write(replace(self._past[authority], asked_at=now))

    def end(self, authority: str, now: float) -> None:
        """The exchange has ended."""
        if authority in self._taken:
            self._past[authority] = replace(self._past[authority], ended_at=now)

    def rest(self, authority: str, until: float, why: str) -> None:
        """It wants no request before a time."""
        if authority in self._taken:
            self._past[authority] = replace(self._past[authority], rest_until=until, why=why)

    def give_back(self, authority: str) -> None:
        """Let others have the turn, and know what was. Nothing happens when this process doesn't have it."""
        descriptor = self._taken.get(authority)
        if descriptor is not None:
            # Also when nothing was sent in the end: it says then that all had ended before.
            self._write(self._past[authority])
            del self._taken[authority], self._past[authority]
            os.close(descriptor)

    def close(self, now: float) -> None:
        """Give all turns back; what is under way ends here."""
        for authority in list(self._taken):
            self.end(authority, now)
            self.give_back(authority)

    def _write(self, past: Past) -> None:
        descriptor = self._taken[past.authority]
        data = json.dumps(asdict(past), ensure_ascii=False).encode()
        try:
            size = os.fstat(descriptor).st_size
            os.pwrite(descriptor, data.ljust(max(size - 1, 0)) + b"\n", 0)
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
