"""What has shown itself to be a trap is not fetched; the refusal is the URL's recorded outcome."""

from __future__ import annotations

from scrapy import Request
from scrapy.crawler import Crawler

from crawler import frontier
from crawler.frontier import TASK
from crawler.handlers.outcomes import Refused


class TrapsMiddleware:
    """Asks what the run has learned of the site, at the moment when a link's turn has come: see Traps."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> TrapsMiddleware:
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        task = request.meta.get(TASK)
        if task is None:
            return
        reason = frontier.of(self._crawler).session.traps[task.site].refusal(task)
        if reason is not None:
            raise Refused("scope", reason)
