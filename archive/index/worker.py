"""The inside of an extracting process: reads a reference, reads the record, sends the outcome."""

from __future__ import annotations

import hashlib
import importlib
import logging
import resource
import signal
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path

from archive.errors import DamagedRecord
from archive.types import Capture, Failure, FailureKind, Outcome, Page, RecordRef
from archive.warc.reader import read_page

READY = ""
"""What a worker says when it can take pages; any other text says why it can't."""


@dataclass(frozen=True, slots=True)
class Setup:
    """All that a worker is told before its first page."""

    warc_dir: Path
    key: str  # extractor key of the failures that are not the extractor's own
    extractor: str  # "module:function", Page -> Outcome
    seconds: float  # limit of a page
    memory: int  # bytes that the process may have with its page


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one capture."""

    capture: Capture
    outcome: Outcome
    content_digest: str | None  # "sha256:" of Page.body; None when the record could not be read


def main(descriptor: int) -> None:
    """Serve the parent on a socket until it closes it, or is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # What libraries say of a page's faults would stand between the lines of the parent's progress bar.
    logging.disable(logging.CRITICAL)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with Connection(descriptor) as pipe:
        try:
            _serve(pipe)
        except (EOFError, ConnectionError):
            return


def _serve(pipe: Connection) -> None:
    setup: Setup = pipe.recv()
    try:
        extract = load(setup.extractor)
    except (ImportError, AttributeError) as error:
        pipe.send(f"{setup.extractor}: {_where(error)}: {error}")
        return
    limit_memory(setup.memory)
    pipe.send(READY)
    while True:
        capture: Capture = pipe.recv()
        # The parent kills a page that takes too long. Should the parent be dead, the kernel's
        # alarm ends this process, inside C code too.
        signal.setitimer(signal.ITIMER_REAL, 2 * setup.seconds)
        try:
            pipe.send(result_of(setup, extract, capture))
        except MemoryError:
            lift_limit()
            pipe.send(FailureKind.MEMORY)
            return
        signal.setitimer(signal.ITIMER_REAL, 0)


def load(extractor: str) -> Callable[[Page], Outcome]:
    """The function that "module:function" names, after a first page."""
    module, _, name = extractor.partition(":")
    extract: Callable[[Page], Outcome] = getattr(importlib.import_module(module), name)
    # The first page loads libraries and fills caches: that time and memory belong to the process.
    extract(Page(_WARM_UP, (("Content-Type", "text/html; charset=utf-8"),), _WARM_UP_HTML.encode()))
    return extract


_WARM_UP = Capture(
    "urn:uuid:00000000-0000-0000-0000-000000000000",
    RecordRef("", 0, 0),
    "http://localhost/",
    datetime(2000, 1, 1, tzinfo=UTC),
    200,
    "text/html",
    None,
)
_WARM_UP_HTML = (
    "<!DOCTYPE html><html lang=de><head><title>Ein Titel</title></head><body><article><h1>Ein Titel</h1>"
    + "<p>Der Rat der Stadt hat am Montag den Plan für den neuen Platz beraten und beschlossen.</p>" * 5
    + "</article></body></html>"
)


def limit_memory(total: int) -> None:
    """Let the kernel refuse memory that would bring this process above ``total`` resident bytes.

    The limit is on address space, the only one that Linux keeps to: what is mapped and not resident
    before the page doesn't count. Other systems know no such limit, or don't keep to it.
    """
    try:
        mapped, resident = Path("/proc/self/statm").read_text(encoding="ascii").split()[:2]
    except FileNotFoundError:
        return
    limit = (int(mapped) - int(resident)) * resource.getpagesize() + total
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    if hard == resource.RLIM_INFINITY or limit < hard:
        resource.setrlimit(resource.RLIMIT_AS, (limit, hard))


def lift_limit() -> None:
    """Let this process have all memory again."""
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (hard, hard))


def result_of(setup: Setup, extract: Callable[[Page], Outcome], capture: Capture) -> Result:
    """What becomes of a capture. Raises MemoryError; all else that goes wrong is an outcome."""
    page = page_of(setup, capture)
    return page if isinstance(page, Result) else extracted(setup, extract, page)


def page_of(setup: Setup, capture: Capture) -> Page | Result:
    """The page of a capture, or what becomes of a capture that can't be read."""
    try:
        return read_page(setup.warc_dir, capture)
    except DamagedRecord as error:
        failure = Failure(capture.record_id, setup.key, FailureKind.DAMAGED, str(error))
        return Result(capture, failure, None)


def extracted(setup: Setup, extract: Callable[[Page], Outcome], page: Page) -> Result:
    """What becomes of a page. Raises MemoryError."""
    digest = "sha256:" + hashlib.sha256(page.body).hexdigest()
    try:
        return Result(page.capture, extract(page), digest)
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - a page may break the extractor in any way; that is its outcome
        failure = Failure(page.capture.record_id, setup.key, FailureKind.CRASH, _where(error))
        return Result(page.capture, failure, digest)


def _where(error: Exception) -> str:
    """What broke and where, without the error's own words: these may hold addresses, new each time."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} in {Path(frame.filename).name}, line {frame.lineno}"
