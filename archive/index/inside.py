"""Extraction in the process itself: for debuggers, profilers, and machines with room for one.

    capture | read | plain?  yes: extract here, under an alarm and a limit of memory
                   |         no:  a process that can be killed
                   | alarm, no memory, crash: a process that can be killed, whose word counts

Nothing can end C code in one's own process. So only pages run here whose size bounds what C code does
with them; what takes long then is Python, which an alarm interrupts. A page that brought a run down is
known by a note, and runs apart the next time.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Generator, Iterable
from pathlib import Path
from types import FrameType

from archive.index.worker import Result, Setup, extracted, lift_limit, limit_memory, load, page_of
from archive.index.workers import EXTRACTOR, PAGE_BYTES, PAGE_SECONDS, Pool, never
from archive.types import Capture, Failure, FailureKind, Outcome, Page

PLAIN_BYTES = 1 << 20
PLAIN_TAGS = 10_000
PLAIN_STRETCH = 100_000
"""What a page may have to be read here: bytes, tags, and bytes between two tags or within one (a hundred
thousand attributes of one tag keep the parser busy for minutes). A page of an outlet has 50 to 400 kB and up
to 5,000 tags; of those above a process that can be killed takes care."""


class _TooLong(BaseException):
    """The alarm. No ``except Exception`` of a library may take it for its own."""


class Inside:
    """Extracts captures in the calling process; arguments as of ``Pool``. For the main thread.

    ``note`` is a file for the place of the page at hand.
    """

    size = 1

    def __init__(
        self,
        warc_dir: Path,
        key: str,
        note: Path,
        *,
        extractor: str = EXTRACTOR,
        seconds: float = PAGE_SECONDS,
        memory: int = PAGE_BYTES,
    ) -> None:
        self.key = key
        self._setup = Setup(warc_dir, key, extractor, seconds, memory)
        self._note = note
        self._apart = Pool(warc_dir, 1, key, extractor=extractor, seconds=seconds, memory=memory)
        self._extract: Callable[[Page], Outcome] | None = None

    def close(self) -> None:
        """End the process for what can't run here."""
        self._apart.close()

    def extract_all(
        self, captures: Iterable[Capture], ended: Callable[[], bool] = never
    ) -> Generator[Result, None, None]:
        """The outcome of each capture, in their order; see ``Extracting``.

        Raises ArchiveError when a process doesn't start.
        """
        here = threading.current_thread() is threading.main_thread()
        try:
            suspect = self._note.read_text(encoding="utf-8")
        except OSError:
            suspect = ""
        self._note.parent.mkdir(parents=True, exist_ok=True)
        with open(self._note, "w", encoding="utf-8") as note:
            for capture in captures:
                result = None
                if here and str(capture.ref) != suspect:
                    note.seek(0)
                    note.truncate()
                    note.write(str(capture.ref))
                    note.flush()
                    result = self._try(capture)
                if result is None:
                    yield from self._apart.extract_all([capture])
                else:
                    yield result
                if ended():
                    break
        self._note.unlink(missing_ok=True)

    def _try(self, capture: Capture) -> Result | None:
        """The outcome of a capture, None when it is nothing for this process."""
        page = page_of(self._setup, capture)
        if isinstance(page, Result):
            return page
        if not _is_plain(page.body):
            return None
        if self._extract is None:
            self._extract = load(self._setup.extractor)
        before = signal.signal(signal.SIGALRM, _ring)
        limit_memory(self._setup.memory)
        try:
            signal.setitimer(signal.ITIMER_REAL, self._setup.seconds)
            try:
                result = extracted(self._setup, self._extract, page)
            finally:
                signal.setitimer(signal.ITIMER_REAL, 0)
        except (_TooLong, MemoryError):
            return None
        finally:
            lift_limit()
            signal.signal(signal.SIGALRM, before)
        # How deep calls may go depends on how deep this process was before: that must show in no row.
        crashed = isinstance(result.outcome, Failure) and result.outcome.kind is FailureKind.CRASH
        return None if crashed else result


def _is_plain(body: bytes) -> bool:
    """Whether the size of a page bounds what C code does with it."""
    if len(body) > PLAIN_BYTES or body.count(b"<") > PLAIN_TAGS:
        return False
    return max(map(len, body.split(b"<"))) <= PLAIN_STRETCH


def _ring(number: int, frame: FrameType | None) -> None:
    raise _TooLong
