"""Crawls of a paper whose articles need style sheets, fonts, images and scripts, from two hosts."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from archive.index import jobs
from archive.layout import Layout
from archive.types import Site
from crawler import runlog
from crawler.cli.init import create
from crawler.counts import kinds
from crawler.crawldb import CrawlDb
from crawler.health.gather import _misses
from crawler.middlewares.access import has_jar
from crawler.overview import gather
from crawler.requisites import Needed, Part, offers
from crawler.restore import restore
from crawler.samples.loopback import App, Loopback, OnLoopback, Resource
from crawler.sites import load_site
from crawler.task import REQUISITE, Task
from tests.crawler.support import rows, run

ARTICLES = 3
_DAY = datetime(2026, 3, 1, 8, tzinfo=UTC)
_TEXT = "Der Rat der Stadt hat am Montag den Plan für den neuen Platz beraten und dann beschlossen. "
_KILL = '{"tests.crawler.faults.KillBeforeExpand": 1}'


class Paper(OnLoopback):
    """The paper and the host of its looks, on two ports of 127.0.0.1."""

    def __init__(self) -> None:
        self._loopback = Loopback({"paper": 0, "looks": 0})
        self.bases = self._loopback.base_urls
        self.changed: dict[str, Resource] = {}

    def _apps(self) -> dict[str, App]:
        return {name: self._app(name) for name in self.bases}

    def _app(self, name: str) -> Callable[[str], Resource]:
        pages = _paper(self.bases["looks"]) if name == "paper" else _looks(self.bases["paper"])
        return lambda path: self.changed.get(path) or pages.get(path) or Resource(b"gone", "text/plain", 404)

    def asked(self, since: int = 0) -> Counter[str]:
        """How often each path was asked for."""
        return Counter(request.path for request in self.requests[since:])


def _paper(looks: str) -> dict[str, Resource]:
    found = {
        "/robots.txt": Resource(b"User-agent: *\nDisallow: /verboten/\n", "text/plain"),
        "/": _html("Startseite", "".join(f'<a href="/stadt/{n}.html">Mehr</a>' for n in range(ARTICLES)), ""),
        "/nur-hier.png": _file("image/png", 700),
        "/weg.png": Resource(b"", "image/png", 302, (("Location", "/da.png"),)),
        "/da.png": _file("image/png", 300),
        "/impressum.html": _html("Impressum", '<img src="/impressum.png">', ""),
        "/impressum.png": _file("image/png", 10),
    }
    for number in range(ARTICLES):
        text = f"<p>{_TEXT * 3}</p>" * 3 + (
            f'<img src="{looks}/bild-{number}.jpg" srcset="{looks}/bild-{number}-gross.jpg 2x">'
            '<img src="/nur-hier.png"><img src="/weg.png"><img src="/fehlt.png">'
            '<img src="/verboten/pixel.gif">'
            '<img src="http://169.254.169.254/geheim.png"><a href="/impressum.html">Impressum</a>'
            f'<script src="{looks}/lauf.js"></script>'
        )
        head = (
            f'<meta property="article:published_time" content="{_DAY.isoformat()}">'
            f'<link rel="stylesheet" href="{looks}/stil.css">'
        )
        found[f"/stadt/{number}.html"] = _html(f"Artikel {number} aus der Stadt", text, head)
    return found


def _looks(paper: str) -> dict[str, Resource]:
    font = "@font-face{font-family:a;src:url(a.woff2)}"
    sheet = f'@import "mehr.css"; {font} b{{background:url({paper}/nur-hier.png)}}'
    return {
        "/stil.css": Resource(sheet.encode(), "text/css", modified=_DAY),
        "/mehr.css": Resource(
            b'@import "stil.css"; a{background:url("muster.svg")}', "text/css", modified=_DAY
        ),
        "/a.woff2": _file("font/woff2", 2_000),
        "/muster.svg": Resource(b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml"),
        "/lauf.js": Resource(b"document.title += '.'; // <a href='/nicht-folgen.html'>", "text/javascript"),
        **{f"/bild-{number}.jpg": _file("image/jpeg", 5_000 + number) for number in range(ARTICLES)},
        **{f"/bild-{number}-gross.jpg": _file("image/jpeg", 9_000 + number) for number in range(ARTICLES)},
    }


def _file(mime: str, size: int) -> Resource:
    return Resource(bytes(size % 251 for _ in range(size)), mime, modified=_DAY)


def _html(title: str, body: str, head: str) -> Resource:
    text = (
        f'<!DOCTYPE html><html lang="de"><head><meta charset="utf-8"><title>{title}</title>{head}</head>'
        f"<body><h1>{title}</h1>{body}</body></html>"
    )
    return Resource(text.encode(), "text/html; charset=utf-8", modified=_DAY)


@pytest.fixture(scope="module")
def paper() -> Iterator[Paper]:
    with Paper() as running:
        yield running


@pytest.fixture(autouse=True)
def unchanged(paper: Paper) -> None:
    paper.changed.clear()


@dataclass(frozen=True)
class Crawled:
    """A finished crawl: its archive, and how often each path was asked for."""

    layout: Layout
    asked: Counter[str]


@pytest.fixture(scope="module")
def plain(paper: Paper, tmp_path_factory: pytest.TempPathFactory) -> Crawled:
    return _crawled(paper, tmp_path_factory.mktemp("plain") / "a", "")


@pytest.fixture(scope="module")
def crawled(paper: Paper, tmp_path_factory: pytest.TempPathFactory) -> Crawled:
    found = _crawled(paper, tmp_path_factory.mktemp("crawled") / "a", "requisites = true\n")
    index(found.layout)
    return found


def _crawled(paper: Paper, root: Path, more: str) -> Crawled:
    seen = len(paper.requests)
    layout = archive_of(root, paper, more)
    assert run(layout, index=False).code == 0
    return Crawled(layout, paper.asked(seen))


def index(layout: Layout, *, rebuild: bool = False) -> None:
    jobs.run(layout, pool=jobs.pool_for(layout, 1), rebuild=rebuild)


def copied(found: Crawled, root: Path) -> Layout:
    """Another archive that knows what a finished crawl does."""
    shutil.copytree(found.layout.root, root, symlinks=True)
    return Layout(root)


def archive_of(root: Path, paper: Paper, more: str = "requisites = true\n") -> Layout:
    layout = Layout(root)
    create(layout)
    seeds = f'seeds = ["{paper.bases["paper"]}/"]\n'
    text = f"{seeds}delay = 0\nallow_private = true\n{more}"
    (layout.sites / "paper.toml").write_text(text, encoding="utf-8")
    return layout


def kept(layout: Layout, state: str = "expanded") -> set[str]:
    """Paths of the requisites that are in a state; those with an answer that is none are ``failed``."""
    found = rows(layout.crawl_db, "SELECT url FROM urls WHERE kind = 'requisite' AND state = ?", state)
    return {"/" + url.split("/", 3)[3] for (url,) in found}


def counts(layout: Layout, *names: str) -> list[tuple[Any, ...]]:
    """Counters of the runs, the oldest first."""
    return rows(layout.crawl_db, f"SELECT {', '.join(names)} FROM run_sites ORDER BY run")


WANTED = {
    *(
        "/stil.css",
        "/mehr.css",
        "/a.woff2",
        "/muster.svg",
        "/lauf.js",
        "/nur-hier.png",
        "/weg.png",
        "/da.png",
    ),
    *(f"/bild-{number}{size}.jpg" for number in range(ARTICLES) for size in ("", "-gross")),
}
_PAGES = ("fetched", "new", "changed", "unchanged", "articles", "failed", "refused", "bytes")


def test_all_that_articles_need_is_kept_once_and_counted_apart(plain: Crawled, crawled: Crawled) -> None:
    assert not plain.asked.keys() & WANTED
    layout, asked = crawled.layout, crawled.asked
    assert kept(layout) == WANTED
    assert {path: asked[path] for path in WANTED} == dict.fromkeys(WANTED, 1)
    assert "/impressum.png" not in asked  # no article
    assert "/nicht-folgen.html" not in asked
    # What is told of pages is the same with them and without; the host of looks was asked for its rules.
    assert counts(layout, *_PAGES) == counts(plain.layout, *_PAGES)
    assert counts(layout, "requisites") == [(len(WANTED) + 1 + 1,)]  # and what is missing
    assert counts(plain.layout, "requisites", "requisite_bytes") == [(0, 0)]
    assert asked["/robots.txt"] == 2


def test_what_can_not_be_had_has_an_outcome(crawled: Crawled) -> None:
    found = rows(
        crawled.layout.crawl_db,
        "SELECT outcome, kind, sum(count) FROM run_outcomes WHERE what = 'requisite'"
        " GROUP BY 1, 2 ORDER BY 2",
    )
    # The guard refuses to ask an address of the cloud for its rules, and so nothing else is asked for there.
    assert found == [("failed", "gone", 1), ("refused", "guard", 1), ("refused", "robots", 2)]
    assert kept(crawled.layout, "refused") >= {"/geheim.png", "/verboten/pixel.gif"}
    assert kept(crawled.layout, "failed") == {"/fehlt.png"}


def test_the_index_holds_them_as_captures_and_extracts_none(paper: Paper, crawled: Crawled) -> None:
    layout, looks = crawled.layout, paper.bases["looks"]
    found = rows(
        layout.index, "SELECT url, outcome, via FROM captures WHERE url LIKE ? AND status = 200", looks + "/%"
    )
    assert {url.removeprefix(looks) for url, _, _ in found} >= {p for p in WANTED if p.startswith("/bild")}
    assert {outcome for url, outcome, _ in found if not url.endswith("robots.txt")} == {"none"}
    assert {url: via for url, _, via in found}[f"{looks}/mehr.css"] == f"{looks}/stil.css"
    assert rows(layout.index, "SELECT count(*) FROM articles") == [(ARTICLES,)]
    assert rows(layout.index, "SELECT count(*) FROM documents WHERE url LIKE '%.jpg'") == [(0,)]
    assert rows(layout.index, "SELECT count(*) FROM failures") == [(0,)]
    before = rows(layout.index, "SELECT url, outcome FROM captures ORDER BY 1")
    index(layout, rebuild=True)
    assert rows(layout.index, "SELECT url, outcome FROM captures ORDER BY 1") == before


def test_the_next_round_stores_only_what_changed(paper: Paper, crawled: Crawled, tmp_path: Path) -> None:
    layout = copied(crawled, tmp_path / "a")
    seen = len(paper.requests)
    paper.changed["/bild-1.jpg"] = Resource(b"neu" * 99, "image/jpeg")
    assert run(layout, index=False, GAZETTE_REVISIT="all").code == 0
    index(layout)
    asked = paper.asked(seen)
    assert {path: asked[path] for path in WANTED} == dict.fromkeys(WANTED, 1)
    (first,), (second,) = counts(layout, "requisite_bytes")
    assert second < first / 4
    found = rows(
        layout.index,
        "SELECT url, record_type FROM captures WHERE run = (SELECT max(run) FROM captures)"
        " AND url LIKE '%.jpg' ORDER BY url",
    )
    assert [(url.rpartition("/")[2], kind) for url, kind in found] == [
        *(("bild-0-gross.jpg", "revisit"), ("bild-0.jpg", "revisit"), ("bild-1-gross.jpg", "revisit")),
        *(("bild-1.jpg", "response"), ("bild-2-gross.jpg", "revisit"), ("bild-2.jpg", "revisit")),
    ]
    # One that says nothing of its age is fetched whole, and kept as a revisit all the same.
    script = rows(
        layout.index, "SELECT record_type, status FROM captures WHERE url LIKE '%lauf.js' ORDER BY run"
    )
    assert script == [("response", 200), ("revisit", 200)]


def test_their_budget_bounds_them_alone_and_is_told(paper: Paper, tmp_path: Path) -> None:
    layout = archive_of(tmp_path / "a", paper, 'requisites = true\nrequisites_bytes = "6 kB"\n')
    assert run(layout, index=False).code == 0
    assert counts(layout, "articles") == [(ARTICLES,)]
    ((used,),) = counts(layout, "requisite_bytes")
    assert 6_000 <= used < 6_000 + 2 * 10_000  # what was under way at the two hosts came to its end
    assert {"/stil.css", "/mehr.css", "/a.woff2"} <= kept(layout)
    told = rows(
        layout.crawl_db,
        "SELECT count, example_reason FROM run_outcomes WHERE kind = 'budget' AND what = 'requisite'",
    )
    left = rows(layout.crawl_db, "SELECT url FROM urls WHERE state = 'refused' AND reason LIKE '%used up%'")
    assert [count for count, _ in told] == [len(left)]
    assert len(left) > 3
    assert told[0][1] == "requisites_bytes of the site file are used up: 6,000 in this run"
    ever = "SELECT count(*) FROM urls WHERE kind = 'requisite' AND body_record_id IS NOT NULL"
    before = rows(layout.crawl_db, ever)
    # The next round has a budget of its own.
    assert run(layout, index=False, GAZETTE_REVISIT="all").code == 0
    assert rows(layout.crawl_db, ever) > before


@pytest.mark.parametrize("where", ["site", "run"])
def test_pages_at_their_budget_still_get_their_looks(where: str, paper: Paper, tmp_path: Path) -> None:
    more = "requisites = true\n" + ("max_pages = 6\n" if where == "site" else "")
    layout = archive_of(tmp_path / "a", paper, more)
    ended = run(layout, index=False, **({"GAZETTE_MAX_PAGES": 6} if where == "run" else {}))
    assert (ended.code, counts(layout, "fetched", "reason")) == (0, [(6, "page budget")])
    articles = rows(layout.crawl_db, "SELECT url FROM urls WHERE page = 'article'")
    assert 0 < len(articles) < ARTICLES
    assert {"/stil.css", "/a.woff2", "/lauf.js", f"/bild-{articles[0][0][-6]}.jpg"} <= kept(layout)
    assert rows(
        layout.crawl_db, "SELECT count(*) FROM urls WHERE state = 'queued' AND kind = 'requisite'"
    ) == [(0,)]


@pytest.mark.parametrize("at", [7, 14])
def test_killed_the_next_run_keeps_what_is_missing(at: int, paper: Paper, tmp_path: Path) -> None:
    layout = archive_of(tmp_path / "a", paper)
    assert run(layout, index=False, EXTENSIONS=_KILL, FAULT_AT=at).code == 9
    had = rows(layout.crawl_db, "SELECT url FROM urls WHERE state IN ('kept', 'expanded')")
    seen = len(paper.requests)
    assert run(layout, index=False).code == 0
    assert kept(layout) == WANTED
    asked = paper.asked(seen)
    again = [url for (url,) in had if asked["/" + url.split("/", 3)[3]] and not url.endswith("robots.txt")]
    assert again == []


def test_what_they_miss_is_no_trouble_of_the_site(crawled: Crawled) -> None:
    with runlog.opened(crawled.layout) as connection:
        assert connection is not None
        (one,) = runlog.runs(connection)
        assert one.counts()["failed"] == 0
        assert _misses(connection, one.id, "paper") == ()
        assert [m.kind for m in runlog.missed(connection, one.id, "failed")] == ["requisite"]
        assert kinds(connection) == {}
    assert gather(crawled.layout, datetime.now(UTC))["sites"][0]["articles"] == ARTICLES


def test_a_lost_memory_is_built_again_from_the_warc_files(
    paper: Paper, crawled: Crawled, tmp_path: Path
) -> None:
    layout = copied(crawled, tmp_path / "a")
    layout.crawl_db.unlink()
    restore(layout)
    assert kept(layout) == WANTED
    assert counts(layout, "fetched") == counts(crawled.layout, "fetched")
    # They have no visits of their own: a round asks for them when it asks for their articles.
    found = rows(layout.crawl_db, "SELECT DISTINCT page, visit_at FROM urls WHERE kind = 'requisite'")
    assert found == [(None, None)]
    seen = len(paper.requests)
    assert run(layout, index=False, GAZETTE_REVISIT="all").code == 0
    assert paper.asked(seen).keys() >= WANTED


def test_a_page_that_is_an_image_too_stays_a_page(paper: Paper, crawled: Crawled, tmp_path: Path) -> None:
    layout = copied(crawled, tmp_path / "a")
    image = f'<img src="/stadt/1.html"><p>{_TEXT}</p><a href="/stadt/1.html">Mehr</a>'
    stated = f'<meta property="article:published_time" content="{_DAY.isoformat()}">'
    paper.changed["/stadt/0.html"] = _html("Artikel", image, stated)
    assert run(layout, index=False, GAZETTE_REVISIT="all").code == 0
    found = dict(rows(layout.crawl_db, "SELECT url, kind FROM urls WHERE url LIKE '%/stadt/%'"))
    assert len(found) == ARTICLES
    assert set(found.values()) == {"link"}


def test_requisites_count_for_no_round(crawled: Crawled) -> None:
    db = CrawlDb(crawled.layout.crawl_db)
    try:
        assert (db.fetched("paper", 1),) == counts(crawled.layout, "fetched")[0]
        assert db.beside("paper") == 0
    finally:
        db.close()


def test_what_a_site_wants_no_more_is_not_asked_for(paper: Paper, plain: Crawled, tmp_path: Path) -> None:
    layout = copied(plain, tmp_path / "a")
    site = load_site(layout.sites / "paper.toml", {})
    page = Task(1, "paper", f"{paper.bases['paper']}/stadt/0.html", "", "link", 1, "L", None, 0, None)
    db = CrawlDb(layout.crawl_db)
    try:
        wanted = [Needed(f"{paper.bases['looks']}/bild-{n}.jpg", Part.IMAGE) for n in range(3)]
        assert db.offer("paper", 1, offers(wanted, page, site)).queued == db.beside("paper") == 3
    finally:
        db.close()
    seen = len(paper.requests)
    assert run(layout, index=False).code == 0
    assert not paper.asked(seen).keys() & WANTED
    assert rows(layout.crawl_db, "SELECT count(*) FROM urls WHERE kind = 'requisite'") == [(0,)]


def test_other_hosts_see_no_cookie(paper: Paper) -> None:
    site = Site("paper", seeds=(f"{paper.bases['paper']}/",), cookies=True)

    def task(kind: str, host: str) -> Task:
        return Task(1, "paper", f"{paper.bases[host]}/x", "", kind, 1, "LE", None, 0, None)

    assert has_jar(task("link", "paper"), site)
    assert has_jar(task(REQUISITE, "paper"), site)
    assert not has_jar(task(REQUISITE, "looks"), site)
    assert not has_jar(task("link", "paper"), replace(site, cookies=False))
