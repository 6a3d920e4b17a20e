"""A spider loader whose process finds only the hosts of a list: SPIDER_LOADER_CLASS names it."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Any, Self

from aiohttp import ThreadedResolver
from scrapy.settings import BaseSettings
from scrapy.spiderloader import SpiderLoader


class Loader(SpiderLoader):
    """Scrapy makes it before the spider opens the archive."""

    @classmethod
    def from_settings(cls, settings: BaseSettings) -> Self:
        known = set(Path(os.environ["GAZETTE_TEST_HOSTS"]).read_text(encoding="utf-8").split())
        resolve = ThreadedResolver.resolve

        async def resolved(self: ThreadedResolver, host: str, *arguments: Any, **named: Any) -> Any:
            if host.endswith(".test") and host not in known:
                raise OSError(socket.EAI_NONAME, "Name or service not known")
            return await resolve(self, "127.0.0.1" if host in known else host, *arguments, **named)

        ThreadedResolver.resolve = resolved  # type: ignore[method-assign]
        return super().from_settings(settings)
