"""The nouns of Gazette: frozen values that are handed from one part to the next.

Times are timezone-aware and in UTC unless a field says otherwise. ``None`` means "not stated": by the
page for what an extractor reads, by the record for what a WARC file holds. Nothing here does anything.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from datetime import date, datetime

Headers = tuple[tuple[str, str], ...]
"""HTTP header pairs in the order of the wire; names keep their case, bytes are read as latin-1."""


@dataclass(frozen=True, slots=True)
class RecordRef:
    """Where a WARC record's gzip member lies."""

    warc: str  # file name inside the archive's warc/, without ".open"
    offset: int  # bytes from the start of the file
    length: int  # compressed bytes of the member

    def __str__(self) -> str:
        return f"{self.warc}@{self.offset}"


@dataclass(frozen=True, slots=True)
class Capture:
    """One record that tells of a URL: a response, a revisit, a resource or a conversion."""

    record_id: str  # WARC-Record-ID without angle brackets
    ref: RecordRef
    url: str  # WARC-Target-URI as it stands in the record
    captured_at: datetime  # WARC-Date
    status: int | None  # HTTP status; None for a resource or conversion record
    mime: str | None  # media type the server stated, lower case, without parameters
    payload_digest: str | None  # WARC-Payload-Digest, "sha1:..." or "sha256:..."


@dataclass(frozen=True, slots=True)
class Page:
    """All that an extractor may see of a capture."""

    capture: Capture
    headers: Headers
    body: bytes  # content-decoded (no chunk framing, no gzip), cut at the cap of the reader

    @property
    def content_type(self) -> str | None:
        """The Content-Type header with its parameters, None when there is none."""
        return next((v for k, v in self.headers if k.lower() == "content-type"), None)


class BlockKind(enum.StrEnum):
    HEADING = "heading"
    PARAGRAPH = "paragraph"
    LIST = "list"
    QUOTE = "quote"
    TABLE = "table"


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of running text. Items of a list and rows of a table stand on lines of their own."""

    kind: BlockKind
    text: str


@dataclass(frozen=True, slots=True)
class Teaser:
    """A pointer to another story, found on a page: never part of that page's own text."""

    headline: str
    text: str  # "" when there is only a headline
    url: str | None  # absolute; None when the teaser is not linked
    position: int  # 0-based order on the page
    evidence: str  # why it is a teaser, one of the extractor's documented codes


@dataclass(frozen=True, slots=True)
class Suspect:
    """A heading and its text that look like a teaser, and that nothing on the page itself proves.

    They stand in the text until other stored pages prove them: items of one ``run`` stand or fall together.
    """

    run: int  # 0-based; which run on the page
    headline: str
    text: str
    first: int  # index of its first block in Document.blocks
    last: int  # index of its last block, inclusive


@dataclass(frozen=True, slots=True)
class Cut:
    """Text of the page that was taken for something else than the article, and why."""

    text: str
    reason: str  # one of the extractor's documented codes


@dataclass(frozen=True, slots=True)
class Image:
    url: str  # absolute
    caption: str | None
    credit: str | None


class Precision(enum.StrEnum):
    DAY = "day"
    MINUTE = "minute"
    SECOND = "second"


@dataclass(frozen=True, slots=True)
class Dating:
    """A date as a page states it."""

    instant: datetime  # UTC; midnight UTC of ``local_day`` when the precision is a day
    precision: Precision
    offset_minutes: int | None  # of the page's own zone east of UTC; None when it stated none
    local_day: date  # the calendar day in the page's own zone: what a reader saw
    source: str  # where it stood: "json-ld", "meta", "time", "trafilatura", ...


class Kind(enum.StrEnum):
    ARTICLE = "article"
    SECTION = "section"  # a page or feed whose purpose is to list articles
    OTHER = "other"  # a PDF, an image, robots.txt, a sitemap, a calendar, an imprint


@dataclass(frozen=True, slots=True)
class Signal:
    """What a response, a page or a file of its site states about rights in it, as it is stated."""

    name: str  # in lower case: noindex, noarchive, tdm-reservation, license, ai-train ...
    value: str | None  # what stands behind the name; None for a directive that is a word alone
    source: str  # header, meta, link, json-ld, tdmrep.json, ai.txt or robots.txt
    agent: str | None = None  # product token in lower case that it is addressed to; None: all
    applies_to: str | None = None  # of a rule in a file: its pattern of paths; None: the page itself


@dataclass(frozen=True, slots=True)
class Document:
    """What one extractor read out of one capture."""

    id: str  # archive.urls.document_id(): what people cite, the same under every extractor
    capture: Capture
    extractor: str  # extractor key
    kind: Kind
    content_digest: str  # "sha256:" and the hex digest of Page.body
    title: str | None = None
    kicker: str | None = None
    lead: str | None = None  # never a block, never twice
    blocks: tuple[Block, ...] = ()
    text: str = ""  # the lead, then the blocks, one a line
    authors: tuple[str, ...] = ()  # people
    agencies: tuple[str, ...] = ()  # dpa, epd, and the short codes of desks
    published: Dating | None = None
    modified: Dating | None = None
    section: str | None = None
    tags: tuple[str, ...] = ()
    language: str | None = None  # BCP 47, as declared or else as detected
    images: tuple[Image, ...] = ()
    teasers: tuple[Teaser, ...] = ()
    suspects: tuple[Suspect, ...] = ()
    cuts: tuple[Cut, ...] = ()
    rights: tuple[Signal, ...] = ()  # in the order in which headers, page and file state them
    paywall_declared: bool | None = None  # the page says that it is not free
    paywall_observed: bool | None = None  # the text ends as a stub
    canonical_url: str | None = None  # absolute, the page's own claim
    trafilatura_asked: bool = True  # False: the referee was sure alone


class FailureKind(enum.StrEnum):
    EMPTY = "empty"
    NOT_HTML = "not_html"
    UNDECODABLE = "undecodable"
    TOO_LARGE = "too_large"
    TIMEOUT = "timeout"
    MEMORY = "memory"
    CRASH = "crash"
    DAMAGED = "damaged"  # the record can't be read from its file


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a capture has no document. It is an outcome too: not tried again under the same key."""

    record_id: str
    extractor: str
    kind: FailureKind
    message: str  # one line


Outcome = Document | Failure


class ExchangeEnd(enum.StrEnum):
    COMPLETE = "complete"
    TRUNCATED = "truncated"  # a response began and did not end as it promised
    FAILED = "failed"  # no response head came
    REFUSED = "refused"  # it came, and is not kept, because its rights signals ask for that


@dataclass(frozen=True, slots=True)
class Exchange:
    """One attempt to fetch a URL, as bytes on the wire."""

    url: str
    started_at: datetime
    request: bytes  # request line, headers, body as sent; our own secrets already cut
    response: bytes  # from the final status line on, chunk framing and content coding included
    interim: bytes  # 1xx responses that came before, as received
    fetch_ms: int  # from the first byte sent to the last byte received
    ip: str | None  # peer address; None when no connection was made
    protocol: str  # "http/1.1" and the like
    tls: str | None  # "TLSv1.3" and the like; None for plain HTTP
    end: ExchangeEnd
    reason: str | None  # WARC-Truncated reason, or how it failed; None when complete


@dataclass(frozen=True, slots=True)
class Blackout:
    """Hours in which a site is left alone, ``start`` to before ``end``, as its zone's clock shows them."""

    start: int  # minute of the day on which it begins
    end: int  # minute of that day, at most 1440; not after ``start``: of the day after
    days: tuple[int, ...] = (0, 1, 2, 3, 4, 5, 6)  # weekdays on which it begins; Monday is 0

    def __str__(self) -> str:
        """As a site file says it: "22:00-05:00", "Sat,Sun 00:00-24:00"."""
        names = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
        days = "" if len(self.days) == 7 else ",".join(names[day] for day in self.days) + " "
        return f"{days}{self.start // 60:02}:{self.start % 60:02}-{self.end // 60:02}:{self.end % 60:02}"


@dataclass(frozen=True, slots=True)
class Site:
    """One outlet: what its sites/NAME.toml says. Times in seconds, sizes in bytes."""

    name: str
    title: str = ""
    seeds: tuple[str, ...] = ()
    feeds: tuple[str, ...] = ()
    sitemaps: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()
    allow: tuple[str, ...] = ()  # regular expressions on URLs; empty: all of the site
    deny: tuple[str, ...] = ()
    follow: bool = True  # False: fetch what seeds, feeds and sitemaps name, follow no link
    subdomains: bool = True  # False: only the hosts that are named, with and without "www."
    since: date | None = None  # first local day: what is dated before it is not fetched
    until: date | None = None  # last local day, inclusive
    max_depth: int = 20  # links from a seed
    every: float | None = None  # between two rounds; without this, cron and bounds: only when asked
    every_min: float | None = None  # with every_max: the time between rounds follows the yield
    every_max: float | None = None
    cron: str | None = None  # five fields, in the time of ``zone``
    zone: str = "UTC"  # IANA name
    blackout: tuple[Blackout, ...] = ()  # when no round begins
    jitter: float = 0.0  # a round begins up to so much later than planned
    revisit: tuple[float, ...] = (3_600.0, 21_600.0, 86_400.0, 604_800.0, 2_592_000.0)
    # ages since its first capture at which an article is fetched again, ascending; empty: never
    feeds_every: float | None = None  # None: in every round
    sections_every: float | None = None
    sitemaps_every: float | None = None
    delay: float = 1.0  # between two requests to one authority, from the end of the first
    max_pages: int | None = None  # per round over the site
    max_bytes: int | None = None
    max_seconds: float | None = None
    requisites: bool = False  # True: what article pages need to look as they did is kept too, from any host
    requisites_bytes: int = 200_000_000  # per run over the site; no part of max_bytes
    rights: str = "record"  # or "obey"
    allow_private: bool = False  # True: addresses inside a network may be connected to
    verify_tls: bool = True
    cookies: bool = False  # True: a jar of its own, in memory, for one run
    credentials: tuple[
        tuple[str, str], ...
    ] = ()  # request header -> "env:NAME" or "file:PATH", never the secret
    spider: str = "news"
    language: str | None = None
    extra: tuple[tuple[str, str], ...] = field(default=())  # notes of the owner, carried along


class Order(enum.StrEnum):
    RELEVANCE = "relevance"  # best first; of two equally good articles the newer
    DATE = "date"  # newest day first


@dataclass(frozen=True, slots=True)
class Query:
    """A search over articles. None is no limit; names are compared without regard to case."""

    text: str
    site: str | None = None
    since: date | None = None  # first local day
    until: date | None = None  # last local day, inclusive
    limit: int = 20
    author: str | None = None  # a whole name, as the page gives it
    section: str | None = None
    language: str | None = None  # "de" holds "de-AT", too
    paywall: bool | None = None  # True: declared by the page, or seen in its text; False: neither
    kind: Kind = Kind.ARTICLE  # pages of the other kinds have no full-text index: they are few, and are read
    exact: bool = False  # only words as they are typed, no other forms of them
    order: Order = Order.RELEVANCE
    full_rank: bool = False  # rank all matches by relevance, however many there are
    after: str | None = None  # Answer.next of the page before this one


@dataclass(frozen=True, slots=True)
class Hit:
    """A found article and the way back to its bytes."""

    document_id: str
    url: str
    site: str | None
    title: str | None
    day: date | None  # local day of publication, else of capture
    score: float | None  # higher is better; None where hits stand by date
    snippet: str  # matches stand between \x02 and \x03
    ref: RecordRef
