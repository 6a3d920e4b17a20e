"""Who comes in: names, methods and addresses that are answered, and the token where one is asked for.

It stands before Datasette and lets nothing through that a reading room has no use for.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import re
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qsl, quote, urlencode

from datasette.app import BadSignature, Datasette
from datasette.utils.asgi import Response

from archive.web.headers import BARE, App, Message, Receive, Scope, Send, named, with_headers
from archive.web.tongue import Tongue, spoken

COOKIE = "gazette"
_DAYS = 30
_LONGEST_PATH = 2_000
_LONGEST_QUERY = 16_000
_METHODS = ("GET", "HEAD")
_QUERY = "!$%&'()*+,-./:;=?@_~[]"
_STYLE = "/-/static-plugins/gazette/room.css"
"""Given to everybody: the door is in our style, too."""
_OWN = re.compile(r"/-/static(?:-plugins)?/|/favicon\.ico$")
"""Of Datasette's pages about itself none is shown: they tell of this machine, and of who may do what."""
_PATH = re.compile(r"/[!-~]*")


def token_secret(token: str | None) -> str | None:
    """The key by which Datasette signs: of the token, so that a cookie lives as long as the token does."""
    return None if token is None else hashlib.sha256(f"gazette room {token}".encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class _Answer:
    """What is said at the door: ``key`` in words/door.toml."""

    status: int
    key: str
    headers: dict[str, str] = field(default_factory=dict)
    onward: str | None = None  # where the page goes on by itself
    asked: Sequence[tuple[str, str]] = ()  # names and values that the form at the door hands on


@dataclass(frozen=True, slots=True)
class Door:
    """What is asked of those who come.

    ``names``: host names under which this server is reached, so that no other name can be made to mean it
    (DNS rebinding); None takes those that are numbers, as nobody can rebind them. ``moved``: names whose
    visitors are sent to another one. ``token``: None lets everybody in.
    """

    datasette: Datasette
    names: Collection[str]
    any_number: bool
    moved: dict[str, str]
    token: str | None

    def __call__(self, app: App) -> App:
        """The application behind this door."""

        async def asked(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] == "lifespan":
                await app(scope, receive, send)
                return
            if scope["type"] != "http":
                await send({"type": "websocket.close", "code": 1000})
                return
            bodiless = scope["method"] == "HEAD"
            headers = _headers(scope)
            answer = self._refused(scope, headers)
            if answer is not None:
                tongue = spoken(headers.get("accept-language", ""))
                await _answer(self, send, answer, tongue, bodiless=bodiless)
                return
            if self.token is not None:
                send = _private(send)
            await app(_nobodys(scope), receive, _bodiless(send) if bodiless else send)

        return asked

    def _refused(self, scope: Scope, headers: dict[str, str]) -> _Answer | None:
        """What is answered at the door; None lets the request in."""
        path: bytes = scope.get("raw_path") or scope["path"].encode()
        query: bytes = scope["query_string"]
        found = self._misdirected(scope, headers.get("host", ""), path, query)
        if found is not None:
            return found
        if scope["method"] not in _METHODS:
            return _Answer(405, "door.method", {"allow": "GET, HEAD"})
        if len(path) > _LONGEST_PATH or len(query) > _LONGEST_QUERY:
            return _Answer(414, "door.long")
        text = path.decode("latin-1")
        if not _PATH.fullmatch(text) or re.search(r"%(?:[01][0-9a-f]|7f)", text, re.IGNORECASE):
            return _Answer(400, "door.path")
        if self.token is not None and text != _STYLE:
            found = self._unknown(scope, headers)
            if found is not None:
                return found
        if text.startswith("/-/") and not _OWN.match(text):
            return _Answer(404, "told.404")
        return None

    def _misdirected(self, scope: Scope, host: str, path: bytes, query: bytes) -> _Answer | None:
        name, port = named(host)
        if name in self.moved:
            place = f"{scope.get('scheme', 'http')}://{self.moved[name]}{port}{quote(path, safe='/%~')}"
            place += f"?{quote(query, safe=_QUERY)}" if query else ""
            return _Answer(307, "door.moved", {"location": place}, onward=place)
        if name in self.names or (self.any_number and _number(name)):
            return None
        return _Answer(421, "door.host")

    def _unknown(self, scope: Scope, headers: dict[str, str]) -> _Answer | None:
        """None for those who have the token, or had it."""
        pairs = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        given = next((value for name, value in pairs if name == "token"), None)
        rest = [(name, value) for name, value in pairs if name != "token"]
        if given is not None and self._is_token(given):
            return self._entered(scope, urlencode(rest))
        kind, _, credentials = headers.get("authorization", "").partition(" ")
        if kind.lower() == "bearer" and self._is_token(credentials.strip()):
            return None
        if self._is_cookie(headers.get("cookie", "")):
            return None
        return _Answer(403, "door.token", asked=rest)

    def _entered(self, scope: Scope, query: str) -> _Answer:
        """A page that goes on by itself: behind a redirect, those who came by a link of another site would
        be without their strict cookie (RFC 6265bis, section 5.2)."""
        signed = self.datasette.sign({"until": int(time.time()) + _DAYS * 86_400}, COOKIE)
        cookie = f"{COOKIE}={signed}; Path=/; Max-Age={_DAYS * 86_400}; HttpOnly; SameSite=Strict"
        if scope.get("scheme") == "https":
            cookie += "; Secure"
        path = "/" + scope["raw_path"].decode("ascii").partition("?")[0].lstrip("/")
        return _Answer(200, "door.in", {"set-cookie": cookie}, onward=f"{path}?{query}" if query else path)

    def _is_token(self, given: str) -> bool:
        assert self.token is not None
        return hmac.compare_digest(given.encode("utf-8", "surrogateescape"), self.token.encode())

    def _is_cookie(self, header: str) -> bool:
        try:
            morsel = SimpleCookie(header).get(COOKIE)
            held = self.datasette.unsign(morsel.value, COOKIE) if morsel is not None else {}
        except (CookieError, BadSignature):
            return False
        return isinstance(held, dict) and held.get("until", 0) > time.time()


async def _answer(door: Door, send: Send, answer: _Answer, tongue: Tongue, *, bodiless: bool) -> None:
    template = door.datasette.jinja_env.get_template("gazette/door.html")
    body = await template.render_async(t=tongue.say, lang=tongue.language, style=_STYLE, answer=answer)
    headers = {"cache-control": "private, no-store", **answer.headers}
    response = Response.html("" if bodiless else body, status=answer.status, headers=headers)
    await response.asgi_send(with_headers(send, BARE))


def _nobodys(scope: Scope) -> Scope:
    """The request without what tells persons apart: behind the door all are the same."""
    kept = [(name, value) for name, value in scope["headers"] if name not in (b"cookie", b"authorization")]
    return {**scope, "method": "GET", "headers": kept}


def _private(send: Send) -> Send:
    """An answer that nobody keeps: a cache would give it to those who have no token."""

    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            kept = [pair for pair in message["headers"] if pair[0].lower() != b"cache-control"]
            message = message | {"headers": [*kept, (b"cache-control", b"private, no-store")]}
        await send(message)

    return sent


def _bodiless(send: Send) -> Send:
    """An answer to HEAD: the headers that GET has (RFC 9110, section 9.3.2)."""

    async def sent(message: Message) -> None:
        await send(message | {"body": b""} if message["type"] == "http.response.body" else message)

    return sent


def _headers(scope: Scope) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}


def _number(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
