"""A crawl of the generated outlet by some of its paths, and what was kept of it: told by the WARC files."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from archive.layout import Layout
from archive.warc.names import files
from archive.warc.reader import CaptureWalk
from crawler.cli.init import create
from crawler.traps import BUDGET, CREDIT, QUERIES, shape_of
from tests.crawler.bigsite import BigSite
from tests.crawler.support import rows, run

BOUNDS = {"calendar": BUDGET + 4 * CREDIT, "search": QUERIES + 4 * CREDIT, "repeated": BUDGET}
"""Pages that a trap may cost: barren ones, and the credit for the first few, which lead to what is new. Of
links that grow, this holds for each form that they have: every page of a list begins another chain."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a crawl found."""

    code: int
    wanted: int
    missing: tuple[str, ...]
    twice: tuple[str, ...]
    beyond: tuple[str, ...]  # kept though out of scope
    requests: int
    traps: dict[str, int]  # pages kept of each trap
    worst: dict[str, int]  # of these, the pages of one form; of the search those of its path
    refused: dict[str, int]  # URLs by reason
    seconds: float

    @property
    def good(self) -> bool:
        """Whether each article was found once, and nothing beyond the scope or a trap's budget."""
        within = all(count <= BOUNDS[name] for name, count in self.worst.items())
        return self.code == 0 and within and not (self.missing or self.twice or self.beyond)


def crawl(sites: Mapping[str, BigSite], root: Path) -> dict[str, Verdict]:
    """Crawl outlets, by their names, in one run into a new archive at ``root``, and look what is there."""
    layout = Layout(root)
    create(layout)
    for name, site in sites.items():
        (layout.sites / f"{name}.toml").write_text(site.site_file(), encoding="utf-8")
    began = time.monotonic()
    ended = run(layout, *sites, index=False)
    seconds = time.monotonic() - began
    kept = Counter(
        entry.capture.url for file in files(layout.warc) for entry in CaptureWalk(file.path, file.name)
    )
    return {name: _judged(name, site, layout, kept, ended.code, seconds) for name, site in sites.items()}


def _judged(
    name: str, site: BigSite, layout: Layout, every: Counter[str], code: int, seconds: float
) -> Verdict:
    kept = Counter({url: count for url, count in every.items() if url.startswith((site.base, site.other))})
    wanted = site.expected()
    reasons = rows(layout.crawl_db, "SELECT reason FROM urls WHERE state = 'refused' AND site = ?", name)
    signs = {"calendar": "/kalender/", "search": "/suche?", "repeated": "/mehr/"}
    found = {trap: [url for url in kept if sign in url] for trap, sign in signs.items()}
    forms = {trap: Counter(shape_of(url) for url in of) for trap, of in found.items()}
    return Verdict(
        code,
        len(wanted),
        tuple(sorted(wanted - kept.keys())),
        tuple(sorted(url for url, count in kept.items() if count > 1)),
        tuple(sorted(url for url in kept if _is_beyond(url, site))),
        len(site.requests),
        {trap: len(of) for trap, of in found.items()},
        {t: len(found[t]) if t == "search" else max(c.values(), default=0) for t, c in forms.items()},
        dict(Counter(_folded(reason) for (reason,) in reasons).most_common()),
        seconds,
    )


def _is_beyond(url: str, site: BigSite) -> bool:
    return not url.startswith(site.base) or any(
        sign in url for sign in ("/alt-", "/anzeigen/", "jsessionid", "print=", "share=", "utm_", ".jpg")
    )


def _folded(reason: str) -> str:
    return "a trap" if reason.startswith("a trap") else reason
