"""Where a capture is replayed: the one place that knows how addresses of the replay server are made."""

from __future__ import annotations

from urllib.parse import quote

_LEFT = "%/:=&?~+!$,;'@()*[]"
"""What stays as it is in the archived URL: it is looked up as it was captured."""


def replay_url(origin: str, url: str, captured_at: str, *, framed: bool = True) -> str:
    """The address that shows what ``url`` was at ``captured_at``, a time as in the index's ``captures``.

    ``origin``: ``http://HOST:PORT`` of a running ``gazette replay``. ``framed``: under a bar that says what
    it is and when it was captured; otherwise the page alone, for another page to show in a frame of its own.
    """
    digits = "".join(character for character in captured_at[:19] if character.isdigit())
    return f"{origin}/archive/{digits}{'' if framed else 'mp_'}/{quote(url.partition('#')[0], safe=_LEFT)}"
