"""``gazette why``: from a document back to the bytes, each step checked anew, and why each cut was made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from crawler.cli.exits import Exit
from crawler.cli.options import Options
from crawler.cli.output import emit, one_line

_WORDS = {True: "yes", False: "NO", None: "not stated"}


@click.command("why")
@click.argument("document_id", metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def command(options: Options, document_id: str, as_json: bool) -> int:
    """Show the chain from a document to the bytes it was made of, and the evidence behind each cut.

    The record is read again and its digests are computed anew: exit code 21 says that something isn't
    as the index says. ID stands beside each hit of a search.

    \b
    Example:
      gazette why kq3v7mzt5n2hcrya
    """
    from archive.research.provenance import why

    with options.index() as connection:
        chain = why(connection, options.layout().warc, document_id)
    emit(chain) if as_json else _print(chain)
    checks = chain["checks"]
    broken = any(checks[name] is False for name in ("record", "content_digest", "payload_digest"))
    return Exit.DAMAGED if broken else Exit.OK


def _print(chain: Mapping[str, Any]) -> None:
    document, record, checks = chain["document"], chain["record"], chain["checks"]
    click.echo(click.style(one_line(document["title"] or document["url"]), bold=True))
    asked = "the referee and trafilatura" if document["trafilatura_asked"] else "the referee alone"
    _steps(
        "document",
        ("id", document["id"] + ("" if document["newest"] else ", an older version")),
        ("url", document["url"]),
        ("extracted by", f"{document['extractor']}; {asked} chose the text"),
        ("made of", f"{document['content_digest']}, found in {chain['captures']} captures"),
    )
    whence = "a file of somebody else: " + record["source"] if record["source"] else None
    _steps(
        "record",
        ("file", f"{record['warc']}@{record['offset']}, {record['length']} bytes"),
        ("id", record["record_id"]),
        ("type", record["record_type"] + (f", HTTP {record['status']}" if record["status"] else "")),
        ("asked for", f"{record['url']}, {record['captured_at']}"),
        ("by", f"run {record['run']} of site {record['site']}" if record["run"] else None),
        ("led to by", record["via"]),
        ("imported from", whence),
        ("payload", record["payload_digest"]),
    )
    _steps(
        "read again now",
        ("record whole", _WORDS[checks["record"]]),
        ("payload digest", _WORDS[checks["payload_digest"]]),
        ("content digest", _WORDS[checks["content_digest"]]),
        ("file", f"sealed, SHA-256 {checks['sha256']}" if checks["sealed"] else "still being written"),
        ("damage", checks["damage"]),
    )
    if chain["cuts"]:
        click.echo(click.style("\ncut out of the text", bold=True))
        for cut in chain["cuts"]:
            click.echo(f"  - {one_line(cut['text'])}\n    {cut['meaning']} [{cut['reason']}]")
            if cut["proof"]:
                stored = cut["proof"]["document"] or "not stored"
                click.echo("    " + one_line(f"proved by {cut['proof']['url']} ({stored})"))


def _steps(name: str, *rows: tuple[str, str | None]) -> None:
    click.echo(click.style(f"\n{name}", bold=True))
    for label, value in rows:
        if value:
            click.echo(f"  {label:<14} {one_line(value)}")
