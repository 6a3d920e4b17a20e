"""``gazette demo``: the whole way, on outlets that it serves itself."""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from archive.db import open_reader
from archive.errors import BadConfiguration
from archive.layout import Layout, read_config
from archive.types import Query
from crawler.cli import crawling
from crawler.cli.exits import Exit
from crawler.cli.init import create
from crawler.cli.output import highlight, one_line, size, table

if TYPE_CHECKING:
    from crawler.samples.server import SampleServer

_OPERATOR = "Gazette's demo"
_SEARCHES = ("Kufen", '"Smart City" OR Digitalisierung', "harbour OR Hafen")


@click.command("demo")
@click.argument("directory", metavar="[DIR]", type=click.Path(path_type=Path), default=Path("demo-archive"))
@click.pass_obj
def command(_: object, directory: Path) -> int:
    """Serve three sample outlets on this machine, crawl and index them, and search. Takes half a minute.

    The archive stays in DIR (demo-archive when none is named) to look at; the next demo makes it anew.

    \b
    Example:
      gazette demo
      gazette --archive demo-archive search Kufen
    """
    from crawler.samples.server import SampleServer

    layout = Layout(directory.absolute())
    _clear(layout)
    create(layout)
    text = layout.config.read_text(encoding="utf-8")
    layout.config.write_text(text.replace('operator = ""', f'operator = "{_OPERATOR}"'), encoding="utf-8")
    began = time.monotonic()
    with SampleServer() as server:
        for outlet in server.outlets:
            (layout.sites / f"{outlet.name}.toml").write_text(server.site_file(outlet.name), encoding="utf-8")
            click.echo(f"serving {outlet.title} at {outlet.base_url}/")
        click.echo("crawling, keeping every byte, extracting, indexing ...\n")
        ended = crawling.run(
            layout, [outlet.name for outlet in server.outlets], {"GAZETTE_STARTED_BY": "demo"}, workers=1
        )
        if ended.code != Exit.OK:
            click.echo(f"gazette: {one_line(ended.reason)}", err=True)
            return ended.code
        _report(layout, server, time.monotonic() - began)
    _search(layout)
    click.echo(f"Look around: gazette --archive {directory} status | search WORD | show ID | runs | serve")
    return Exit.OK


def _clear(layout: Layout) -> None:
    """Remove the archive of an earlier demo. Raises BadConfiguration for anything else that lies there."""
    if not layout.root.exists():
        return
    if not layout.config.exists() or read_config(layout).get("operator") != _OPERATOR:
        raise BadConfiguration(
            f"{layout.root}: is no archive of an earlier demo; name another directory: gazette demo DIR"
        )
    shutil.rmtree(layout.root)


def _report(layout: Layout, server: SampleServer, seconds: float) -> None:
    connection = open_reader(layout.index)
    try:
        rows = [
            (outlet.title, *connection.execute(_COUNTS, {"site": outlet.name}).fetchone())
            for outlet in server.outlets
        ]
    finally:
        connection.close()
    head = (
        *("outlet", "fetched", "pages kept", "articles", "sections", "other", "teasers", "failures"),
        "requisites",
    )
    click.echo(table(head, rows))
    kept = sum(path.stat().st_size for path in layout.warc.glob("*.warc.gz"))
    click.echo(f"\n{size(kept)} of WARC in {layout.warc}, {seconds:.0f} s\n")


_COUNTS = """
SELECT (SELECT count(*) FROM captures WHERE site = :site AND (outcome != 'none' OR status > 299)),
    (SELECT count(*) FROM captures WHERE site = :site AND outcome != 'none'),
    (SELECT count(*) FROM articles WHERE site = :site),
    (SELECT count(*) FROM documents WHERE site = :site AND newest AND kind = 'section'),
    (SELECT count(*) FROM documents WHERE site = :site AND newest AND kind = 'other'),
    (SELECT count(*) FROM teasers JOIN documents ON documents.id = document_id WHERE site = :site AND newest),
    (SELECT count(*) FROM failures JOIN captures USING (warc, offset) WHERE site = :site),
    (SELECT count(*) FROM captures WHERE site = :site AND outcome = 'none' AND status < 300)
"""


def _search(layout: Layout) -> None:
    from archive.research.search import search

    connection = open_reader(layout.index)
    try:
        for words in _SEARCHES:
            click.echo(click.style(f"gazette search '{words}'", bold=True))
            for hit in search(connection, Query(words, limit=3)):
                click.echo(f"  {one_line(hit.title or hit.url)}")
                click.echo(f"  {hit.site}  {hit.day}  {hit.document_id}  {hit.ref}")
                click.echo(f"  {highlight(hit.snippet)}\n")
    finally:
        connection.close()
