"""Asks for a page only if it has changed since it was kept (RFC 9110, 13.1).

A server that says 304 costs a revisit record; the archive middleware writes it, and the spider reads
the links of the page that is kept.
"""

from __future__ import annotations

from scrapy import Request

from crawler.frontier import TASK


class UnchangedMiddleware:
    """Adds If-None-Match and If-Modified-Since, in the server's own words."""

    def process_request(self, request: Request) -> None:
        task = request.meta.get(TASK)
        if task is None or task.stored is None or task.kind == "robots":
            return
        if task.stored.etag:
            request.headers["If-None-Match"] = task.stored.etag
        if task.stored.last_modified:
            request.headers["If-Modified-Since"] = task.stored.last_modified
