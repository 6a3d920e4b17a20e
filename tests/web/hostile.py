"""An archive of pages whose every field is to do something in the browser of who reads it."""

from __future__ import annotations

import json
import sqlite3
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from archive.index import jobs
from archive.layout import Layout
from archive.warc.records import Told, exchange_records
from archive.warc.writer import WarcWriter
from crawler.cli.init import create
from tests.exchanges import HTML, exchange

START = datetime(2025, 11, 14, 6, 0, tzinfo=UTC)
SITES = ("abendbote", "morgenpost")

# Each sets window.gotcha, or asks evil.example for something.
_CODE = "window.gotcha=1"
_ADDRESS = f"javascript:{_CODE}"
NAUGHTY = (
    f"<script>{_CODE}</script>",
    f'"><script>{_CODE}</script>',
    f"'><img src=x onerror={_CODE}>",
    f"</title><script>{_CODE}</script>",
    f"</style></textarea></script><script>{_CODE}</script>",
    f"<svg onload={_CODE}>",
    f"javascript:{_CODE}//",
    "{{ cycler.__init__.__globals__ }}{% raw %}",
    '" onmouseover="window.gotcha=1" autofocus onfocus="window.gotcha=1" x="',
    "<img src=http://evil.example/pixel><link rel=stylesheet href=http://evil.example/s.css>",
    "<iframe src=http://evil.example/></iframe><base href=http://evil.example/>",
    '<meta http-equiv="refresh" content="0;url=http://evil.example/">',
    "<!--<script>--><![CDATA[<script>window.gotcha=1</script>]]>",
    "+ADw-script+AD4-window.gotcha=1+ADw-/script+AD4-",  # UTF-7
    "\u202eEKAF SI SIHT\u2066\u202d ABC",  # overrides the direction of what follows
    "Z\u0351\u036b\u0343a\u033d\u0368l\u034bg\u0306o\u0309 " * 30,
    "\u2028\u2029\ufeff\u200b\u00ad\ufffe\x07",
    '=HYPERLINK("http://evil.example/";"Titel")',
    "W" * 3_000,
    "${window.gotcha=1}`<%= 7*7 %>#{7*7}",
    "Ω≈ç√∫ 社會科學院語學研究所 الكل في المجمو عة 👾 🙇 💁‍♀️",
)
BODY = (
    """Der Rat der Stadt hat am Donnerstag mit großer Mehrheit beschlossen, dass die Arbeiten am Ufer im
    nächsten Frühjahr beginnen, sagte Bürgermeisterin Anna Beispiel; 4.812.377 Euro trägt das Land.""",
    """Anwohner hatten in den vergangenen Monaten immer wieder auf den schlechten Zustand der Anlage
    hingewiesen. Nach Angaben der Verwaltung ist die Finanzierung durch den Kreis Hagensee gesichert.""",
    "Die Bauleute rechnen mit 27 Wochen Bauzeit; gesperrt wird der Weg zwischen Fährhaus und Mole nicht.",
)


def fill(layout: Layout) -> Layout:
    """Make the archive: each naughty string in each field, at two outlets, in two versions."""
    create(layout)
    writer = WarcWriter(layout.warc, {"software": "test"})
    second = 0
    for stage in (1, 2):
        for site in SITES:
            base = f"http://{site}.example"
            pages = {f"{base}/{_path(n)}": _article(naughty, n, stage) for n, naughty in enumerate(NAUGHTY)}
            pages[f"{base}/"] = _front(pages)
            for url, body in pages.items():
                second += 1
                writer.begin()
                at = START + timedelta(days=14 * stage, seconds=second)
                got = exchange(url, at, HTML + body.encode())
                writer.append(exchange_records(got, Told(site, f"run-{stage}"), writer.warcinfo_id).members)
    writer.sync()
    writer.close()
    for site in SITES:
        (layout.sites / f"{site}.toml").write_text(
            f'seeds = ["http://{site}.example/"]\ntitle = {json.dumps(NAUGHTY[1])}\n', encoding="utf-8"
        )
    jobs.run(layout, workers=2)
    _poison(layout)
    return layout


def _poison(layout: Layout) -> None:
    """Put into the index what an extractor would have cleaned away: the pages must not rely on it."""
    connection = sqlite3.connect(layout.index.resolve())
    ids = [
        row[0] for row in connection.execute("SELECT id FROM documents WHERE kind = 'article' ORDER BY id")
    ]
    for number, document in enumerate(ids):
        bad = NAUGHTY[number % len(NAUGHTY)]
        image = {"url": _ADDRESS, "caption": bad, "alt": bad, "credit": bad}
        blocks = [{"kind": kind, "text": bad} for kind in ("heading", "quote", "list", "table", "paragraph")]
        connection.execute(
            "UPDATE documents SET title = ?1, kicker = ?1, section = ?1, lead = ?1, language = ?1, tags = ?2,"
            " agencies = ?2, images = ?3, blocks = ?4, canonical_url = ?5, published_source = ?1"
            " WHERE id = ?6",
            (bad, json.dumps([bad]), json.dumps([image]), json.dumps(blocks), _ADDRESS, document),
        )
        connection.execute("UPDATE authors SET name = ? || position WHERE document_id = ?", (bad, document))
        connection.execute(
            "UPDATE teasers SET headline = ?1, text = ?1, url = ?2 WHERE document_id = ?3",
            (bad, _ADDRESS, document),
        )
        connection.execute("UPDATE cuts SET text = ? WHERE document_id = ?", (bad, document))
    for number, (story,) in enumerate(connection.execute("SELECT id FROM stories ORDER BY id").fetchall()):
        connection.execute("UPDATE stories SET title = ? WHERE id = ?", (NAUGHTY[number], story))
    connection.execute("UPDATE documents SET url = ? WHERE id = ?", (_ADDRESS, ids[0]))
    connection.execute(
        "UPDATE documents SET url = ? WHERE id = ?", ("data:text/html,<script>1</script>", ids[1])
    )
    connection.commit()
    connection.close()


def _path(number: int) -> str:
    return f"lokales/{number}/{quote(NAUGHTY[number][:60], safe='()=;:')}"


def _article(naughty: str, number: int, stage: int) -> str:
    data = {
        "@type": "NewsArticle",
        "headline": naughty,
        "datePublished": f"2025-11-{number % 20 + 1:02}T09:00:00+01:00",
        "author": [{"@type": "Person", "name": naughty[:80]}, {"@type": "Person", "name": "Anna Muster"}],
        "articleSection": naughty[:60],
        "keywords": [naughty, "javascript:window.gotcha=1"],
        "inLanguage": '"><script>window.gotcha=1</script>',
    }
    other = (number + 1) % len(NAUGHTY)
    linked = json.dumps(data).replace("<", "\\u003c")
    text = _escaped(naughty)
    changed = f"<p>Nachtrag {_escaped(naughty)}: der Beginn ist verschoben.</p>" if stage == 2 else ""
    paragraphs = "".join(f"<p>{each}</p>" for each in (*BODY, f"Wörtlich hieß es: {text}"))
    return f"""<!doctype html><html lang="de"><head><meta charset="utf-8"><title>{text}</title>
        <meta name="description" content="{text}"><meta name="author" content="{text}">
        <link rel="canonical" href="javascript:window.gotcha=1">
        <script type="application/ld+json">{linked}</script></head><body>
        <article><h1>{text}</h1><p class="lead">{text} {number}</p>{paragraphs}{changed}
        <figure><img src="javascript:window.gotcha=1" alt="{text}"><figcaption>{text}</figcaption></figure>
        <a href="data:text/html,<script>window.gotcha=1</script>">{text}</a></article>
        <aside><h2>Mehr</h2><ul><li><a href="javascript:window.gotcha=1"><h3>{text}</h3><p>{text}</p></a></li>
        <li><a href="/{_path(other)}"><h3>{_escaped(NAUGHTY[other])}</h3></a></li></ul></aside></body>"""


def _front(pages: dict[str, str]) -> str:
    teasers = "".join(
        f'<article><h2><a href="{_escaped(url)}">{bad}</a></h2><p>{bad}</p></article>'
        for url, bad in zip(pages, map(_escaped, NAUGHTY), strict=True)
    )
    return f'<!doctype html><html lang="de"><meta charset="utf-8"><title>Start</title><main>{teasers}</main>'


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
