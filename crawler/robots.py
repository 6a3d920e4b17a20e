"""robots.txt (RFC 9309): text in, answers out. Fetching it is the frontier's business."""

from __future__ import annotations

from dataclasses import dataclass

from protego import Protego

MAX_BYTES = 500 << 10
"""What a crawler must read at least, and all that this one reads (RFC 9309, 2.5)."""
MAX_AGE = 24 * 3600.0
"""Seconds after which the rules are fetched anew (RFC 9309, 2.4)."""
MAX_DELAY = 300.0
"""Seconds; a crawl-delay beyond this is a mistake or a way to say no."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What an authority allows one crawler. ``parsed`` is None when one answer holds for all URLs."""

    parsed: Protego | None
    allow_all: bool
    agent: str
    reason: str  # why a URL is refused

    def allows(self, url: str) -> bool:
        """Whether the URL may be fetched."""
        return self.allow_all if self.parsed is None else bool(self.parsed.can_fetch(url, self.agent))

    @property
    def delay(self) -> float:
        """Seconds between two requests; 0.0 when nothing is asked for."""
        stated = self.parsed.crawl_delay(self.agent) if self.parsed else None
        return min(max(float(stated or 0.0), 0.0), MAX_DELAY)


def unreachable(agent: str) -> Rules:
    """What holds while no answer can be had: nothing may be fetched (RFC 9309, 2.3.1.4)."""
    return Rules(None, False, agent, "robots.txt unreachable")


def rules_of(status: int, body: bytes, agent: str) -> Rules:
    """The rules that a response to /robots.txt makes.

    2xx is parsed. 4xx, and a redirect, mean that there are none (2.3.1.3); 5xx that nobody knows
    (2.3.1.4), and then nothing may be fetched.
    """
    if 200 <= status < 300:
        text = body[:MAX_BYTES].decode("utf-8", "replace").removeprefix("\ufeff")
        return Rules(Protego.parse(text), False, agent, "robots.txt")
    if status >= 500:
        return unreachable(agent)
    return Rules(None, True, agent, "")


def product_token(user_agent: str) -> str:
    """The name by which robots.txt knows a crawler: the user agent up to the first slash or space."""
    return user_agent.partition("/")[0].partition(" ")[0]
