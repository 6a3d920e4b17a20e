"""Keeps exchanges: appended to the WARC file at once, acknowledged when they are durable.

Exchanges that end at about the same time share a sync, so that many sites cost few of them: a sync begins
when none is under way that could share it, or after a hundredth of a second.

    exchange -> members -> appended -> [one sync for all that was appended before it] -> acknowledged
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime

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
        self._sync: asyncio.Task[int] | None = None
        self._coming = 0  # exchanges that are under way
        self._gathered: asyncio.Future[None] | None = None  # what a sync that is to begin waits for

    def expect(self) -> None:
        """An exchange begins that will be kept; ``arrived`` follows when it has ended, in whatever way."""
        self._coming += 1

    def arrived(self) -> None:
        """An exchange has ended, and what is to be kept of it comes now."""
        self._coming = max(0, self._coming - 1)
        if self._coming == 0:
            self._begin_sync()

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
        if self._sync is None or self._sync.done():
            self._writer.begin()

    async def _synced(self) -> None:
        if self._sync is None or self._sync.done():
            self._sync = asyncio.ensure_future(self._sync_together())
        # Shielded: one page's cancellation must not take the others' sync away.
        await asyncio.shield(self._sync)

    async def _sync_together(self) -> int:
        loop = asyncio.get_running_loop()
        if self._coming:
            self._gathered = loop.create_future()
            timer = loop.call_later(PATIENCE, self._begin_sync)
            await self._gathered
            timer.cancel()
        return await loop.run_in_executor(None, self._writer.sync)

    def _begin_sync(self) -> None:
        if self._gathered is not None and not self._gathered.done():
            self._gathered.set_result(None)

    async def close(self) -> None:
        """Seal the open file, when the sync that runs has ended. Raises ArchiveError."""
        if self._sync is not None:
            await asyncio.wait([self._sync])
        self._writer.close()
