"""Runs ``gazette add`` on sites whose contents are known, and compares what it finds with a table.

    scripts/measure_add [SITE...]

The sites are those of tests/cli/small_sites.py, each with what a person finds on it, and the three sample
outlets. Each is added as a person would, by the command line with --json; the file is read back. Prints a
line a site with what differs; exits with 1 when anything does.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from archive.layout import Layout
from crawler.cli.init import create
from crawler.cli.output import table
from crawler.samples.server import SampleServer
from tests.cli.small_sites import SITES, Expected, SmallSites
from tests.cli.small_sites_judge import Got, differences, got_of

OUTLETS = {
    "ruhr-aktuell": Expected(
        feeds=("/feed.rss",),
        sitemaps=("/sitemap.xml",),
        sections=("/essen", "/region", "/wirtschaft", "/kultur", "/sport"),
        next_page="/essen?seite=2",
        consent=True,
        articles=5,
    ),
    "emscher-bote": Expected(
        feeds=("/atom.xml",),
        sections=("/lokales/", "/blaulicht/", "/sport/", "/leben/"),
        next_page="/lokales/seite/2",
        consent=True,
        articles=5,
    ),
    "hafenblatt": Expected(
        sections=("/rubrik/hafen/", "/rubrik/dorf/", "/rubrik/english/"), delay=0.5, articles=5
    ),
}


def add(layout: Layout, url: str, name: str) -> Got:
    """What one run of the command line finds."""
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "crawler.cli",
            "--archive",
            str(layout.root),
            "add",
            url,
            "--name",
            name,
            "--json",
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return got_of(done.returncode, done.stdout, done.stderr, layout, name)


def main(chosen: list[str]) -> int:
    """Measure the sites that are named, or all of them."""
    rows, wrong = [], 0
    with tempfile.TemporaryDirectory() as folder, SmallSites() as small, SampleServer() as samples:
        layout = Layout(Path(folder) / "archive")
        create(layout)
        places = {name: (small.base_urls[name] + site.start, site.expected) for name, site in SITES.items()}
        places |= {o.name: (o.base_url + "/", OUTLETS[o.name]) for o in samples.outlets}
        for name, (url, expected) in places.items():
            if chosen and name not in chosen:
                continue
            began = time.monotonic()
            got = add(layout, url, name)
            differing = differences(got, expected, url)
            wrong += bool(differing)
            verdict = "differs" if differing else "as judged"
            found = (len(got.feeds), len(got.sitemaps), len(got.sections), got.articles)
            took = f"{time.monotonic() - began:.1f} s"
            rows.append(
                (
                    name,
                    verdict,
                    got.code,
                    got.wall,
                    got.language,
                    *found,
                    got.requests,
                    took,
                    "; ".join(differing),
                )
            )
    head = ("site", "verdict", "exit", "wall", "language", "feeds", "sitemaps", "sections", "articles")
    print(table((*head, "requests", "took", "differences"), rows))
    print(f"\n{len(rows) - wrong} of {len(rows)} sites as judged")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
