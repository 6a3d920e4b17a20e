"""No request that robots.txt forbids gets to the downloader, wherever it comes from."""

from __future__ import annotations

from scrapy import Request
from scrapy.crawler import Crawler

from crawler import frontier
from crawler.frontier import TASK
from crawler.handlers.outcomes import Refused


class RobotsMiddleware:
    """Refuses what the frontier's rules forbid; the frontier asks for robots.txt before anything else."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> RobotsMiddleware:
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        task = request.meta.get(TASK)
        if task is None or task.kind == "robots":
            return
        reason = frontier.of(self._crawler).robots_refusal(request)
        if reason is not None:
            raise Refused("robots", reason)
