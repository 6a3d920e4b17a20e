"""A pywb that answers all it is asked, and whoever asks it through what stands before it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

Headers = list[tuple[str, str]]


class Pywb:
    """Keeps what was passed on to it, and sends ``sent``."""

    def __init__(self, sent: Headers) -> None:
        self.sent = sent
        self.passed: list[dict[str, Any]] = []

    def __call__(self, environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        self.passed.append(environ)
        start("200 OK", self.sent)
        return [b"page"]


def ask(
    application: Callable[..., Iterable[bytes]], host: str, path: str, method: str, headers: dict[str, str]
) -> tuple[int, Headers, str]:
    """Status, headers and body of an answer (PEP 3333)."""
    answer: list[Any] = []
    environ = {
        "REQUEST_METHOD": method,
        "REQUEST_URI": path,
        "PATH_INFO": path.partition("?")[0],
        "QUERY_STRING": path.partition("?")[2],
        "wsgi.url_scheme": "http",
        "HTTP_HOST": host,
        **{f"HTTP_{name.upper()}": value for name, value in headers.items()},
    }
    body = application(environ, lambda status, sent: answer.extend((status, sent)))
    return int(answer[0][:3]), answer[1], b"".join(body).decode()
