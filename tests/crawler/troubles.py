"""What may befall a crawl: it is killed, its disk is full or fails, the power goes.

Each function lets one crawl of an archive meet its trouble, and says whether it came: False when the
crawl was done before.
"""

from __future__ import annotations

import errno
import random
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from archive.layout import Layout
from crawler.cli.exits import Exit
from tests.crawler.durability import Bench, Kept, Patient, kept
from tests.crawler.injection import Injection
from tests.crawler.powerloss import durable, lose, names
from tests.crawler.running import Broken, Running
from tests.crawler.volume import volume

Trouble = Callable[[Patient], bool]

_WARC_CALLS = (
    ("write", "warc"),
    ("sync", "warc"),
    ("pwrite", "durable"),
    ("fsync", "directory"),
    ("link", "warc"),
    ("write", "manifest"),
    ("sync", "manifest"),
)
_REMOVALS = (("unlink", "warc"), ("unlink", "durable"))
_DATABASE_CALLS = (("sql", sqlite3.SQLITE_IOERR_WRITE), ("COMMIT", sqlite3.SQLITE_IOERR_FSYNC))
_STATEMENTS = {"sql": 400, "COMMIT": 120}  # of a crawl, about


def kill(patient: Patient) -> bool:
    """SIGKILL to the crawler, to the indexer that started it, or to all at once, at a random moment."""
    with patient.asking():
        running = _start(patient, Injection(index_every=patient.chance.choice((0.2, 2.0))))
        if not _wait(patient, running):
            return False
        who = patient.chance.choice(("crawler", "indexer", "all"))
        crawler = running.crawler()
        if who == "crawler" and crawler is not None:
            running.kill([crawler])
            if (code := running.end()) not in (Exit.FAILED, Exit.OK):  # OK: it had just ended
                raise Broken(f"its crawler killed, it ends with code {code}: {running.said[-300:]}")
        else:
            # Killed alone, the indexer leaves a crawler that has to end by itself.
            running.kill(running.family() if who == "all" else [running.process.pid])
            running.end()
    return True


def _start(patient: Patient, injection: Injection) -> Running:
    return patient.bench.start(patient.layout, injection)


def _wait(patient: Patient, running: Running) -> bool:
    """Until a random moment of the crawl, mostly one at which it fetches or indexes. False if it ended."""
    bench, chance = patient.bench, patient.chance
    if chance.random() < 0.2:
        moment = running.began + chance.uniform(0, bench.seconds)
    else:
        moment = bench.first_request(running) + chance.uniform(0, bench.busy)
    while running.alive and time.monotonic() < moment:
        time.sleep(0.001)
    if running.alive:
        return True
    if (code := running.end()) != 0:
        raise Broken(f"undisturbed, it ends with code {code}: {running.said[-300:]}")
    return False


def full(patient: Patient) -> bool:
    """No space at some call of the WARC writer, or for a database to grow."""
    chance = patient.chance
    if chance.random() < 0.4:
        database = chance.choice(("crawl", "index"))
        size = chance.randint(2, patient.bench.sizes[database])
        return broken(patient, Injection("pages", database, size), Exit.DISK_FULL)
    call, kind = chance.choice(_WARC_CALLS)
    at = _number(patient, call, kind)
    return broken(patient, Injection(call, kind, at, errno.ENOSPC), Exit.DISK_FULL)


def error(patient: Patient) -> bool:
    """An error of the disk at some call, once or from then on."""
    chance = patient.chance
    once = chance.random() < 0.5
    if chance.random() < 0.3:
        call, code = chance.choice(_DATABASE_CALLS)
        at = chance.randint(1, _STATEMENTS[call])
        return broken(patient, Injection(call, "crawl", at, code, once), Exit.FAILED)
    call, kind = chance.choice(_WARC_CALLS + _REMOVALS)
    at = _number(patient, call, kind)
    return broken(patient, Injection(call, kind, at, errno.EIO, once), Exit.FAILED)


def _number(patient: Patient, call: str, kind: str) -> int:
    calls = ("fsync", "fdatasync") if call == "sync" else (call,)
    return patient.chance.randint(1, max(1, sum(patient.bench.calls.get((c, kind), 0) for c in calls)))


def broken(patient: Patient, injection: Injection, expected: int) -> bool:
    """A crawl that an injected error ends, cleanly and with the expected code."""
    mark = patient.bench.work / f"{patient.layout.root.name}.struck"
    mark.unlink(missing_ok=True)
    injection = Injection(**{**injection.__dict__, "mark": str(mark)})
    try:
        with patient.asking():
            running = _start(patient, injection)
            code = running.end()
        if code == 0 and not mark.exists():
            return False
        patient.clean_end(running, code, expected)
    except Broken as problem:
        raise Broken(
            f"{injection.call} of {injection.of} number {injection.at}, {injection.code},"
            f" {'once' if injection.once else 'on'}: {problem}"
        ) from problem
    return True


def full_disk(patient: Patient) -> bool:
    """A real file system without space, at a random size."""
    assert patient.volume is not None, "on a volume of its own"
    patient.volume.give(patient.chance.randint(4 << 10, patient.bench.space))
    with patient.asking():
        running = _start(patient, Injection())
        code = running.end()
    patient.volume.give(64 << 20)
    if code == 0:
        return False
    patient.clean_end(running, code, Exit.DISK_FULL)
    return True


def power(patient: Patient) -> bool:
    """The power fails: at a random moment, or just after a random system call on a WARC file."""
    if patient.chance.random() < 0.3:
        return power_loss(patient, "", "", 0)
    # By kind, because there are sixty writes to one unlink.
    call, kind = patient.chance.choice(sorted(patient.bench.calls))
    return power_loss(patient, call, kind, patient.chance.randint(1, patient.bench.calls[call, kind]))


def power_loss(patient: Patient, call: str, of: str, at: int) -> bool:
    """After such a call, or at a random moment if it is none."""
    bench, layout, chance = patient.bench, patient.layout, patient.chance
    trace = bench.work / f"{layout.root.name}.trace"
    trace.unlink(missing_ok=True)
    before = names(layout.warc)
    close_behind = chance.random() < 0.6
    injection = Injection(call, of, at, trace=str(trace), index_every=0.05, records_only=close_behind)
    with patient.asking():
        running = _start(patient, injection)
        if not call and _wait(patient, running):
            family = running.family()
            chance.shuffle(family)
            running.kill(family)
        if running.end() == 0:
            bench.start(layout, Injection(), "index").end()  # what was only taken in
            return False
    patient.kept = Kept(patient.kept.records | _kept_then(layout).records)
    lose(layout, durable(before, trace), chance)
    return True


def _kept_then(layout: Layout) -> Kept:
    """What is kept, read from a copy: a reader would change the write-ahead log."""
    with tempfile.TemporaryDirectory() as place:
        for part in layout.root.glob("crawl.db*"):
            shutil.copy(part, place)
        return kept(Layout(Path(place)))


@dataclass(frozen=True)
class Ended:
    """What came of a chain."""

    tried: int
    problem: str | None


def chain(bench: Bench, name: str, troubles: Sequence[Trouble], *, real: bool = False) -> Ended:
    """Troubles befall one archive, and then a crawl ends and all is checked.

    ``name`` is also the seed. ``real``: the archive lies on a volume of its own.
    """
    place = bench.work / name.replace(" ", "-")
    if real:
        with volume(place) as mounted:
            return _chain(Patient(bench, bench.archive(place), random.Random(name), mounted), troubles)
    ended = _chain(Patient(bench, bench.archive(place), random.Random(name)), troubles)
    if ended.problem is None:
        shutil.rmtree(place)
    return ended


def _chain(patient: Patient, troubles: Sequence[Trouble]) -> Ended:
    tried = 0
    try:
        for trouble in troubles:
            if not trouble(patient):
                break  # that crawl was the one that comes to its end
            tried += 1
            patient.look()
        else:
            patient.finish()
        patient.check()
    except Exception as problem:  # what the checks themselves stumble over is a failure too
        return Ended(max(tried, 1), f"{type(problem).__name__}: {problem}")
    return Ended(tried, None)
