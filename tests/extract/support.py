"""What the tests of the extractor share: pages made of parts, and a page as a worker gets it."""

from __future__ import annotations

from datetime import UTC, datetime

from archive.types import Capture, Document, Outcome, Page, RecordRef

URL = "https://www.talkurier.example/talheim/haushalt-beschlossen-4711"
PARAGRAPHS = tuple(
    " ".join(lines.split())
    for lines in (
        """Der Rat der Stadt Talheim hat am Dienstagabend den Haushalt für das kommende Jahr beschlossen. Nach
        vier Stunden Beratung stimmten 31 Mitglieder dafür, neun dagegen.""",
        """Kämmerin Ute Brandt sprach von einem Kompromiss, der niemanden glücklich mache. Die Stadt müsse bis
        2028 jedes Jahr zwei Millionen Euro sparen, sonst drohe die Aufsicht des Landes.""",
        """Die Opposition kritisierte vor allem die höheren Gebühren für Kindertagesstätten. „Familien zahlen
        die Zeche“, sagte ihr Sprecher Jens Holm in der Sitzung.""",
        """Der Haushalt tritt am 1. Januar in Kraft, wenn die Bezirksregierung ihn bis dahin genehmigt hat.
        Über den Neubau des Hallenbads will der Rat im März noch einmal beraten.""",
    )
)
LEAD = (
    "Nach langer Debatte hat der Talheimer Rat den Haushalt beschlossen: Die Gebühren steigen, "
    "das Bad bleibt offen."
)
CHARSETS = ("utf-8", "windows-1252", "utf-16")
UMLAUTS = "Die Bürgermeisterin grüßt: „Äpfel, Öl und Übermut – für 5 €“"
TITLE = "Talheimer Rat beschließt Sparhaushalt"


def page(
    body: bytes,
    content_type: str | None = "text/html; charset=utf-8",
    url: str = URL,
    captured_at: datetime = datetime(2026, 3, 1, 12, tzinfo=UTC),
) -> Page:
    """A stored page as a worker gets it."""
    capture = Capture("urn:uuid:1", RecordRef("a.warc.gz", 0, 1), url, captured_at, 200, None, None)
    return Page(capture, (("Content-Type", content_type),) if content_type else (), body)


def html(body: str, head: str = "", lang: str = "de") -> bytes:
    """A page in UTF-8 around a body."""
    language = f' lang="{lang}"' if lang else ""
    head = f"<head><meta charset=utf-8>{head}</head>"
    return f"<!DOCTYPE html><html{language}>{head}<body>{body}</body></html>".encode()


def article(extra: str = "", before: str = "", head: str = "", title: str = TITLE) -> bytes:
    """The article of this module, with something before its text or behind it."""
    text = "".join(f"<p>{p}</p>" for p in PARAGRAPHS)
    return html(
        f"<main><article><h1>{title}</h1>{before}<div class=text>{text}</div>{extra}</article></main>", head
    )


def read(outcome: Outcome) -> Document:
    """The document of an outcome that must be one."""
    assert isinstance(outcome, Document), outcome
    return outcome


def in_charset(codec: str, meta: str | None) -> bytes:
    """A page in a charset, whatever its own declaration says."""
    declared = f'<meta charset="{meta}">' if meta else ""
    body = "".join(f"<p>{p} {UMLAUTS}</p>" for p in PARAGRAPHS)
    head = f"<head>{declared}<title>x</title></head>"
    return f"<html lang=de>{head}<body><h1>Titel</h1>{body}</body></html>".encode(codec)
