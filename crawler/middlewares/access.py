"""What a site file grants beside addresses: cookies of its own, and credentials for licensed access."""

from __future__ import annotations

from collections import defaultdict

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.http.cookies import CookieJar

from archive.types import Site
from crawler import frontier
from crawler.frontier import TASK
from crawler.scope import on_site
from crawler.task import Task

MAX_COOKIE = 4_096
"""Bytes of a Set-Cookie line that is taken, and what browsers take (RFC 6265bis, 5.6)."""
MAX_COOKIES = 200
"""Cookies of a site; a server that sets more of them wants to see how many fit."""


class AccessMiddleware:
    """Adds headers to a run's requests; other requests (the shell's) get none.

    Scrapy's own middleware for cookies has one jar for all, and fetches a list of domain suffixes from
    the network when it first needs it. A jar that only one site's hosts see needs no such list.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._jars: defaultdict[str, CookieJar] = defaultdict(CookieJar)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> AccessMiddleware:
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        task = request.meta.get(TASK)
        if not isinstance(task, Task):
            return
        session = frontier.of(self._crawler).session
        if has_jar(task, session.sites[task.site]):
            self._jars[task.site].add_cookie_header(request)
        credentials = session.credentials.get(task.site)
        if credentials is not None:
            for name, value in credentials.sent_to(request.url):
                request.headers[name] = value

    def process_response(self, request: Request, response: Response) -> Response:
        task = request.meta.get(TASK)
        if not isinstance(task, Task):
            return response
        if not has_jar(task, frontier.of(self._crawler).session.sites[task.site]):
            return response
        lines = response.headers.getlist("Set-Cookie")
        taken = [line for line in lines if len(line) <= MAX_COOKIE]
        if taken:
            jar = self._jars[task.site]
            for cookie in jar.make_cookies(
                response.replace(headers={"Set-Cookie": taken}, body=b""), request
            ):
                if len(jar) < MAX_COOKIES:
                    jar.set_cookie_if_ok(cookie, request)
        return response


def has_jar(task: Task, site: Site) -> bool:
    """Whether cookies go along: none to, and from, the other hosts that requisites lie on."""
    return site.cookies and (not task.beside or on_site(task.url, site))
