"""Keeps exchanges: appended to the WARC file at once, acknowledged when they are durable.

Exchanges that end at about the same time share a sync, so that many sites cost few of them: a sync begins
when none is under way that could share it, or after a hundredth of a second.

    exchange -> members -> appended -> [one sync for all that was appended before it] -> acknowledged
"""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from queue import SimpleQueue

from archive.errors import ArchiveError
from archive.types import Capture, Exchange, RecordRef
from archive.warc.records import Told, exchange_records, resource
from archive.warc.writer import WarcWriter

PATIENCE = 0.01
"""Seconds for which an exchange waits for others to be synced with it."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """Where an exchange lies now."""

    ref: RecordRef  # of the response; of the request, or the metadata, when no response came
    record_id: str
    status: int | None
    payload_digest: str | None
    revisit: bool  # a revisit record: the payload lies where it was kept before


class Recorder:
    """The one writer of a crawling process, for use in its event loop.

    After a sync has failed the writer refuses all that follows: see WarcWriter.sync.
    """

    def __init__(self, writer: WarcWriter) -> None:
        self._writer = writer
        self._coming = 0  # exchanges that are under way
        self._waiting: list[asyncio.Future[None]] = []  # for the sync that is under way
        self._syncing = False  # a sync runs, or waits for more to share it
        self._timer: asyncio.Handle | None = None  # while it waits: its beginning
        self._orders: SimpleQueue[asyncio.AbstractEventLoop | None] = SimpleQueue()
        self._thread: threading.Thread | None = None  # the one that syncs

    def expect(self) -> None:
        """An exchange begins that will be kept; ``arrived`` follows when it has ended, in whatever way."""
        self._coming += 1

    def arrived(self) -> None:
        """An exchange has ended, and what is to be kept of it comes now."""
        self._coming = max(0, self._coming - 1)
        if self._coming == 0 and self._timer is not None:
            self._timer.cancel()
            # Not at once: what has arrived is to share it.
            self._timer = asyncio.get_running_loop().call_soon(self._sync)

    async def keep(self, exchange: Exchange, told: Told, before: Capture | None = None) -> Recorded:
        """Write an exchange and wait until it is durable. Raises ArchiveError when it can't be.

        ``before``: see exchange_records.
        """
        self._begin()
        records = exchange_records(exchange, told, self._writer.warcinfo_id, before)
        refs = self._writer.append(records.members)
        await self._durable()
        return Recorded(refs[-1], records.record_id, records.status, records.payload_digest, records.revisit)

    async def note(self, uri: str, content_type: str, data: bytes) -> None:
        """Write bytes of our own as a resource record. Raises ArchiveError."""
        self._begin()
        self._writer.append([resource(uri, datetime.now(UTC), content_type, data, self._writer.warcinfo_id)])
        await self._durable()

    async def _durable(self) -> None:
        """Wait until all that was appended so far is safe."""
        name, target = self._writer.name, self._writer.size
        while self._writer.name == name and self._writer.durable < target:
            # Here too: while pages keep coming a sync is always under way when the next one is written,
            # and no file would ever be found full.
            self._begin()
            await self._synced()

    def _begin(self) -> None:
        # Files change between two syncs only: a sync works on the open descriptor.
        if not self._syncing:
            self._writer.begin()

    def _synced(self) -> asyncio.Future[None]:
        """Ends with the sync that is under way, or else with one that begins for it."""
        # One for each who waits: a page's cancellation takes nothing from the others.
        loop = asyncio.get_running_loop()
        waiting = loop.create_future()
        self._waiting.append(waiting)
        if not self._syncing:
            self._syncing = True
            if self._coming:
                self._timer = loop.call_later(PATIENCE, self._sync)
            else:
                self._sync()
        return waiting

    def _sync(self) -> None:
        self._timer = None
        if self._thread is None:
            # One of our own: an executor's way there and back costs as much as the sync itself.
            self._thread = threading.Thread(target=self._obey, name="sync", daemon=True)
            self._thread.start()
        self._orders.put(asyncio.get_running_loop())

    def _obey(self) -> None:
        while (loop := self._orders.get()) is not None:
            error: Exception | None = None
            try:
                self._writer.sync()
            except Exception as failed:  # noqa: BLE001 - those who wait would wait for ever
                error = failed
            with suppress(RuntimeError):  # the loop is closed, and nobody waits
                loop.call_soon_threadsafe(self._end_sync, error)

    def _end_sync(self, error: Exception | None) -> None:
        self._syncing = False
        waiting, self._waiting = self._waiting, []
        for one in waiting:
            if one.done():  # cancelled
                continue
            if error is None:
                one.set_result(None)
            else:
                one.set_exception(error)

    async def close(self) -> None:
        """Seal the open file, when the sync that runs has ended. Raises ArchiveError."""
        if self._syncing:
            with suppress(ArchiveError):  # those who wait for it are told
                await self._synced()
        if self._thread is not None:
            self._orders.put(None)
            self._thread.join()
            self._thread = None
        self._writer.close()
