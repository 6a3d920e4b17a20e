"""``gazette verify``: whether the WARC files are what was written."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import click

from archive.warc.verify import Finding, Tally, verify_archive, verify_paths
from crawler.cli.exits import Exit
from crawler.cli.options import Options
from crawler.cli.output import emit, one_line, size
from crawler.cli.progress import bar


@click.command("verify")
@click.argument(
    "paths",
    metavar="[FILE]...",
    nargs=-1,
    type=click.Path(dir_okay=False, path_type=Path),
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON lines: the findings, then the summary.")
@click.pass_obj
def command(options: Options, paths: tuple[Path, ...], as_json: bool) -> int:
    """Read all WARC files, or only FILE, and say what isn't as it was written.

    Every record must be whole, a gzip member of its own, with its length and its block and payload digests;
    every finished file must have the SHA-256 that manifest-sha256.txt says. A file that is being written is
    checked as far as it is safe on disk. Each finding is a line, NAME@OFFSET: what is wrong; exit code 21
    says that there are some.

    \b
    Example:
      gazette verify
      gazette verify warc/gazette-20261121230500000-00000-myhost.warc.gz --json
    """
    tally = Tally()
    found: list[Finding] = []
    warc_dir = None if paths else options.layout().warc
    try:
        with bar("verifying", "MB") as update:

            def show(done: int, total: int) -> None:
                update(done // 1_000_000, total // 1_000_000)

            found.extend(
                verify_archive(warc_dir, tally, show) if warc_dir else verify_paths(list(paths), tally, show)
            )
    finally:
        # Not within the bar, which would catch them; after Ctrl-C too.
        for finding in found:
            emit(dataclasses.asdict(finding)) if as_json else click.echo(one_line(str(finding)))
    if as_json:
        emit({"findings": len(found), **dataclasses.asdict(tally)})
    else:
        click.echo(_summary(tally, len(found)))
    return Exit.DAMAGED if found else Exit.OK


def _summary(tally: Tally, found: int) -> str:
    text = f"files: {tally.files} ({size(tally.bytes)}), records: {tally.records}, digests: {tally.digests}"
    text += f"; findings: {found}" if found else "; all is as it was written"
    if tally.truncated:
        text += f"; records that say that they are cut: {tally.truncated}"
    if tally.unknown:
        text += f"; digests of an unknown algorithm: {tally.unknown}"
    return text
