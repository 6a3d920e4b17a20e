"""Who may come to a replay that is not for everybody. Standard library only, as guard.py.

    /1763800000.SIGNATURE/archive/20260301080000/https://blatt.example/

Archived pages get no cookies, and their frame can't send a header: so what lets in stands in the path of each
address, is signed, and ends by itself. The reading room makes it for those whom it let in
(``archive/research/replay.py``). What is behind the door sees the path without it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import time
from collections.abc import Callable, Iterable
from typing import Any

_Environ = dict[str, Any]
_Start = Callable[..., Any]
_App = Callable[[_Environ, _Start], Iterable[bytes]]

_GRANT = re.compile(r"/([1-9]\d{9,11})\.([\w-]{43})(?=/)", re.ASCII)


class Door:
    """A WSGI application before ``app``. ``refuse`` answers those who may not come in.

    ``key``: that with which addresses are signed.
    """

    def __init__(self, app: _App, refuse: _App, key: bytes) -> None:
        self._app, self._refuse, self._key = app, refuse, key

    def __call__(self, environ: _Environ, start: _Start) -> Iterable[bytes]:
        path: str = environ["REQUEST_URI"]
        if path.startswith("/gazette/"):  # the style of our own pages; nothing of it is archived
            return self._app(environ, start)
        found = _GRANT.match(path)
        if found is None or not self._lets_in(int(found[1]), found[2]):
            return self._refuse(environ, start)
        within = {
            "gazette.grant": found[0],
            "REQUEST_URI": path.removeprefix(found[0]),
            "PATH_INFO": environ["PATH_INFO"].removeprefix(found[0]),
        }
        return self._app(environ | within, start)

    def _lets_in(self, until: int, signature: str) -> bool:
        digest = hmac.digest(self._key, f"replay until {until}".encode("ascii"), hashlib.sha256)
        expected = base64.urlsafe_b64encode(digest).decode("ascii").rstrip("=")
        return hmac.compare_digest(expected, signature) and time.time() < until
