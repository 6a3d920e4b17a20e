"""Small sites that reserve rights in each way there is, one port each, for crawls in tests."""

from __future__ import annotations

from crawler.samples.loopback import App, Loopback, OnLoopback, Resource

SECRET = "Zitronenfalter-{}"
"""A word that stands on one page only, by the page's name: it is looked for in the archive's files."""

_STATEMENTS: dict[str, tuple[str, tuple[tuple[str, str], ...]]] = {
    # name of the page: what stands in its head, and further header fields
    "frei": ("", ()),
    "meta-noarchive": ('<meta name="ROBOTS" content="NoArchive">', ()),
    "meta-none": ('<meta name="robots" content="none">', ()),
    "meta-noai": ('<meta name="robots" content="noai, noimageai">', ()),
    "meta-tdm": ('<meta name="tdm-reservation" content="1">', ()),
    "kopf-noindex": ("", (("X-Robots-Tag", "noindex"),)),
    "kopf-tdm": ("", (("TDM-Reservation", "1"), ("TDM-Policy", "https://verlag.example/tdm.json"))),
    "kopf-andere": ("", (("X-Robots-Tag", "otherbot: noindex, noarchive"),)),
    "kopf-wir": ("", (("X-Robots-Tag", "otherbot: nofollow"), ("x-robots-tag", "gazette: noarchive"))),
    "tdm-null": ('<meta name="tdm-reservation" content="0">', (("tdm-reservation", "1"),)),
    "nofollow": ('<meta name="robots" content="nofollow">', ()),
}
"""Pages that say something themselves."""
GOVERNED = {"a/reserviert": "tdmrep.json", "a/frei": None, "b/frei": None, "b/bericht.pdf": "ai.txt"}
"""Pages that files of their site speak of, and which of them reserves them."""
REFUSED = {
    "meta-noarchive": "rights: noarchive (meta)",
    "meta-none": "rights: noindex (meta)",
    "meta-noai": "rights: noai (meta)",
    "meta-tdm": "rights: tdm-reservation (meta)",
    "kopf-noindex": "rights: noindex (header)",
    "kopf-tdm": "rights: tdm-reservation (header)",
    "kopf-wir": "rights: noarchive (header)",
    "a/reserviert": "rights: tdm-reservation (tdmrep.json)",
    "b/bericht.pdf": "rights: disallow (ai.txt)",
}
"""What a site that obeys refuses, with the reason."""
PAGES = (*_STATEMENTS, *GOVERNED)
BEHIND = "hinter-nofollow"
"""A page that only the page "nofollow" leads to."""

TDMREP = (
    b'[{"location": "/a/frei", "tdm-reservation": 0},'
    b' {"location": "/a/*", "tdm-reservation": 1, "tdm-policy": "https://verlag.example/p"}]'
)
AI_TXT = b"# Spawning AI\nUser-Agent: *\nDisallow: *.pdf\nDisallow: *.jpg\nAllow: /\n"


class RightsSite(OnLoopback):
    """One server on 127.0.0.1, from ``with`` to its end. ``files``: path -> answer, beside the pages."""

    def __init__(self, files: dict[str, Resource] | None = None, *, chunked: bool = False) -> None:
        self._loopback = Loopback({"rechte": 0})
        self.base = self._loopback.base_urls["rechte"]
        self.files = files if files is not None else standard_files()
        self._chunked = chunked

    def _apps(self) -> dict[str, App]:
        return {"rechte": self._app()}

    def site_file(self, policy: str) -> str:
        return f'seeds = ["{self.base}/"]\ndelay = 0\nallow_private = true\nrights = "{policy}"\n'

    def url(self, name: str) -> str:
        return f"{self.base}/{name}"

    def _app(self) -> App:
        pages = {f"/{name}": _page(name, *stated) for name, stated in _STATEMENTS.items()}
        pages |= {f"/{name}": _page(name, "", ()) for name in (*GOVERNED, BEHIND)}
        pages["/nofollow"] = _page("nofollow", *_STATEMENTS["nofollow"], links=(BEHIND,))
        pages["/"] = _page("start", "", (), links=PAGES)
        pages = {path: self._varied(number, page) for number, (path, page) in enumerate(pages.items())}

        def answer(path: str) -> Resource:
            return self.files.get(path) or pages.get(path) or Resource(b"weg", "text/plain", 404)

        return answer

    def _varied(self, number: int, page: Resource) -> Resource:
        """Some pages compressed, some in chunks: signals are looked for in what a browser would see."""
        return Resource(
            page.body, page.content_type, 200, page.headers, gzip=number % 2 == 0, chunked=self._chunked
        )


def standard_files() -> dict[str, Resource]:
    return {
        "/.well-known/tdmrep.json": Resource(TDMREP, "application/json"),
        "/ai.txt": Resource(AI_TXT, "text/plain"),
    }


def _page(
    name: str, head: str, headers: tuple[tuple[str, str], ...], links: tuple[str, ...] = ()
) -> Resource:
    word = SECRET.format(name.replace("/", "-").replace(".", "-"))
    text = f"Der Rat der Stadt hat am Montag über {word} beraten und mit großer Mehrheit beschlossen. " * 4
    items = "".join(f'<li><a href="/{link}">{link}</a></li>' for link in links)
    html = (
        f'<!DOCTYPE html><html lang="de"><head><meta charset="utf-8"><title>{word} im Rat</title>{head}'
        '<meta property="article:published_time" content="2026-03-01T08:00:00Z"></head>'
        f"<body><article><h1>{word} im Rat</h1><p>{text}</p><p>{text}</p></article>"
        f"<ul>{items}</ul></body></html>"
    )
    return Resource(html.encode(), "text/html; charset=utf-8", 200, headers)
