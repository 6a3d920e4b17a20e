"""``gazette import``: takes WARC, ARC and WACZ files of others into the archive."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from archive.errors import ArchiveError
from archive.layout import Layout
from archive.locks import held
from crawler.cli.exits import Exit
from crawler.cli.options import Options
from crawler.cli.output import emit, one_line
from crawler.cli.progress import bar
from crawler.sites import NAME

if TYPE_CHECKING:
    from archive.warc.takein import Imported


@click.command("import")
@click.argument(
    "paths", metavar="FILE...", nargs=-1, required=True, type=click.Path(dir_okay=False, path_type=Path)
)
@click.option("--site", help="The site that the records are shown under. Default: none.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a file.")
@click.pass_obj
def command(options: Options, paths: tuple[Path, ...], site: str | None, as_json: bool) -> int:
    """Copy the records of WARC, ARC and WACZ files into this archive; `gazette index` reads them then.

    The files themselves stay as they are. Each becomes a WARC file of the archive that begins with a record
    of where it comes from: gzip members that hold one record are copied byte for byte, all else (plain
    files, one gzip stream for all, ARC) is packed into such members. What is damaged is left out and
    said, with its place and why; exit code 21 says that there was some, or a file with nothing to take.
    A file that was imported before is not imported again.

    \b
    Example:
      gazette import old/*.warc.gz --site stadtarchiv
      gazette import collection.wacz
    """
    from archive.warc import takein

    layout = options.layout()
    if site is not None and not NAME.fullmatch(site):
        raise click.BadParameter(f"{site!r}: a site's name is made of a-z, 0-9 and -", param_hint="--site")
    layout.warc.mkdir(exist_ok=True)
    damaged = False
    with held(layout.locks / "import.lock", "the import"):
        takein.sweep(layout.warc)
        for path in paths:
            for done in _taken(layout, path, site):
                damaged = damaged or isinstance(done, str) or done.lost > 0
                _print(path, done, as_json)
    if not as_json:
        click.echo("next: gazette index", err=True)
    return Exit.DAMAGED if damaged else Exit.OK


def _taken(layout: Layout, path: Path, site: str | None) -> Iterator[Imported | str]:
    """What came of a file, of each file in a WACZ; or why nothing did."""
    from archive.warc import takein, wacz
    from archive.warc.foreign import Skipped

    try:
        if not wacz.is_zip(path):
            yield _one(layout, path, path.name, site)
            return
        with wacz.opened(path) as file:
            entries = wacz.packed(file)
            if not entries:
                raise wacz.BadWacz(f"{path}@0: a zip without WARC files in archive/; nothing of it was taken")
            if wacz.is_signed(file):
                click.echo(one_line(f"{path.name}: is signed; the signature is not checked"), err=True)
            for entry in entries:
                with wacz.unpacked(file, entry, layout.warc) as (part, digest):
                    source = f"{path.name}!{entry.name}"
                    try:
                        done = _one(layout, part, source, site)
                    except takein.Refused as error:
                        yield str(error).replace(str(part), f"{path}!{entry.name}")
                        continue
                    if entry.stated is not None and entry.stated != digest:
                        done.lost += 1
                        done.skipped.append(
                            Skipped(0, f"its hash is {digest}, and in datapackage.json {entry.stated}")
                        )
                    yield done
    except (takein.Refused, wacz.BadWacz) as error:
        yield str(error)
    except OSError as error:
        raise ArchiveError(f"{path}: can't be read: {error.strerror}") from error


def _one(layout: Layout, path: Path, source: str, site: str | None) -> Imported:
    from archive.warc import takein

    with bar(f"importing {source[-40:]}", "MB") as update:

        def show(done: int, total: int) -> None:
            update(done // 1_000_000, total // 1_000_000)

        return takein.import_file(path, layout.warc, source=source, site=site, on_progress=show)


def _print(path: Path, done: Imported | str, as_json: bool) -> None:
    if isinstance(done, str):
        if as_json:
            emit({"source": path.name, "refused": done})
        else:
            click.echo(one_line(done))
    elif as_json:
        emit(dataclasses.asdict(done))
    else:
        for skipped in done.skipped:
            click.echo(one_line(f"{done.source}@{skipped.offset}: {skipped.reason}"))
        click.echo(one_line(_summary(done)))


def _summary(done: Imported) -> str:
    if done.before is not None:
        return f"{done.source}: was imported before, as {done.before}"
    kinds = ", ".join(f"{number} {kind}" for kind, number in sorted(done.records.items()))
    text = f"{done.source}: {done.form}, {sum(done.records.values())} records ({kinds}) in {done.name}"
    if done.as_they_were:
        text += f"; {done.as_they_were} byte for byte"
    if done.lost:
        text += f"; places that are no whole record: {done.lost}"
    if done.unread:
        text += f"; without an address or a date, so that no index shows them: {done.unread}"
    return text
