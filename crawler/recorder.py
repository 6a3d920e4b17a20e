"""Keeps exchanges: appended to the WARC file at once, acknowledged when they are durable.

Exchanges that end while a sync runs share the next one, so that many sites cost few syncs.

    exchange -> members -> appended -> [one sync for all that was appended before it] -> acknowledged
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime

from archive.types import Capture, Exchange, RecordRef
from archive.warc.records import Told, exchange_records, resource
from archive.warc.writer import WarcWriter


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
            self._sync = asyncio.ensure_future(asyncio.to_thread(self._writer.sync))
        # Shielded: one page's cancellation must not take the others' sync away.
        await asyncio.shield(self._sync)

    async def close(self) -> None:
        """Seal the open file, when the sync that runs has ended. Raises ArchiveError."""
        if self._sync is not None:
            await asyncio.wait([self._sync])
        self._writer.close()
