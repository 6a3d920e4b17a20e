"""What a look at a site found, and the text of the sites/NAME.toml that it makes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from crawler.survey.marks import Wall
from crawler.survey.page import Section, one_line


@dataclass(frozen=True, slots=True)
class Listed:
    """A feed or a sitemap that answers and can be read."""

    url: str
    place: str  # where it was found: "in the head", "robots.txt", "a usual place" ...
    items: int  # entries; of an index, sitemaps
    newest: datetime | None  # UTC
    index: bool = False  # the items are sitemaps

    @property
    def line(self) -> str:
        """What it holds, for people."""
        noun = "sitemap" if self.index else "entry" if self.items == 1 else "entries"
        if self.index and self.items != 1:
            noun = "sitemaps"
        newest = f", the newest of {self.newest:%Y-%m-%d}" if self.newest else ""
        return f"{self.items} {noun}{newest}; {self.place}"


@dataclass(frozen=True, slots=True)
class Proposal:
    """What was found of a site."""

    seed: str
    title: str | None = None
    language: str | None = None
    declared: bool = False  # the page states its language; otherwise its words tell
    feeds: tuple[Listed, ...] = ()
    sitemaps: tuple[Listed, ...] = ()
    sections: tuple[Section, ...] = ()
    forbidden: tuple[Section, ...] = ()  # sections that robots.txt keeps crawlers from
    next_page: str | None = None  # the second page of a section
    calendars: tuple[str, ...] = ()  # paths
    delay: float = 0.0  # seconds that robots.txt asks for
    inside: bool = False  # the host lies on this machine or in its network
    paywall: tuple[str, ...] = ()
    consent: tuple[str, ...] = ()
    rights: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    wall: Wall | None = None


def site_file(found: Proposal) -> str:
    """The text of a commented sites/NAME.toml, read back by crawler.sites as the same values."""
    lines = [
        "# A site of this archive. What is not said here comes from [defaults] in gazette.toml.",
        *(f"# {one_line(note)}" for note in found.notes),
        f"title = {_quoted(found.title or '')}",
        "",
        "# Where a round begins. Links are followed from here, inside the site.",
        f"seeds = {_list([(found.seed, '')])}",
        f"feeds = {_list([(feed.url, feed.line) for feed in found.feeds])}",
        f"sitemaps = {_list([(sitemap.url, sitemap.line) for sitemap in found.sitemaps])}",
        *_sections(found),
        "",
        "# Regular expressions on URLs: what is taken (empty: all of the site), and what never is.",
        "allow = []",
        *_deny(found),
        "# Other bounds: the host alone, links from a seed, days of publication.",
        "# subdomains = false",
        "# max_depth = 20",
        "# since = 2026-01-01",
        "# until = 2026-12-31",
        "",
        '# How often a timer takes it ("30m", "1h", "1d"); without it, only when asked: gazette crawl NAME',
        '# every = "1h"  # or cron = "30 5 * * *", or by its news: every_min = "15m", every_max = "1d"',
        "# The zone of its clock, when it is left alone, by how much a start may be late:",
        '# zone = "Europe/Berlin"',
        '# blackout = ["22:00-05:00"]',
        '# jitter = "5m"',
        "# When an article is fetched again, counted from its first fetch; [] is never:",
        '# revisit = ["1h", "6h", "1d", "7d", "30d"]',
        "",
        "# Seconds between two requests, and the bounds of one round.",
        *([f"# robots.txt asks for {found.delay:g} s; the longer of the two counts."] if found.delay else []),
        "# delay = 1.0",
        "# max_pages = 1000",
        '# max_bytes = "2 GB"',
        '# max_seconds = "2h"',
        "# What articles need to look as they did: images, style sheets, fonts, scripts, from any host.",
        "# requisites = true",
        '# requisites_bytes = "200 MB"  # of one run, beside max_bytes',
        *_access(found),
        *_rights(found),
    ]
    if found.language:
        origin = "" if found.declared else "# Told from its words; the page itself doesn't state it."
        lines += ["", *filter(None, [origin]), f"language = {_quoted(found.language)}"]
    return "\n".join(lines) + "\n"


def _sections(found: Proposal) -> list[str]:
    if not (found.sections or found.forbidden):
        return ["sections = []"]
    lines = ["# From its navigation."]
    if found.next_page:
        lines.append(f"# Their further pages are followed as links, such as {found.next_page}")
    lines.append(f"sections = {_list([(section.url, section.name) for section in found.sections])}")
    lines += [
        f"# Left out, robots.txt forbids it: {section.url} ({one_line(section.name)})"
        for section in found.forbidden
    ]
    return lines


def _deny(found: Proposal) -> list[str]:
    if not found.calendars:
        return ["deny = []"]
    listed = ", ".join(_quoted(path) for path in found.calendars)
    return [
        "deny = []",
        "# It leads to a calendar, which may have no last month; to leave it out:",
        f"# deny = [{listed}]",
    ]


def _access(found: Proposal) -> list[str]:
    lines = [""]
    if found.inside:
        lines += [
            "# Its host is on this machine or in its network, where no page of the web may lead.",
            "allow_private = true",
        ]
    lines += [f"# Its pages carry a consent layer ({', '.join(found.consent)})."] if found.consent else []
    lines += [f"# Not all of it is free: {'; '.join(found.paywall)}."] if found.paywall else []
    return [
        *lines,
        "# Cookies are not kept, certificates are checked. Licensed access goes by reference.",
        "# cookies = true",
        "# verify_tls = false",
        '# credentials = { Authorization = "env:NAME" }',
    ]


def _rights(found: Proposal) -> list[str]:
    return [
        "",
        '# Rights that pages reserve: "record" notes them, "obey" also leaves out what they reserve.',
        *(f"# Seen: {one_line(signal)}" for signal in found.rights),
        '# rights = "record"',
    ]


def _quoted(text: str) -> str:
    """A TOML basic string. JSON's escapes are among TOML's; printable text has no other need of them."""
    return json.dumps(text, ensure_ascii=False)


def _list(items: Sequence[tuple[str, str]]) -> str:
    """An array of texts, each with a comment behind it."""
    if not items:
        return "[]"
    if len(items) == 1 and not items[0][1]:
        return f"[{_quoted(items[0][0])}]"
    lines = (f"    {_quoted(text)},{f'  # {one_line(note)}' if note else ''}\n" for text, note in items)
    return "[\n" + "".join(lines) + "]"
