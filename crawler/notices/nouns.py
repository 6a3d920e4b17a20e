"""The nouns of notices: where they go, and what they say."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime

from archive.errors import ArchiveError
from crawler.health.nouns import Trouble


class Undelivered(ArchiveError):
    """A notice could not be delivered; it is tried again at the next run."""


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail server and who gets mail."""

    to: tuple[str, ...]
    sender: str
    host: str
    port: int
    tls: str  # starttls, ssl or none
    user: str | None
    password: str | None  # "env:NAME" or "file:PATH"


@dataclass(frozen=True, slots=True)
class Webhook:
    """An address that takes JSON by POST."""

    url: str  # or where it is found: "env:NAME", "file:PATH"
    authorization: str | None  # where the header's value is found


@dataclass(frozen=True, slots=True)
class Command:
    """A program that gets JSON on its stdin."""

    words: tuple[str, ...]


Channel = Mail | Webhook | Command
NAMES: dict[type, str] = {Mail: "email", Webhook: "webhook", Command: "command"}
"""What channels are called in gazette.toml and in crawl.db."""


class Event(enum.StrEnum):
    """What a notice tells of a trouble."""

    FOUND = "found"
    OVER = "over"
    BACK = "back"  # it comes and goes: no further word until it is over for good
    TEST = "test"


@dataclass(frozen=True, slots=True)
class Notice:
    """What is told."""

    event: Event
    trouble: Trouble
    archive: str  # its directory
    title: str  # the site's name as people know it; the archive's directory for one of the archive
    zone: str  # in which times are told
    over_at: datetime | None = None
