"""robots.txt (RFC 9309): bytes in, answers out. Fetching it is the frontier's business.

    bytes -> lines -> the groups that hold for one crawler -> Protego -> may this URL be fetched?

Protego reads and compares the paths. Which lines hold for us is decided here, because it differs from
the RFC where it matters: it takes a crawler's name with a space or a digit in it whole (2.2.1: letters,
"_" and "-" only), and an unknown line between two user-agent lines parts their group (2.2.4: it must not).

Of the 542 cases that Google's parser is tested by, six are answered otherwise, on purpose:

- ``Allow: /foo/bar/%62%61%7A`` holds for ``/foo/bar/baz`` (two cases): RFC 9309, 2.2.2, asks for escapes
  of unreserved characters to be undone before the comparison; Google leaves them.
- ``Allow: /foo/bar/ツ``, escaped or not, holds for the URL ``/foo/bar/ツ`` with bare characters (four cases):
  by the same section both sides are escaped first; Google's matcher wants that to be done by its caller.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from protego import Protego

MAX_BYTES = 500 << 10
"""What a crawler must read at least, and all that this one reads (RFC 9309, 2.5)."""
MAX_AGE = 24 * 3600.0
"""Seconds after which the rules are fetched anew (RFC 9309, 2.4)."""
MAX_HOPS = 5
"""Redirects that are followed to a robots.txt, also to other authorities (RFC 9309, 2.3.1.2)."""
MAX_DELAY = 300.0
"""Seconds; a crawl-delay beyond this is a mistake or a way to say no."""
MAX_WILDCARDS = 2_000
"""Rules with a wildcard that are compared as they are. 100,000 would cost 0.6 s a URL, 2,000 cost 0.02 s."""

_MAX_LINE = 8 * 2083
"""Bytes of one line, as in Google's parser: no URL that it could be meant for is longer."""

_TOKEN = re.compile(r"[A-Za-z_-]*")
_NUMBER = re.compile(r"\d{1,9}(?:[.,]\d{1,6})?")
_HIDDEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_AGENT = re.compile(r"(?:Mozilla/\S+ \(compatible; *)?([A-Za-z_-]*)")

_USER_AGENT = frozenset({"user-agent", "useragent", "user agent"})
_RULES = {
    **dict.fromkeys(("disallow", "dissallow", "dissalow", "disalow", "diasllow", "disallaw"), "Disallow"),
    "allow": "Allow",
}
"""The misspellings are those that Google's parser knows."""
_DELAY = frozenset({"crawl-delay", "crawl delay", "request-rate"})
_SITEMAP = frozenset({"sitemap", "site-map"})
_KNOWN = _USER_AGENT | _RULES.keys() | _DELAY | _SITEMAP


@dataclass(frozen=True, slots=True)
class Rules:
    """What an authority allows one crawler. ``parsed`` is None when one answer holds for all URLs."""

    parsed: Protego | None
    allow_all: bool
    delay: float  # seconds between two requests; 0.0 when nothing is asked for
    reason: str  # why a URL is refused

    def allows(self, url: str) -> bool:
        """Whether the URL may be fetched; robots.txt itself is nobody's to ask for."""
        if self.parsed is None:
            return self.allow_all
        # Protego answers yes for every URL that looks like a robots.txt, before it looks at a rule.
        return bool(self.parsed.can_fetch(url.replace("/robots.txt", "/%72obots.txt"), "*"))


def unreachable(why: str = "") -> Rules:
    """What holds while no answer can be had: nothing may be fetched (RFC 9309, 2.3.1.4)."""
    return Rules(None, False, 0.0, f"robots.txt unreachable{': ' if why else ''}{why}")


def unavailable() -> Rules:
    """What holds where there is none: everything may be fetched (RFC 9309, 2.3.1.3)."""
    return Rules(None, True, 0.0, "")


def tells(status: int) -> bool:
    """Whether an answer says what may be fetched, if only that there are no rules.

    5xx says nothing (RFC 9309, 2.3.1.4), nor does 429, which is about the asking: Google's crawlers
    take it for a server error too, alone of all 4xx (their documentation of robots.txt, "client errors").
    """
    return 200 <= status < 500 and status != 429


def rules_of(status: int, body: bytes, agent: str) -> Rules:
    """The rules that the last answer on the way to /robots.txt makes; ``body`` is content-decoded.

    2xx is parsed; what it was fetched over is unreachable when it is no text at all. 4xx, 401 and 403 too,
    and a redirect that leads nowhere or too far, mean that there are none (2.3.1.2, 2.3.1.3).
    """
    if not tells(status):
        return unreachable(f"HTTP {status}")
    if not 200 <= status < 300:
        return unavailable()
    body = body[:MAX_BYTES]
    if _is_binary(body):
        return unreachable("no text")
    text, delay = _chosen(body, agent)
    return Rules(Protego.parse(text), False, min(delay, MAX_DELAY), "robots.txt")


def product_token(user_agent: str) -> str:
    """The name by which robots.txt knows a crawler: letters, "_" and "-" (RFC 9309, 2.2.1).

    It stands at the beginning of the user agent, or behind "Mozilla/5.0 (compatible; ".
    """
    found = _AGENT.match(user_agent)
    return found[1] if found else ""


def _is_binary(body: bytes) -> bool:
    """Whether a body is compressed or encrypted data rather than text of any charset."""
    if body[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return False
    odd = len(body) - len(body.translate(None, bytes([*range(1, 9), *range(14, 32), 127])))
    return odd > 16 and odd > len(body) // 32


def _lines(body: bytes) -> Iterator[str]:
    """The lines of a file, without comments and blanks.

    UTF-8 is the rule. A file in UTF-16 means what it says all the same, NULs are what is left of
    such a one without its mark, and bytes of windows-1252 stand in files made by hand.
    """
    if body[:2] in (b"\xff\xfe", b"\xfe\xff"):
        body = body.decode("utf-16", "replace").encode()
    for mark in (b"\xef\xbb\xbf", b"\xef\xbb", b"\xef"):  # whole, or torn by some editor
        if body.startswith(mark):
            body = body[len(mark) :]
            break
    for line in re.split(rb"[\r\n]+", body.replace(b"\x00", b"")):
        line = line[:_MAX_LINE].partition(b"#")[0].strip()
        if line:
            try:
                yield line.decode("utf-8")
            except UnicodeDecodeError:
                yield line.decode("cp1252", "replace")


def _field(line: str) -> tuple[str, str]:
    """Name and value of a line; a forgotten colon is forgiven to the words that are known."""
    name, _, value = line.partition(":")
    name = name.strip().lower()
    if name not in _KNOWN:
        name, _, value = " ".join(line.split(maxsplit=1)).partition(" ")
        name = name.lower()
    return (name, value.strip()) if name in _KNOWN else ("", "")


def _chosen(body: bytes, agent: str) -> tuple[str, float]:
    """The rules for one crawler as a file of a single group, and the seconds that it is to wait.

    Its own groups count, all of them together, else those for all crawlers (RFC 9309, 2.2.1). The group
    ends where a user-agent line follows a rule, and at nothing else. A delay is a rule here: to those who
    don't know it, "User-agent: *", "Crawl-delay: 9", "User-agent: Bad", "Disallow: /" forbids all to all.
    """
    wanted = agent.lower()
    lines: dict[str, dict[str, None]] = {"*": {}, wanted: {}}
    delays = {"*": 0.0, wanted: 0.0}
    sitemaps: dict[str, None] = {}
    group: set[str] = set()
    named = ruled = False
    for line in _lines(body):
        name, value = _field(line)
        if name in _USER_AGENT:
            if ruled:
                group, ruled = set(), False
            token = "*" if value.split(maxsplit=1)[:1] == ["*"] else _token(value)
            group |= {token} & lines.keys()
            named = named or (token == wanted and wanted != "*")
        elif name in _RULES:
            ruled = True
            for token in group if value else ():
                lines[token][f"{_RULES[name]}: {_visible(value)}"] = None
        elif name in _DELAY:
            ruled = True
            for token in group:
                delays[token] = max(delays[token], _seconds(name, value))
        elif name in _SITEMAP and value:
            sitemaps[f"Sitemap: {_visible(value)}"] = None
    chosen = wanted if named else "*"
    return "\n".join(["User-agent: *", *_bounded(lines[chosen]), *sitemaps]), delays[chosen]


def _bounded(rules: Iterable[str]) -> Iterator[str]:
    """The rules with at most MAX_WILDCARDS that have a wildcard: each costs a search in each URL.

    What is beyond counts up to its first wildcard when it forbids, and not at all when it allows.
    """
    left = MAX_WILDCARDS
    for rule in rules:
        left -= "*" in rule
        if left >= 0 or "*" not in rule:
            yield rule
        elif rule.startswith("Disallow"):
            yield rule.partition("*")[0] if not rule.startswith("Disallow: *") else "Disallow: /"


def _token(value: str) -> str:
    found = _TOKEN.match(value)
    return found[0].lower() if found else ""


def _visible(value: str) -> str:
    """A value without what Protego would take for the end of a line."""
    return _HIDDEN.sub(lambda found: "".join(f"%{byte:02X}" for byte in found[0].encode()), value)


def _seconds(name: str, value: str) -> float:
    """The wait that a line asks for: "2.5", "2,5", "10s", or as a rate "1/5" (requests / seconds)."""
    if name == "request-rate":
        many, slash, seconds = value.partition("/")
        count = _seconds("", many)
        return _seconds("", seconds) / count if slash and count else 0.0
    found = _NUMBER.match(value)
    return float(found[0].replace(",", ".")) if found else 0.0
