"""Seven small outlets on loopback that fall ill, each in its own way, and get well again.

Each has a front page, a section, a feed, a sitemap and articles: three more each working day.
"""

from __future__ import annotations

import asyncio
import random
import ssl
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from crawler.samples.loopback import HEAD_LIMIT, App, Loopback, OnLoopback, Resource
from tests.crawler.hostile_tls import contexts

TROUBLES = ("robots", "dns", "tls", "blocked", "feed-gone", "layout", "consent")
A_DAY = 3  # articles
DOMAIN = "presse.test"

_WORDS = (
    "Stadtrat Bürgermeisterin Haushalt Turnhalle Feuerwehr Grundschule Marktplatz Bibliothek Radweg Freibad"
    " Verein Bahnhof Brücke Kita Sparkasse Museum Chor Baustelle Wochenmarkt Altstadt Kreistag Klinik"
).split()
_VERBS = "berät plant eröffnet prüft saniert verschiebt beschließt fördert schließt erweitert".split()
_CONSENT = (
    "<h1>Wir brauchen Ihre Zustimmung</h1><p>Wir und unsere 184 Partner verwenden Cookies und verarbeiten"
    " personenbezogene Daten, um Anzeigen zu messen. Mit Ihrer Einwilligung erlauben Sie die Verarbeitung"
    " Ihrer Daten durch Cookies. Die Einwilligung in Cookies können Sie jederzeit widerrufen.</p>"
    "<button>Alle akzeptieren</button><a href='/datenschutz'>Datenschutz</a>"
)


@dataclass
class _Tls(Loopback):
    """As Loopback, and some of its ports speak TLS."""

    secure: dict[str, ssl.SSLContext] = field(default_factory=dict)

    async def _serve(self, ready: threading.Event) -> None:
        self._loop = asyncio.get_running_loop()
        self._stopping = asyncio.Event()
        servers = [
            await asyncio.start_server(
                self._connection(name), sock=sock, limit=HEAD_LIMIT, ssl=self.secure.get(name)
            )
            for name, sock in self._sockets.items()
        ]
        ready.set()
        await self._stopping.wait()
        for server in servers:
            server.close()


class Papers(OnLoopback):
    """The outlets, named after what befalls them; ``folder`` takes certificates and the list of hosts."""

    def __init__(self, folder: Path) -> None:
        contexts(str(folder))
        self._folder = folder
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._certificate("good")
        self._loopback = _Tls(dict.fromkeys(TROUBLES, 0), secure={"tls": self._tls})
        self.ill: set[str] = set()
        self.published = 2 * A_DAY
        self._ports = {name: base.rpartition(":")[2] for name, base in self._loopback.base_urls.items()}
        self._hosts()

    @property
    def environment(self) -> dict[str, str]:
        """What a crawl of them needs to trust their authority, and to find them."""
        return {
            "SSL_CERT_FILE": str(self._folder / "authority.pem"),
            "GAZETTE_TEST_HOSTS": str(self._folder / "hosts"),
        }

    def base(self, name: str) -> str:
        # A certificate for an address, so that it needs no name.
        host = "https://127.0.0.1" if name == "tls" else f"http://{name}.{DOMAIN}"
        return f"{host}:{self._ports[name]}"

    def site_file(self, name: str) -> str:
        base = self.base(name)
        return (
            f'title = "Zeitung für {name.title()}"\nseeds = ["{base}/"]\nsections = ["{base}/lokal/"]\n'
            f'feeds = ["{base}/feed.xml"]\nsitemaps = ["{base}/sitemap.xml"]\n'
            'zone = "Europe/Berlin"\ndelay = 0\nallow_private = true\n'
        )

    def work(self) -> None:
        """A working day: three more articles."""
        self.published += A_DAY

    def befall(self, name: str) -> None:
        """An outlet falls ill."""
        self.ill.add(name)
        self._apply()

    def mend(self) -> None:
        """All get well."""
        self.ill.clear()
        self._apply()

    def _apply(self) -> None:
        self._certificate("expired" if "tls" in self.ill else "good")
        self._hosts()

    def _certificate(self, name: str) -> None:
        self._tls.load_cert_chain(self._folder / f"{name}.pem")

    def _hosts(self) -> None:
        names = [f"{name}.{DOMAIN}" for name in TROUBLES if not (name == "dns" and name in self.ill)]
        (self._folder / "hosts").write_text("\n".join(names), encoding="utf-8")

    def _apps(self) -> dict[str, App]:
        return {name: self._app(name) for name in TROUBLES}

    def _app(self, name: str) -> App:
        def answer(target: str) -> Resource:
            ill = name if name in self.ill else ""
            if target == "/robots.txt":
                rule = "Disallow: /" if ill == "robots" else "Disallow: /intern/"
                return Resource(f"User-agent: *\n{rule}\n".encode(), "text/plain")
            if ill == "blocked":
                return Resource(b"<html><body><h1>Forbidden</h1></body></html>", "text/html", 403)
            if ill == "feed-gone" and target == "/feed.xml":
                return Resource(b"<html><body><h1>Nicht gefunden</h1></body></html>", "text/html", 404)
            return self._page(name, target, ill)

        return answer

    def _page(self, name: str, target: str, ill: str) -> Resource:
        base = self.base(name)
        newest = range(self.published - 1, max(-1, self.published - 1 - 2 * A_DAY), -1)
        paths = [_path(name, number) for number in newest]
        if target == "/feed.xml":
            return _xml(f'<rss version="2.0"><channel>{_feed(base, name, newest)}</channel></rss>')
        if target == "/sitemap.xml":
            urls = "".join(f"<url><loc>{base}{path}</loc></url>" for path in paths)
            return _xml(f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{urls}</urlset>')
        number = next((n for n in range(self.published) if _path(name, n) == target), None)
        if target not in ("/", "/lokal/") and number is None:
            return Resource(b"<html><body>weg</body></html>", "text/html", 404)
        if ill == "consent":
            return _html("Zustimmung", _CONSENT)
        if number is None:
            return _html("Startseite", _list(name, newest))
        if ill == "layout":
            return _html(_title(name, number), _tiles(name, newest))
        text = "".join(f"<p>{_paragraph(f'{name} {number} {n}')}</p>" for n in range(5))
        today = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
        dated = f'<meta property="article:published_time" content="{today[:10]}T05:00:00Z">'
        return _html(_title(name, number), f"<article><h1>{_title(name, number)}</h1>{text}</article>", dated)


def _path(name: str, number: int) -> str:
    return f"/lokal/{name}-meldung-nummer-{100_000 + number}.html"


def _title(name: str, number: int) -> str:
    return _sentence(random.Random(f"{name} {number}")).removesuffix(".")


def _sentence(chance: random.Random) -> str:
    one, two, three = chance.sample(_WORDS, 3)
    asked = chance.randint(2, 99)
    return f"{one} {chance.choice(_VERBS)} {two} nach langer Debatte über {three} und {asked} Fragen."


def _paragraph(seed: str) -> str:
    chance = random.Random(seed)
    return " ".join(_sentence(chance) for _ in range(4))


def _feed(base: str, name: str, numbers: range) -> str:
    items = "".join(
        f"<item><title>{_title(name, n)}</title><link>{base}{_path(name, n)}</link></item>" for n in numbers
    )
    return f"<title>Neu</title><link>{base}/</link><description>Neu</description>{items}"


def _list(name: str, numbers: range) -> str:
    items = "".join(
        f'<li><h2><a href="{_path(name, n)}">{_title(name, n)}</a></h2>'
        f"<p>{_sentence(random.Random(n))}</p></li>"
        for n in numbers
    )
    return f"<main><ul>{items}</ul></main>"


def _tiles(name: str, numbers: range) -> str:
    """A new layout: the text is fetched by a script, and only what stands around it is in the page."""
    tiles = "".join(
        f'<a class="kachel" href="{_path(name, n)}"><img src="/{n}.jpg" alt="">'
        f"<span>{_title(name, n)}</span></a>"
        for n in numbers
    )
    head = '<div id="reader"></div><h2>Das könnte Sie interessieren</h2>'
    return f'{head}<div class="grid">{tiles}</div><script src="/reader.js"></script>'


def _html(title: str, body: str, head: str = "") -> Resource:
    text = (
        f'<!DOCTYPE html><html lang="de"><head><meta charset="utf-8"><title>{title}</title>{head}</head>'
        f'<body><nav><a href="/">Start</a> <a href="/lokal/">Lokales</a></nav>{body}</body></html>'
    )
    return Resource(text.encode(), "text/html; charset=utf-8")


def _xml(text: str) -> Resource:
    return Resource(f'<?xml version="1.0"?>{text}'.encode(), "application/xml")
