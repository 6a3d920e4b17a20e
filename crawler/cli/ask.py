"""A polite client for the verbs that look at a site without archiving it.

    URL -> robots.txt of its authority -> wait -> address judged -> one connection -> answer, capped

One request at a time, none that robots.txt forbids, none to an address inside a network unless a person
named it; a redirect is followed on the same site only. Nothing that is asked for here is kept.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from archive import urls
from archive.errors import ArchiveError
from crawler import robots
from crawler.cli.exchange import Answer, Refused, exchange
from crawler.survey.places import same_site

__all__ = ["Answer", "Asker", "LedAway", "Refused"]

MAX_REDIRECTS = 10
MAX_WAIT = 180.0
"""Seconds that all waiting may add up to; what a look can do without is left out then."""
MIN_DELAY = 1.0
_PERMANENT = (301, 308)
_BUSY = (429, 503)


class LedAway(ArchiveError):
    """A redirect leads to another site; ``target`` says where."""

    def __init__(self, url: str, target: str) -> None:
        super().__init__(f"{url}: leads to {target}; add that address if it is the site")
        self.target = target


@dataclass(slots=True)
class Asker:
    """Asks as ``agent``. ``inside``: the authorities (host:port) that may lie inside a network.

    ``delay``: seconds between two requests to one authority when robots.txt asks for no more; servers
    on this machine are not waited for. ``told`` hears of each address before it is asked.
    """

    agent: str
    inside: frozenset[str] = frozenset()
    delay: float = MIN_DELAY
    verify_tls: bool = True
    extra: Mapping[str, str] = field(default_factory=dict)  # request headers
    told: Callable[[str], None] = lambda url: None
    asked: int = 0
    waited: float = 0.0
    _rules: dict[str, robots.Rules] = field(default_factory=dict)
    _texts: dict[str, bytes] = field(default_factory=dict)
    _ended: dict[str, float] = field(default_factory=dict)  # monotonic, by authority
    _busy: set[str] = field(default_factory=set)

    def rules(self, url: str) -> robots.Rules:
        """What the robots.txt that governs a URL says, asked for once. Raises ArchiveError when none answers.

        Redirects of it are followed, to other hosts too (RFC 9309, 2.3.1.2).
        """
        origin = urls.origin(url) or ""
        if origin not in self._rules:
            place = f"{origin}/robots.txt"
            for _ in range(robots.MAX_HOPS + 1):
                answer = self._ask(place)
                target = _target(answer)
                if target is None:
                    break
                place = target
            token = robots.product_token(self.agent)
            self._rules[origin] = robots.rules_of(answer.status, answer.body, token)
            self._texts[origin] = answer.body if answer.status == 200 else b""
        return self._rules[origin]

    def robots_text(self, url: str) -> bytes:
        """The robots.txt behind ``rules``, b"" where there is none."""
        return self._texts.get(urls.origin(url) or "", b"")

    def allows(self, url: str) -> bool:
        """Whether robots.txt allows a URL of an authority that answers; False when it doesn't answer."""
        try:
            return self.rules(url).allows(url)
        except ArchiveError:
            return False

    def get(self, url: str) -> Answer:
        """The answer for a URL, beyond redirects on the same site.

        Raises Refused when robots.txt forbids it, LedAway, or ArchiveError when there is no answer.
        """
        begun, lasting, permanent, cookies = url, url, True, False
        for _ in range(MAX_REDIRECTS + 1):
            rules = self.rules(url)
            if not rules.allows(url):
                token = robots.product_token(self.agent)
                raise Refused(f"{url}: not allowed to {token}: {rules.reason}")
            answer = self._ask(url)
            target = _target(answer)
            if target is None:
                return Answer(url, lasting, answer.status, answer.headers, answer.body)
            if not same_site(target, url):
                raise LedAway(url, target)
            permanent = permanent and answer.status in _PERMANENT
            lasting = target if permanent else lasting
            cookies = cookies or answer.header("set-cookie") is not None
            url = target
        hint = "; it sets cookies on the way, and may want them back" if cookies else ""
        raise ArchiveError(f"{begun}: redirects more than {MAX_REDIRECTS} times{hint}")

    def spare(self, url: str) -> bool:
        """Whether there is time, and the server is well enough, for a request that isn't needed."""
        authority = urls.authority(url) or ""
        return authority not in self._busy and self.waited + self._delay(url) <= MAX_WAIT

    def _delay(self, url: str) -> float:
        if urls.is_loopback(urls.host(url) or ""):
            return 0.0
        rules = self._rules.get(urls.origin(url) or "")
        return max(self.delay, rules.delay if rules else 0.0)

    def _wait(self, url: str, authority: str) -> None:
        ended = self._ended.get(authority)
        rest = ended + self._delay(url) - time.monotonic() if ended is not None else 0.0
        if rest > 0:
            self.waited += rest
            time.sleep(rest)

    def _ask(self, url: str) -> Answer:
        authority = urls.authority(url) or ""
        self._wait(url, authority)
        self.told(url)
        self.asked += 1
        try:
            headers = {"User-Agent": self.agent, **self.extra}
            answer = exchange(url, headers, inside=authority in self.inside, verify_tls=self.verify_tls)
        finally:
            self._ended[authority] = time.monotonic()
        if answer.status in _BUSY:
            self._busy.add(authority)
        return answer


def _target(answer: Answer) -> str | None:
    location = answer.header("location")
    return urls.join(answer.url, location) if location and 300 <= answer.status < 400 else None
