"""``gazette repair``: ends what crashed runs left open, and builds a lost crawl.db again."""

from __future__ import annotations

import dataclasses
import fcntl
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import click

from archive import ledger
from archive.errors import BadConfiguration, Locked
from archive.layout import Layout
from archive.warc.names import WarcFile, files
from archive.warc.seal import MANIFEST, Recovered, manifest, recover
from crawler.cli.exits import Exit
from crawler.cli.options import Options
from crawler.cli.output import emit, one_line, size
from crawler.cli.progress import bar


@dataclass(frozen=True, slots=True)
class Done:
    """Something that was repaired, or damage that was met."""

    file: str
    offset: int  # where in the file; 0 when the whole file is meant
    message: str  # one line
    lost: bool  # whether something is gone that had been kept


@click.command("repair")
@click.argument("paths", metavar="[FILE]...", nargs=-1, type=click.Path(dir_okay=False, path_type=Path))
@click.option("--crawl-db", is_flag=True, help="Also build crawl.db from the WARC files, when it is lost.")
@click.option("--force", is_flag=True, help="With --crawl-db: also when it is whole.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object for each thing done.")
@click.pass_obj
def command(options: Options, paths: tuple[Path, ...], crawl_db: bool, force: bool, as_json: bool) -> int:
    """Finish the WARC files that crashed runs left open, mend damaged ones, build a lost crawl.db again.

    Finished files that the manifest misses are listed there. A torn tail is copied to NAME.warc.gz.corrupt
    before it is cut off. Records that had been kept are not in it, unless the disk lost them: exit code 21
    says that something is gone, and the line what. (A crawl does the same when it starts.)

    Finished files in which gazette verify found damage, and FILE, are mended: every whole record stays where
    it is, a record of the loss fills each gap, and the file as it was is kept as NAME.warc.gz.damaged.

    --crawl-db builds the crawler's memory again when crawl.db is missing or damaged: the next crawl is a new
    round that asks for known pages conditionally. What was only queued is found again. The old file is
    kept as crawl.db.lost-N.

    \b
    Example:
      gazette repair
      gazette repair --crawl-db
    """
    layout = options.layout()
    if force and not crawl_db:
        raise click.UsageError("--force says that crawl.db is to be built again: give --crawl-db too")
    with _nobody_else(layout):
        done = list(_files(layout))
        done += _damaged(layout, paths)
        if crawl_db:
            done += _crawl_db(layout, force=force)
    for one in done:
        if as_json:
            emit(dataclasses.asdict(one))
        else:
            click.echo(one_line(f"{one.file}@{one.offset}: {one.message}"))
    if not done and not as_json:
        click.echo("nothing to repair")
    return Exit.DAMAGED if any(one.lost for one in done) else Exit.OK


def _nobody_else(layout: Layout) -> ExitStack:
    """The locks of all sites, held until the stack is closed. Raises Locked while something is in use."""
    from crawler.opening import site_lock

    locked = {path.stem.removeprefix("site-") for path in layout.locks.glob("site-*.lock")}
    with ExitStack() as stack:
        for name in sorted(locked | {path.stem for path in layout.sites.glob("*.toml")}):
            stack.enter_context(site_lock(layout, name))
        for file in files(layout.warc):
            if not file.sealed:
                _refuse_held(file)
        return stack.pop_all()


def _refuse_held(file: WarcFile) -> None:
    with file.path.open("rb") as opened:
        try:
            fcntl.flock(opened, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Locked(f"{file.path} is in use by another run; wait for it, or stop it") from None


def _files(layout: Layout) -> Iterator[Done]:
    kept = {file.name: file.durable for file in files(layout.warc) if not file.sealed}
    before = manifest(layout.warc)
    recovered = recover(layout.warc)
    for one in recovered:
        yield _told(one, kept.get(one.name, 0))
    for name in sorted(set(manifest(layout.warc)) - set(before) - {one.name for one in recovered}):
        yield Done(name, 0, f"listed in {MANIFEST}", lost=False)


def _damaged(layout: Layout, paths: Sequence[Path]) -> Iterator[Done]:
    """Mend the files that are named, and those in which a verification has found damage."""
    from archive.warc.salvage import DAMAGED, salvage

    known = {file.name: file.path for file in files(layout.warc) if file.sealed}
    for path in paths:
        if path.name not in known or not path.exists() or not path.samefile(known[path.name]):
            raise BadConfiguration(
                f"{path}: is no finished WARC file of this archive; name one in {layout.warc}"
            )
    names = {path.name for path in paths}
    if layout.ledger.exists():
        with ledger.opened(layout.ledger) as book:
            names |= book.with_findings(("member", "record"))
    for name in sorted(names & known.keys()):
        with bar(f"mending {name}", "MB") as update:
            total = known[name].stat().st_size // 1_000_000
            lost = salvage(known[name], lambda position: update(position // 1_000_000, total))  # noqa: B023
        for gap in lost:
            yield Done(
                name,
                gap.offset,
                f"{gap.reason}; bytes lost: {gap.length}; the file as it was: {name}{DAMAGED}",
                lost=True,
            )


def _told(one: Recovered, durable: int) -> Done:
    """What was done to an open file of which ``durable`` bytes had been published as kept."""
    if one.cut == 0 and one.kept >= durable:
        return Done(one.name, 0, f"finished, {size(one.kept)}", lost=False)
    message = one.reason or "the file ends here"
    if one.cut:
        message += f"; bytes set aside in {one.name}.corrupt: {one.cut}"
    gone = max(0, durable - one.kept)
    message += (
        f"; bytes that had been kept and are gone from the file: {gone}" if gone else "; none had been kept"
    )
    return Done(one.name, one.kept, message, lost=gone > 0)


def _crawl_db(layout: Layout, *, force: bool) -> Iterator[Done]:
    from crawler.restore import condition, restore

    name = layout.crawl_db.name
    wrong = condition(layout.crawl_db)
    if wrong is None and not force:
        yield Done(name, 0, "whole, so nothing was done; --force builds it again all the same", lost=False)
        return
    with bar("restoring", "MB") as update:
        restored = restore(layout, lambda done, total: update(done // 1_000_000, total // 1_000_000))
    for problem in restored.problems:
        file, _, rest = problem.partition("@")
        offset, _, reason = rest.partition(": ")
        yield Done(file, int(offset), reason, lost=True)
    moved = f"; the old one is {restored.moved}" if restored.moved else ""
    yield Done(
        name,
        0,
        f"{wrong or 'it was whole'}; built again from {restored.captures} captures:"
        f" sites {len(restored.sites)}, URLs {restored.urls}, runs {restored.runs}{moved}",
        lost=False,
    )
