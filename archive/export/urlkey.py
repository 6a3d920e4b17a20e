"""The key under which replay tools look a URL up in a CDXJ: the SURT of the Internet Archive's rules.

archive.urls.surt groups the captures of a page, so it leaves tracking parameters out and an address of
numbers in its order. pywb, wabac.js and the field's indexers compute another key from the URL that a browser
asks for, and find only what stands under exactly that one. Their rules: percent-encoding is undone as often
as there is any, then done once; lower case; ``www.`` and ids of sessions off; parameters sorted; the host
from right to left.
"""

from __future__ import annotations

import re
import socket
from functools import lru_cache
from urllib.parse import quote_from_bytes, unquote_to_bytes

_PARTS = re.compile(rb"([A-Za-z][A-Za-z0-9+.\-]*):(?://([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#.*)?", re.DOTALL)
"""Scheme, authority, path and query (RFC 3986, appendix B)."""

_SCHEME = re.compile(rb"[A-Za-z][A-Za-z0-9+.\-]*:")
_TWICE = re.compile(rb"(?:https?://)+(?=https?://)")
_LEFT = "!\"$&'()*+,-./:;<=>?@[\\]^_`{|}~"
"""What is not percent-encoded, beside letters and digits: all of ASCII but controls, blank, # and %."""
_PLAIN = re.compile(rb"[!-\"$&-~]*")
_PORTS = {b"http": 80, b"https": 443}
_NUMBERS = re.compile(rb"(?:[1-9][0-9]*(?:\.[0-9]+){0,3}|0[0-7]*(?:\.[0-7]+){0,3})")
_WWW = re.compile(rb"www[0-9]*\.")
# Of ASP.NET, as a folder of the path.
_SESSION_FOLDER = re.compile(rb"(.*/)(?:(?:\((?:[a-z]\([0-9a-z]{24}\))+\))|\([0-9a-z]{24}\))/([^?]+\.aspx.*)")
# Of Java, PHP, any, ASP and ColdFusion, as parameters of the query.
_SESSIONS = tuple(
    re.compile(rb"(.*)(?:" + parameter + rb")(?:&(.*))?", re.IGNORECASE)
    for parameter in (
        rb"jsessionid=[0-9a-z]{32}",
        rb"phpsessid=[0-9a-z]{32}",
        rb"sid=[0-9a-z]{32}",
        rb"aspsessionid[a-z]{8}=[a-z]{24}",
        rb"cfid=[^&]+&cftoken=[^&]+",
    )
)


def urlkey(url: str) -> str:
    """The key of a URL: ASCII without blanks. What can't be read as a URL is its own key."""
    text = url.strip().encode("utf-8", "surrogatepass").translate(None, b"\r\n\t")
    if not text:
        return "-"
    if not _SCHEME.match(text):
        text = b"http://" + text
    match = _PARTS.fullmatch(_TWICE.sub(b"", text, count=1))
    assert match is not None, "what has a scheme has parts"
    scheme, authority, path, query = match[1].lower(), match[2] or b"", match[3], match[4]
    try:
        host = _host(scheme, authority)
    except ValueError:  # a port that is none
        return _encoded(text).decode("ascii")
    key = host + _path(path) if host else scheme + b":" + _without_slash(_encoded(_decoded(path)).lower())
    if query and (parameters := _parameters(query)):
        key += b"?" + parameters
    return key.decode("ascii")


@lru_cache(maxsize=1024)
def _host(scheme: bytes, authority: bytes) -> bytes:
    """``com,example:8080)``; empty when there is none. Raises ValueError for a port that is no number."""
    name, port = _parted(authority.rpartition(b"@")[2].rstrip(b":"))
    name = _decoded(name)
    if not name.isascii():
        try:
            name = name.decode("utf-8", "ignore").encode("idna")
        except ValueError:
            pass  # a label that is too long: encoded below like anything else
    name = name.replace(b"..", b".").strip(b".")
    name = (_address(name) or _encoded(name)).lower()
    name = _WWW.sub(b"", name) if _WWW.match(name) else name
    shown = b"" if port in (None, _PORTS.get(scheme, 0)) else b":%d" % port
    return b",".join(reversed(name.split(b"."))) + shown + b")" if name else b""


def _parted(place: bytes) -> tuple[bytes, int | None]:
    """The name or address of an authority, and its port."""
    if place.startswith(b"["):
        name, _, rest = place[1:].partition(b"]")
        port = rest.partition(b":")[2]
    else:
        name, _, port = place.partition(b":")
    if not port:
        return name, None
    number = int(port) if port.isdigit() else -1
    if not 0 <= number <= 65_535:
        raise ValueError(port)
    return name, number or None


def _address(name: bytes) -> bytes | None:
    """An IPv4 address in its usual form, however its numbers are written; None for a name."""
    if not _NUMBERS.fullmatch(name) and not name.isdigit():
        return None
    try:
        if name.isdigit():  # liveweb's archives have numbers of more than four bytes
            return socket.inet_ntoa((int(name) & 0xFFFFFFFF).to_bytes(4, "big")).encode("ascii")
        return socket.inet_ntoa(socket.inet_aton(name.decode("ascii"))).encode("ascii")
    except (OSError, ValueError):
        return None


def _path(path: bytes) -> bytes:
    """A path without ``.``, ``..`` and doubled slashes, and without its last slash."""
    kept: list[bytes] = []
    for part in _decoded(path).split(b"/")[1:]:
        if part == b".." and kept:
            kept.pop()
        elif part != b".":
            kept.append(part)
    whole = b"".join(b"/" + part for part in kept[:-1] if part) + b"/" + b"".join(kept[-1:])
    return _without_slash(_without_session(_encoded(whole).lower()))


def _without_session(path: bytes) -> bytes:
    match = _SESSION_FOLDER.fullmatch(path)
    return match[1] + match[2] if match else path


def _without_slash(path: bytes) -> bytes:
    return path[:-1] if len(path) > 1 and path.endswith(b"/") else path


def _parameters(query: bytes) -> bytes:
    query = _encoded(_decoded(query))
    for session in _SESSIONS:
        if (match := session.fullmatch(query)) is not None:
            query = match[1] + (match[2] or b"")
    query = query.lower()
    if len(query) <= 1:
        return query
    # By name, then by value: "a=1" before "a-b=1".
    pairs = sorted(tuple(one.split(b"=", 1)) for one in query.split(b"&"))
    return b"&".join(map(b"=".join, pairs))


def _decoded(part: bytes) -> bytes:
    while b"%" in part and (plain := unquote_to_bytes(part)) != part:
        part = plain
    return part


def _encoded(part: bytes) -> bytes:
    return part if _PLAIN.fullmatch(part) else quote_from_bytes(part, safe=_LEFT).encode("ascii")
