"""Kills at random moments of what writes an index: what the tests and scripts/measure_jobs share."""

from __future__ import annotations

import gzip
import random
import shutil
import sqlite3
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from archive.errors import ArchiveError
from archive.index import candidate, generation, jobs
from archive.index.select import Selection
from archive.layout import Layout
from archive.warc import takein
from archive.warc.seal import recover
from tests.index.support import Shot, child, dump, fake_pool, write_warc

NEWER = "pool=fake_pool(layout, 1, 'extract_newer')"
ACTIONS = {
    "index": "jobs.run(layout, pool=fake_pool(layout))",
    "reextract": f"jobs.run(layout, selection=Selection(), {NEWER})",
    "compare": f"candidate.build(layout, {NEWER})",
    "accept": f"candidate.accept(layout, {NEWER})",
    "rebuild": f"jobs.run(layout, rebuild=True, {NEWER})",
    "import": "[import_file(path, layout.warc) for path in strangers(layout)]",
}
"""Each verb as code for a process of its own."""
_HEAD = """
from archive.index import batches, candidate
from archive.index.select import Selection
from archive.warc.takein import import_file
from tests.index.killing import strangers
batches.BATCH = 7
print("go", flush=True)
"""
_ATOMIC = frozenset({"compare", "accept", "rebuild"})
"""Readers see all old rows or all new ones; in place, rows change batch by batch."""


@dataclass
class Counts:
    """What a series of kills showed."""

    kills: int = 0
    finished: int = 0  # trials that were done before the kill came
    equal: int = 0  # rows as after an undisturbed run
    looks: int = 0  # of readers, while it ran
    mixtures: int = 0
    notes: list[str] = field(default_factory=list)


def pages(count: int, first: int = 0) -> list[Shot]:
    """Pages that take a moment each, of all fates."""
    return [
        Shot(
            f"https://a.example/{i % (count - 3)}",
            {
                "title": f"Nr. {i} von vielen",
                "text": f"Text {i}",
                "act": "wait0.004",
                "teasers": [[f"Nr. {i + 1} von vielen", f"https://a.example/{i + 1}"]],
                "kind": "section" if i % 5 == 0 else "article",
                "suspects": [[f"Nr. {i + 1} von vielen", "Kurz."], [f"Nr. {i + 4} von vielen", "Mehr."]],
                **({"failure": "empty"} if i % 11 == 3 else {}),
                "v2": {"title": f"Nummer {i} von vielen", "failure": "empty" if i % 7 == 2 else None},
            },
            i,
        )
        for i in range(first, first + count)
    ]


def strangers(layout: Layout) -> list[Path]:
    """The files to import: one that is copied member by member, one that is packed anew."""
    return sorted((layout.root / "strangers").iterdir())


def _write_strangers(layout: Layout, count: int) -> None:
    (layout.root / "strangers").mkdir(parents=True)
    for name, first in (("c.warc.gz", count), ("d.warc", 2 * count)):
        elsewhere = Layout(layout.root / "elsewhere")
        write_warc(elsewhere, "x", pages(count // 2, first=first))
        data = (elsewhere.warc / "x.warc.gz").read_bytes()
        (layout.root / "strangers" / name).write_bytes(
            data if name.endswith(".gz") else gzip.decompress(data)
        )
        shutil.rmtree(elsewhere.root)


def _found(action: str, layout: Layout) -> list[tuple[Any, ...]]:
    """The rows; of imports without the names and offsets of our copies, which tell when they were made."""
    if action != "import":
        return dump(layout)
    sql = """SELECT source, captures.record_id, captures.url, captures.captured_at, status, payload_digest,
        outcome, documents.id, title, text, newest
        FROM captures LEFT JOIN documents ON documents.id = document_id
        ORDER BY 1, 2, 3, 4"""
    connection = generation.open_index(layout)
    try:
        return [tuple(row) for row in connection.execute(sql)]
    finally:
        connection.close()


def prepare(action: str, layout: Layout, count: int) -> None:
    """An archive as it is when the action begins."""
    write_warc(layout, "a", pages(count))
    if action != "index":
        jobs.run(layout, pool=fake_pool(layout))
    if action == "accept":
        candidate.build(layout, fake_pool(layout, 1, "extract_newer"))
    if action == "import":
        _write_strangers(layout, count)
    elif action != "reextract":
        write_warc(layout, "b", pages(count // 2, first=count))


def finish(action: str, layout: Layout) -> None:
    """Run the action in this process, to its end; and bring the index to where its rows can be compared."""
    if action == "accept" and generation.candidate(layout) is None:
        return  # the kill came when all was done
    names = {"layout": layout, "jobs": jobs, "candidate": candidate, "Selection": Selection}
    names |= {"fake_pool": fake_pool, "strangers": strangers, "import_file": takein.import_file}
    if action == "import":
        recover(layout.warc)  # as every run does that finds what a killed one left
        takein.sweep(layout.warc)
    eval(ACTIONS[action], names)
    if action == "import":
        jobs.run(layout, pool=fake_pool(layout))
    if action == "compare":
        candidate.accept(layout, fake_pool(layout, 1, "extract_newer"))


def undisturbed(action: str, prepared: Path, directory: Path) -> tuple[list[tuple[Any, ...]], float]:
    """The rows after an action on a copy that nobody killed, and how long it takes."""
    shutil.copytree(prepared, directory, symlinks=True)
    layout = Layout(directory)
    process = child(layout, _HEAD + ACTIONS[action])
    assert process.stdout is not None
    assert process.stdout.readline() == b"go\n"
    began = time.monotonic()
    process.communicate()
    assert process.returncode == 0
    seconds = time.monotonic() - began
    if action in ("compare", "import"):
        finish(action, layout)
    return _found(action, layout), seconds


def trial(
    action: str, prepared: Path, directory: Path, dice: random.Random, seconds: float, counts: Counts
) -> list[tuple[Any, ...]]:
    """Begin the action on a copy, kill it at a random moment, run it again. Gives the rows."""
    shutil.copytree(prepared, directory, symlinks=True)
    layout = Layout(directory)
    process = child(layout, _HEAD + ACTIONS[action])
    assert process.stdout is not None
    assert process.stdout.readline() == b"go\n"
    ended = threading.Event()
    reader = threading.Thread(target=_read, args=(layout, ended, counts)) if action in _ATOMIC else None
    if reader is not None:
        reader.start()
    try:
        time.sleep(dice.uniform(0, seconds))
        counts.kills += 1
        counts.finished += process.poll() is not None
        process.kill()
        process.communicate()
        finish(action, layout)
    finally:
        ended.set()
        if reader is not None:
            reader.join()
    return _found(action, layout)


def _read(layout: Layout, ended: threading.Event, counts: Counts) -> None:
    """Look again and again, with new connections and with one that stays open: one key in all rows."""
    standing = _opened(layout)
    first = standing.execute("SELECT id, title FROM documents ORDER BY id").fetchall() if standing else []
    while not ended.is_set():
        counts.looks += 1
        if (connection := _opened(layout)) is not None:
            keys = {row[0] for row in connection.execute("SELECT extractor FROM documents GROUP BY 1")}
            keys |= {row[0] for row in connection.execute("SELECT value FROM meta WHERE key = 'extractor'")}
            waiting = connection.execute("SELECT count(*) FROM captures WHERE outcome IS NULL").fetchone()[0]
            connection.close()
            if len(keys) != 1 or waiting:
                counts.mixtures += 1
                counts.notes.append(f"a reader saw {sorted(keys)} and {waiting} without an outcome")
        if standing is not None:
            now = standing.execute("SELECT id, title FROM documents ORDER BY id").fetchall()
            if [tuple(row) for row in now] != [tuple(row) for row in first]:
                counts.mixtures += 1
                counts.notes.append("an open reader's rows changed")
        time.sleep(0.005)
    if standing is not None:
        standing.close()


def _opened(layout: Layout) -> sqlite3.Connection | None:
    try:
        return generation.open_index(layout)
    except ArchiveError:
        return None


def series(action: str, directory: Path, kills: int, count: int, seed: int) -> Counts:
    """Kill an action ``kills`` times at random moments, over ``count`` pages and half as many new ones."""
    counts, dice = Counts(), random.Random(f"{action}{seed}")
    prepared = directory / "prepared"
    prepare(action, Layout(prepared), count)
    expected, seconds = undisturbed(action, prepared, directory / "undisturbed")
    for number in range(kills):
        place = directory / f"kill-{number}"
        found = trial(action, prepared, place, dice, seconds, counts)
        counts.equal += found == expected
        if found != expected:
            counts.notes.append(f"kill {number}: {_first_difference(found, expected)}")
        shutil.rmtree(place)
    return counts


def _first_difference(found: list[tuple[Any, ...]], expected: list[tuple[Any, ...]]) -> str:
    odd = set(map(repr, found)) ^ set(map(repr, expected))
    return f"{len(odd)} rows differ, like {min(odd, default='none')[:200]}"
