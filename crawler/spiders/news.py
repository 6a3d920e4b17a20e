"""The one spider: a site is data (sites/NAME.toml), a page is links, and what is kept is an item."""

from __future__ import annotations

import dataclasses
import json
import logging
import os
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

from scrapy import Request, Spider
from scrapy.crawler import Crawler
from scrapy.exceptions import CloseSpider, IgnoreRequest
from scrapy.http import Response
from twisted.python.failure import Failure

from archive.errors import ArchiveError, BadConfiguration
from archive.layout import open_archive
from archive.types import Page
from archive.warc.reader import OWN
from crawler import discover, frontier
from crawler.frontier import TASK
from crawler.handlers.cut import cut_user_info
from crawler.middlewares.archive import KEPT
from crawler.session import Session, open_session, user_agent
from crawler.sites import load_sites
from crawler.tally import Limits
from crawler.task import Kept, Task

logger = logging.getLogger(__name__)

_TRANSIENT = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Statuses that may be another one in a minute."""


class NewsSpider(Spider):
    """Crawls the sites named by ``-a sites=NAME,...`` of the archive in the setting GAZETTE_ARCHIVE."""

    name = "news"

    def __init__(self, sites: str = "", **arguments: Any) -> None:
        super().__init__(**arguments)
        self._names = [name for name in sites.split(",") if name]
        self.session: Session | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> NewsSpider:
        spider = super().from_crawler(crawler, *args, **kwargs)
        if spider._names:
            try:
                spider.session = spider._open_session(crawler)
            except ArchiveError as error:
                sys.stderr.write(f"gazette: {error}\n")
                sys.stderr.flush()
                # Any exception would come out as a traceback and code 1; nothing is open yet.
                os._exit(error.exit_code)
        return spider

    def _open_session(self, crawler: Crawler) -> Session:
        settings = crawler.settings
        layout = open_archive(Path(settings.get("GAZETTE_ARCHIVE")))
        known = load_sites(layout)
        missing = [name for name in self._names if name not in known]
        if missing:
            raise BadConfiguration(
                f"{layout.sites}: no site {missing[0]!r}; gazette sites are: {', '.join(known)}"
            )
        limits = Limits(
            settings.getint("GAZETTE_MAX_PAGES") or None,
            settings.getint("GAZETTE_MAX_BYTES") or None,
            settings.getfloat("GAZETTE_MAX_SECONDS") or None,
            settings.getint("GAZETTE_MIN_FREE"),
        )
        settings.set("USER_AGENT", user_agent(layout), priority="spider")
        report = settings.getint("GAZETTE_REPORT_FD") or None
        return open_session(layout, {name: known[name] for name in self._names}, limits, report)

    async def start(self) -> AsyncIterator[Any]:
        """What an earlier run kept and had no time to read is read from its WARC file, not fetched again."""
        if self.session is None:
            raise CloseSpider("no site named: use -a sites=NAME,NAME")
        queue = frontier.of(self.crawler)
        # Before anything is awaited: a robots.txt that is kept and not expanded would be asked for again.
        for name in self.session.sites:
            for task, capture in self.session.db.unexpanded(name):
                page = discover.kept_page(self.session.layout.warc, capture)
                queue.expand(task, discover.expand(page, task, self.session.sites[name]) if page else [])
        await self._note_sites()
        nothing: tuple[Request, ...] = ()
        for request in nothing:
            yield request

    async def _note_sites(self) -> None:
        """Each site's configuration, as it was when the run began, stands in the WARC file."""
        assert self.session is not None
        for site in self.session.sites.values():
            uri = f"{OWN}run:{self.session.run}:site:{site.name}"
            text = json.dumps(dataclasses.asdict(site), ensure_ascii=False, indent=1, sort_keys=True)
            try:
                await self.session.recorder.note(uri, "application/json", cut_user_info(text).encode())
            except ArchiveError as error:
                self.session.fail(error)
                return

    def parse(self, response: Response, **_: Any) -> Iterator[dict[str, Any]]:
        """A kept response: its links go to the frontier, and one small item tells of it."""
        task: Task | None = response.meta.get(TASK)
        if task is None or self.session is None:
            yield {
                "url": response.url,
                "links": [link.url for link in discover.links(page_of(response, None))],
            }
            return
        kept: Kept = response.meta[KEPT]
        queue = frontier.of(self.crawler)
        page = self._page(response, task, kept)
        if (
            response.status in _TRANSIENT
            and task.kind != "robots"
            and queue.postpone(task, f"HTTP {response.status}")
        ):
            return
        if task.kind == "robots":
            queue.learn_robots(task.authority, response.status, page.body)
        queue.expand(task, discover.expand(page, task, self.session.sites[task.site]))
        yield {
            "site": task.site,
            "url": task.url,
            "status": response.status,
            "mime": kept.mime,
            "bytes": len(response.body),
            "warc": kept.ref.warc,
            "offset": kept.ref.offset,
        }

    def _page(self, response: Response, task: Task, kept: Kept) -> Page:
        """The page that a response stands for: of one that is not modified, the one that is kept."""
        if response.status == 304 and task.stored is not None and self.session is not None:
            page = discover.kept_page(self.session.layout.warc, task.stored.capture)
            if page is not None:
                return page
        return page_of(response, kept)

    def failed(self, failure: Failure) -> None:
        """No response: refused by robots.txt, unreachable, or not kept."""
        request: Request = failure.request  # type: ignore[attr-defined]
        task: Task = request.meta[TASK]
        queue = frontier.of(self.crawler)
        error = failure.value
        if isinstance(error, ArchiveError):
            queue.release(task)
        elif isinstance(error, IgnoreRequest):
            queue.settle(task, "refused", str(error))
        elif not queue.postpone(task, _why(error)):
            if task.kind == "robots":
                queue.learn_robots(task.authority, None)
            queue.settle(task, "failed", _why(error))


def _why(error: BaseException | None) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())[:500]


def page_of(response: Response, kept: Kept | None) -> Page:
    """The response as an extractor would see it: decoded, its headers in order."""
    headers = tuple(
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, values in response.headers.items()
        for value in values
    )
    content_type = response.headers.get(b"Content-Type")
    mime = (content_type or b"").decode("latin-1").partition(";")[0].strip().lower() or None
    return Page(discover.capture_of(response.url, response.status, mime, kept), headers, response.body)
