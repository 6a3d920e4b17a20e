"""``gazette publish``: the index as one file that others can open and nobody can change."""

from __future__ import annotations

import json
from pathlib import Path

import click

from archive.layout import read_config
from crawler.cli.options import Options
from crawler.cli.output import size


@click.command("publish")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Take the place of a file that stands there already.")
@click.option(
    "--metadata",
    type=click.Path(path_type=Path),
    metavar="JSON",
    help="Also write what Datasette shows: each table and column described, each question as a query.",
)
@click.pass_obj
def command(options: Options, file: Path, force: bool, metadata: Path | None) -> None:
    """Write the index to one file for others to read: mode 0444, of one moment, also while a crawl runs.

    It opens with any SQLite tool, for users without write permission and in directories without it. The
    texts, the people and the full text are in it; what is queued, what was decided and the bytes of the pages
    are not.

    \b
    Example:
      gazette publish /srv/share/outlets-2026.db
      gazette publish outlets.db --metadata outlets.json && datasette -i outlets.db -m outlets.json
    """
    from archive.index.publish import publish
    from archive.research.datasette import metadata as described

    layout = options.layout()
    if metadata is not None and metadata.absolute() == file.absolute():
        raise click.UsageError("--metadata needs a file of its own")
    written = publish(layout, file, force=force)
    click.echo(f"{file}: {size(written)}, for reading alone")
    if metadata is not None:
        operator = str(read_config(layout).get("operator") or "")
        shown = described(file.stem, f"News archive {layout.root.absolute().name}", operator)
        metadata.write_text(json.dumps(shown, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
        click.echo(f"{metadata}: what Datasette shows of it")
