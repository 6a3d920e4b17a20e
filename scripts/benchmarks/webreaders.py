"""People in the reading room, as one process: each clicks, reads for some seconds, and clicks again.

They come in by the start page, search for words of every rank, look at the hits, turn to the next page, and
follow the links that the pages have to stories, outlets and their front pages. What loads beside a search
page is fetched behind it, as a browser does. Style sheets are not: browsers keep them.
"""

from __future__ import annotations

import asyncio
import html
import random
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from multiprocessing.connection import Connection
from urllib.parse import urlencode

import aiohttp

from scripts.benchmarks.german import DAYS, FIRST_DAY, FUNCTION_WORDS, SITES, Press

PAGES = {"start": 2, "search": 10, "article": 10, "story": 2, "outlets": 1, "outlet": 2, "front": 1}
"""Which pages people go to, and how often."""

_AGAIN = 0.2
"""The share of searches that go on to the next page."""
_LIMIT = aiohttp.ClientTimeout(total=30)
_LINK = re.compile(r'href="(/(article|story|outlet)/[a-z0-9-]+(/front)?)"')
_ALWAYS = {"start": "/", "outlets": "/outlets"}
_NEXT = re.compile(r'rel="next"[^>]*href="([^"]+)"')


@dataclass(frozen=True, slots=True)
class Click:
    """One request and its answer."""

    page: str  # one of PAGES, or facets
    url: str
    at: float  # of the monotonic clock, when it was asked for
    first: float  # seconds until the first byte
    status: int  # 0: no answer came


@dataclass(frozen=True, slots=True)
class Crowd:
    """Who goes through the reading room, and for how long."""

    base: str  # http://host:port
    readers: int
    pause: float  # seconds between two clicks of a reader: from half of it to one and a half, alike
    until: float  # of the monotonic clock
    articles: int  # of the index, by which phrases are found


def walk(crowd: Crowd, press: Press, told: Connection) -> None:
    """Let all of them go about, then hand on their clicks."""
    told.send(asyncio.run(_walk(crowd, press)))
    told.close()


def questions(press: Press, articles: int, chance: random.Random) -> Iterator[dict[str, str]]:
    """What people ask, without an end: words and phrases as they stand in the articles, and filters."""
    content = press.words[len(FUNCTION_WORDS) :]
    middle = content[len(content) // 100 : len(content) // 20]
    kinds: dict[Callable[[], str], int] = {
        lambda: chance.choice(content[:40]): 1,
        lambda: chance.choice(middle): 3,
        lambda: chance.choice(content[len(content) // 2 :]): 2,
        lambda: f"{chance.choice(middle)} {chance.choice(middle)}": 2,
        lambda: _phrase(press, chance.randrange(articles), articles, chance): 2,
        lambda: "": 1,
    }
    while True:
        (words,) = chance.choices([*kinds], [*kinds.values()])
        first = FIRST_DAY + timedelta(days=chance.randrange(DAYS - 400))
        last = first + timedelta(days=chance.choice((29, 29, 364)))
        narrowed: tuple[dict[str, str], ...] = (
            {},
            {"site": chance.choice(SITES)},
            {"since": first.isoformat(), "until": last.isoformat()},
            {"sort": "date"},
            {"language": "de"},
        )
        (filters,) = chance.choices(narrowed, (6, 2, 2, 1, 1))
        yield {name: value for name, value in {"q": words(), **filters}.items() if value}


def _phrase(press: Press, number: int, articles: int, chance: random.Random) -> str:
    (article,) = press.articles(number, number + 1, articles)
    words = article.document.text.replace(".", "").split()
    at = chance.randrange(len(words) - 3)
    return f'"{" ".join(words[at : at + chance.choice((2, 2, 3))])}"'


async def _walk(crowd: Crowd, press: Press) -> list[Click]:
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(_read(crowd, press, number)) for number in range(crowd.readers)]
    return [click for task in tasks for click in task.result()]


async def _read(crowd: Crowd, press: Press, number: int) -> list[Click]:
    """The clicks of one reader, who has a connection of his own."""
    chance = random.Random(number)
    async with aiohttp.ClientSession(crowd.base, timeout=_LIMIT) as session:
        reader = _Reader(session, questions(press, crowd.articles, chance), chance)
        await asyncio.sleep(chance.uniform(0, crowd.pause))  # they don't come all at once
        while time.monotonic() < crowd.until:
            await reader.click()
            await asyncio.sleep(chance.uniform(0.5, 1.5) * crowd.pause)
    return reader.clicks


@dataclass(slots=True)
class _Reader:
    session: aiohttp.ClientSession
    questions: Iterator[dict[str, str]]
    chance: random.Random
    clicks: list[Click] = field(default_factory=list)
    links: dict[str, list[str]] = field(default_factory=lambda: {"outlet": [f"/outlet/{s}" for s in SITES]})
    onward: str | None = None  # the next page of the last search

    async def click(self) -> None:
        """Go to a page, and load what stands beside it."""
        known = {p: often for p, often in PAGES.items() if p in ("search", *_ALWAYS, *self.links)}
        (page,) = self.chance.choices([*known], [*known.values()])
        if not self.clicks:
            page = "start"
        if page in _ALWAYS:
            await self._get(page, _ALWAYS[page])
        elif page == "search":
            await self._search()
        else:
            await self._get(page, self.chance.choice(self.links[page]))

    async def _search(self) -> None:
        if self.onward is not None and self.chance.random() < _AGAIN:
            url = self.onward
        else:
            url = f"/find?{urlencode(next(self.questions))}"
        found = _NEXT.search(await self._get("search", url))
        self.onward = html.unescape(found[1]) if found else None
        await self._get("facets", url.replace("/find?", "/find/facets?"))

    async def _get(self, page: str, url: str) -> str:
        """The page's HTML; its links are those that can be followed from then on."""
        began = time.monotonic()
        try:
            async with self.session.get(url) as response:
                first = time.monotonic() - began
                text = await response.text()
        except (aiohttp.ClientError, TimeoutError):
            self.clicks.append(Click(page, url, began, time.monotonic() - began, 0))
            return ""
        self.clicks.append(Click(page, url, began, first, response.status))
        found: dict[str, list[str]] = {}
        for link, kind, front in _LINK.findall(text):
            found.setdefault("front" if front else kind, []).append(link)
        self.links |= found
        return text
