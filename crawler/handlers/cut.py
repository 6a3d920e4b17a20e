"""Cuts our own secrets out of what is about to be kept. What a server sends is never touched."""

from __future__ import annotations

import re

CUT = b"[cut]"
"""Stands where a value was."""

_SECRET = frozenset({b"authorization", b"proxy-authorization", b"cookie"})
_USER_INFO = re.compile(r"(?<=://)[^/?#\s@]*@(?:[^/?#\s@]*@)*")


def cut_request(request: bytes, further: frozenset[bytes] = frozenset()) -> bytes:
    """A request as sent, without the values of Authorization, Proxy-Authorization, Cookie and ``further``.

    The header's name keeps its place, spelling and spacing; ``[cut]`` stands for the value. User info
    in a URL of the head (a proxy's request line, a referer) goes without a mark: without it the URL
    is the same page. The body stands as it is.
    """
    head, gap, body = request.partition(b"\r\n\r\n")
    names = _SECRET | further
    lines: list[bytes] = []
    secret = False
    for line in head.split(b"\r\n"):
        if line[:1] in (b" ", b"\t") and lines:  # goes on with the value above (RFC 9112, 5.2)
            if not secret:
                lines.append(line)
            continue
        name, colon, value = line.partition(b":")
        secret = bool(lines) and name.strip().lower() in names
        if secret:
            blank = value[: len(value) - len(value.lstrip(b" \t"))]
            lines.append(name + colon + blank + CUT)
        elif b"@" in line:
            lines.append(cut_user_info(line.decode("latin-1")).encode("latin-1"))
        else:
            lines.append(line)
    return b"\r\n".join(lines) + gap + body


def names_cut(request: bytes) -> tuple[str, ...]:
    """The headers of a kept request whose values were cut, in lower case and in their order."""
    if CUT not in request:
        return ()
    fields = (line.partition(b":") for line in request.partition(b"\r\n\r\n")[0].split(b"\r\n")[1:])
    found = (name.strip().lower() for name, _, value in fields if value.strip() == CUT)
    return tuple(dict.fromkeys(name.decode("latin-1") for name in found))


def cut_user_info(text: str) -> str:
    """A text without the user names and passwords of the URLs in it."""
    return _USER_INFO.sub("", text)
