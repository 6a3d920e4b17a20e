"""A thread that keeps the extracting processes busy while its caller does something else, such as writing.

    caller: give captures -> waiting -> thread: processes -> results -> caller: take

What the caller reads captures with and writes outcomes with stays in the caller's thread.
"""

from __future__ import annotations

import socket
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue

from archive.index.processes import Processes
from archive.index.worker import Result
from archive.types import Capture


class Feeding:
    """One run over some captures: it has ``processes`` to itself until ``stop``.

    Once ``ended()``, which is asked in both threads, no further capture is begun but the first.
    """

    def __init__(self, processes: Processes, ended: Callable[[], bool]) -> None:
        self._processes = processes
        self._ended = ended
        self._waiting: deque[Capture] = deque()
        self._complete = False  # nothing more is given
        self._begun = self._stopped = False
        self._results: SimpleQueue[Result | BaseException | None] = SimpleQueue()
        self._bell, self._rope = socket.socketpair()
        self._bell.setblocking(False)
        self._rope.setblocking(False)
        self._thread = threading.Thread(target=self._run, name="feeding", daemon=True)
        self._thread.start()

    def give(self, capture: Capture | None) -> None:
        """Queue a capture; None says that there are no more."""
        if capture is None:
            self._complete = True
        else:
            self._waiting.append(capture)
        self._ring()

    def take(self) -> Result | None:
        """Wait for a result, in the order in which they are ready; None when there are no more.

        Raises what went wrong in the thread: ArchiveError when workers don't start.
        """
        said = self._results.get()
        if isinstance(said, BaseException):
            raise said
        return said

    def stop(self) -> None:
        """End the thread. What it was at stays with the processes."""
        self._stopped = True
        self._ring()
        self._thread.join()
        self._bell.close()
        self._rope.close()

    def _ring(self) -> None:
        with suppress(BlockingIOError):  # so many rings are unheard that one more tells nothing
            self._rope.send(b".")

    def _run(self) -> None:
        try:
            while self._feed():
                for result in self._processes.collect(self._bell):
                    self._results.put(result)
                with suppress(BlockingIOError):
                    while self._bell.recv(4096):
                        pass
            self._results.put(None)
        except BaseException as error:  # noqa: BLE001 - whatever it is, the caller raises it
            self._results.put(error)

    def _feed(self) -> bool:
        """Hand out captures as long as there is room. Whether anything is in flight, or still to come."""
        while not self._stopped and self._waiting and self._processes.has_room and not self._over():
            self._processes.send(self._waiting.popleft())
            self._begun = True
        if self._stopped:
            return False
        # ``complete`` is set behind the last capture: asked first, it can't miss one.
        return self._processes.busy or not (self._over() or (self._complete and not self._waiting))

    def _over(self) -> bool:
        return self._begun and self._ended()
