"""What ``gazette add --json`` said of a small site, compared with what a person finds on it."""

from __future__ import annotations

import json
from dataclasses import dataclass

from archive import urls
from archive.layout import Layout
from archive.types import Kind, Site
from crawler.sites import load_sites
from tests.cli.small_sites import Expected


@dataclass(frozen=True)
class Got:
    """How one run ended, and what it found; lists are of absolute URLs."""

    code: int
    err: str
    wall: str | None = None
    feeds: tuple[str, ...] = ()
    sitemaps: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()
    forbidden: tuple[str, ...] = ()
    next_page: str | None = None
    language: str | None = None
    paywall: bool = False
    consent: bool = False
    delay: float = 0.0
    rights: tuple[str, ...] = ()
    articles: int = 0
    requests: int = 0
    site: Site | None = None  # the file that was written, read back


def got_of(code: int, out: str, err: str, layout: Layout, name: str) -> Got:
    """Reads the output of a run, and the file when one was written."""
    if not out:
        return Got(code, err)
    said = json.loads(out)
    articles = [page for page in said["trial"] if page.get("kind") == Kind.ARTICLE and not page["wall"]]
    return Got(
        code,
        err,
        wall=said["wall"]["kind"] if said["wall"] else None,
        feeds=tuple(said["feeds"]),
        sitemaps=tuple(said["sitemaps"]),
        sections=tuple(said["sections"]),
        forbidden=tuple(said["forbidden_sections"]),
        next_page=said["next_page"],
        language=said["language"],
        paywall=bool(said["paywall"]),
        consent=bool(said["consent"]),
        delay=said["robots_delay"],
        rights=tuple(said["rights"]),
        articles=len(articles),
        requests=said["requests"],
        site=load_sites(layout).get(name) if said["written"] else None,
    )


def differences(got: Got, expected: Expected, url: str) -> list[str]:
    """What is not as a person judged it, one line each."""
    origin = urls.origin(url) or ""

    def whole(paths: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(origin + path for path in paths)

    pairs: dict[str, tuple[object, object]] = {
        "exit": (got.code, expected.code),
        "wall": (got.wall, expected.wall),
        "feeds": (got.feeds, whole(expected.feeds)),
        "sitemaps": (got.sitemaps, whole(expected.sitemaps)),
        "sections": (sorted(got.sections), sorted(whole(expected.sections))),
        "forbidden": (got.forbidden, whole(expected.forbidden)),
        "next page": (got.next_page, origin + expected.next_page if expected.next_page else None),
        "delay": (got.delay, expected.delay),
        "paywall": (got.paywall, expected.paywall),
    }
    if expected.code == 0:
        pairs["language"] = (got.language, expected.language)
        pairs["consent"] = (got.consent, expected.consent)
    found = [f"{what} is {is_}, not {should}" for what, (is_, should) in pairs.items() if is_ != should]
    missing = set(expected.rights) - set(got.rights)
    if missing or bool(got.rights) != bool(expected.rights):
        found.append(f"rights are {got.rights}, not {expected.rights}")
    if got.articles < expected.articles:
        found.append(f"{got.articles} articles on trial, not {expected.articles}")
    if expected.says not in got.err or (expected.code and got.err.count("\n") != 1):
        found.append(f"says {got.err!r}, not {expected.says!r}")
    if (got.site is not None) != (expected.code == 0):
        found.append("a file was written" if got.site else "no file was written")
    if got.site is not None:
        named = (got.site.feeds, got.site.sitemaps, got.site.sections)
        if named != (got.feeds, got.sitemaps, got.sections) or not got.site.allow_private:
            found.append(f"the file reads back as {named}")
    return found
