"""Where a capture is replayed: the one place that knows how addresses of the replay server are made."""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass, field
from urllib.parse import quote, urlsplit

from archive.urls import is_loopback

GRANTED = 12 * 3_600
"""Seconds for which an address lets in, where replay asks for that: a day of work in the reading room."""

_LEFT = "%/:=&?~+!$,;'@()*[]"
"""What stays as it is in the archived URL: it is looked up as it was captured."""


@dataclass(frozen=True, slots=True)
class Place:
    """A running replay."""

    origin: str  # http://HOST:PORT, as people reach it
    key: bytes | None = field(default=None, repr=False)  # None: it lets in everybody who reaches it

    @property
    def alone(self) -> bool:
        """Whether it is reached from its own machine alone."""
        return is_loopback(urlsplit(self.origin).hostname or "")

    def url(self, url: str, captured_at: str, now: float, *, framed: bool = True) -> str:
        """As ``replay_url``; where a grant is needed, for GRANTED seconds from ``now``, a Unix time."""
        grant = "" if self.key is None else f"/{granted(self.key, int(now) + GRANTED)}"
        return replay_url(self.origin + grant, url, captured_at, framed=framed)


def granted(key: bytes, until: int) -> str:
    """What stands at the beginning of an address' path and lets in ``until`` a Unix time.

    Checked by ``crawler/replay/inside/door.py``, which runs where nothing of this can be imported.
    """
    digest = hmac.digest(key, f"replay until {until}".encode("ascii"), hashlib.sha256)
    return f"{until}.{base64.urlsafe_b64encode(digest).decode('ascii').rstrip('=')}"


def replay_url(origin: str, url: str, captured_at: str, *, framed: bool = True) -> str:
    """The address that shows what ``url`` was at ``captured_at``, a time as in the index's ``captures``.

    ``origin``: ``http://HOST:PORT`` of a running ``gazette replay``. ``framed``: under a bar that says what
    it is and when it was captured; otherwise the page alone, for another page to show in a frame of its own.
    """
    digits = "".join(character for character in captured_at[:19] if character.isdigit())
    return f"{origin}/archive/{digits}{'' if framed else 'mp_'}/{quote(url.partition('#')[0], safe=_LEFT)}"
