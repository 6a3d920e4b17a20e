"""What pages and style sheets need, as they say it: pure reading, and what hostile ones make of it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import tinycss2
from tinycss2.ast import Node

from archive.types import Capture, Page, RecordRef, Site
from crawler import css, requisites
from crawler.requisites import MAX_NESTED, MAX_REDIRECTS, MOST, RANK, Part
from crawler.task import REQUISITE, Task

HERE = "https://zeitung.example/lokales/artikel.html"
SITE = Site("zeitung", seeds=("https://zeitung.example/",), deny=(r"/zaehler\b",))
HTML = "text/html; charset=utf-8"


def page(
    body: str | bytes, url: str = HERE, mime: str | None = HTML, status: int = 200, **headers: str
) -> Page:
    fields = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    plain = mime.partition(";")[0] if mime else None
    capture = Capture("", RecordRef("", 0, 0), url, datetime(2026, 3, 1, tzinfo=UTC), status, plain, None)
    stated = (("Content-Type", mime),) if mime else ()
    return Page(capture, (*stated, *fields), body.encode() if isinstance(body, str) else body)


def needed(body: str | bytes) -> dict[str, Part]:
    """By the address without what all of them share."""
    found = requisites.of_page(page(body))
    return {one.url.removeprefix("https://zeitung.example"): one.part for one in found}


def task(hops: str = "LE", kind: str = REQUISITE) -> Task:
    return Task(1, "zeitung", HERE, "zeitung.example:443", kind, 1, hops, None, 0, None)


def test_each_way_to_name_a_requisite() -> None:
    found = needed("""<!DOCTYPE html><head><base href="/basis/">
        <link rel="stylesheet" href="/stil.css?v=3"><link rel="alternate stylesheet" href="nacht.css">
        <link rel="icon" href="/icon.svg"><link rel="shortcut icon" href="/favicon.ico">
        <link rel="preload" as="font" href="/schrift.woff2"><link rel="preload" as="style" href="/vor.css">
        <link rel="preload" as="fetch" href="/daten.json"><link rel="modulepreload" href="/teil.mjs">
        <link rel="preload" as="image" href="/kopf.jpg" imagesrcset="/kopf-2.jpg 2x">
        <link rel="canonical" href="/artikel"><link rel="next" href="/seite-2">
        <style>@font-face{font-family:x;src:url(/x.eot);src:url(/x.woff2)}
        h1{background:url('/h1.png')}</style>
        <script src="//cdn.example/lauf.js" defer></script><script>var bild = "/nein.png";</script></head>
        <body background="/grund.gif"><img src="bild.jpg#oben" alt=""><input type="image" src="/knopf.png">
        <div style="background-image: url(&quot;/stil-attribut.png&quot;)"></div>
        <svg><image href="/in-svg.png"/></svg><video src="/film.mp4" poster="/standbild.jpg"></video>
        <audio><source src="/ton.mp3"></audio><a href="/anderer-artikel"><iframe src="/rahmen"></iframe></a>
        <noscript><img src="/ohne-skript.jpg"></noscript></body>""")
    sheets = {"/stil.css?v=3", "/basis/nacht.css", "/vor.css"}
    assert {url for url, part in found.items() if part is Part.SHEET} == sheets
    assert {url for url, part in found.items() if part is Part.FONT} == {"/schrift.woff2", "/x.woff2"}
    assert {url for url, part in found.items() if part is Part.SCRIPT} == {
        "/teil.mjs",
        "https://cdn.example/lauf.js",
    }
    images = (
        "icon.svg favicon.ico kopf.jpg h1.png grund.gif basis/bild.jpg knopf.png stil-attribut.png in-svg.png"
    )
    shown = {f"/{name}" for name in f"{images} standbild.jpg ohne-skript.jpg kopf-2.jpg".split()}
    assert {url for url, part in found.items() if part is Part.IMAGE} == shown
    assert {url for url, part in found.items() if part is Part.SPARE} == {"/x.eot"}
    assert list(found.values()) == sorted(found.values())


def test_of_several_sizes_first_what_a_desktop_takes() -> None:
    found = needed("""<picture>
        <source srcset="/a-400.webp 400w, /a-1200.webp 1200w,/a-2400.webp 2400w" type="image/webp">
        <img src="/a.jpg" srcset="/a.jpg 1x, /a,w_2,h_2.jpg 2x"></picture>
        <img data-src="/spaet.jpg" data-srcset="/klein-300.jpg 300w, /klein-600.jpg 600w"
        src="data:image/gif;base64,R0lGOD">
        <img srcset="/nur-eins.jpg">""")
    first = {url for url, part in found.items() if part is Part.IMAGE}
    assert first == {"/a-1200.webp", "/a.jpg", "/spaet.jpg", "/klein-600.jpg", "/nur-eins.jpg"}
    spare = {"/a-400.webp", "/a-2400.webp", "/a,w_2,h_2.jpg", "/klein-300.jpg"}
    assert {url for url, part in found.items() if part is Part.SPARE} == spare


@pytest.mark.parametrize(
    "body",
    [
        '<img src="data:image/png;base64,iVBORw0KGgo="><img src="javascript:alert(1)"><img src="">',
        '<img src="blob:https://zeitung.example/1"><img src="file:///etc/passwd"><img src="about:blank">',
        '<img src="http://["><img src="https://"><link rel=stylesheet href="  "><script src=" "></script>',
        '<div data-bg=\'{"a": "/x.png"}\' data-background-image="kopfbild"></div><img data-src="[/x.png]">',
        f'<img src="{HERE}"><img src="#oben"><style>a{{background:url(#verlauf)}}</style>',
        b"\x00\x01\x02\xff\xfe" * 500,
        "",
    ],
)
def test_what_leads_nowhere(body: str | bytes) -> None:
    assert needed(body) == {}


def test_ten_thousand_candidates_and_images_are_bounded() -> None:
    many = ", ".join(f"/b{number}.jpg {number + 1}w" for number in range(10_000))
    assert 1 < len(needed(f'<img srcset="{many}">')) <= 32
    images = "".join(f'<img src="/i{number}.jpg">' for number in range(3 * MOST))
    found = needed(f'{images}<link rel="stylesheet" href="/zuletzt.css">')
    assert len(found) == MOST
    assert next(iter(found)) == "/zuletzt.css"


@pytest.mark.parametrize(
    "text", ["x" * 99_000 + " y" * 99, "a" * 50_000 + "," * 50_000, "a " * 99_000, "a, " * 60_000]
)
def test_a_long_list_of_sizes_is_read_once(text: str) -> None:
    assert len(needed(f'<img srcset="{text}">')) <= 2


def test_a_long_tag_keeps_what_it_shows() -> None:
    candidates = ", ".join(f"/bild-{'x' * 300}-{width}.jpg {width}w" for width in range(200, 1_200, 50))
    found = needed(f'<p><img class="a" {"data-x=y " * 2_000} src="/kurz.jpg" srcset="{candidates}"><p>')
    assert "/kurz.jpg" in found
    assert len(found) == 21
    inline = "A" * 70_000
    assert needed(f'<img src="data:image/png;base64,{inline}"><img src="/danach.jpg">') == {
        "/danach.jpg": Part.IMAGE
    }


def test_deep_and_broken_markup_is_read_as_far_as_it_goes() -> None:
    assert needed("<div>" * 50_000 + '<img src="/zu-tief.jpg">') == {}
    assert needed('<img src="/eins.jpg"' + "<" * 5_000) == {}
    assert needed('<img src="/eins.jpg"><img src="/zwei.jpg') == {"/eins.jpg": Part.IMAGE}


SHEET = r"""@charset "utf-8"; @import url(a.css) screen; @import "b.css" layer(x); @IMPORT URL( 'c d.css' );
@namespace svg url(http://www.w3.org/2000/svg); /* url(nein.png) @import "nein.css"; */
@font-face { font-family: "F"; src: url(f.ttf) format("truetype"), url("f.woff2") format('woff2') }
.a { background: url( b.png ) no-repeat; content: "url(nein2.png)"; mask: url(#m) }
@media print { .b { background: image-set("1x.png" 1x, url(2x.png) 2x, "3x.png" type("image/png")) } }
.c { background: url(kaputt "x".png) }
.d { x: url(q\"x.png) } .e { b: meinurl(zz.png) } .f { b: url(\62 c.png) }
.g { background: url(data:image/png;base64,AA==) }
@font-face { src: local("F"), url(g.woff) } .h { b: url("ende.png"""


def test_a_style_sheet_is_read_as_the_standard_says() -> None:
    found = [(need.reference, need.kind) for need in css.needs(SHEET)]
    assert found == [
        *(("a.css", "sheet"), ("b.css", "sheet"), ("c d.css", "sheet")),
        *(("f.ttf", "font"), ("f.woff2", "font"), ("b.png", "image")),
        *(("1x.png", "image"), ("2x.png", "image"), ("3x.png", "image")),
        *(('q"x.png', "image"), ("bc.png", "image"), ("data:image/png;base64,AA==", "image")),
        *(("g.woff", "font"), ("ende.png", "image")),
    ]
    there = page(SHEET, "https://cdn.example/css/stil.css", "text/css")
    absolute = {one.url: one.part for one in requisites.of_sheet(there)}
    assert absolute["https://cdn.example/css/a.css"] is Part.SHEET
    assert absolute["https://cdn.example/css/f.woff2"] is Part.FONT
    assert absolute["https://cdn.example/css/f.ttf"] is Part.SPARE
    assert not any(url.startswith("data:") for url in absolute)


_VALUES = (
    *(
        "url(a{}.png)",
        "URL( 'b{}.png' )",
        'url("c{}.png")',
        "url(/d\\{}.png)",
        "url(#e{})",
        "meinurl(f{}.png)",
    ),
    *(
        '"url(g{}.png)"',
        "'h{}.png'",
        'image-set("i{}.png" 1x, url(j{}.png) 2x)',
        "calc((1px + 2%) * {})",
        "#{}f0",
    ),
    *(
        "url()",
        "url(k {}.png)",
        "rgb({} 2 3 / 50%)",
        "url( l{}.svg#m )",
        "/* url(n{}.png) */ 0",
        "-webkit-o{}",
        "1e{}",
    ),
)
_RULES = (
    "a:hover, b > c",
    "@media (min-width: 3px)",
    "@supports (a: b)",
    "@font-face",
    "[href='url(x.png)']",
    "d::x",
)


def _sheet(chance: random.Random, depth: int = 0) -> str:
    made = []
    for _ in range(chance.randrange(1, 5)):
        if depth < 3 and chance.random() < 0.4:
            made.append(f"{chance.choice(_RULES)} {{{_sheet(chance, depth + 1)}}}")
        else:
            number = chance.randrange(10, 99)
            made.append(f"p-{number}: {chance.choice(_VALUES).replace('{}', str(number))};")
    return chance.choice(("", " ", "\n", "/*;}{*/", "<!-- ", "\t")).join(made)


def test_another_reader_finds_the_same_addresses() -> None:
    chance = random.Random("css")
    for _ in range(300):
        text = _sheet(chance)
        ours = [need.reference for need in css.needs(text)]
        assert ours == list(_addresses(tinycss2.parse_component_value_list(text))), text


def _addresses(nodes: list[Node]) -> Iterator[str]:
    """Addresses by tinycss2's tokens."""
    for node in nodes:
        if node.type == "url" and node.value.strip() and not node.value.startswith("#"):
            yield node.value.strip()
        elif node.type == "function":
            for one in node.arguments:
                if one.type == "string" and node.lower_name in ("url", "image-set"):
                    yield one.value
                else:
                    yield from _addresses([one])
        elif node.type in ("{} block", "() block", "[] block"):
            yield from _addresses(node.content)


@pytest.mark.parametrize(
    "piece",
    ["(", "url(", "/*", "@import ", "\\", "'", "a{", "url('", 'url(" ', "image-set(", "url(x)", "\x00", "@"],
)
def test_a_sheet_of_nothing_but_that_is_read_to_its_end(piece: str) -> None:
    found = list(css.needs(piece * (200_000 // len(piece)) + "\n}') */ \"; a{b:url(/ende.png)}"))
    assert len(found) <= 40_000
    assert len(requisites.of_sheet(page(piece * 50_000, HERE + ".css", "text/css"))) <= MOST


def test_sheets_lead_to_sheets_a_few_times_and_redirects_too() -> None:
    there = page('@import "/weiter.css"; a{b:url(/x.png)}', "https://cdn.example/a.css", "text/css")
    made = requisites.further(there, task("LE"), SITE)
    assert [(o.url, o.kind, o.hops, o.authority) for o in made] == [
        ("https://cdn.example/weiter.css", REQUISITE, "LEE", "cdn.example:443"),
        ("https://cdn.example/x.png", REQUISITE, "LEE", "cdn.example:443"),
    ]
    assert made[0].rank == RANK < made[1].rank
    assert requisites.further(there, task("L" + "E" * MAX_NESTED), SITE)
    assert requisites.further(there, task("L" + "E" * (MAX_NESTED + 1)), SITE) == []
    moved = page("", status=301, Location="https://cdn.example/neu.png")
    (offer,) = requisites.further(moved, task("LE"), SITE)
    assert (offer.url, offer.hops, offer.kind) == ("https://cdn.example/neu.png", "LER", REQUISITE)
    assert requisites.further(moved, task("LE" + "R" * MAX_REDIRECTS), SITE) == []
    assert requisites.further(page("", status=302, Location="data:text/css,a"), task(), SITE) == []


def test_only_style_sheets_lead_on_and_what_is_denied_is_refused() -> None:
    text = "a{b:url(/x.png)} <a href='/artikel'>"
    for mime in ("text/html", "image/png", "text/plain", "text/javascript"):
        assert requisites.further(page(text, mime=mime), task(), SITE) == []
    assert requisites.further(page(text, mime="text/css", status=404), task(), SITE) == []
    found = requisites.of_page(page('<img src="https://anderswo.example/zaehler?x=1"><img src="/gut.png">'))
    offers = requisites.offers(found, task("L", "item"), SITE)
    assert {o.url: o.refused for o in offers} == {
        "https://anderswo.example/zaehler?x=1": "denied by the site file",
        "https://zeitung.example/gut.png": None,
    }
    assert {o.hops for o in offers} == {"LE"}
