"""What others would write: a CrawlSpider without storage, and the naive archive over it."""

from __future__ import annotations

import io
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import trafilatura
from scrapy.http import Response
from scrapy.linkextractors import LinkExtractor
from scrapy.spiders import CrawlSpider, Rule
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

ARTICLE = "-bericht.html"
"""How the address of an article of the local site ends."""
SETTINGS = {
    "LOG_LEVEL": "ERROR",
    "ROBOTSTXT_OBEY": False,
    "DOWNLOAD_DELAY": 0,
    "TELNETCONSOLE_ENABLED": False,
}
"""Nothing is waited for. How many requests go at once is said by who runs them."""


class Plain(CrawlSpider):
    """Follows all links of its hosts and counts; keeps nothing."""

    name = "plain"
    rules = (Rule(LinkExtractor(), callback="parse_page", follow=True),)

    def __init__(self, seeds: str = "", **arguments: Any) -> None:
        super().__init__(**arguments)
        self.start_urls = seeds.split(",")
        self.allowed_domains = ["127.0.0.1"]

    def parse_page(self, response: Response) -> Iterator[dict[str, Any]]:
        if response.url.endswith(ARTICLE):
            yield {"url": response.url, "status": response.status}


class Naive(Plain):
    """As tutorials put it together: warcio and trafilatura in the callback, a commit a page."""

    name = "naive"

    def __init__(self, folder: str = ".", **arguments: Any) -> None:
        super().__init__(**arguments)
        self._file = (Path(folder) / "naive.warc.gz").open("wb")
        self._writer = WARCWriter(self._file, gzip=True)
        self._index = sqlite3.connect(Path(folder) / "naive.db")  # noqa: TID251 - naive is what it is to be
        self._index.execute("CREATE VIRTUAL TABLE articles USING fts5(url, title, text)")

    def parse_page(self, response: Response) -> Iterator[dict[str, Any]]:
        pairs = [(k.decode(), v.decode()) for k, values in response.headers.items() for v in values]
        head = StatusAndHeaders(f"{response.status} OK", pairs, protocol="HTTP/1.1")
        record = self._writer.create_warc_record(
            response.url, "response", payload=io.BytesIO(response.body), http_headers=head
        )
        self._writer.write_record(record)
        found = trafilatura.bare_extraction(response.text, url=response.url, with_metadata=True)
        if found is not None:
            page = found.as_dict()
            row = (response.url, page["title"], page["text"])
            self._index.execute("INSERT INTO articles VALUES (?, ?, ?)", row)
            self._index.commit()
        yield from super().parse_page(response)

    def closed(self, reason: str) -> None:
        self._file.close()
        self._index.close()
