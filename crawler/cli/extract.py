"""``gazette extract``: one HTML page to JSON, without an archive."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from archive import urls
from archive.types import Document, Failure, FailureKind, Kind, Outcome
from crawler.cli.exits import Exit
from crawler.cli.output import emit

MAX_BYTES = 64 << 20
"""Of one page; the largest real news page seen had 9 MB."""


@click.command("extract")
@click.argument(
    "file", required=False, type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path)
)
@click.option("--url", required=True, help="Where the page comes from: its links are resolved against it.")
def command(file: Path | None, url: str) -> int:
    """Extract one HTML page from FILE (or stdin) and print it as one JSON object.

    The object holds every field of the document, and `date`: its publication as ISO 8601. What can't be
    read as HTML is printed as {"failure": kind, "message": ...}, and the exit code is 9.

    \b
    Example:
      gazette extract page.html --url https://example.org/lokales/1
      curl https://example.org/lokales/1 | gazette extract --url https://example.org/lokales/1
    """
    from archive.extract.asjson import to_json

    if urls.canonical(url) is None:
        raise click.BadParameter(f"{url!r} is no http or https URL", param_hint="--url")
    if file is None or str(file) == "-":
        html = sys.stdin.buffer.read(MAX_BYTES + 1)
    else:
        with file.open("rb") as source:
            html = source.read(MAX_BYTES + 1)
    outcome = extract(html, url)
    emit(to_json(outcome))
    return Exit.FAILED if isinstance(outcome, Failure) else Exit.OK


def extract(html: bytes, url: str) -> Outcome:
    """The outcome of a page; one beyond MAX_BYTES is a failure, and so is what holds nothing to read."""
    from archive.extract import extract_html, extractor_key

    if len(html) > MAX_BYTES:
        return Failure("", extractor_key(), FailureKind.TOO_LARGE, f"more than {MAX_BYTES >> 20} MB")
    outcome = extract_html(html, url)
    if isinstance(outcome, Document) and outcome.kind is Kind.OTHER and not (outcome.title or outcome.text):
        # An image or a PDF is a document of an archive; who asks for a page's text has made a mistake.
        message = "this is no HTML page: there is no text to read in it"
        return Failure("", outcome.extractor, FailureKind.NOT_HTML, message)
    return outcome
