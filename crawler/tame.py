"""Markup cut to what a parser can read in bounded memory and time. Pure, and used for links alone.

Thirty megabytes of ``<a>`` are two gigabytes as a tree, the attributes of one tag are compared each with
each, and lexbor takes the square of the depth to build a tree: a minute for 100,000 elements in each other.
What is cut is kept whole in the WARC file; only links behind the cut are not seen.
"""

from __future__ import annotations

import re

MAX_TAG = 4 << 10
"""Bytes of one tag. Longer ones carry a picture, not a link: they lose all they say."""
SMALL = 256 << 10
"""Bytes of a page that can't cost much, whatever stands in it."""
LIGHT = 1 << 20
"""Bytes of a page that can't cost more than a small one, if nothing of it has to be cut and it is UTF-8."""
BUDGET = 400_000
"""Two for each tag and one for each gap in it: about 250 bytes of tree each. Full home pages of news sites
come to a hundred thousand."""

FEED = 40_000
"""The budget of a feed: its parser takes a millisecond for ten of it. Real ones come to five thousand."""

MAX_NESTED = 2_000
"""Elements in each other. Browsers stop at 512."""
_MANY = 6_000
"""Start tags of a page that can't be too deep: as many in each other take a tenth of a second."""
_NEAR = 8
"""Open elements among which an end tag's own is looked for: honest pages close what they opened last."""

_START_OR_END = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9-]*)")
_RAW = {name: re.compile(f"</{name}", re.IGNORECASE) for name in ("script", "style", "textarea", "title")}
_LEVEL = frozenset(
    "area base br col embed hr img input link meta param source track wbr p li dt dd tr td th option".split()
)
"""Elements that have no end tag, or may leave it out: counting them would take a long page for a deep one."""
_WALLS = frozenset("applet button caption marquee object table template svg math select".split())
"""Elements that an end tag doesn't reach beyond (WHATWG HTML, 13.2.4.2)."""

_LONG_TAG = re.compile(rb"<[^<>]{%d,}" % MAX_TAG)
_TAG = re.compile(rb"<[^<>]*")
_GAPS = b" \n\t\r\f/"


def is_plain(body: bytes) -> bool:
    """Whether ``tame`` and ``shallow`` certainly cut nothing of a page, as of nearly all."""
    tags = body.count(b"<")
    if (tags > _MANY and tags - body.count(b"</") > _MANY) or _has_long_tag(body):
        return False
    if len(body) <= SMALL or 2 * tags + len(body) <= BUDGET:
        return True
    return 2 * tags + len(body) - len(body.translate(None, _GAPS)) <= BUDGET


def _has_long_tag(body: bytes) -> bool:
    """Whether ``_LONG_TAG`` is found: looked for from the end of each stretch that one would fill."""
    at = body.find(b"<")
    while 0 <= at < len(body) - MAX_TAG:
        end = at + 1 + MAX_TAG
        close = body.rfind(b">", at + 1, end)
        last = body.rfind(b"<", max(at, close) + 1, end)
        if last < 0 and close < 0:
            return True
        at = last if last >= 0 else body.find(b"<", close)
    return False


def tame(body: bytes) -> bytes:
    """The body of a page, with tags beyond ``MAX_TAG`` emptied, cut where ``BUDGET`` is used up."""
    if len(body) > MAX_TAG:
        body = _LONG_TAG.sub(b"<x ", body)
    return cut(body, BUDGET)


def cut(body: bytes, budget: int) -> bytes:
    """The body up to where its budget is used up."""
    if len(body) <= SMALL:
        return body
    for tag in _TAG.finditer(body):
        text = tag[0]
        budget -= 2 + len(text) - len(text.translate(None, _GAPS))
        if budget < 0:
            return body[: tag.start()]
    return body


def shallow(text: str) -> str:
    """A page up to where its elements lie too deep in each other.

    An end tag that closes nothing is passed by, as parsers do: counting it would hide the depth.
    """
    if text.count("<") <= _MANY or text.count("<") - text.count("</") <= _MANY:
        return text
    open_elements: list[str] = []
    at = 0
    while (tag := _START_OR_END.search(text, at)) is not None:
        name, at = tag[2].lower(), tag.end()
        if tag[1]:
            _close(open_elements, name)
        elif name in _RAW:
            end = _RAW[name].search(text, at)
            if end is None:
                break
            at = end.end()
        elif name not in _LEVEL:
            open_elements.append(name)
            if len(open_elements) > MAX_NESTED:
                return text[: tag.start()]
    return text


def _close(open_elements: list[str], name: str) -> None:
    for back in range(1, min(_NEAR, len(open_elements)) + 1):
        if open_elements[-back] == name:
            del open_elements[-back:]
            return
        if open_elements[-back] in _WALLS:
            return
