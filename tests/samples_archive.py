"""An archive of the sample outlets without a crawl: every page in both of its stages, at fixed times."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from archive.index import jobs
from archive.layout import Layout
from archive.types import Exchange
from archive.warc.records import Told, exchange_records
from archive.warc.writer import WarcWriter
from crawler.cli.init import create
from crawler.samples import model
from crawler.samples.loopback import Resource
from crawler.samples.outlets import Site, build
from crawler.samples.truth import Planted, planted
from tests.exchanges import exchange

STARTS = {
    1: datetime(2025, 11, 14, 6, 0, tzinfo=UTC),
    2: datetime(2025, 11, 28, 6, 0, tzinfo=UTC),
}
"""When each stage was captured: a page a second."""
BASES = {outlet.name: f"http://127.0.0.1:{8101 + at}" for at, outlet in enumerate(model.load())}
SITES: dict[int, dict[str, Site]] = {
    stage: {o.name: build(o, BASES[o.name], stage) for o in model.load()} for stage in (1, 2)
}


def the_planted() -> dict[str, Planted]:
    """What happens between the stages, by its kind: there is one of each."""
    found = [p for name in BASES for p in planted(SITES[1][name].edition, SITES[2][name].edition)]
    return {each.kind: each for each in found}


def fill(layout: Layout) -> Layout:
    """Make an archive of all pages in both stages, and index it."""
    create(layout)
    writer = WarcWriter(layout.warc, {"software": "test"})
    for stage, start in STARTS.items():
        targets = [(name, path) for name in BASES for path in _paths(name, stage)]
        for second, (name, path) in enumerate(targets):
            at = start + timedelta(seconds=second)
            exchange = _exchange(BASES[name] + path, at, SITES[stage][name].serve(path).resource)
            writer.begin()
            told = Told(name, f"run-{stage}")
            writer.append(exchange_records(exchange, told, writer.warcinfo_id).members)
    writer.sync()
    writer.close()
    jobs.run(layout, workers=2)
    return layout


def add_requisites(layout: Layout) -> None:
    """Keep what the pages of the second stage need to be seen, minutes after them, and index it."""
    writer = WarcWriter(layout.warc, {"software": "test"})
    wanted = [
        (name, path, page.resource)
        for name, site in SITES[2].items()
        for path, page in site.pages.items()
        if page.kind == "requisite"
    ]
    for second, (name, path, resource) in enumerate(wanted):
        at = STARTS[2] + timedelta(minutes=10, seconds=second)
        writer.begin()
        told = Told(name, "run-2")
        kept = exchange_records(_exchange(BASES[name] + path, at, resource), told, writer.warcinfo_id)
        writer.append(kept.members)
    writer.sync()
    writer.close()
    jobs.run(layout, workers=1)


def _paths(name: str, stage: int) -> list[str]:
    """All that a crawl asks for; in the second stage also what it knows from the first."""
    known = {**SITES[1][name].pages, **(SITES[2][name].pages if stage == 2 else {})}
    return [path for path, page in known.items() if page.kind not in ("forbidden", "requisite")]


def _exchange(url: str, at: datetime, resource: Resource) -> Exchange:
    fields = [("Content-Type", resource.content_type), *resource.headers]
    head = f"HTTP/1.1 {resource.status} X\r\n" + "".join(f"{k}: {v}\r\n" for k, v in fields) + "\r\n"
    return exchange(url, at, head.encode() + resource.body)
