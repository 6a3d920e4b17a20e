"""The site files of the sample outlets, as a person would write them."""

from __future__ import annotations

import json
from collections.abc import Sequence

from crawler.samples.outlets import Site

SPARE = 20
"""Pages in a budget beyond those that there are: enough for an endless calendar to show itself."""


def site_file(site: Site) -> str:
    """The text of ``sites/NAME.toml`` for an outlet."""
    edition, outlet = site.edition, site.edition.outlet
    sections = [edition.base + edition.section_path(key, 1) for key in outlet.sections]
    lines = [
        f"# {outlet.title}: a sample outlet that Gazette serves itself, on loopback.",
        f"title = {_string(outlet.title)}",
        f"seeds = {_array([edition.base + '/'])}",
    ]
    lines += {"modern": _modern, "soup": _soup, "lean": _lean}[outlet.template](site)
    lines += [f"sections = {_array(sections)}", 'language = "de"', 'every = "1h"']
    lines += ["# Its server is on this machine, where no page of the web may lead.", "allow_private = true"]
    return "\n".join(lines) + "\n"


def _modern(site: Site) -> list[str]:
    fetched = [served for served in site.pages.values() if served.kind not in ("forbidden", "requisite")]
    return [
        f"feeds = {_array([site.edition.base + '/feed.rss'])}",
        f"sitemaps = {_array([site.edition.base + '/sitemap.xml'])}",
        "# Its calendar of events has no last month: the budget ends it, after every article.",
        f"max_pages = {len(fetched) + SPARE}",
        "# Its pictures, style sheets, font and script are kept too, so that its articles look as they did.",
        "requisites = true",
        "# Seconds. This is a server on the same machine; a real one is asked once a second.",
        "delay = 0.02",
    ]


def _soup(site: Site) -> list[str]:
    return [
        f"feeds = {_array([site.edition.base + '/atom.xml'])}",
        "# Its calendar has no last month, and no month tells anything.",
        f"deny = {_array(['/kalender/'])}",
        "delay = 0.02",
    ]


def _lean(site: Site) -> list[str]:
    return ["# robots.txt asks for 0.5 s; the longer of the two counts.", "delay = 0.02"]


def _string(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _array(texts: Sequence[str]) -> str:
    return "[" + ", ".join(_string(text) for text in texts) + "]"
