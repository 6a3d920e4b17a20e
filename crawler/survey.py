"""What a site says of itself on one page and in robots.txt: a proposal for its site file. Pure functions."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser

from archive import urls
from crawler.robots import Rules

_FEED_TYPES = frozenset({"application/rss+xml", "application/atom+xml", "application/rdf+xml"})
_COMMENTS = re.compile(r"/comments/|kommentar|\bcomments\b", re.IGNORECASE)
_MAX_NAMED = 20
"""Feeds and sitemaps taken from one page. More is a list of topics, which a person should choose from."""


@dataclass(frozen=True, slots=True)
class Head:
    """What the head of a page names."""

    title: str | None  # of the site rather than of the page
    language: str | None
    feeds: tuple[str, ...]  # absolute


def sitemaps_of(rules: Rules, url: str) -> tuple[str, ...]:
    """The sitemaps that a robots.txt at ``url`` names, absolute."""
    named = (urls.join(url, sitemap) for sitemap in (rules.parsed.sitemaps if rules.parsed else ()))
    return tuple(dict.fromkeys(found for found in named if found))[:_MAX_NAMED]


def read_head(html: bytes, url: str) -> Head:
    """The site's title, its language and its feeds, feeds of comments left out."""
    tree = LexborHTMLParser(html)
    base_tag = tree.css_first("base[href]")
    base = urls.join(url, (base_tag.attributes.get("href") if base_tag else None) or "") or url
    feeds = []
    for link in tree.css("link[rel][href]"):
        attributes = link.attributes
        if "alternate" not in (attributes.get("rel") or "").lower().split():
            continue
        if (attributes.get("type") or "").partition(";")[0].strip().lower() not in _FEED_TYPES:
            continue
        address = urls.join(base, attributes.get("href") or "")
        if address and not _COMMENTS.search(f"{address} {attributes.get('title') or ''}"):
            feeds.append(address)
    return Head(
        title=_site_title(tree),
        language=_language(tree),
        feeds=tuple(dict.fromkeys(feeds))[:_MAX_NAMED],
    )


def _site_title(tree: LexborHTMLParser) -> str | None:
    named = tree.css_first('meta[property="og:site_name"]')
    if named is not None and (stated := _line(named.attributes.get("content") or "")):
        return stated
    title = tree.css_first("title")
    return (_line(title.text()) or None) if title is not None else None


def _language(tree: LexborHTMLParser) -> str | None:
    root = tree.css_first("html[lang]")
    match = re.fullmatch(
        r"[a-z]{2,3}(?:-[a-z0-9]{2,8})*", ((root and root.attributes.get("lang")) or "").lower()
    )
    return match[0].partition("-")[0] if match else None


def _line(text: str) -> str:
    """One printable line, at most 200 characters: it goes into a file that people edit."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:200]


def propose_name(url: str) -> str:
    """A name for a site's file, from its host and, when that is not the usual one, its port."""
    authority = urls.authority(url) or "site:80"
    name, _, port = authority.rpartition(":")
    name = name.strip("[]:")
    if not urls.is_loopback(name):
        name = re.sub(r"^www\d{0,2}\.", "", name)
    if port not in ("80", "443"):
        name += f"-{port}"
    return re.sub(r"[^a-z0-9-]+", "-", name.lower()).strip("-")[:63].strip("-") or "site"


def site_file(url: str, head: Head, sitemaps: tuple[str, ...], delay: float) -> str:
    """The text of a commented sites/NAME.toml. ``delay``: seconds that robots.txt asks for, 0.0 for none."""
    lines = [
        "# A site of this archive. What is not said here comes from [defaults] in gazette.toml.",
        f"title = {_quoted(head.title or '')}",
        "",
        "# Where a round begins. Links are followed from here, inside the site.",
        f"seeds = {_list((url,))}",
        f"feeds = {_list(head.feeds)}",
        f"sitemaps = {_list(sitemaps)}",
        "",
        "# Regular expressions on URLs: what is taken (empty: all of the site), and what never is.",
        "allow = []",
        "deny = []",
        "",
        '# How often a timer takes it ("30m", "1h", "1d"); without it, only when asked: gazette crawl NAME',
        '# every = "1h"',
        "",
        "# Seconds between two requests, and the bounds of one round.",
        *([f"# robots.txt asks for {delay:g} s; the longer of the two counts."] if delay else []),
        "# delay = 1.0",
        "# max_pages = 1000",
        '# max_bytes = "2 GB"',
        '# max_seconds = "2h"',
    ]
    if head.language:
        lines += ["", f"language = {_quoted(head.language)}"]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """A TOML basic string. JSON's escapes are among TOML's; printable text has no other need of them."""
    return json.dumps(text, ensure_ascii=False)


def _list(items: tuple[str, ...]) -> str:
    if len(items) < 2:
        return f"[{', '.join(map(_quoted, items))}]"
    return "[\n" + "".join(f"    {_quoted(item)},\n" for item in items) + "]"
