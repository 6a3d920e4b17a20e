"""Gazette's crawl without archiving, so that the difference is what keeping costs.

A crawling process takes it in as its spider loader.
"""

from __future__ import annotations

from scrapy.spiderloader import SpiderLoader

from archive.types import Capture, Exchange, RecordRef
from archive.warc.records import Told
from crawler import recorder

_NOWHERE = RecordRef("unkept.warc.gz", 0, 1)
_kept = recorder.Recorder.keep


class Loader(SpiderLoader):
    """Scrapy's own: a crawling process that is told to take this one imports what stands below."""


async def _keep(
    self: recorder.Recorder, exchange: Exchange, told: Told, before: Capture | None = None
) -> recorder.Recorded:
    """Say where it would lie; nothing is made and nothing written."""
    if exchange.url.endswith("/robots.txt"):
        # Its rules are read from where it is kept.
        return await _kept(self, exchange, told, before)
    status = int(exchange.response[9:12]) if exchange.response else None
    return recorder.Recorded(_NOWHERE, "urn:uuid:unkept", status, None, False)


recorder.Recorder.keep = _keep  # type: ignore[method-assign]
