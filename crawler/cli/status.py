"""``gazette status``: what the archive holds, what waits, and whether there is room."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from archive.layout import Layout
from crawler.cli.options import Options
from crawler.cli.output import duration, emit, size, table

_COUNTED = ("captures", "documents", "articles", "last_capture")


@click.command("status")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def command(options: Options, as_json: bool) -> None:
    """Say what the archive holds of each site, what waits, and what room is left.

    New: captured, not extracted yet (`gazette index` takes it). Stale: extracted under another extractor
    than the installed one.

    \b
    Example:
      gazette status
    """
    found = gather(options.layout(), datetime.now(UTC))
    if as_json:
        emit(found)
    else:
        _print(found)


def gather(layout: Layout, now: datetime) -> dict[str, Any]:
    """All that ``status`` tells. Sizes in bytes, times ISO 8601 in UTC. Raises ArchiveError."""
    from archive.warc.names import files

    warcs = files(layout.warc)
    index = _index(layout, {file.name: file.durable for file in warcs})
    return {
        "archive": str(layout.root),
        "warc_files": len(warcs),
        "warc_open": sum(not file.sealed for file in warcs),
        "warc_bytes": sum(file.durable for file in warcs),
        "disk_free": shutil.disk_usage(layout.root).free,
        "index_wal_bytes": _wal(layout.index.resolve()),
        "crawl_wal_bytes": _wal(layout.crawl_db),
        **{key: index[key] for key in ("new", "unread_bytes", "stale", "stale_seconds", "failures")},
        "comparison": _comparison(layout),
        "sites": _sites(layout, index["sites"], now),
    }


def _wal(path: Path) -> int:
    wal = path.with_name(path.name + "-wal")
    return wal.stat().st_size if wal.exists() else 0


def _comparison(layout: Layout) -> str | None:
    from archive.index import generation

    if generation.unfinished(layout) is not None:
        return "unfinished"
    return "waiting" if generation.candidate(layout) is not None else None


def _index(layout: Layout, durable: Mapping[str, int]) -> dict[str, Any]:
    from archive.extract import extractor_key
    from archive.index import generation, pace
    from archive.research import documents

    if generation.current(layout) is None:
        unread = sum(durable.values())
        return {"new": 0, "unread_bytes": unread, "stale": 0, "stale_seconds": 0, "failures": {}, "sites": {}}
    connection = generation.open_index(layout)
    try:
        counts = documents.status(connection, extractor_key())
        read = dict(connection.execute("SELECT name, indexed_offset FROM warc_files").fetchall())
        per_site = connection.execute("SELECT name, captures, documents, articles, last_capture FROM sites")
        return {
            "new": counts["new"],
            "unread_bytes": sum(max(0, whole - read.get(name, 0)) for name, whole in durable.items()),
            "stale": counts["stale"],
            "stale_seconds": round(counts["stale"] * (pace.read(layout) or pace.USUAL), 1),
            "failures": counts["failures"],
            "sites": {row["name"]: {key: row[key] for key in _COUNTED} for row in per_site},
        }
    finally:
        connection.close()


def _sites(layout: Layout, counted: Mapping[str, dict[str, Any]], now: datetime) -> list[dict[str, Any]]:
    from crawler import runlog
    from crawler.schedule import is_due
    from crawler.sites import load_sites

    configured = load_sites(layout)
    with runlog.opened(layout) as connection:
        rounds = runlog.rounds(connection) if connection else {}
        waiting = runlog.queued(connection) if connection else {}
        last = runlog.last_runs(connection) if connection else {}
    result = []
    for name in sorted({*configured, *counted, *rounds}):
        site, run = configured.get(name), last.get(name)
        result.append(
            {
                "site": name,
                "configured": site is not None,
                **dict.fromkeys(_COUNTED, 0),
                "last_capture": None,
                **counted.get(name, {}),
                "queued": waiting.get(name, 0),
                "due": site is not None and is_due(site, rounds.get(name), now),
                "last_run": run.run if run else None,
                "last_started": run.started_at if run else None,
                "last_reason": run.reason if run else None,
            }
        )
    return result


def _print(found: Mapping[str, Any]) -> None:
    head = ("site", "articles", "documents", "captures", "queued", "due", "last run", "ended")
    rows = [
        (
            *(s["site"], s["articles"], s["documents"], s["captures"], s["queued"]),
            "due" if s["due"] else "",
            s["last_started"] or "never",
            (s["last_reason"] or "running, or killed") if s["last_run"] else "",
        )
        for s in found["sites"]
    ]
    if rows:
        click.echo(table(head, rows) + "\n")
    else:
        click.echo("no site yet; add one with: gazette add URL\n")
    click.echo(f"WARC files: {found['warc_files']} ({found['warc_open']} open), {size(found['warc_bytes'])}")
    click.echo(f"{size(found['disk_free'])} free on the disk")
    click.echo(
        f"write-ahead logs: index {size(found['index_wal_bytes'])}, crawl {size(found['crawl_wal_bytes'])}"
    )
    unread, stale = found["unread_bytes"], found["stale"]
    more = f", and {size(unread)} of WARC not looked at yet" if unread else ""
    todo = "; take them in with: gazette index" if found["new"] or unread else ""
    click.echo(f"new: {found['new']} captures{more}{todo}")
    if found["failures"]:
        kinds = ", ".join(f"{number} {kind}" for kind, number in found["failures"].items())
        click.echo(f"could not be extracted: {kinds}")
    todo = "; extract again with: gazette reextract" if stale else ""
    click.echo(
        f"stale: {stale}" + (f" (about {duration(found['stale_seconds'])} of one CPU){todo}" if stale else "")
    )
    if found["comparison"] == "waiting":
        click.echo("a comparison waits: gazette reextract --accept, or --reject")
    elif found["comparison"] == "unfinished":
        click.echo("a comparison isn't finished; go on with: gazette reextract --compare")
