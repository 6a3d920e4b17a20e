"""The polite client: what it waits for, what it follows, and when it leaves a server alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise

import pytest

from archive.errors import ArchiveError
from archive.types import Headers
from crawler.cli import ask
from crawler.cli.ask import Answer, Asker, LedAway, Refused

HOST = "https://zeitung.example"


@dataclass
class Web:
    """Answers by URL, without a network; sleeping moves its clock."""

    pages: Mapping[str, tuple[int, Headers, bytes]]
    asked: list[tuple[str, float]] = field(default_factory=list)  # URL and time
    now: float = 1000.0

    def exchange(self, url: str, headers: Mapping[str, str], *, inside: bool, verify_tls: bool) -> Answer:
        self.asked.append((url, self.now))
        self.now += 0.25
        status, fields, body = self.pages.get(url, (404, (), b""))
        return Answer(url, url, status, fields, body)

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def monotonic(self) -> float:
        return self.now

    @property
    def urls(self) -> list[str]:
        return [url for url, _ in self.asked]

    @property
    def gaps(self) -> list[float]:
        """Seconds from the end of a request to the beginning of the next."""
        times = [moment for _, moment in self.asked]
        return [later - earlier - 0.25 for earlier, later in pairwise(times)]


def web(monkeypatch: pytest.MonkeyPatch, pages: Mapping[str, tuple[int, Headers, bytes]]) -> Web:
    """The web of a test in place of the real one."""
    made = Web(pages)
    monkeypatch.setattr(ask, "exchange", made.exchange)
    monkeypatch.setattr(ask, "time", made)
    return made


def moved(target: str, status: int = 301) -> tuple[int, Headers, bytes]:
    return status, (("Location", target),), b""


@pytest.mark.parametrize(
    ("robots", "gap"),
    [(b"", 1.0), (b"User-agent: *\nCrawl-delay: 7\n", 7.0), (b"User-agent: *\nCrawl-delay: 0.1", 1.0)],
)
def test_it_waits_a_second_or_what_robots_asks_for(
    robots: bytes, gap: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = web(monkeypatch, {f"{HOST}/robots.txt": (200, (), robots)})
    asker = Asker("Gazette/1 (+x)")
    for path in ("/a", "/b", "/c"):
        asker.get(HOST + path)
    assert here.urls == [f"{HOST}/{path}" for path in ("robots.txt", "a", "b", "c")]
    assert here.gaps == pytest.approx([gap] * 3)


def test_this_machine_is_not_waited_for_and_another_host_neither(monkeypatch: pytest.MonkeyPatch) -> None:
    here = web(monkeypatch, {})
    asker = Asker("Gazette/1")
    asker.get("http://127.0.0.1:8101/a")
    asker.get("http://127.0.0.1:8101/b")
    asker.get(f"{HOST}/a")
    assert here.gaps == pytest.approx([0, 0, 0, 1.0])


def test_redirects_are_followed_on_the_site_and_only_the_lasting_ones_are_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pages = {
        "http://zeitung.example/": moved("https://www.zeitung.example/"),
        "https://www.zeitung.example/": moved("/heute", 302),
        "https://www.zeitung.example/heute": (200, (), b"x"),
        f"{HOST}/weg": moved("https://anders.example/"),
        f"{HOST}/verboten": moved("/intern", 302),
        f"{HOST}/robots.txt": (200, (), b"User-agent: gazette\nDisallow: /intern\n"),
    }
    here = web(monkeypatch, pages)
    asker = Asker("Gazette/1")
    answer = asker.get("http://zeitung.example/")
    assert (answer.url, answer.lasting) == (
        "https://www.zeitung.example/heute",
        "https://www.zeitung.example/",
    )
    with pytest.raises(LedAway, match=r"leads to https://anders\.example/"):
        asker.get(f"{HOST}/weg")
    with pytest.raises(Refused, match="/intern"):
        asker.get(f"{HOST}/verboten")
    assert f"{HOST}/intern" not in here.urls
    assert "https://anders.example/" not in here.urls


def test_robots_txt_is_followed_to_another_host(monkeypatch: pytest.MonkeyPatch) -> None:
    pages = {
        f"{HOST}/robots.txt": moved("https://regeln.example/r.txt"),
        "https://regeln.example/r.txt": (200, (), b"User-agent: *\nDisallow: /\n"),
    }
    web(monkeypatch, pages)
    asker = Asker("Gazette/1")
    assert not asker.allows(f"{HOST}/a")
    assert asker.allows("https://ohne.example/a")


def test_a_busy_server_is_asked_for_nothing_that_can_be_spared(monkeypatch: pytest.MonkeyPatch) -> None:
    web(monkeypatch, {f"{HOST}/a": (429, (), b"")})
    asker = Asker("Gazette/1")
    assert asker.spare(f"{HOST}/b")
    asker.get(f"{HOST}/a")
    assert not asker.spare(f"{HOST}/b")
    assert asker.spare("https://anders.example/b")


def test_a_long_delay_leaves_out_what_can_be_spared(monkeypatch: pytest.MonkeyPatch) -> None:
    here = web(monkeypatch, {f"{HOST}/robots.txt": (200, (), b"User-agent: *\nCrawl-delay: 60\n")})
    asker = Asker("Gazette/1")
    number = 0
    while asker.spare(f"{HOST}/{number}"):
        asker.get(f"{HOST}/{number}")
        number += 1
    assert number == 3
    assert sum(here.gaps) == pytest.approx(ask.MAX_WAIT)


def test_the_server_that_says_nothing_of_robots_says_no(monkeypatch: pytest.MonkeyPatch) -> None:
    here = web(monkeypatch, {f"{HOST}/robots.txt": (500, (), b"")})
    with pytest.raises(Refused):
        Asker("Gazette/1").get(f"{HOST}/a")
    assert here.urls == [f"{HOST}/robots.txt"]


def test_a_circle_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    here = web(monkeypatch, {f"{HOST}/a": moved("/a")})
    with pytest.raises(ArchiveError, match="more than 10 times"):
        Asker("Gazette/1").get(f"{HOST}/a")
    assert len(here.urls) == 12
