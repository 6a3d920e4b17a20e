"""A second visit: what has not changed costs a revisit record, and is read from where it was kept."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from warcio.archiveiterator import ArchiveIterator

from archive.layout import Layout
from archive.warc.members import Member, MemberWalk
from archive.warc.names import files
from crawler.cli.init import create
from crawler.samples.server import SampleServer
from tests.crawler.revisiting import MOST, SHARE, LargePages, later, second_crawl
from tests.crawler.support import QUICK, articles, new_archive, rows, run

_PROFILE = "http://netpreserve.org/warc/1.1/revisit/"


@pytest.fixture(scope="module")
def server() -> Iterator[SampleServer]:
    with SampleServer() as running:
        yield running


@pytest.fixture(scope="module")
def twice(server: SampleServer, tmp_path_factory: pytest.TempPathFactory) -> Layout:
    layout = new_archive(tmp_path_factory.mktemp("twice") / "a", server, ("emscher-bote",))
    run(layout)
    first = len(server.requests)
    run(layout, GAZETTE_REVISIT="all")
    assert len(server.requests) == 2 * first - 1  # a link that leads nowhere has its time
    return layout


def members(path: Path) -> list[Member]:
    return list(MemberWalk(path))


def test_the_second_visit_keeps_no_payload_again(twice: Layout) -> None:
    first, second = (file.path for file in files(twice.warc))
    kinds = Counter(m.get("warc-type") for m in members(second))
    assert kinds["revisit"] > 25
    # A page that the server makes anew each time, and errors, are all that has a body of its own.
    assert kinds["response"] <= 4
    assert second.stat().st_size < 0.5 * first.stat().st_size


def test_revisits_say_what_they_refer_to(twice: Layout) -> None:
    first, second = (members(file.path) for file in files(twice.warc))
    kept = {m.get("warc-record-id"): m for m in first if m.get("warc-type") == "response"}
    revisits = [m for m in second if m.get("warc-type") == "revisit"]
    profiles = Counter((m.get("warc-profile") or "").removeprefix(_PROFILE) for m in revisits)
    assert profiles["server-not-modified"] >= 20
    assert profiles["identical-payload-digest"] >= 3
    for revisit in revisits:
        before = kept[revisit.get("warc-refers-to")]
        assert revisit.get("warc-refers-to-target-uri") == before.get("warc-target-uri")
        assert revisit.get("warc-refers-to-date") == before.get("warc-date")
        assert revisit.get("warc-payload-digest") == before.get("warc-payload-digest")
        assert revisit.block_head.endswith(b"\r\n\r\n")


def test_other_readers_take_them_as_revisits(twice: Layout) -> None:
    data = files(twice.warc)[1].path.read_bytes()
    found = Counter(record.rec_type for record in ArchiveIterator(io.BytesIO(data)))
    assert found["revisit"] > 25


def test_the_index_knows_that_the_documents_were_seen_again(twice: Layout) -> None:
    captures = dict(
        rows(twice.index, "SELECT record_type, count(*) FROM captures WHERE outcome = 'document' GROUP BY 1")
    )
    assert captures["revisit"] > 25
    again = "SELECT count(*) FROM documents WHERE last_captured_at > captured_at"
    assert rows(twice.index, again)[0][0] == captures["revisit"]
    assert (
        len(articles(twice))
        == rows(twice.index, "SELECT count(*) FROM documents WHERE kind = 'article'")[0][0]
    )


def test_a_changed_page_is_kept_whole(server: SampleServer, tmp_path: Path) -> None:
    layout = new_archive(tmp_path / "a", server, ("ruhr-aktuell",))
    run(layout)
    server.change()
    try:
        run(layout, GAZETTE_REVISIT="all")
    finally:
        server.stage = 1
    second = members(files(layout.warc)[1].path)
    whole = {m.get("warc-target-uri") or "" for m in second if m.get("warc-type") == "response"}
    assert any("warenhaus-lindemann-zukunft" in url for url in whole)
    assert not any("hallenbad-altenbrock-schliesst" in url for url in whole)


def test_a_crawl_right_after_the_first_fetches_no_article(server: SampleServer, tmp_path: Path) -> None:
    layout = new_archive(tmp_path / "a", server, ("emscher-bote",))
    run(layout, index=False)
    seen = len(server.requests)
    run(layout, index=False)
    paths = {request.path for request in server.requests[seen:]}
    assert {"/", "/lokales/", "/atom.xml"} <= paths
    assert len(paths) < seen / 2
    assert not any("-a25" in path for path in paths)  # as addresses of articles end
    counted = "SELECT fetched, new, changed, unchanged, articles, failed FROM run_sites ORDER BY run"
    first, second = rows(layout.crawl_db, counted)
    assert first[1] > first[4] > 20
    assert (second[1], second[4], second[5]) == (0, 0, 0)
    assert second[0] > second[3] >= 5
    assert {who for (who,) in rows(layout.crawl_db, "SELECT started_by LIKE '%@% (scrapy)' FROM runs")} == {1}


def test_a_day_later_exactly_what_changed_is_a_new_version(server: SampleServer, tmp_path: Path) -> None:
    layout = new_archive(tmp_path / "a", server)
    run(layout)
    first = {file.name for file in files(layout.warc)}
    later(layout)
    server.change()
    try:
        run(layout)
        planted = {p for p in server.planted() if p.url.startswith(tuple(bases(server)))}
    finally:
        server.stage = 1
    versions = "SELECT url FROM documents WHERE kind = 'article' GROUP BY url HAVING count(*) > 1"
    changed = {p.url for p in planted if p.url == p.url_after and p.kind != "headline"}
    assert changed == {url for (url,) in rows(layout.index, versions)}
    assert {p.url_after for p in planted if p.url != p.url_after} <= set(articles(layout))
    second = second_crawl(layout, first)
    assert len(second.unchanged) > 50
    assert second.stored_again == ()
    assert second.dearest <= MOST


@pytest.mark.parametrize("validators", [True, False])
def test_large_pages_that_did_not_change_cost_a_twentieth(validators: bool, tmp_path: Path) -> None:
    layout = Layout(tmp_path / "a")
    create(layout)
    with LargePages(12, validators=validators) as site:
        (layout.sites / "large.toml").write_text(site.site_file(), encoding="utf-8")
        run(layout, index=False)
        first = {file.name for file in files(layout.warc)}
        later(layout)
        run(layout, index=False)
    second = second_crawl(layout, first)
    assert len(second.unchanged) == 13
    assert second.stored_again == ()
    assert second.bytes <= SHARE * second.first_bytes


def bases(server: SampleServer) -> list[str]:
    return [outlet.base_url for outlet in server.outlets if outlet.name in QUICK]


def test_the_configuration_at_the_start_is_in_the_file_without_secrets(
    server: SampleServer, tmp_path: Path
) -> None:
    layout = new_archive(tmp_path / "a", server, ("emscher-bote",))
    path = layout.sites / "emscher-bote.toml"
    path.write_text(path.read_text("utf-8").replace("http://127", "http://bob:s3cret@127", 1), "utf-8")
    run(layout, GAZETTE_MAX_PAGES=3)
    (file,) = files(layout.warc)
    (note,) = [m for m in members(file.path) if m.get("warc-type") == "resource"]
    assert (note.get("warc-target-uri") or "").startswith("urn:gazette:run:")
    assert b'"name": "emscher-bote"' in note.block_head
    assert rows(layout.crawl_db, "SELECT config_digest FROM runs") == [(note.get("warc-payload-digest"),)]
    assert rows(layout.index, "SELECT count(*) FROM captures WHERE url LIKE 'urn:%'") == [(0,)]
    for path in layout.root.rglob("*"):
        if path.is_file() and path.parent != layout.sites:
            assert b"s3cret" not in path.read_bytes()
    assert not any(b"s3cret" in m.block_head for m in members(file.path))


def test_below_the_space_limit_it_waits(server: SampleServer, tmp_path: Path) -> None:
    layout = new_archive(tmp_path / "a", server, ("emscher-bote",))
    seen = len(server.requests)
    ended = run(layout, index=False, GAZETTE_MIN_FREE=10**18, GAZETTE_MAX_SECONDS=2)
    assert ended.reason == "time budget"
    assert len(server.requests) == seen
    (log,) = layout.logs.iterdir()
    assert "disk space is below the limit: the crawl waits" in log.read_text("utf-8")
    assert run(layout, index=False, GAZETTE_MAX_PAGES=3).code == 0
