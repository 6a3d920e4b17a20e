"""Scrapy settings of the same crawl without archiving: what keeping costs is the difference."""

from archive.types import Capture, Exchange, RecordRef
from archive.warc.records import Told
from crawler import recorder
from crawler.settings import *  # noqa: F403 - a settings module is its names

_NOWHERE = RecordRef("unkept.warc.gz", 0, 1)
_kept = recorder.Recorder.keep


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
