"""Response headers that keep archived content from acting in a reader's browser (W3C: CSP Level 3)."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

from archive.web.rows import FOR_READERS, FOR_SPREADSHEETS

Scope = dict[str, Any]
Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

OURS = "gazette-page"
"""A response header between our pages and this wrapper: the page is one of ours, with no script inside."""

_DATA = (".json", ".csv", ".blob")
"""How paths of Datasette end whose answer is no page."""

_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)
_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)
_OURS = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self';"
    " font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; frame-src {replay}"
)
# Datasette's own pages have scripts and styles inside them: those of its templates are named one by one. Its
# templates also have styles in attributes, which can't be named; by them nothing is loaded or run.
_DATASETTE = (
    "default-src 'none'; script-src 'self' {scripts}; style-src 'self' {styles};"
    " style-src-attr 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; font-src 'self';"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_ALWAYS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}
BARE = _ALWAYS | {
    "content-security-policy": "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none';"
    " frame-ancestors 'none'"
}
"""For a page that has nothing but a style sheet and a form."""


def guarded(replay: str | None, datasette: str) -> Callable[[App], App]:
    """A wrapper of an ASGI application that adds them.

    ``replay`` is the only address a page may frame, ``datasette`` the policy of Datasette's own pages.
    """
    ours = _OURS.format(replay=replay or "'none'")

    def wrap(app: App) -> App:
        async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
            name = scope["path"].rpartition("/")[2] if scope["type"] == "http" else ""
            FOR_SPREADSHEETS.set(name.endswith(".csv"))
            FOR_READERS.set(not name.endswith(_DATA))

            async def send_with(message: Message) -> None:
                if message["type"] == "http.response.start":
                    message = _more(message, ours, datasette)
                await send(message)

            await app(scope, receive, send_with)

        return wrapped

    return wrap


def with_headers(send: Send, headers: Mapping[str, str]) -> Send:
    """The same with more headers in front of an answer."""
    added = [(name.encode("ascii"), value.encode("ascii")) for name, value in headers.items()]

    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = message | {"headers": [*message["headers"], *added]}
        await send(message)

    return sent


def named(host: str) -> tuple[str, str]:
    """Name and ":PORT" of a Host header; an IPv6 address without its brackets. Two "" for what is none."""
    found = re.fullmatch(r"(\[[0-9a-f:.]+\]|[^:]*)(:\d{1,5})?", host.lower())
    return (found[1].strip("[]"), found[2] or "") if found is not None else ("", "")


def policy(templates: Iterable[str], settled: Iterable[str]) -> str:
    """The policy of Datasette's pages; ``settled`` are scripts whose templates have a place to fill in."""
    sources = list(templates)
    scripts = {script for source in sources for script in _SCRIPT.findall(source) if _still(script)}
    styles = {style for source in sources for style in _STYLE.findall(source) if _still(style)}
    return _DATASETTE.format(scripts=_hashes(scripts | set(settled)), styles=_hashes(styles))


def _still(text: str) -> bool:
    """Whether a template always says the same there."""
    return "{{" not in text and "{%" not in text


def _hashes(texts: Iterable[str]) -> str:
    """Sources of a policy (CSP Level 3, section 2.3.1)."""
    digests = (hashlib.sha256(text.encode()).digest() for text in sorted(texts))
    return " ".join(f"'sha256-{base64.b64encode(digest).decode('ascii')}'" for digest in digests)


def _more(message: Message, ours: str, datasette: str) -> Message:
    sent = [(name.lower(), value) for name, value in message["headers"]]
    names = {name for name, _ in sent}
    mark = OURS.encode("ascii")
    added = _ALWAYS | {"content-security-policy": ours if mark in names else datasette}
    if b"cache-control" not in names:
        added["cache-control"] = "no-cache"
    new = [(name.encode("ascii"), value.encode("ascii")) for name, value in added.items()]
    kept = [(name, value) for name, value in sent if name != mark]
    return message | {"headers": [*kept, *(each for each in new if each[0] not in names)]}
