"""Response headers that keep archived content from acting in a reader's browser (W3C: CSP Level 3)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

OURS = "gazette-page"
"""A response header between our pages and this wrapper: the page is one of ours, with no script inside."""

_OURS = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self';"
    " font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; frame-src {replay}"
)
# Datasette's own pages have scripts and styles inside them.
_DATASETTE = (
    "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline';"
    " img-src 'self' data:; connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none';"
    " frame-ancestors 'none'"
)
_ALWAYS = {
    b"x-content-type-options": b"nosniff",
    b"x-frame-options": b"DENY",
    b"referrer-policy": b"no-referrer",
    b"cross-origin-opener-policy": b"same-origin",
    b"cross-origin-resource-policy": b"same-origin",
    b"permissions-policy": b"camera=(), geolocation=(), microphone=()",
}


def guarded(replay: str | None) -> Callable[[App], App]:
    """A wrapper of an ASGI application that adds them; ``replay`` is the only address a page may frame."""
    ours = _OURS.format(replay=replay or "'none'").encode("ascii")

    def wrap(app: App) -> App:
        async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
            async def send_with(message: MutableMapping[str, Any]) -> None:
                if message["type"] == "http.response.start":
                    message["headers"] = _more(message["headers"], ours)
                await send(message)

            await app(scope, receive, send_with)

        return wrapped

    return wrap


def _more(sent: list[tuple[bytes, bytes]], ours: bytes) -> list[tuple[bytes, bytes]]:
    mark = OURS.encode("ascii")
    names = {name.lower() for name, _ in sent}
    policy = ours if mark in names else _DATASETTE.encode("ascii")
    kept = [(name, value) for name, value in sent if name.lower() != mark]
    added = _ALWAYS | {b"content-security-policy": policy}
    return kept + [(name, value) for name, value in added.items() if name not in names]
