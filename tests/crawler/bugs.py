"""An extension with bugs: what reads a page, and what settles a missing one, raise what nobody foresaw.

``EXTENSIONS = {"tests.crawler.bugs.Bugs": 0}``.
"""

from __future__ import annotations

from typing import Any

from scrapy.crawler import Crawler

from archive.types import Page
from crawler import discover
from crawler.spiders import news

READ = "/sport/"
"""Of a page with this in its URL the links can't be read."""


class Bugs:
    """Puts the bugs in as the crawl begins."""

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Bugs:
        read = discover.read

        def broken(page: Page, *more: Any) -> discover.Found:
            if READ in page.capture.url:
                raise ZeroDivisionError("planted")
            return read(page, *more)

        def fallen(error: BaseException) -> str:
            raise KeyError("planted")

        discover.read = broken
        news.why = fallen
        return cls()
