"""Where it is obeyed, no request for what tdmrep.json or ai.txt reserves gets to the downloader."""

from __future__ import annotations

from scrapy import Request
from scrapy.crawler import Crawler

from crawler import frontier
from crawler.frontier import TASK
from crawler.handlers.outcomes import Refused
from crawler.rights import RULES


class RightsMiddleware:
    """Refuses by the session's book of rights; the frontier asks for the files before anything else."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> RightsMiddleware:
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        task = request.meta.get(TASK)
        if task is None or task.kind in RULES:
            return
        session = frontier.of(self._crawler).session
        if session.sites[task.site].rights != "obey":
            return
        reason = session.rights.refusal(task.url, session.agent)
        if reason is not None:
            raise Refused("rights", reason)
