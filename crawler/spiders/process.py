"""``python -m crawler.spiders.process SITE,SITE [SETTING=VALUE]...``: ``scrapy crawl news``, begun sooner.

Scrapy's command line imports all of its commands and asks each package that is installed for more of them: a
fifth of the time that a crawl takes to begin.
"""

from __future__ import annotations

import sys

from scrapy.crawler import AsyncCrawlerProcess
from scrapy.utils.project import get_project_settings


def main(sites: str, *stated: str) -> int:
    """Crawl sites, named with commas between them; 1 when no crawl could begin."""
    settings = get_project_settings()
    settings.setdict(dict(one.split("=", 1) for one in stated), priority="cmdline")
    process = AsyncCrawlerProcess(settings)
    process.crawl("news", sites=sites)
    process.start()
    return int(process.bootstrap_failed)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
