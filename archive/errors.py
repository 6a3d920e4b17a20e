"""What can go wrong, each error with its place and with what to do about it."""

from __future__ import annotations

from archive.types import RecordRef


class ArchiveError(Exception):
    """Root of Gazette's errors; ``str()`` is one line that a person can act on.

    ``kind`` and ``values`` are for those who say it in words of their own, as the reading room does in its
    reader's language: ``kind`` names the fault and never changes; "" where nobody but the terminal says it.
    """

    exit_code = 9

    def __init__(self, message: str, kind: str = "", **values: object) -> None:
        super().__init__(message)
        self.kind = kind
        self.values = values


class NoArchive(ArchiveError):
    """The directory is no archive, or one of another version."""

    exit_code = 4


class BadConfiguration(ArchiveError):
    """A file that people write is wrong; the message begins with its path."""

    exit_code = 4


class Locked(ArchiveError):
    """Another run holds the lock."""

    exit_code = 20


class DiskFull(ArchiveError):
    """Nothing more fits; what was kept before is whole."""

    exit_code = 3


class DamagedRecord(ArchiveError):
    """A record can't be read: torn, cut or not what its header says."""

    exit_code = 21

    def __init__(self, place: RecordRef | str, reason: str) -> None:
        super().__init__(f"{place}: {reason}")
        self.place = place
        self.reason = reason


class BadQuery(ArchiveError):
    """A question that can't be understood, or that names what is not stored."""

    exit_code = 2
