"""Exchanges as a crawl would have kept them, for archives that tests fill without a server."""

from __future__ import annotations

from datetime import datetime

from archive.types import Exchange, ExchangeEnd

REQUEST = b"GET / HTTP/1.1\r\n\r\n"
HTML = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"
"""The head of a response; the page goes behind it."""


def exchange(url: str, at: datetime, response: bytes, request: bytes = REQUEST) -> Exchange:
    """A complete exchange of a loopback server."""
    return Exchange(
        url=url,
        started_at=at,
        request=request,
        response=response,
        interim=b"",
        fetch_ms=1,
        ip="127.0.0.1",
        protocol="http/1.1",
        tls=None,
        end=ExchangeEnd.COMPLETE,
        reason=None,
    )
