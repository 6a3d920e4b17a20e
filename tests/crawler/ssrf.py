"""A site that wants the crawler to look around inside: spellings of addresses, by every way to name them.

The hostile site stands on 127.0.0.2, which a handler of the test takes for public; all else is judged
as ever. The target listens on 127.0.0.1 and ::1, and counts who connects.
"""

from __future__ import annotations

import asyncio
import os
import socket
import threading
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult
from scrapy.crawler import Crawler

from archive.layout import Layout
from archive.types import Site
from archive.urls import canonical
from crawler import discover
from crawler.cli import exchange
from crawler.cli.ask import Asker, Refused
from crawler.cli.child import Crawl
from crawler.cli.init import create
from crawler.handlers.guard import Reach, refusal
from crawler.handlers.wire import WireHandler
from crawler.scope import refusal as scope_refusal
from crawler.survey.places import sitemaps_of
from tests.crawler.support import rows
from tests.crawler.threaded import Threaded

PUBLIC = "127.0.0.2"
SPELLINGS = (
    *(
        "127.0.0.1",
        "localhost",
        "2130706433",
        "0x7f.1",
        "[::ffff:127.0.0.1]",
        "0",
        "169.254.169.254",
        "[::1]",
    ),
)
WAYS = ("link", "redirect", "refresh", "sitemap", "robots-line", "robots-redirect")
NO_SCOPE = "GAZETTE_TEST_NO_SCOPE"


class Rebinding(AbstractResolver):
    """Names under .test lead to the hostile site; ``rebind`` does so once, and then inside."""

    def __init__(self) -> None:
        self._asked: Counter[str] = Counter()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        self._asked[host] += 1
        inside = host == "localhost" or (host.startswith("rebind") and self._asked[host] > 1)
        address = "127.0.0.1" if inside else PUBLIC
        return [
            ResolveResult(hostname=host, host=address, port=port, family=socket.AF_INET, proto=0, flags=0)
        ]

    async def close(self) -> None:
        return None


class OneAddressHandler(WireHandler):
    """The handler of a crawl, but for one address that is taken for public."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        connector: Any = self._session.connector
        connector._resolver, connector._use_dns_cache = Rebinding(), False
        if os.environ.get(NO_SCOPE):
            # The guard has to hold by itself, also when the scope would let everything in.
            vars(discover)["refusal"] = lambda *_, **__: None

    @staticmethod
    def judge(address: str, reach: Reach) -> str | None:
        return None if address == PUBLIC else WireHandler.judge(address, reach)


@dataclass
class Inside(Threaded):
    """The hostile site and the target, from ``with`` to its end."""

    reached: list[str] = field(default_factory=list)  # an address for each connection to the target
    asked: list[str] = field(default_factory=list)  # host and path of each request to the hostile site

    def url(self, spelling: int, way: str) -> str:
        return f"http://{SPELLINGS[spelling]}:{self.port}/{way}-{spelling}"

    async def _serve(self, ready: threading.Event) -> None:
        target = await asyncio.start_server(self._reached, "127.0.0.1", 0)
        self.port = target.sockets[0].getsockname()[1]
        servers = [target, await asyncio.start_server(self._answer, PUBLIC, self.port)]
        try:
            servers.append(await asyncio.start_server(self._reached, "::1", self.port))
        except OSError:  # a machine without IPv6 can't be reached by it either
            pass
        ready.set()
        await self._stop.wait()
        for server in servers:
            server.close()

    async def _reached(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reached.append(writer.get_extra_info("sockname")[0])
        writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            host = head.lower().partition("\r\nhost: ")[2].partition("\r\n")[0].partition(":")[0]
            self.asked.append(host + head.split(" ")[1])
            writer.write(self._said(host, head.split(" ")[1]))
            await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass  # the client is gone
        finally:
            writer.close()

    def _said(self, host: str, path: str) -> bytes:
        every = range(len(SPELLINGS))
        number = int(path.rpartition("/")[2]) if path.rpartition("/")[2].isdigit() else 0
        if path == "/robots.txt" and host.startswith("robots-"):
            return _redirect(self.url(int(host.split(".")[0].split("-")[1]), "robots-redirect"))
        if path == "/robots.txt" and not host.startswith("rebind"):
            lines = [self.url(i, "robots-line") for i in every] + [
                f"http://news.test:{self.port}/sitemap.xml"
            ]
            return _page("".join(f"Sitemap: {line}\n" for line in lines), "text/plain")
        if path == "/sitemap.xml":
            space = "http://www.sitemaps.org/schemas/sitemap/0.9"
            places = "".join(f"<url><loc>{self.url(i, 'sitemap')}</loc></url>" for i in every)
            return _page(f'<?xml version="1.0"?><urlset xmlns="{space}">{places}</urlset>', "text/xml")
        if path.startswith("/redirect/"):
            return _redirect(self.url(number, "redirect"))
        if path.startswith("/refresh/"):
            url = self.url(number, "refresh")
            return _page(f'<html><head><meta http-equiv="refresh" content="0; url={url}"></head></html>')
        if path != "/":
            return b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        links = [self.url(i, "link") for i in every]
        links += [f"/{way}/{i}" for way in ("redirect", "refresh") for i in every]
        return _page("".join(f'<a href="{link}">weiter</a>' for link in links))


def _page(text: str, mime: str = "text/html") -> bytes:
    body = text.encode()
    head = (
        f"HTTP/1.1 200 OK\r\nContent-Type: {mime}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body


def _redirect(url: str) -> bytes:
    return f"HTTP/1.1 302 Found\r\nLocation: {url}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode()


def crawl(root: Path, inside: Inside, *, scope: bool) -> dict[str, tuple[str, str]]:
    """Crawl the hostile site: state and reason of each URL that was met."""
    layout = Layout(root)
    create(layout)
    config = layout.config.read_text(encoding="utf-8")
    layout.config.write_text('contact = "desk@example.org"\n' + config.replace('\ncontact = ""', ""), "utf-8")
    hosts = ["news", "rebind", *(f"robots-{i}" for i in range(len(SPELLINGS)))]
    seeds = [f"http://{host}.test:{inside.port}/" for host in hosts]
    sitemap = f"http://news.test:{inside.port}/sitemap.xml"
    text = f"seeds = {seeds!r}\nsitemaps = [{sitemap!r}]\ndelay = 0.0\n"
    (layout.sites / "news.toml").write_text(text, encoding="utf-8")
    handler = f"{__name__}.{OneAddressHandler.__name__}"
    settings: dict[str, str | int | float] = {
        "DOWNLOAD_HANDLERS": f'{{"http": "{handler}", "https": "{handler}"}}',
        "DOWNLOAD_TIMEOUT": 3,
        "GAZETTE_RETRY_AFTER": "0.1,0.1",
        "GAZETTE_MAX_SECONDS": 40,
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(Path(__file__).resolve().parents[2]), prepend=os.pathsep)
        if not scope:
            patch.setenv(NO_SCOPE, "1")
        with Crawl(layout, ["news"], settings, layout.logs / "crawl.log") as child:
            child.end()
    found = rows(layout.crawl_db, "SELECT url, state, reason FROM urls")
    return {url: (state, reason or "") for url, state, reason in found}


def asked_by_add(inside: Inside) -> dict[str, tuple[str, str]]:
    """A crawl reads the sitemaps of the site file; it is ``gazette add`` that asks for those of robots.txt.

    Gives what came of each line, as ``crawl`` does.
    """
    resolve = socket.getaddrinfo

    def resolved(host: str, port: int, *arguments: Any, **options: Any) -> Any:
        return resolve(PUBLIC if host.endswith(".test") else host, port, *arguments, **options)

    def judged(address: str, reach: Reach) -> str | None:
        return None if address == PUBLIC else refusal(address, reach)

    found = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", resolved)
        patch.setattr(exchange, "refusal", judged)
        home = f"http://news.test:{inside.port}/"
        asker = Asker("Gazette", delay=0.0)
        for url in sitemaps_of(asker.rules(home), home):
            try:
                found[url] = "expanded", str(asker.get(url).status)
            except Refused as error:
                found[url] = "refused", str(error)
    return found


def judge(found: dict[str, tuple[str, str]], inside: Inside, way: str, spelling: int) -> tuple[str, str]:
    """Who refused a URL, "nobody" or "scope" or "guard", and the reason."""
    met = {url: one for url, one in found.items() if url.endswith(f"/{way}-{spelling}")}
    if not met:
        # Of the links of a page that lead elsewhere only the number is kept: the question is put again.
        url = canonical(inside.url(spelling, way))
        site = Site("news", seeds=(f"http://news.test:{inside.port}/",))
        why = scope_refusal(url, site) if url else None
        return ("scope", why) if why else ("nobody", "it was never met")
    ((state, reason),) = met.values()
    if state != "refused":
        return "nobody", f"{state}: {reason}"
    return ("scope" if "off site" in reason else "guard"), reason


def measure(folder: Path) -> list[str]:
    """Both crawls and ``add``, as a table of ways and spellings; what doesn't hold, one line each."""
    faults = []
    with Inside() as inside:
        lines = asked_by_add(inside)
        for scope in (True, False):
            found = crawl(folder / f"scope-{scope}", inside, scope=scope) | lines
            print(f"\n{'with' if scope else 'without'} the scope's own refusals: {len(found)} URLs met")
            for way in WAYS:
                for number, spelling in enumerate(SPELLINGS):
                    who, reason = judge(found, inside, way, number)
                    print(f"  {way:16} {spelling:20} {who:7} {reason[:110]}")
                    if who == "nobody" or (who == "scope" and not scope):
                        faults.append(f"{way}, {spelling}: {who}: {reason}")
            rebound = f"http://rebind.test:{inside.port}/"
            state, reason = found.get(rebound, ("never met", ""))
            print(f"  {'rebinding':16} {'rebind.test':20} {state:7} {reason[:110]}")
            left = [
                url for url, (state, _) in found.items() if state not in ("expanded", "refused", "failed")
            ]
            faults += [f"{url} is left {found[url][0]}" for url in left]
            if not any(asked.startswith("news.test/refresh/") for asked in inside.asked):
                faults.append("the hostile site was not read")
            print(f"  connections that reached the target: {len(inside.reached)}")
    return faults + [f"a connection reached {address}" for address in inside.reached]
