"""What requisites may cost: each one, and all of a site in a run."""

from __future__ import annotations

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured

from crawler import frontier
from crawler.frontier import TASK
from crawler.handlers.outcomes import Refused
from crawler.requisites import MAX_SIZE
from crawler.task import REQUISITE


class RequisitesMiddleware:
    """Bounds the size of a requisite, and refuses those for which nothing is left of the site's budget.

    What is under way when the budget is used up comes to its end: the size of an answer is known then.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._most = min(MAX_SIZE, crawler.settings.getint("DOWNLOAD_MAXSIZE") or MAX_SIZE)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> RequisitesMiddleware:
        session = getattr(crawler.spider, "session", None)
        if session is None or not any(site.requisites for site in session.sites.values()):
            raise NotConfigured  # other crawls need not ask it for every page
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        task = request.meta.get(TASK)
        if task is None or task.kind != REQUISITE:
            return
        session = frontier.of(self._crawler).session
        budget = session.sites[task.site].requisites_bytes
        if session.tallies[task.site].requisite_bytes >= budget:
            raise Refused("budget", f"requisites_bytes of the site file are used up: {budget:,} in this run")
        request.meta["download_maxsize"] = self._most
