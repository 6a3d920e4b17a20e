"""The one spider: a site is data (sites/NAME.toml), a page is links, and what is kept is an item."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import sys
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from scrapy import Request, Spider
from scrapy.crawler import Crawler
from scrapy.exceptions import (
    CannotResolveHostError,
    CloseSpider,
    DownloadTimeoutError,
    IgnoreRequest,
    UnsupportedURLSchemeError,
)
from scrapy.http import Response
from twisted.python.failure import Failure

from archive.errors import ArchiveError
from archive.layout import open_archive
from archive.types import Page
from archive.warc.reader import OWN
from crawler import articles, discover, frontier, requisites, rights
from crawler.authorities import retry_after
from crawler.frontier import TASK
from crawler.handlers import outcomes
from crawler.handlers.wire import why
from crawler.identity import user_agent
from crawler.launch import configuration
from crawler.memory import give_back, settle
from crawler.middlewares.archive import KEPT
from crawler.opening import open_session
from crawler.purse import Purse
from crawler.session import Session
from crawler.sites import named_sites
from crawler.tally import Limits
from crawler.task import REQUISITE, Answer, Kept, Offer, Task
from crawler.visits import ARTICLE

logger = logging.getLogger(__name__)

_TRANSIENT = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Statuses that may be another one in a minute."""
_BUSY = frozenset({429, 503})
"""Those by which a server says that it is asked too much (RFC 6585, 4; RFC 9110, 15.6.4)."""


class NewsSpider(Spider):
    """Crawls the sites named by ``-a sites=NAME,...`` of the archive in the setting GAZETTE_ARCHIVE."""

    name = "news"

    def __init__(self, sites: str = "", **arguments: Any) -> None:
        super().__init__(**arguments)
        self._names = [name for name in sites.split(",") if name]
        self.session: Session | None = None
        self._large = asyncio.Lock()  # of large pages one is read at a time: each is a tree in memory

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> NewsSpider:
        spider = super().from_crawler(crawler, *args, **kwargs)
        if spider._names:
            try:
                spider.session = spider._open_session(crawler)
            except ArchiveError as error:
                logger.error("%s", error)
                sys.stderr.write(f"gazette: {error}\n")
                sys.stderr.flush()
                # Any exception would come out as a traceback and code 1; nothing is open yet.
                os._exit(error.exit_code)
        return spider

    def _open_session(self, crawler: Crawler) -> Session:
        settings = crawler.settings
        layout = open_archive(Path(settings.get("GAZETTE_ARCHIVE")))
        # Only these files: another one that is wrong holds up nothing here.
        sites = named_sites(layout, self._names)
        limits = Limits(
            settings.getint("GAZETTE_MAX_PAGES") or None,
            settings.getint("GAZETTE_MAX_BYTES") or None,
            settings.getfloat("GAZETTE_MAX_SECONDS") or None,
            settings.getint("GAZETTE_MIN_FREE"),
        )
        settings.set("USER_AGENT", user_agent(layout), priority="spider")
        report = settings.getint("GAZETTE_REPORT_FD") or None
        shared = settings.getint("GAZETTE_PURSE_FD")
        return open_session(
            *(layout, sites, limits, report),
            everything=settings.get("GAZETTE_REVISIT") == "all",
            # Scrapyd hands each job its number as an argument.
            how="scrapyd" if hasattr(self, "_job") else settings.get("GAZETTE_STARTED_BY"),
            purse=Purse(shared) if shared else None,
        )

    async def start(self) -> AsyncIterator[Any]:
        """What an earlier run kept and had no time to read is read from its WARC file, not fetched again."""
        if self.session is None:
            raise CloseSpider("no site named: use -a sites=NAME,NAME")
        settle()
        # Before anything is awaited: a robots.txt that is kept and not expanded would be asked for again.
        for name in self.session.sites:
            for task, capture in self.session.db.unexpanded(name):
                page = discover.kept_page(self.session.layout.warc, capture) if capture else None
                assert task.answer is not None, "what is kept was answered"
                self._expand(page, task, task.answer)
        await self._note_sites()
        nothing: tuple[Request, ...] = ()
        for request in nothing:
            yield request

    async def _note_sites(self) -> None:
        """Each site's configuration, as it was when the run began, stands in the WARC file."""
        assert self.session is not None
        for site in self.session.sites.values():
            uri = f"{OWN}run:{self.session.run}:site:{site.name}"
            try:
                await self.session.recorder.note(uri, "application/json", configuration(site))
            except ArchiveError as error:
                self.session.fail(error)
                return

    async def parse(self, response: Response, **_: Any) -> AsyncIterator[dict[str, Any]]:
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
        if response.status in _TRANSIENT:
            why = f"HTTP {response.status}"
            if response.status in _BUSY:
                stated = (response.headers.get(b"Retry-After") or b"").decode("latin-1")
                queue.back_off(task, why, retry_after(stated, datetime.now(UTC)))
            if queue.postpone(task, why):
                return
        if task.kind == "robots" and "dataloss" in response.flags:
            # A rule that is cut off may say the contrary of what it was to say.
            queue.settle(task, "failed", "robots.txt is cut off", "broken")
            return
        await self._expand_in_turn(page, task, Answer(response.status, kept.fetched_at))
        yield {
            "site": task.site,
            "url": task.url,
            "status": response.status,
            "mime": kept.mime,
            "bytes": len(response.body),
            "warc": kept.ref.warc,
            "offset": kept.ref.offset,
        }

    async def _expand_in_turn(self, page: Page, task: Task, answer: Answer) -> None:
        """As ``_expand``, and meanwhile other exchanges go on.

        A heavy page is read in a thread, one at a time; many links are stored in parts. After a kill
        between two of them the page is read again.
        """
        if not discover.is_light(page, task.kind):
            async with self._large:
                found, reason, kind = await asyncio.to_thread(self._read, page, task)
            give_back()
        else:
            found, reason, kind = self._read(page, task)
        queue = frontier.of(self.crawler)
        last: list[Offer] = []
        for offers in self._batches(found, page, task):
            if last:
                queue.offer(task.site, last)
                await asyncio.sleep(0)
            last = offers
        if self._leads_to_requisites(task, kind):
            if kind == ARTICLE or requisites.is_sheet(page):
                async with self._large:
                    wanted = await asyncio.to_thread(self._requisites, page, task)
            else:
                wanted = self._requisites(page, task)
            if wanted:
                queue.offer(task.site, wanted)
        queue.expand(task, last, answer, kind)
        if reason:
            queue.note(task, reason)

    def _expand(self, page: Page | None, task: Task, answer: Answer) -> None:
        """Hand on where a kept page leads."""
        found, reason, kind = self._read(page, task) if page else (None, None, None)
        batches = self._batches(found, page, task) if page else ()
        queue = frontier.of(self.crawler)
        if page is not None and self._leads_to_requisites(task, kind):
            queue.offer(task.site, self._requisites(page, task))
        queue.expand(task, [offer for offers in batches for offer in offers], answer, kind)
        if reason:
            queue.note(task, reason)

    def _leads_to_requisites(self, task: Task, kind: str | None) -> bool:
        """Whether what a page needs to look as it did is wanted; ``kind``: what it is to visits."""
        assert self.session is not None
        return self.session.sites[task.site].requisites and (kind == ARTICLE or task.kind == REQUISITE)

    def _requisites(self, page: Page, task: Task) -> list[Offer]:
        assert self.session is not None
        site = self.session.sites[task.site]
        if task.kind == REQUISITE:
            return requisites.further(page, task, site)
        return requisites.offers(requisites.of_page(page), task, site)

    def _read(self, page: Page, task: Task) -> tuple[discover.Found | None, str | None, str | None]:
        """What a page leads to, and what it is to visits; None for what isn't known or must not be followed.

        Between them why it must not: it says nofollow, and its site's file says to obey.
        """
        assert self.session is not None
        found, kind = discover.Found(), None
        if task.kind == REQUISITE:
            return None, None, None
        if discover.is_read(page, task):
            found = discover.read(page, task.kind)
            kind = articles.page_of(page, task.kind, listed=found.listed, prose=len(found.prose))
        obeyed = self.session.sites[task.site].rights == "obey"
        reason = rights.no_links(page, task.kind, self.session.agent) if obeyed else None
        return (found if reason is None else None), reason, kind

    def _batches(self, found: discover.Found | None, page: Page, task: Task) -> Iterator[list[Offer]]:
        assert self.session is not None
        if found is None:
            return iter(())
        site, traps = self.session.sites[task.site], self.session.traps[task.site]
        return discover.batches(found, page, task, site, traps)

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
        assert error is not None, "a failure without an exception is none"
        if isinstance(error, ArchiveError):
            queue.release(task)
        elif task.kind == "robots" and KEPT in request.meta:
            # Too large when decoded: what is read of it was kept before.
            kept: Kept = request.meta[KEPT]
            queue.expand(task, [], Answer(kept.status, kept.fetched_at), None)
        elif isinstance(error, IgnoreRequest):
            queue.settle(task, "refused", why(error), outcomes.of_refusal(error))
        else:
            if isinstance(error, DownloadTimeoutError):
                queue.back_off(task, why(error))
            if _is_permanent(error) or not queue.postpone(task, why(error)):
                queue.settle(task, "failed", why(error), outcomes.of_failure(error))


def _is_permanent(error: BaseException | None) -> bool:
    """Whether another try would end in the same way: TLS, a scheme, a host that there is not."""
    if isinstance(error, CannotResolveHostError):
        cause = getattr(error.__cause__, "os_error", None)
        return getattr(cause, "errno", None) != socket.EAI_AGAIN
    return isinstance(error, outcomes.PermanentError | UnsupportedURLSchemeError)


def page_of(response: Response, kept: Kept | None) -> Page:
    """The response as an extractor would see it: decoded, its headers in order."""
    headers = tuple(
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, values in dict.items(response.headers)  # Scrapy's own looks each name up again
        for value in values
    )
    content_type = response.headers.get(b"Content-Type")
    mime = (content_type or b"").decode("latin-1").partition(";")[0].strip().lower() or None
    return Page(discover.capture_of(response.url, response.status, mime, kept), headers, response.body)
