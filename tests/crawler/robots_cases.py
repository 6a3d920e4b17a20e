"""What a crawl does by each answer to robots.txt (RFC 9309, 2.3.1): the cases, and one crawl of all."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from archive.layout import Layout
from crawler.cli.init import create
from tests.crawler.polite_server import Behaviour, PoliteServer, Reply, reply
from tests.crawler.support import rows, run
from tests.crawler.wire_server import certificate

RULES = b"User-agent: *\nDisallow: /privat/\n"
PAGE = "<!DOCTYPE html><html><body><h1>Seite</h1></body></html>"
OPEN, CLOSED = "/offen", "/privat/x"

ALL, SOME, NONE = (True, True), (True, False), (False, False)
"""Whether OPEN and CLOSED are fetched."""


@dataclass(frozen=True)
class Case:
    """An answer to robots.txt and what follows from it, with the place that says so."""

    name: str
    says: str
    robots: Reply | None  # None: the port is closed
    fetched: tuple[bool, bool]
    paths: Mapping[str, Reply] | None = None  # further ones, for hops


def _to(place: str) -> Reply:
    return reply(301, Location=place)


def _hops(count: int) -> dict[str, Reply]:
    return {f"/h{n}": _to(f"/h{n + 1}") for n in range(1, count)} | {f"/h{count}": reply(200, RULES)}


_BIG = b"# " + b"x" * 100 + b"\n"
_LATE = RULES + _BIG * 5_100 + b"User-agent: *\nDisallow: /\n"
_COMPRESSED = gzip.compress(RULES)


def cases(elsewhere: str, closed: str) -> list[Case]:
    """All cases; ``elsewhere`` serves RULES at /rules, at ``closed`` nobody listens."""
    return [
        Case("200", "2.3.1.1", reply(200, RULES), SOME),
        Case("200, empty", "2.3.1.1", reply(200), ALL),
        Case("204", "2.3.1.1", reply(204), ALL),
        Case("200, gzip", "2.3.1.1", reply(200, _COMPRESSED, Content_Encoding="gzip"), SOME),
        Case("200, a web page", "2.2", reply(200, PAGE), ALL),
        Case("200, UTF-16", "2.3", reply(200, RULES.decode().encode("utf-16")), SOME),
        Case("200, rules beyond 500 KiB", "2.5", reply(200, _LATE), SOME),
        Case("redirect", "2.3.1.2", _to("/h1"), SOME, _hops(1)),
        Case("redirect to another authority", "2.3.1.2", _to(f"{elsewhere}/rules"), SOME),
        Case("five redirects", "2.3.1.2", _to("/h1"), SOME, _hops(5)),
        Case("six redirects", "2.3.1.2", _to("/h1"), ALL, _hops(6)),
        Case("redirects in a circle", "2.3.1.2", _to("/robots.txt"), ALL),
        Case("redirect to nowhere", "2.3.1.2", reply(302), ALL),
        Case("redirect to a refused address", "2.3.1.4", _to("http://169.254.169.254/robots.txt"), NONE),
        Case("redirect to a closed port", "2.3.1.4", _to(f"{closed}/robots.txt"), NONE),
        Case("redirect to 404", "2.3.1.3", _to(f"{elsewhere}/gone"), ALL),
        Case("401", "2.3.1.3", reply(401), ALL),
        Case("403", "2.3.1.3", reply(403, RULES), ALL),
        Case("404", "2.3.1.3", reply(404, RULES), ALL),
        Case("410", "2.3.1.3", reply(410), ALL),
        Case("429", "2.3.1.4, as Google reads it", reply(429), NONE),
        Case("500", "2.3.1.4", reply(500), NONE),
        Case("503 with rules", "2.3.1.4", reply(503, RULES), NONE),
        Case("connection refused", "2.3.1.4", None, NONE),
        Case("no answer in time", "2.3.1.4", reply(200, RULES, after="hang"), NONE),
        Case("closed without an answer", "2.3.1.4", Reply(b"", 0.0, "close"), NONE),
        Case("body cut off", "2.3.1.4", reply(200, RULES, Content_Length="99", after="close"), NONE),
        Case(
            "wrong content coding",
            "2.3.1.4",
            reply(200, bytes(range(1, 128)) * 9, Content_Encoding="gzip"),
            NONE,
        ),
        Case("TLS certificate not valid", "2.3.1.4", reply(200, RULES), NONE),
    ]


def _behaviour(case: Case) -> Behaviour | None:
    if case.robots is None:
        return None
    paths = {"/robots.txt": case.robots, **(case.paths or {})}

    def behave(path: str, before: int) -> Reply:
        return paths.get(path) or (reply(200, PAGE) if path in (OPEN, CLOSED) else reply(404))

    return behave


def crawl(root: Path, *, quick: bool = False) -> list[tuple[Case, tuple[bool, bool], dict[str, str]]]:
    """Each case, whether its two pages were fetched, and the states of its URLs in crawl.db.

    ``quick``: without the case that has to wait for a timeout.
    """
    place = {"/rules": reply(200, RULES)}
    further: dict[str, Behaviour | None] = {"elsewhere": lambda path, _: place.get(path) or reply(404)}
    further["closed"] = None
    # The cases' answers name ports, which are known only when these two listen.
    root.mkdir(parents=True, exist_ok=True)
    with PoliteServer(further) as beside:
        found = cases(beside.bases["elsewhere"], beside.bases["closed"])
        found = [case for case in found if not quick or case.robots is None or case.robots.after != "hang"]
        names = [f"case-{number}" for number in range(len(found))]
        secure = {n: certificate(root) for n, c in zip(names, found, strict=True) if "TLS" in c.name}
        behaviours = {n: _behaviour(c) for n, c in zip(names, found, strict=True)}
        with PoliteServer(behaviours, secure) as server:
            layout = Layout(root / "archive")
            create(layout)
            for name in names:
                base = server.bases[name]
                text = f'seeds = ["{base}{OPEN}", "{base}{CLOSED}"]\ndelay = 0.02\nallow_private = true\n'
                (layout.sites / f"{name}.toml").write_text(text, encoding="utf-8")
            run(
                layout,
                index=False,
                DOWNLOAD_TIMEOUT=2,
                GAZETTE_RETRY_AFTER="0.05",
                GAZETTE_MAX_ATTEMPTS=2,
                GAZETTE_MAX_SECONDS=60,
            )
            states: dict[str, dict[str, str]] = {name: {} for name in names}
            query = "SELECT site, url, state || coalesce(': ' || reason, '') FROM urls"
            for site, url, state in rows(layout.crawl_db, query):
                states[site][url] = state
            return [
                (case, (OPEN in server.asked(name), CLOSED in server.asked(name)), states[name])
                for name, case in zip(names, found, strict=True)
            ]
