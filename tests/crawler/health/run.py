"""Days of the seven papers: crawled, judged, told; what was found on each of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from archive.index import jobs
from archive.layout import Layout
from crawler.cli import crawling
from crawler.cli.init import create
from crawler.health.nouns import Trouble
from crawler.health.whole import gather
from crawler.notices.send import tell
from crawler.notices.settings import channels
from tests.crawler.health.days import pass_by
from tests.crawler.health.papers import TROUBLES, Papers

A_DAY = timedelta(days=1)
_LOADER = "tests.crawler.health.resolver.Loader"


@dataclass
class Patients:
    """An archive of the papers."""

    layout: Layout
    papers: Papers
    names: tuple[str, ...] = TROUBLES

    @classmethod
    def admit(cls, root: Path, papers: Papers) -> Patients:
        """A new archive; a command of [notices] writes what it is told to ``notices.jsonl`` in it."""
        layout = Layout(root)
        create(layout)
        text = layout.config.read_text(encoding="utf-8").replace('contact = ""', 'contact = "a@example.org"')
        text += '[notices.command]\nrun = ["sh", "-c", "cat >> notices.jsonl; echo >> notices.jsonl"]\n'
        layout.config.write_text(text, encoding="utf-8")
        for name in TROUBLES:
            (layout.sites / f"{name}.toml").write_text(papers.site_file(name), encoding="utf-8")
        return cls(layout, papers)

    def day(self) -> list[Trouble]:
        """One run over all sites, what is found behind it, and then a day goes by."""
        crawling.run(self.layout, self.names, {"SPIDER_LOADER_CLASS": _LOADER}, workers=0)
        jobs.run(self.layout, workers=2)
        now = datetime.now(UTC)
        found, undelivered = tell(self.layout, gather(self.layout, (), now, 0), channels(self.layout), now)
        assert undelivered == []
        pass_by(self.layout, A_DAY)
        return found

    def notices(self) -> list[str]:
        """The notices so far, a line each."""
        path = self.layout.root / "notices.jsonl"
        return path.read_text(encoding="utf-8").splitlines() if path.exists() else []
