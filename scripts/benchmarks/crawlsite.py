"""Outlets on loopback behind nginx, to crawl: each with its articles, sections, feed and sitemap.

    seeds -> pages as a regional outlet's are (30 to 400 KB, about 100 links) -> gzipped files -> nginx

nginx sends the files as they lie to whoever takes gzip, and unpacks them for whoever doesn't: so that the
server's part of the two cores is small, and the same for all.
"""

from __future__ import annotations

import gzip
import http.client
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from archive.errors import BadConfiguration
from archive.types import Document
from scripts.benchmarks.german import Press

_TEASERS = 80
"""Of an article; with menu and foot it has about a hundred links."""
_SECTIONS = tuple("lokales politik sport kultur wirtschaft blaulicht leben meinung".split())
_MEDIAN, _SPREAD, _LEAST, _MOST = 195_000, 0.55, 30_000, 400_000
"""Bytes of a page: lognormal, so that the mean is about 210 KB."""
_HEX = 0.19
"""Share of a page's filler that doesn't compress: with it 210 KB are 44 KB gzipped, as on real outlets."""
_PICTURE = 8_000
"""Bytes of the picture of a teaser."""


@dataclass(frozen=True, slots=True)
class Outlet:
    """An authority of the site."""

    name: str
    base: str  # http://127.0.0.1:PORT
    articles: int


@dataclass(frozen=True, slots=True)
class Served:
    """What is served."""

    outlets: list[Outlet]
    _status: int  # the port on which nginx says what it did

    def requests(self) -> int:
        """How many requests came so far."""
        connection = http.client.HTTPConnection("127.0.0.1", self._status, timeout=10)
        connection.request("GET", "/")
        said = connection.getresponse().read().decode("ascii").splitlines()
        connection.close()
        return int(said[2].split()[2])  # "accepts handled requests", and below it the three numbers


@contextmanager
def serving(root: Path, pages: int, authorities: int) -> Iterator[Served]:
    """Serve ``pages`` articles over ``authorities`` while the block runs; the files are made in ``root``.

    Raises BadConfiguration when nginx isn't installed, or doesn't begin.
    """
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
    if program is None:
        raise BadConfiguration("nginx isn't installed; on Debian: sudo apt-get install nginx-light")
    status, *ports = _free_ports(authorities + 1)
    outlets = [
        Outlet(f"outlet-{number}", f"http://127.0.0.1:{port}", pages // authorities)
        for number, port in enumerate(ports)
    ]
    press = Press()
    for number, outlet in enumerate(outlets):
        _make(root / outlet.name, outlet, press, number)
    config = root / "nginx.conf"
    config.write_text(_config(root, outlets, status), encoding="utf-8")
    server = subprocess.Popen([program, "-c", str(config), "-p", str(root), "-e", str(root / "error.log")])
    try:
        for port in (status, *ports):
            _await(port, root / "error.log")
        yield Served(outlets, status)
    finally:
        server.send_signal(signal.SIGQUIT)
        server.wait(timeout=20)


def _free_ports(count: int) -> list[int]:
    held = [socket.socket() for _ in range(count)]
    try:
        for each in held:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in held]
    finally:
        for each in held:
            each.close()


def _await(port: int, log: Path) -> None:
    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    said = log.read_text(encoding="utf-8", errors="replace").strip() if log.exists() else "nothing"
    raise BadConfiguration(f"nginx doesn't answer on port {port}; it said: {said}")


def _config(root: Path, outlets: list[Outlet], status: int) -> str:
    servers = "\n".join(
        f"""    server {{
        listen {outlet.base.removeprefix("http://")};
        root {root / outlet.name};
        rewrite ^(.*)/$ $1/index.html break;
        location = /robots.txt {{ default_type text/plain; }}
        location ^~ /bilder/ {{ rewrite ^ /bild.jpg break; }}
    }}"""
        for outlet in outlets
    )
    # nginx wants to know where it may write what nobody sends here.
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    passed = " ".join(f"{kind}_temp_path {root / 'passed'};" for kind in kinds)
    # As root, nginx would read as another user, who may not enter a temporary folder.
    user = "user root;" if os.geteuid() == 0 else ""
    return f"""{user} daemon off; worker_processes 1; pid {root}/nginx.pid; error_log {root}/error.log warn;
events {{ worker_connections 512; }}
http {{
    access_log off; sendfile on; tcp_nopush on; keepalive_timeout 120; keepalive_requests 1000000;
    etag on; gzip_static always; gunzip on; gunzip_buffers 64 32k; gzip_proxied any;
    types {{ text/html html; application/rss+xml rss; application/xml xml; text/plain txt;
        image/jpeg jpg; }}
    {passed}
    server {{ listen 127.0.0.1:{status}; location / {{ stub_status; }} }}
{servers}
}}
"""


def _make(folder: Path, outlet: Outlet, press: Press, number: int) -> None:
    first = number * outlet.articles
    found = [written.document for written in press.articles(first, first + outlet.articles, 1 << 20)]
    paths = [f"/{_SECTIONS[n % len(_SECTIONS)]}/2026/{first + n}-bericht.html" for n in range(len(found))]
    titles = [document.title or "" for document in found]
    for n, document in enumerate(found):
        chance = random.Random(first + n)
        _write(folder, paths[n], _article(chance, outlet, document, n, paths, titles))
    for name in _SECTIONS:
        own = [n for n, path in enumerate(paths) if path.startswith(f"/{name}/")]
        _write(folder, f"/{name}/index.html", _list(name, own, paths, titles))
    _write(folder, "/index.html", _list("Start", list(range(0, len(paths), 7)), paths, titles))
    _write(folder, "/feed.rss", _feed(outlet, paths, titles))
    _write(folder, "/sitemap.xml", _sitemap(outlet, paths))
    # One for all teasers: only a wget that isn't told otherwise asks for them.
    _write(folder, "/bild.jpg", random.Random("bild").randbytes(_PICTURE))
    _write(folder, "/robots.txt", f"User-agent: *\nAllow: /\nSitemap: {outlet.base}/sitemap.xml\n")


def _write(folder: Path, path: str, content: str | bytes) -> None:
    file = folder / (path.removeprefix("/") + ".gz")
    file.parent.mkdir(parents=True, exist_ok=True)
    data = content.encode() if isinstance(content, str) else content
    file.write_bytes(gzip.compress(data, compresslevel=6, mtime=0))


def _article(
    chance: random.Random, outlet: Outlet, document: Document, n: int, paths: list[str], titles: list[str]
) -> str:
    size = int(min(_MOST, max(_LEAST, chance.lognormvariate(0, _SPREAD) * _MEDIAN)))
    # Each article links to the next ones and to some far away, so that all are found from any.
    others = [(n + 1 + k * k * 3 + k) % len(paths) for k in range(_TEASERS)]
    story = "\n".join(f"<p>{block.text}</p>" for block in document.blocks)
    stated = json.dumps(
        {
            "@context": "https://schema.org",
            "@type": "NewsArticle",
            "headline": document.title,
            "description": document.lead,
            "datePublished": "2026-03-01T08:00:00+01:00",
            "author": [{"@type": "Person", "name": name} for name in document.authors],
            "publisher": {"@type": "Organization", "name": outlet.name},
        },
        ensure_ascii=False,
    )
    body = f"""<main><article><header><p class="kicker">Lokales</p><h1>{document.title}</h1>
<p class="lead">{document.lead}</p></header><div class="story">
{story}
</div></article><aside class="more"><h2>Mehr zum Thema</h2>
{_teasers(others, paths, titles)}
</aside></main>"""
    return _page(document.title or "", body, stated, chance, size)


def _list(name: str, own: list[int], paths: list[str], titles: list[str]) -> str:
    body = f"<main><h1>{name}</h1>\n{_teasers(own, paths, titles)}\n</main>"
    return _page(name, body, "", random.Random(name), 60_000)


def _teasers(numbers: list[int], paths: list[str], titles: list[str]) -> str:
    return "\n".join(
        f'<div class="teaser teaser--small"><a class="teaser__link" href="{paths[n]}">'
        f'<img class="teaser__image" alt="" src="/bilder/{n}.jpg" width="320" height="180" loading="lazy">'
        f'<h3 class="teaser__headline">{titles[n]}</h3></a></div>'
        for n in numbers
    )


def _page(title: str, body: str, stated: str, chance: random.Random, size: int) -> str:
    menu = "".join(f'<li class="menu__item"><a href="/{name}/">{name.title()}</a></li>' for name in _SECTIONS)
    foot = "".join(f'<a href="/{name}/#{k}">{name} {k}</a>\n' for k, name in enumerate(_SECTIONS, 1))
    head = f"""<!doctype html><html lang="de"><head><meta charset="utf-8"><title>{title}</title>
<link rel="alternate" type="application/rss+xml" href="/feed.rss">
<meta property="og:type" content="article"><meta property="og:title" content="{title}">
<script type="application/ld+json">{stated or "{}"}</script>"""
    made = f"""</head><body class="page"><nav class="menu"><ul>{menu}</ul></nav>
{body}
<footer class="foot">{foot}</footer></body></html>"""
    return head + _filler(chance, size - len(head) - len(made)) + made


def _filler(chance: random.Random, size: int) -> str:
    """Style sheets and data of scripts, as they stand in the heads of outlets: most of a page's bytes."""
    if size < 200:
        return ""
    plain = int(size * (1 - _HEX))
    rule = ".teaser--{0} .teaser__image{{margin:{0}px auto;padding:0 {1}px;color:#{2:06x};display:block}}\n"
    rules, length = [], 0
    while length < plain:
        part = rule.format(chance.randrange(200), chance.randrange(40), chance.randrange(1 << 24))
        rules.append(part)
        length += len(part)
    data = chance.randbytes(int(size * _HEX) // 2).hex()
    return f'<style>{"".join(rules)}</style><script>window.state="{data}"</script>'


def _feed(outlet: Outlet, paths: list[str], titles: list[str]) -> str:
    items = "".join(
        f"<item><title>{title}</title><link>{outlet.base}{path}</link></item>\n"
        for path, title in list(zip(paths, titles, strict=True))[:50]
    )
    link = f"<link>{outlet.base}/</link>"
    return f'<rss version="2.0"><channel><title>{outlet.name}</title>{link}\n{items}</channel></rss>\n'


def _sitemap(outlet: Outlet, paths: list[str]) -> str:
    urls = "".join(f"<url><loc>{outlet.base}{path}</loc></url>\n" for path in paths)
    return f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{urls}</urlset>\n'
