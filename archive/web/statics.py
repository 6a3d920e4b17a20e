"""Style sheets and scripts as browsers keep them: a URL that names their content is asked for once.

What a script imports has no such URL; a browser asks whether it has changed (RFC 9111, section 4.3).
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

from archive.web.headers import App, Message, Receive, Scope, Send

PLACE = "/-/static-plugins/gazette/"
"""Where Datasette serves our files."""

_FOLDER = Path(__file__).parent / "static"
_FOR_GOOD = "private, max-age=31536000, immutable"


def versioned(path: str) -> str:
    """The path of a page or a file; of a file of ours with its content's digest behind it."""
    digest = _digest_of(path)
    return path if digest is None else f"{path}?v={digest}"


def kept(app: App) -> App:
    """The same application, whose files of ours browsers may keep."""

    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        digest = _digest_of(scope["path"]) if scope["type"] == "http" else None
        if digest is None:
            await app(scope, receive, send)
            return
        tag = f'"{digest}"'.encode("ascii")
        settled = scope["query_string"] == f"v={digest}".encode("ascii")
        headers = [(b"etag", tag), (b"cache-control", _FOR_GOOD.encode("ascii") if settled else b"no-cache")]
        asked = dict(scope["headers"]).get(b"if-none-match", b"")
        if tag in asked:
            await send({"type": "http.response.start", "status": 304, "headers": headers})
            await send({"type": "http.response.body", "body": b""})
            return

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] == 200:
                message = message | {"headers": [*message["headers"], *headers]}
            await send(message)

        await app(scope, receive, sent)

    return wrapped


def _digest_of(path: str) -> str | None:
    """Of the file of ours at a path; None for all else."""
    _, found, name = path.partition(PLACE)
    if not found or "/" in name:
        return None
    file = _FOLDER / name
    try:
        return _digest(file, file.stat().st_mtime_ns)
    except (OSError, ValueError):
        return None  # there is no such file, and none can have this name


@lru_cache(maxsize=64)
def _digest(file: Path, changed: int) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()[:16]
