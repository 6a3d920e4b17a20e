"""A bug of our own costs the page on which it shows itself, and never holds up its authority."""

from __future__ import annotations

from pathlib import Path

from archive.layout import Layout
from crawler.cli.init import create
from tests.crawler.bugs import READ
from tests.crawler.small_site import SmallSite
from tests.crawler.support import rows, run


def test_an_exception_nobody_foresaw_is_an_outcome(tmp_path: Path) -> None:
    layout = Layout(tmp_path / "archive")
    create(layout)
    with SmallSite(pause=0) as site:
        (layout.sites / "hof.toml").write_text(site.site_file("hof"), encoding="utf-8")
        ended = run(layout, index=False, EXTENSIONS='{"tests.crawler.bugs.Bugs": 0}', GAZETTE_MAX_SECONDS=60)
    assert (ended.code, ended.reason) == (0, "finished")
    found = dict(rows(layout.crawl_db, "SELECT url, state || ': ' || coalesce(reason, '') FROM entries"))
    broken = {url: told for url, told in found.items() if "a bug" in told}
    read = {told for url, told in broken.items() if READ in url}
    assert read == {"failed: a bug: ZeroDivisionError: planted"}
    assert set(broken.values()) - read == {"failed: a bug: KeyError: 'planted'"}
    assert not [told for told in found.values() if told.startswith(("queued", "kept"))]
