"""What stands between a browser and pywb. Standard library only: it runs in another environment.

Archived pages are hostile: their scripts run in the reader's browser. So each is sandboxed in an origin of
its own (no cookies, no storage, no service workers, no way to another archived page), may load from this
archive only, and is shown in a frame that can't be led elsewhere. Of its headers only those that its look
needs are passed on.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote

_Environ = dict[str, Any]
_Headers = list[tuple[str, str]]
_Start = Callable[..., Any]
_App = Callable[[_Environ, _Start], Iterable[bytes]]

_CAPTURE = re.compile(r"/archive/(?:\d{1,14})?(?P<modifier>[a-z]{2,3}_)?/?(?=https?:/|//)")
"""The newest or a stated time, how it is to be rewritten (nothing: in our frame), and a URL."""
_OURS = {"frame.css": "text/css", "frame.js": "text/javascript", "before.js": "text/javascript"}
_KEPT = frozenset(
    "accept-ranges content-disposition content-encoding content-language content-length content-location"
    " content-range content-type location memento-datetime".split()
)
"""Headers of pywb's answers that are passed on. Set-Cookie, Refresh, WWW-Authenticate and so on are not."""
_LEFT = "%/:=&?~+!$,;'@()*[]"
_SANDBOX = (
    "sandbox allow-scripts allow-forms; default-src {origin} 'unsafe-inline' 'unsafe-eval' data: blob:;"
    " object-src 'none'; base-uri {origin}; form-action {origin}"
)
_FRAME = (
    "default-src 'none'; script-src {origin}/gazette/; style-src {origin}/gazette/; frame-src {origin};"
    " form-action {origin}; base-uri 'none'; frame-ancestors 'self' {ancestors}"
)
_FRAMES = frozenset({"iframe", "frame", "embed", "object", "fencedframe"})
_ALWAYS = (
    ("Referrer-Policy", "no-referrer"),
    ("X-DNS-Prefetch-Control", "off"),
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    ("Cache-Control", "no-store"),  # archives are private until somebody decides otherwise
)
WORDS = {
    "en": {
        "lang": "en",
        "archived": "Archived page",
        "captured": "captured",
        "newest": "newest capture",
        "missing": "Not in this archive",
        "told": "No capture of this address was kept.",
        "error": "This capture can't be shown",
        "home": "Replay of this archive",
        "ask": "Address of an archived page",
        "open": "Show the newest capture",
        "refused": "This address lets nobody in any more",
        "refused_told": "Open the page again from the reading room.",
    },
    "de": {
        "lang": "de",
        "archived": "Archivierte Seite",
        "captured": "erfasst",
        "newest": "neueste Erfassung",
        "missing": "Nicht in diesem Archiv",
        "told": "Von dieser Adresse wurde nichts erfasst.",
        "error": "Diese Erfassung lässt sich nicht zeigen",
        "home": "Wiedergabe dieses Archivs",
        "ask": "Adresse einer archivierten Seite",
        "open": "Neueste Erfassung zeigen",
        "refused": "Diese Adresse öffnet nicht mehr",
        "refused_told": "Bitte die Seite noch einmal aus dem Lesesaal öffnen.",
    },
}


class Guard:
    """A WSGI application around pywb's.

    ``origin``: scheme, host and port under which people reach it. ``hosts``: what may stand in Host, so that
    nobody else's name can be made to mean this server (DNS rebinding). ``ancestors``: who may frame it.

    Archived content lies below a path that is drawn at each start and that only archived pages see. A page of
    an origin of its own ("null") may read fonts, modules and what its scripts ask for only where the server
    says so; any site could have that origin, but none knows the path.

    ``gazette.grant`` in the environment is what a door (door.py) took from the beginning of the path; it
    stands before each path that is answered with.
    """

    def __init__(
        self, app: _App, origin: str, hosts: Sequence[str], ancestors: Sequence[str], pages: Path
    ) -> None:
        self._app = app
        self._origin = origin
        self._scheme, _, self._host = origin.partition("://")
        self._hosts = frozenset(hosts)
        self._ancestors = " ".join(ancestors)
        self._pages = pages
        self._below = f"/{secrets.token_urlsafe(16)}"

    def __call__(self, environ: _Environ, start: _Start) -> Iterable[bytes]:
        path: str = environ["REQUEST_URI"]  # as it was sent, which PATH_INFO is not
        if environ.get("HTTP_HOST") not in self._hosts:
            return self._misdirected(start)
        if path.startswith(f"{self._below}/"):
            return self._content(environ, start, path.removeprefix(self._below))
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            return self._refused(start)
        words = WORDS[language(environ.get("HTTP_ACCEPT_LANGUAGE", ""))]
        route = path.partition("?")[0]
        if route == "/":
            return self._home(environ, start, words)
        if route.startswith("/gazette/"):
            return self._own(start, route.removeprefix("/gazette/"))
        capture = _CAPTURE.match(path)
        if capture is None:
            return self._text(start, "404 Not Found", f"{words['missing']}\n")
        if capture["modifier"] is None:
            policy = _FRAME.format(origin=self._origin, ancestors=self._ancestors)
            return self._app(self._asked(environ, words, ""), self._answering(start, policy, []))
        place = self._framed(path) if _alone(environ) else self._below + path
        return self._redirect(start, _granted(environ) + place)

    def refuse(self, environ: _Environ, start: _Start) -> Iterable[bytes]:
        """The answer to those who may not come in."""
        if environ.get("HTTP_HOST") not in self._hosts:
            return self._misdirected(start)
        words = WORDS[language(environ.get("HTTP_ACCEPT_LANGUAGE", ""))]
        page = (self._pages / "refused.html").read_text(encoding="utf-8")
        return self._text(start, "403 Forbidden", page.format_map(words), "text/html")

    def _content(self, environ: _Environ, start: _Start, path: str) -> Iterable[bytes]:
        """What archived pages are made of; ``path`` begins below the drawn one."""
        shared = []
        if environ.get("HTTP_ORIGIN") == "null":
            shared = [("Access-Control-Allow-Origin", "null"), ("Access-Control-Allow-Credentials", "true")]
        if environ["REQUEST_METHOD"] == "OPTIONS":
            headers = re.sub(r"[^\w, -]", "", environ.get("HTTP_ACCESS_CONTROL_REQUEST_HEADERS", ""))
            start("204 No Content", [*shared, ("Access-Control-Allow-Headers", headers)])
            return []
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            return self._refused(start)
        capture = _CAPTURE.match(path)
        if capture is not None and (capture["modifier"] is None or _alone(environ)):
            return self._redirect(start, _granted(environ) + self._framed(path))
        if capture is not None and _raw(environ, capture["modifier"]):
            place = path.replace(capture["modifier"], "mp_", 1)
            return self._redirect(start, f"{_granted(environ)}{self._below}{place}")
        words = WORDS[language(environ.get("HTTP_ACCEPT_LANGUAGE", ""))]
        if capture is None and not re.match(r"/static/[\w./-]+(?:\?|$)", path):
            return self._text(start, "404 Not Found", f"{words['missing']}\n")
        asked = self._asked(environ, words, self._below)
        return self._app(asked, self._answering(start, _SANDBOX.format(origin=self._origin), shared))

    def _framed(self, path: str) -> str:
        """The address of the same capture in our frame."""
        return _CAPTURE.sub(lambda found: found[0].replace(found["modifier"] or " ", ""), path, count=1)

    def _asked(self, environ: _Environ, words: dict[str, str], below: str) -> _Environ:
        """The request as pywb sees it: without what identifies a reader or steers pywb.

        ``below`` is the beginning of the path that belongs to us and not to pywb.
        """
        kept = {
            name: value
            for name, value in environ.items()
            if not name.startswith(("HTTP_COOKIE", "HTTP_AUTHORIZATION", "HTTP_X_", "HTTP_PREFER"))
        }
        if "HTTP_X_PYWB_REQUESTED_WITH" in environ:  # a script asks: the answer gets no banner in it
            kept["HTTP_X_PYWB_REQUESTED_WITH"] = environ["HTTP_X_PYWB_REQUESTED_WITH"]
        grant = _granted(environ)
        return kept | {
            "wsgi.url_scheme": self._scheme,  # of the proxy, if people come through one
            "HTTP_HOST": self._host,
            "SCRIPT_NAME": grant + below,
            "REQUEST_URI": grant + environ["REQUEST_URI"],
            "PATH_INFO": environ["PATH_INFO"].removeprefix(below),
            "gazette.words": words,
            "gazette.content": f"{self._origin}{grant}{self._below}/archive/",
        }

    def _answering(self, start: _Start, policy: str, shared: _Headers) -> _Start:
        def answer(status: str, headers: _Headers, *rest: Any) -> Any:
            kept = [
                (name, value)
                for name, value in headers
                if (name.lower() in _KEPT or name.lower().startswith("x-archive-orig-"))
                # pywb's own redirects are absolute and stay here; an archived one may lead anywhere
                and (name.lower() != "location" or value.startswith(f"{self._origin}/"))
            ]
            return start(status, [*kept, ("Content-Security-Policy", policy), *_ALWAYS, *shared], *rest)

        return answer

    def _misdirected(self, start: _Start) -> Iterable[bytes]:
        return self._text(start, "421 Misdirected Request", f"This is {self._origin}/\n")

    def _refused(self, start: _Start) -> Iterable[bytes]:
        return self._text(start, "405 Method Not Allowed", "An archive only answers: GET\n")

    def _text(self, start: _Start, status: str, text: str, kind: str = "text/plain") -> Iterable[bytes]:
        body = text.encode()
        policy = _FRAME.format(origin=self._origin, ancestors=self._ancestors)
        headers = [
            ("Content-Type", f"{kind}; charset=utf-8"),
            ("Content-Length", str(len(body))),
            ("Content-Security-Policy", policy),
            ("X-Content-Type-Options", "nosniff"),
            ("Referrer-Policy", "no-referrer"),
        ]
        start(status, headers)
        return [body]

    def _redirect(self, start: _Start, place: str) -> Iterable[bytes]:
        start("302 Found", [("Location", place), ("Content-Length", "0"), ("Cache-Control", "no-store")])
        return []

    def _own(self, start: _Start, name: str) -> Iterable[bytes]:
        if (kind := _OURS.get(name)) is None:
            return self._text(start, "404 Not Found", "No such file\n")
        return self._text(start, "200 OK", (self._pages / name).read_text(encoding="utf-8"), kind)

    def _home(self, environ: _Environ, start: _Start, words: dict[str, str]) -> Iterable[bytes]:
        asked = parse_qs(environ.get("QUERY_STRING", "")).get("url")
        if asked:
            place = f"{self._origin}{_granted(environ)}/archive/{quote(asked[0], safe=_LEFT)}"
            return self._redirect(start, place)
        page = (self._pages / "home.html").read_text(encoding="utf-8")
        return self._text(start, "200 OK", page.format_map(words), "text/html")


def _granted(environ: _Environ) -> str:
    grant: str = environ.get("gazette.grant", "")
    return grant


def _alone(environ: _Environ) -> bool:
    """Whether a page is asked for that a tab of its own is to show. It could lead that tab elsewhere.

    Browsers state it where they trust the way, as they do loopback and TLS (Fetch Metadata, Sec-Fetch-Dest).
    """
    return bool(environ.get("HTTP_SEC_FETCH_DEST") == "document")


def _raw(environ: _Environ, modifier: str) -> bool:
    """Whether a frame asks for a page as it came, in which its scripts would run before ours."""
    return environ.get("HTTP_SEC_FETCH_DEST") in _FRAMES and modifier not in ("mp_", "if_", "fr_")


def language(accepted: str) -> str:
    """``de`` or ``en``, whichever an Accept-Language header (RFC 9110, 12.5.4) likes better; else ``en``."""
    best, chosen = 0.0, "en"
    for part in accepted.lower().split(","):
        tag, _, quality = part.strip().partition(";q=")
        try:
            weight = float(quality or 1)
        except ValueError:
            continue
        if (name := tag.partition("-")[0]) in WORDS and weight > best:
            best, chosen = weight, name
    return chosen
