"""A file layer that drops what was not synced.

The crawling process notes each of its system calls on WARC files in a log outside the archive. When the
power has failed (all processes are killed at one moment), the log tells what was durable then: of each file
the bytes that stood in it when its last sync began, of the directory the names that it held when its last
sync began. Of all that came later, chance decides what is left, as it is on a real disk.

The databases may keep everything, which is the worst case for what they claim of the WARC files, or lose
the end of their write-ahead log.
"""

from __future__ import annotations

import itertools
import json
import os
import random
import signal
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from archive.layout import Layout
from tests.crawler.injection import SYNCS, Injection, Observer, kind_of, meant

_STALL = 0.4
"""Seconds between a call and the power loss behind it: long enough for the index to look at what is there."""


def tracing(injection: Injection) -> Observer:
    """Notes each call when it is done, and lets the power fail after the one that the injection means."""
    log = os.open(injection.trace, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    numbers = itertools.count(1)

    def note(**told: object) -> None:
        os.write(log, json.dumps(told).encode() + b"\n")

    def observer(function: Callable[..., Any], name: str, kind: str, path: str, *arguments: Any) -> Any:
        told: dict[str, object] = {"call": name, "kind": kind}
        if name in SYNCS:
            # Before the call: what is written while it runs may miss it.
            told |= {"names": names(Path(path))} if kind == "directory" else file_id(arguments[0])
        done = function(*arguments)
        note(**told)
        if meant(injection, name, kind) and next(numbers) == injection.at:
            time.sleep(_STALL)
            for process in (os.getppid(), os.getpid()):
                os.kill(process, signal.SIGKILL)
        return done

    return observer


def file_id(descriptor: int) -> dict[str, object]:
    status = os.fstat(descriptor)
    return {"inode": status.st_ino, "size": status.st_size}


def names(directory: Path) -> dict[str, list[int]]:
    """Inode and size behind each name in the directory."""
    found = {}
    for path in sorted(directory.glob("*")):
        try:
            status = path.stat()
        except FileNotFoundError:  # renamed by another thread just now
            continue
        found[path.name] = [status.st_ino, status.st_size]
    return found


@dataclass
class Durable:
    """What is on the disk for certain."""

    names: dict[str, int]  # inode behind each name
    sizes: dict[int, int] = field(default_factory=dict)  # synced bytes of each inode


def durable(before: dict[str, list[int]], trace: Path) -> Durable:
    """What the log of a run says. ``before``: the directory when the run began, all of it durable."""
    known = Durable({n: i for n, (i, _) in before.items()}, dict(map(tuple, before.values())))
    for call in calls(trace):
        if call["call"] not in SYNCS:
            continue
        if call["kind"] == "directory":
            known.names = {name: inode for name, (inode, _) in call["names"].items()}
        else:
            known.sizes[call["inode"]] = call["size"]
    return known


def calls(trace: Path) -> list[dict[str, Any]]:
    """The noted calls, in their order."""
    if not trace.exists():
        return []
    # The last line may be half.
    return [json.loads(line) for line in trace.read_bytes().split(b"\n")[:-1]]


def lose(layout: Layout, known: Durable, chance: random.Random) -> None:
    """Let the archive look as it may after the power came back."""
    now = names(layout.warc)
    kinds = {name: kind_of(name) for name in now}
    for name, (inode, size) in now.items():
        path = layout.warc / name
        if kinds[name] == "durable":
            _lose_offset(path, chance)
        elif kinds[name] in ("warc", "manifest") and (safe := known.sizes.get(inode, 0)) < size:
            _lose_tail(path, safe, size, chance)
    inodes = {inode: name for name, (inode, _) in now.items()}
    returning = {n: i for n, i in known.names.items() if n not in now and i in inodes}
    for name, inode in returning.items():
        if chance.random() < 0.5:
            os.link(layout.warc / inodes[inode], layout.warc / name)
    for name in known.names.keys() - now.keys():
        if kind_of(name) == "durable" and chance.random() < 0.5:
            (layout.warc / name).write_bytes(b"%020d" % chance.randint(0, 100_000))
    for name, (inode, _) in now.items():
        if known.names.get(name) != inode and chance.random() < 0.5:
            (layout.warc / name).unlink(missing_ok=True)
    for database in (layout.crawl_db, *layout.generations.glob("*.db")):
        _lose_log(database, chance)


def _lose_tail(path: Path, safe: int, size: int, chance: random.Random) -> None:
    """Bytes that were never synced: none is left, some, zeros in their place, or all."""
    kept = chance.choice((safe, chance.randint(safe, size), size))
    zeros = chance.choice((0, 0, chance.randint(0, size - kept)))
    with path.open("r+b") as file:
        file.truncate(kept)
        file.truncate(kept + zeros)


def _lose_offset(path: Path, chance: random.Random) -> None:
    """The published offset is never synced: it may be gone, empty, zeros, older or as it was."""
    text = path.read_bytes()
    older = b"%020d" % chance.randint(0, int(text) if text.isdigit() else 0)
    found = chance.choice((None, b"", b"\0" * len(text), older, text))
    if found is None:
        path.unlink()
    else:
        path.write_bytes(found)


def _lose_log(database: Path, chance: random.Random) -> None:
    """Cut the end of a write-ahead log, never before what a checkpoint has synced."""
    log = database.with_name(database.name + "-wal")
    memory = database.with_name(database.name + "-shm")
    if log.exists() and memory.exists() and chance.random() < 0.5:
        size = log.stat().st_size
        with log.open("r+b") as file:
            head = file.read(32)
            (page,) = struct.unpack(">I", head[8:12]) if len(head) == 32 else (0,)
            shared = memory.read_bytes()[128:132]
            (synced,) = struct.unpack("=I", shared) if len(shared) == 4 else (0,)
            least = 32 + synced * (24 + page) if synced else 0
            if least < size:
                file.truncate(chance.randint(least, size))
    # It lies in memory that many processes share, and SQLite makes it anew.
    memory.unlink(missing_ok=True)
