"""``gazette verify``: whether the WARC files are what was written, and the index tells of them."""

from __future__ import annotations

import dataclasses
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import click

from archive import ledger
from archive.db import open_reader
from archive.index import audit
from archive.layout import Layout
from archive.warc.check import Finding, Tally
from archive.warc.verify import Checked, Progress, sample, verify_archive, verify_paths
from crawler.cli.exits import Exit
from crawler.cli.options import Options
from crawler.cli.output import emit, one_line, size
from crawler.cli.progress import bar


class Share(click.ParamType[float]):
    """A share of a whole: "10%" or 0.1."""

    name = "share"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        text = str(value).strip()
        try:
            share = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
        except ValueError:
            share = 0
        if not 0 < share <= 1:
            self.fail(f'{text!r} is no share such as "10%" or 0.1', param, ctx)
        return share


@click.command("verify")
@click.argument(
    "paths",
    metavar="[FILE]...",
    nargs=-1,
    type=click.Path(dir_okay=False, path_type=Path),
)
@click.option(
    "--sample", "share", type=Share(), help="Only this share of the bytes, those first that wait longest."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON lines: the findings, then the summary.")
@click.pass_obj
def command(options: Options, paths: tuple[Path, ...], share: float | None, as_json: bool) -> int:
    """Read all WARC files, or only FILE, and say what isn't as it was written.

    Every record must be whole, a gzip member of its own, with its length and its block and payload digests;
    every finished file must have the SHA-256 that manifest-sha256.txt says; the index must have a row for
    each capture, and no other. A file that is being written is checked as far as it is safe on
    disk. Each finding is a line, NAME@OFFSET: what is wrong; exit code 21 says that there are some.

    What was verified, when, and what was found stands in ledger.db. --sample 10% takes a tenth of all bytes,
    the files whose turn it is: called every night, all is covered in ten.

    \b
    Example:
      gazette verify
      gazette verify --sample 10%
      gazette verify warc/gazette-20261121230500000-00000-myhost.warc.gz --json
    """
    if paths and share is not None:
        raise click.UsageError("--sample chooses among the archive's files: name none")
    tally = Tally()
    found: list[Finding] = []
    try:
        with bar("verifying", "MB") as update:

            def show(done: int, total: int) -> None:
                update(done // 1_000_000, total // 1_000_000)

            if paths:
                found.extend(verify_paths(list(paths), tally, show))
            else:
                found.extend(_archive(options.layout(), share, tally, show))
    finally:
        # Not within the bar, which would catch them; after Ctrl-C too.
        for finding in found:
            emit(dataclasses.asdict(finding)) if as_json else click.echo(one_line(str(finding)))
    if as_json:
        emit({"findings": len(found), **dataclasses.asdict(tally)})
    else:
        click.echo(_summary(tally, len(found)))
    return Exit.DAMAGED if found else Exit.OK


def _archive(layout: Layout, share: float | None, tally: Tally, show: Progress) -> Iterator[Finding]:
    """The findings in the archive's files and index. Each file is noted in the ledger when it is done."""
    differing: list[Finding] = []
    with ledger.opened(layout.ledger) as book, _index(layout) as index:

        def note(checked: Checked) -> None:
            found = list(_against_index(index, checked)) if index is not None else []
            differing.extend(found)
            told = tuple((f.offset, f.kind, f.message) for f in (*checked.findings, *found))
            at = datetime.now(UTC)
            book.note([ledger.Verification(checked.name, at, checked.bytes, checked.records, told)])

        only = None if share is None else sample(layout.warc, share, book.verified())
        yield from verify_archive(layout.warc, tally, show, on_file=note, only=only)
        yield from differing
        if index is not None:
            for name, one in audit.double_ids(index):
                yield Finding(name, one.offset, one.kind, one.message)


@contextmanager
def _index(layout: Layout) -> Iterator[sqlite3.Connection | None]:
    """A reader of the index while the block runs; None when there is none."""
    if not layout.index.exists():
        yield None
        return
    with closing(open_reader(layout.index)) as connection:
        yield connection


def _against_index(index: sqlite3.Connection, checked: Checked) -> Iterator[Finding]:
    # What was indexed or written since the file was read is left for the next time.
    end = min(checked.bytes, audit.indexed_up_to(index, checked.name))
    for one in audit.differences(index, checked.name, checked.captures, end):
        yield Finding(checked.name, one.offset, one.kind, one.message)


def _summary(tally: Tally, found: int) -> str:
    text = f"files: {tally.files} ({size(tally.bytes)}), records: {tally.records}, digests: {tally.digests}"
    text += f"; findings: {found}" if found else "; all is as it was written"
    if tally.truncated:
        text += f"; records that say that they are cut: {tally.truncated}"
    if tally.unknown:
        text += f"; digests of an unknown algorithm: {tally.unknown}"
    return text
