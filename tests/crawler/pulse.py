"""An extension for measurements: how long the event loop of a crawl stood still, and where it did.

``EXTENSIONS = {"tests.crawler.pulse.Pulse": 0}`` writes to the file that the environment names.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import threading
import time
import traceback
from dataclasses import dataclass
from pathlib import Path

from scrapy import signals
from scrapy.crawler import Crawler

FILE = "GAZETTE_TEST_PULSE"
STALL = 0.4
"""Seconds without a beat that are noted."""
_BEAT = 0.05


@dataclass(frozen=True, order=True)
class Stall:
    """A time in which the loop did one thing only."""

    cpu: float  # seconds that it worked itself; the rest it waited for the processor, or for a thread
    seconds: float
    place: str


def stalls(path: Path) -> list[Stall]:
    """What a crawl has written, the longest work first."""
    if not path.exists():
        return []
    return sorted((Stall(*one) for one in json.loads(path.read_text(encoding="utf-8"))), reverse=True)


class Pulse:
    """Beats in the loop; a thread notes where the loop is when a beat is late."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._beat = time.monotonic()
        self._cpu = 0.0
        self._stack = ""
        self._stalls: list[tuple[float, float, str]] = []
        self._main = threading.get_ident()
        self._stop = threading.Event()
        self._timer: asyncio.TimerHandle | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Pulse:
        pulse = cls(Path(os.environ[FILE]))
        crawler.signals.connect(pulse.begin, signals.engine_started)
        crawler.signals.connect(pulse.end, signals.engine_stopped)
        return pulse

    def begin(self) -> None:
        self._main = threading.get_ident()
        self._beat, self._cpu = time.monotonic(), time.thread_time()
        threading.Thread(target=self._watch, daemon=True).start()
        self._next()

    def end(self) -> None:
        self._stop.set()
        if self._timer is not None:
            self._timer.cancel()
        self._path.write_text(json.dumps(self._stalls), encoding="utf-8")

    def _next(self) -> None:
        now, cpu = time.monotonic(), time.thread_time()
        if now - self._beat > STALL + _BEAT:
            self._stalls.append((cpu - self._cpu, now - self._beat - _BEAT, self._stack))
        self._beat, self._cpu, self._stack = now, cpu, ""
        self._timer = asyncio.get_running_loop().call_later(_BEAT, self._next)

    def _watch(self) -> None:
        while not self._stop.wait(_BEAT):
            if time.monotonic() - self._beat > STALL and not self._stack:
                frame = sys._current_frames().get(self._main)
                lines = traceback.extract_stack(frame)[-6:] if frame else []
                self._stack = " > ".join(f"{Path(s.filename).name}:{s.lineno} {s.name}" for s in lines)
