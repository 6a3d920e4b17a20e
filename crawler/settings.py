"""Scrapy's settings, each with its reason. ``gazette crawl`` and ``scrapy crawl`` run under the same ones."""

import os

BOT_NAME = "gazette"
SPIDER_MODULES = ["crawler.spiders"]
USER_AGENT = "Gazette"  # replaced by the archive's own, with its contact, when sites are crawled

# The archive: the directory of $GAZETTE_ARCHIVE, or the one you are in.
GAZETTE_ARCHIVE = os.environ.get("GAZETTE_ARCHIVE", ".")

# asyncio without Twisted's reactor, on uvloop, where connections can be listened to.
TWISTED_REACTOR_ENABLED = False
ASYNCIO_EVENT_LOOP = "uvloop.Loop"
DOWNLOAD_HANDLERS = {
    "http": "crawler.handlers.wire.WireHandler",
    "https": "crawler.handlers.wire.WireHandler",
    # Pages are hostile: a redirect to file:///etc/passwd must find nobody who answers.
    "data": None,
    "file": None,
    "ftp": None,
    "s3": None,
}

# The frontier decides what is fetched when; Scrapy's delays would hold requests that a stop waits for.
SCHEDULER = "crawler.frontier.Frontier"
DOWNLOAD_DELAY = 0
CONCURRENT_REQUESTS = 64  # authorities at once; each has one request
CONCURRENT_REQUESTS_PER_DOMAIN = 64
CONCURRENT_ITEMS = 1  # each more is a task for every page, and gains nothing: items are small
WARN_ON_GENERATOR_RETURN_VALUE = False  # it parses the spider's source again at each response: 8 % of the CPU

# How often a URL is tried in a round, and the seconds before each further try; the last value counts on.
GAZETTE_MAX_ATTEMPTS = 3
GAZETTE_RETRY_AFTER = [2, 10]

DOWNLOADER_MIDDLEWARES = {
    "crawler.middlewares.robots.RobotsMiddleware": 100,
    "crawler.middlewares.rights.RightsMiddleware": 110,
    "crawler.middlewares.traps.TrapsMiddleware": 120,
    "crawler.middlewares.requisites.RequisitesMiddleware": 130,
    "crawler.middlewares.unchanged.UnchangedMiddleware": 150,
    "crawler.middlewares.access.AccessMiddleware": 160,
    "crawler.middlewares.decoding.DecodingMiddleware": 590,
    "crawler.middlewares.archive.ArchiveMiddleware": 950,
}
# All of Scrapy's own that are called; what a setting only turns off is imported all the same. Redirects,
# retries and robots.txt pass through the frontier, so that each URL has one recorded outcome; cookies are
# AccessMiddleware's, by site; bodies are decoded by DecodingMiddleware. And no proxy: it would choose the
# address, and the guard would see the proxy's alone.
DOWNLOADER_MIDDLEWARES_BASE = {
    "scrapy.downloadermiddlewares.defaultheaders.DefaultHeadersMiddleware": 400,
    "scrapy.downloadermiddlewares.useragent.UserAgentMiddleware": 500,
}
# The spider yields no requests, refuses by scope itself, and takes every status.
SPIDER_MIDDLEWARES_BASE: dict[str, int] = {}
# No doors into the running crawl (telnet, remote control): nobody needs them on a crawling machine. What a
# run did is counted in crawl.db.
EXTENSIONS_BASE = {
    "scrapy.extensions.memusage.MemoryUsage": 0,
    "scrapy.extensions.closespider.CloseSpider": 0,
    "scrapy.extensions.feedexport.FeedExporter": 0,
}

# What a round visits again: "due", by each site's plan; or "all" pages that are known.
GAZETTE_REVISIT = "due"
# How a run was started, for its log: `gazette` says cli, timer or schedule.
GAZETTE_STARTED_BY = "scrapy"

# Bytes that stay free on the disk: below this a crawl waits, and says so.
GAZETTE_MIN_FREE = 512 << 20

# Limits on what strangers send. Scrapy's own: 1 GiB, 180 s, and a status 200 for half a page.
# On the wire: the largest news page seen has 9 MB, and a page is in memory four times while it is kept.
DOWNLOAD_MAXSIZE = 20 << 20
DOWNLOAD_TIMEOUT = 60
DOWNLOAD_FAIL_ON_DATALOSS = False  # what came of a broken response is kept, and says that it is broken
DOWNLOAD_VERIFY_CERTIFICATES = True
MEMUSAGE_LIMIT_MB = 2048

# The log: Scrapy's handler has no bound and knows no JSON, so ours stands in its place; see crawler/logs.py.
ADDONS = {"crawler.logs.Logging": 0}
LOG_LEVEL = "INFO"
LOG_VERSIONS: list[str] = []  # of what fetched a page, the WARC file tells
GAZETTE_LOG_FORMAT = "text"  # or "json": an object a line
GAZETTE_LOG_BYTES = 10 << 20  # of one file; then the next one begins
GAZETTE_LOG_FILES = 5  # full ones that are kept beside it
