"""Sites that put a crawler's manners to the test, one crawl of them all, and how each authority was treated.

Plain ones, ones with a crawl-delay, slow ones, ones that say 429 or 503, ones that close connections, ones
whose robots.txt lies at a neighbour, and sites that share an authority with another one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from archive.layout import Layout
from crawler.cli.init import create
from tests.crawler.polite_server import Behaviour, Bound, Manners, PoliteServer, Reply, Visit, manners, reply
from tests.crawler.support import run

DELAY = 0.1
CRAWL_DELAY = 0.3
RETRY_AFTER = 1
PAGES = 5
FEW = PAGES + 2  # requests that a site makes at least: robots.txt, the home page, the pages


@dataclass
class Host:
    """One authority: how it behaves, and what of it the crawler has to respect."""

    kind: str
    behave: Behaviour
    bounds: Callable[[list[Visit]], list[Bound]]
    refused: list[int] = field(default_factory=list)  # the visits that were answered 429 with Retry-After


def _page(path: str) -> Reply:
    links = "".join(f'<a href="/{n}.html">Seite {n}</a>' for n in range(PAGES)) if path == "/" else ""
    return reply(200, f"<!DOCTYPE html><html><body><h1>Seite {path}</h1>{links}</body></html>")


def _host(kind: str, neighbour: Callable[[], str], slow: float) -> Host:
    pause = slow if kind == "slow" else 0.0
    refused: list[int] = []

    def behave(path: str, before: int) -> Reply:
        if path == "/robots.txt":
            if kind == "moved":
                return reply(301, Location=f"{neighbour()}/robots.txt")
            delay = f"Crawl-delay: {CRAWL_DELAY}\n" if kind == "crawl-delay" else ""
            return reply(200, f"User-agent: *\n{delay}Disallow: /privat/\n")
        if kind == "429" and before == 4:
            refused.append(before)
            return reply(429, Retry_After=str(RETRY_AFTER))
        if kind == "503" and before == 4:
            return reply(503)
        said = _page(path) if path == "/" or path.endswith(".html") else reply(404)
        # The request is read, then the connection is closed, as if it had been idle for too long.
        if kind == "stale" and before == 4:
            return Reply(b"", 0.0, "close")
        return Reply(said.data, pause, "close" if kind == "closing" else "keep")

    def bounds(visits: list[Visit]) -> list[Bound]:
        found = [Bound(DELAY)]
        if kind == "crawl-delay":
            found.append(Bound(CRAWL_DELAY))
        if pause > 0.5:  # by then it is known for slow, and gets at least as long a rest as it needed
            found.append(Bound(pause, FEW - 1, FEW))
        return found

    return Host(kind, behave, bounds, refused)


KINDS = ("plain", "crawl-delay", "slow", "429", "503", "closing", "stale", "moved")


@dataclass(frozen=True, slots=True)
class Treated:
    """How one authority was treated in a crawl."""

    name: str
    kind: str
    sites: int
    manners: Manners
    rested: bool  # after 429 it was left alone as long as it had asked for


def crawl(root: Path, authorities: int, runs: int = 1, slow: float = 0.7) -> tuple[list[Treated], int]:
    """Crawl that many authorities at once, a fifth of them shared by two sites; ``runs`` back to back.

    ``slow``: seconds that a slow one takes for each answer. Gives how each was treated, and the exit code
    of the worst run.
    """
    names = [f"host-{number}" for number in range(authorities)]
    kinds = [KINDS[number % len(KINDS)] for number in range(authorities)]
    hosts: dict[str, Host] = {}
    servers: list[PoliteServer] = []
    for name, kind in zip(names, kinds, strict=True):
        hosts[name] = _host(kind, lambda: servers[0].bases[names[0]], slow)
    with PoliteServer({name: host.behave for name, host in hosts.items()}) as server:
        servers.append(server)
        layout = Layout(root)
        create(layout)
        sites = dict.fromkeys(names, 1)
        for name in names:
            _site_file(layout, name, server.bases[name], "/")
        for name in names[::5]:
            _site_file(layout, f"{name}-b", server.bases[name], "/beilage.html")
            sites[name] += 1
        settings = {"GAZETTE_RETRY_AFTER": "0.2", "GAZETTE_MAX_SECONDS": 90}
        codes = [run(layout, index=False, **settings).code for _ in range(runs)]
        return [
            _treated(name, host, sites[name], [v for v in server.visits if v.name == name])
            for name, host in hosts.items()
        ], max(codes)


def _site_file(layout: Layout, name: str, base: str, path: str) -> None:
    text = f'seeds = ["{base}{path}"]\ndelay = {DELAY}\nallow_private = true\n'
    (layout.sites / f"{name}.toml").write_text(text, encoding="utf-8")


def _treated(name: str, host: Host, sites: int, visits: list[Visit]) -> Treated:
    how = manners(visits, host.bounds(visits))
    gaps = [visits[n + 1].began - visits[n].ended for n in host.refused if n + 1 < len(visits)]
    return Treated(name, host.kind, sites, how, all(gap >= RETRY_AFTER - 0.005 for gap in gaps))
