"""What a URL says by its form: page of a list, session, print view, share link, date. Pure.

All of it is judged by names that content systems have in common; a site's own names belong into the
``deny`` of its file. Each function looks first whether such a name occurs at all: a page has a hundred links.
"""

from __future__ import annotations

import calendar
import re
from datetime import date
from urllib.parse import urlsplit, urlunsplit

_PAGED = ("page", "seite", "pagina", "pg=", "start=", "offset=", "from=")
# Not "p": in WordPress that is the number of an article.
_PAGE_NAMES = frozenset(
    "page seite pg paged pageno pagenum page_num pagenumber currentpage start offset from".split()
)
_PAGE_PATH = re.compile(r"/(?:page|seite|pagina)[/_,-]?(\d{1,6})/?$", re.IGNORECASE)
_PAGE_FILE = re.compile(r"[-_,.](?:page|seite)[-_=]?(\d{1,6})(?=\.[a-z]{3,5}$|/?$)", re.IGNORECASE)

_SESSIONED = (";", "sess", "sid", "cfid", "cftoken", "zenid", "?s=", "&s=")
_SESSION_PATH = re.compile(r";(?:jsessionid|phpsessid|sid|sessionid)=[^/;?#]*", re.IGNORECASE)
_SESSION_NAMES = re.compile(
    r"(?:jsessionid|phpsessid|aspsessionid\w*|session_?id|sessid|cfid|cftoken|oscsid|zenid|xtcsid)$",
    re.IGNORECASE,
)
_SHORT_SESSION = re.compile(r"(?:sid|s|session)=[0-9a-z]{24,64}$", re.IGNORECASE)
"""Of these names only a long value is a session: ``sid=12`` is a section."""

_VARIED = ("print", "druck", "share", "replyto")
_PRINT_NAMES = frozenset(("print", "printview", "printable", "drucken", "druckansicht", "druckversion"))
_PRINT_PAIRS = frozenset(
    ("view=print", "layout=print", "format=print", "mode=print", "action=print", "tmpl=print", "do=print")
)
_PRINT_PATH = re.compile(
    r"(?<=[^/])/(?:print|drucken|druckansicht|druckversion|printview)(?:/?|\.[a-z]{3,5})$|\.print\.[a-z]{3,5}$",
    re.IGNORECASE,
)
_SHARE_NAMES = frozenset(("share", "replytocom"))

_DAY_PATH = re.compile(r"/((?:19|20)\d\d)[/-](\d{1,2})(?:[/-](\d{1,2}))?(?=[/.-]|$)")
_DAY_WORD = re.compile(r"(?<!\d)((?:19|20)\d\d)-?([01]\d)-?([0-3]\d)(?!\d)")


def page_number(url: str) -> int | None:
    """Which page of a list a URL says it is; the number of an offset is that of its first item."""
    if not _has(url, _PAGED):
        return None
    parts = urlsplit(url)
    for name, value in _pairs(parts.query):
        if name in _PAGE_NAMES and value.isascii() and value.isdigit() and len(value) <= 6:
            return int(value)
    match = _PAGE_PATH.search(parts.path) or _PAGE_FILE.search(parts.path)
    return int(match[1]) if match else None


def list_of(url: str) -> str:
    """The list that a page belongs to: the URL without what tells its pages apart."""
    parts = urlsplit(url)
    kept = [p for p in parts.query.split("&") if p and p.partition("=")[0].lower() not in _PAGE_NAMES]
    path = _PAGE_FILE.sub("", _PAGE_PATH.sub("", parts.path))
    return f"{parts.netloc}{path.rstrip('/')}?{'&'.join(kept)}"


def without_session(url: str) -> str:
    """The URL without the identifiers of a session, which would make each visit a new page."""
    if not _has(url, _SESSIONED):
        return url
    parts = urlsplit(url)
    path = _SESSION_PATH.sub("", parts.path)
    kept = [
        p
        for p in parts.query.split("&")
        if not _SESSION_NAMES.match(p.partition("=")[0]) and not _SHORT_SESSION.match(p)
    ]
    query = "&".join(kept)
    if path == parts.path and query == parts.query:
        return url
    return urlunsplit((parts.scheme, parts.netloc, path or "/", query, ""))


def duplicate_of_another(url: str) -> str | None:
    """Why a URL is only another view of a page that has its own, None when it isn't."""
    if not _has(url, _VARIED):
        return None
    parts = urlsplit(url)
    for name, value in _pairs(parts.query):
        if name in _PRINT_NAMES and value not in ("0", "false", "no"):
            return "print view of another page"
        if f"{name}={value}" in _PRINT_PAIRS:
            return "print view of another page"
        if name in _SHARE_NAMES:
            return "share or reply link of another page"
    return "print view of another page" if _PRINT_PATH.search(parts.path) else None


def days(url: str) -> tuple[date, date] | None:
    """The first and the last day that the path of a URL names: a day or a whole month; None without a date.

    ``/2026/11/22/`` and ``/2026-11-22`` by their slashes, ``...-20261122.html`` by its eight digits.
    """
    path = url.partition("?")[0]
    match = _DAY_PATH.search(path)
    if match:
        return _span(int(match[1]), int(match[2]), int(match[3]) if match[3] else None)
    match = _DAY_WORD.search(path)
    return _span(int(match[1]), int(match[2]), int(match[3])) if match else None


def _span(year: int, month: int, day: int | None) -> tuple[date, date] | None:
    if not 1 <= month <= 12:
        return None
    last = calendar.monthrange(year, month)[1]
    if day is None:
        return date(year, month, 1), date(year, month, last)
    return (date(year, month, day),) * 2 if 1 <= day <= last else None


def _has(url: str, words: tuple[str, ...]) -> bool:
    # Ten times as fast as one pattern of alternatives that ignores case.
    low = url.lower()
    return any(word in low for word in words)


def _pairs(query: str) -> list[tuple[str, str]]:
    split = (pair.partition("=") for pair in query.split("&") if pair)
    return [(name.lower(), value.lower()) for name, _, value in split]
