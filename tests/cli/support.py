"""Values that the tests of the command line share."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

START = datetime(2025, 11, 13, 9, 0, tzinfo=UTC)
BRIDGE = "http://127.0.0.1:8101/lokales/bruecke"
FERRY = "http://127.0.0.1:8101/lokales/faehre"
EMPTY = "http://127.0.0.1:8101/lokales/leer"
PARAGRAPHS = (
    """Der Rat der Stadt hat am Donnerstag mit großer Mehrheit beschlossen, dass die Arbeiten am Ufer
    im nächsten Frühjahr beginnen. Die Kosten trägt zu zwei Dritteln das Land, den Rest die Stadt.""",
    """Anwohner hatten in den vergangenen Monaten immer wieder auf den schlechten Zustand der Anlage
    hingewiesen. Nach Angaben der Verwaltung ist die Finanzierung nun gesichert.""",
)


@dataclass(frozen=True)
class Ran:
    """How a command line ended."""

    code: int
    out: str
    err: str


Gazette = Callable[..., Ran]


def page(title: str, lead: str, paragraphs: Sequence[str], day: str) -> bytes:
    """An article as an outlet writes it."""
    data = {
        "@type": "NewsArticle",
        "headline": title,
        "datePublished": f"{day}T09:00:00+01:00",
        "author": {"@type": "Person", "name": "Anna Muster"},
    }
    body = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    return f"""<!doctype html><html lang="de"><head><title>{title}</title>
        <meta name="description" content="{lead}">
        <script type="application/ld+json">{json.dumps(data)}</script></head>
        <body><article><h1>{title}</h1><p class="lead">{lead}</p>{body}</article></body></html>""".encode()
