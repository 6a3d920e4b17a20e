"""``gazette show``: one document, and where its bytes lie."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from typing import Any

import click

from archive.extract.reasons import MEANING
from archive.layout import Layout
from archive.types import Capture, RecordRef
from crawler.cli.options import Options
from crawler.cli.output import emit, one_line, plain
from crawler.replay import running


@click.command("show")
@click.argument("document_id", metavar="ID")
@click.option("--source", is_flag=True, help="Print the page itself, byte for byte as the server meant it.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def command(options: Options, document_id: str, source: bool, as_json: bool) -> None:
    """Show one document, and where its bytes lie.

    That is its title, people, dates, rights and text; the teasers on its page, apart from the text; what
    was cut out of the text, and why; and the record.
    ID stands beside each hit of a search; its beginning is enough if it means one document.

    \b
    Example:
      gazette show kq3v7mzt5n2hcrya
      gazette show kq3v7m --source > page.html
    """
    from archive.research import documents

    with options.index() as connection:
        document = documents.get(connection, document_id)
    if source:
        sys.stdout.buffer.write(_source(options.layout(), document))
    elif as_json:
        emit(document)
    else:
        _print(document, options.layout())


def _source(layout: Layout, document: Mapping[str, Any]) -> bytes:
    from archive.warc.reader import parse_date, read_page

    captured_at = parse_date(document["captured_at"])
    assert captured_at is not None, "the index states when every document was captured"
    capture = Capture(
        record_id=document["record_id"],
        ref=RecordRef(document["warc"], document["offset"], document["length"]),
        url=document["url"],
        captured_at=captured_at,
        status=None,
        mime=None,
        payload_digest=None,
    )
    return read_page(layout.warc, capture).body


def _print(document: Mapping[str, Any], layout: Layout) -> None:
    if document["kicker"]:
        click.echo(one_line(document["kicker"]))
    click.echo(click.style(one_line(document["title"] or document["url"]), bold=True))
    click.echo(f"{one_line(document['url'])}\n")
    rows = [
        ("kind", document["kind"] + ("" if document["newest"] else ", an older version")),
        ("site", document["site"]),
        ("authors", ", ".join(document["authors"])),
        ("agencies", ", ".join(document["agencies"])),
        ("published", _dating(document, "published")),
        ("modified", _dating(document, "modified")),
        ("section", document["section"]),
        ("language", document["language"]),
        ("paywall", _paywall(document)),
        ("rights", "; ".join(map(_signal, document["rights"]))),
    ]
    _rows(rows)
    if document["lead"]:
        click.echo("\n" + click.style(plain(document["lead"]), italic=True))
    for block in document["blocks"]:
        click.echo("\n" + _block(block["kind"], plain(block["text"])))
    if document["teasers"]:
        click.echo(click.style("\nTeasers, not part of the text:", bold=True))
        for teaser in document["teasers"]:
            where = f"  {one_line(teaser['url'])}" if teaser["url"] else ""
            click.echo(f"  - {one_line(teaser['headline'])}{where}  [{teaser['evidence']}]")
    if document["cuts"]:
        click.echo(click.style("\nCut out of the text:", bold=True))
        for cut in document["cuts"]:
            click.echo(f"  - {one_line(cut['text'])}  [{MEANING.get(cut['reason'], cut['reason'])}]")
    times = len(document["captures"])
    click.echo(click.style("\nWhere it lies:", bold=True))
    _rows(
        [
            ("id", document["id"]),
            ("record", f"{document['warc']}@{document['offset']}, {document['length']} bytes"),
            ("record id", document["record_id"]),
            ("digest", document["content_digest"]),
            ("captured", f"{document['captured_at']}{f', {times} times in all' if times > 1 else ''}"),
            ("extractor", document["extractor"]),
            ("replay", _replay(layout, document)),
        ]
    )


def _replay(layout: Layout, document: Mapping[str, Any]) -> str | None:
    """Where a browser shows that very capture, while `gazette replay` runs."""
    place = running.place(layout)
    if place is None:
        return None
    capture = next(one for one in document["captures"] if one["record_id"] == document["record_id"])
    return place.url(capture["url"], capture["captured_at"], time.time())


def _block(kind: str, text: str) -> str:
    if kind == "heading":
        return click.style(text, bold=True)
    mark = {"list": "- ", "quote": "> "}.get(kind, "")
    return "\n".join(mark + line for line in text.splitlines())


def _rows(rows: list[tuple[str, str | None]]) -> None:
    for name, value in rows:
        if value:
            click.echo(f"{name:<10} {one_line(value)}")


def _dating(document: Mapping[str, Any], name: str) -> str | None:
    """A date as exact as the page states it."""
    if document[name] is None:
        return None
    instant = "" if document[f"{name}_precision"] == "day" else f" ({document[name]})"
    return f"{document[f'{name}_day']}{instant}, from {document[f'{name}_source']}"


def _signal(signal: Mapping[str, Any]) -> str:
    """What was stated, and where: "noindex (header, to googlebot)"."""
    where = signal["source"]
    if signal["agent"]:
        where += f", to {signal['agent']}"
    if signal["applies_to"]:
        where += f", for {signal['applies_to']}"
    return " ".join(filter(None, (signal["name"], signal["value"]))) + f" ({where})"


def _paywall(document: Mapping[str, Any]) -> str | None:
    seen = [word for word in ("declared", "observed") if document[f"paywall_{word}"]]
    return " and ".join(seen) or None
