"""Requests as a program makes them: no cookies, no proxy, and redirects are looked at."""

from __future__ import annotations

import urllib.error
import urllib.request
from http.client import HTTPMessage


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *arguments: object) -> None:
        return None


_OPENER = urllib.request.build_opener(_Stay, urllib.request.ProxyHandler({}))


def ask(url: str, method: str = "GET", **headers: str) -> tuple[int, HTTPMessage, str]:
    """Status, headers and text of an answer; redirects are not followed."""
    request = urllib.request.Request(
        url, method=method, headers={name.replace("_", "-"): value for name, value in headers.items()}
    )
    try:
        with _OPENER.open(request, timeout=30) as answer:
            return answer.status, answer.headers, answer.read().decode("utf-8", "replace")
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers, error.read().decode("utf-8", "replace")
