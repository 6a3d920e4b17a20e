"""robots.txt files that were made to be slow, and URLs that make the most of them."""

from __future__ import annotations

_ALL = b"User-agent: *\n"


def _lines(line: str) -> bytes:
    return _ALL + "".join(line.format(n) for n in range(100_000)).encode()


BOMBS = {
    "one rule of 300,000 wildcards": _ALL + b"Disallow: /" + b"*a" * 300_000 + b"$",
    "100,000 rules of seven wildcards": _lines("Disallow: /{}*a*a*a*a*a*b$\n"),
    "100,000 rules of two wildcards": _lines("Disallow:/*a*{:x}$\n"),
    "100,000 rules that begin with one": _lines("Disallow:*ab{:x}\n"),
    "100,000 plain rules": _lines("Disallow: /x{}\n"),
    "100,000 user agents": _lines("User-agent: x{}\n") + b"Disallow: /",
    "one line of 600,000 characters": _ALL + b"Disallow: /" + b"x" * 600_000,
    "spaces": b" " * 600_000,
    "words and spaces": (b"a" + b" " * 16_000 + b"b\n") * 32,
    "colons": b":" * 600_000,
    "line ends": b"\r" * 600_000,
    "NULs": b"\0" * 600_000,
    "escapes": _ALL + (b"Disallow: /" + b"%C3" * 5_000 + b"\n") * 30,
}
URLS = (
    "https://outlet.example/" + "a" * 8_100,
    "https://outlet.example/" + "ab" * 4_000,
    "https://outlet.example/" + "%C3%A4" * 1_300,
    "https://outlet.example/lokales/artikel-1.html",
)
