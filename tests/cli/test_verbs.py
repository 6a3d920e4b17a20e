"""Each verb as its user calls it, on an archive made for it."""

from __future__ import annotations

import json
import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from archive.layout import Layout, open_archive
from archive.types import Document, Failure
from crawler.cli import extract
from crawler.cli.exits import Exit
from crawler.crawldb import CrawlDb, Offer
from crawler.sites import load_defaults
from tests.cli.support import BRIDGE, FERRY, PARAGRAPHS, Gazette, page


def _lines(out: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.splitlines()]


def test_init_makes_an_archive_that_opens(gazette: Gazette, tmp_path: Path) -> None:
    ran = gazette("init", tmp_path / "deep" / "archive")
    assert (ran.code, ran.err) == (0, "")
    layout = open_archive(tmp_path / "deep" / "archive")
    assert layout.sites.is_dir()
    assert load_defaults(layout) == {"delay": 1.0, "rights": "record"}
    # What stands there as a comment must be right too, once its mark is taken away.
    text = layout.config.read_text(encoding="utf-8")
    values = [line.startswith("# [") or " = " in line for line in text.splitlines()]
    lines = zip(text.splitlines(), values, strict=True)
    text = "\n".join(line.removeprefix("# ") if value else line for line, value in lines)
    assert len(tomllib.loads(text)["defaults"]) == 10
    assert set(tomllib.loads(text)["notices"]) == {"email", "webhook", "command"}
    layout.config.write_text(text, encoding="utf-8")
    assert load_defaults(layout)["max_bytes"] == 2_000_000_000


def test_init_changes_nothing_that_is_there(gazette: Gazette, layout: Layout, tmp_path: Path) -> None:
    before = layout.config.read_bytes()
    ran = gazette("init", layout.root)
    assert ran.code == Exit.BAD_CONFIGURATION
    assert ran.err == f"gazette: {layout.root}: is an archive already; nothing was changed\n"
    assert layout.config.read_bytes() == before
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "letter.txt").touch()
    ran = gazette("init", tmp_path / "other")
    assert ran.code == Exit.BAD_CONFIGURATION
    assert "holds other files" in ran.err
    assert [path.name for path in (tmp_path / "other").iterdir()] == ["letter.txt"]
    assert gazette("init", tmp_path / "other" / "letter.txt").code == Exit.FAILED


def test_index_search_and_show_lead_from_words_to_bytes(gazette: Gazette, filled: Layout) -> None:
    archive = ("--archive", filled.root)
    early = gazette(*archive, "search", "Kanal")
    assert (early.code, early.out) == (Exit.BAD_CONFIGURATION, "")
    assert "nothing is indexed yet" in early.err

    ran = gazette(*archive, "index", "--workers", 1, "--json")
    assert (ran.code, ran.err) == (0, "")
    assert _lines(ran.out) == [
        {"captures": 3, "outcomes": 3, "documents": 2, "failures": 1, "problems": [], "held": False},
    ]
    again = gazette(*archive, "index", "--workers", 1)
    assert again.out == "0 new captures, 0 extracted: 0 new documents, 0 failures\n"

    (hit,) = _lines(gazette(*archive, "search", "Brücke", "--json").out)
    assert (hit["url"], hit["site"], hit["day"]) == (BRIDGE, "hafenblatt", "2025-11-13")
    assert {hit["snippet"][a:b] for a, b in hit["matches"]} == {"Brücke"}
    found = gazette(*archive, "search", "Brücke").out
    assert "Neue Brücke am Kanal" in found
    assert f"{hit['id']}  {hit['warc']}@{hit['offset']}" in found
    assert "\x02" not in found

    shown = gazette(*archive, "show", hit["id"]).out
    for part in (
        "Anna Muster",
        "2025-11-13",
        "Die Brücke wird gebaut.",
        f"{hit['warc']}@{hit['offset']}",
        "sha256:",
    ):
        assert part in shown
    assert shown.count("Die Brücke wird gebaut.") == 1
    (document,) = _lines(gazette(*archive, "show", hit["id"][:8], "--json").out)
    assert document["authors"] == ["Anna Muster"]
    source = gazette(*archive, "show", hit["id"], "--source")
    assert source.out.encode() == page(
        "Neue Brücke am Kanal", "Die Brücke wird gebaut.", PARAGRAPHS, "2025-11-13"
    )


@pytest.mark.parametrize(
    ("arguments", "urls"),
    [
        (["Stadt"], {BRIDGE, FERRY}),
        (["Stadt", "--limit", "1"], None),
        (["Stadt", "--site", "hafenblatt"], {BRIDGE, FERRY}),
        (["Stadt", "--site", "other"], set()),
        (["Stadt", "--since", "2025-11-13"], {BRIDGE}),
        (["Stadt", "--until", "2025-11-12"], {FERRY}),
        (["Stadt", "Fähre"], {FERRY}),
        (["Kufen"], set()),
    ],
)
def test_search_narrows(
    arguments: list[str], urls: set[str] | None, gazette: Gazette, indexed: Layout
) -> None:
    ran = gazette("--archive", indexed.root, "search", "--json", *arguments)
    assert ran.code == 0
    found = {line["url"] for line in _lines(ran.out)}
    if urls is None:
        assert len(found) == 1
        assert ran.err.startswith("1 of 2 articles; more with --limit, or with --after r")
    else:
        assert found == urls
        assert ran.err.splitlines()[:1] == ([] if urls else [f"no article holds: {arguments[0]}"])


def test_a_query_that_is_none_and_an_id_that_is_none(gazette: Gazette, indexed: Layout) -> None:
    for arguments in (["search", "..."], ["show", "aaaaaaaa"], ["show", "x"]):
        ran = gazette("--archive", indexed.root, *arguments)
        assert (ran.code, ran.out) == (Exit.USAGE, "")
        assert ran.err.startswith("gazette: ")
        assert ran.err.count("\n") == 1


def test_index_says_which_file_is_damaged(gazette: Gazette, filled: Layout) -> None:
    (warc,) = filled.warc.glob("*.warc.gz")
    warc.write_bytes(warc.read_bytes()[:-20])
    ran = gazette("--archive", filled.root, "index", "--workers", 1)
    assert ran.code == Exit.DAMAGED
    assert ran.err.startswith(f"gazette: {warc.name}@")
    assert ran.out.startswith("2 new captures, 2 extracted: 2 new documents")


def test_extract_reads_a_file_and_stdin_alike(gazette: Gazette, tmp_path: Path) -> None:
    html = page("Neue Brücke am Kanal", "Die Brücke wird gebaut.", PARAGRAPHS, "2025-11-13")
    (tmp_path / "page.html").write_bytes(html)
    ran = gazette("extract", tmp_path / "page.html", "--url", BRIDGE)
    assert (ran.code, ran.err) == (0, "")
    assert gazette("extract", "--url", BRIDGE, stdin=html).out == ran.out
    assert gazette("extract", "-", "--url", BRIDGE, stdin=html).out == ran.out
    (document,) = _lines(ran.out)
    assert set(Document.__dataclass_fields__) <= set(document)
    assert document["title"] == "Neue Brücke am Kanal"
    assert document["authors"] == ["Anna Muster"]
    assert document["date"] == "2025-11-13T09:00:00+01:00"
    assert document["text"].startswith("Die Brücke wird gebaut.\nDer Rat")


@pytest.mark.parametrize(
    "data", [b"", b" \n", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", b"\xff\xd8\xff\xe0\0\x10JFIF"]
)
def test_what_is_no_html_is_a_failure_in_json(data: bytes, gazette: Gazette) -> None:
    ran = gazette("extract", "--url", BRIDGE, stdin=data)
    assert (ran.code, ran.err) == (Exit.FAILED, "")
    (failure,) = _lines(ran.out)
    assert set(failure) == {"failure", "message"}


def test_extract_takes_no_endless_page(gazette: Gazette, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extract, "MAX_BYTES", 1 << 20)
    outcome = extract.extract(b"<p>" + b"x" * (1 << 20), BRIDGE)
    assert isinstance(outcome, Failure)
    assert outcome.kind == "too_large"
    assert gazette("extract", "--url", BRIDGE, stdin=b"x" * (2 << 20)).code == Exit.FAILED


def test_extract_wants_a_page_and_its_address(gazette: Gazette, tmp_path: Path) -> None:
    assert gazette("extract").code == Exit.USAGE
    assert gazette("extract", "--url", "file:///etc/passwd").code == Exit.USAGE
    ran = gazette("extract", tmp_path / "none.html", "--url", BRIDGE)
    assert ran.code == Exit.USAGE
    assert "does not exist" in ran.err


def _crawled(layout: Layout) -> None:
    """A finished run and one that was killed, the second with a failed URL and one that waits."""
    database = CrawlDb(layout.crawl_db)
    for number, run in enumerate(("20251113T090000Z-aaaaaa", "20251113T100000Z-bbbbbb")):
        now = datetime(2025, 11, 13, 9 + number, tzinfo=UTC)
        database.begin_round("hafenblatt", now)
        database.runs.begin(run, ["hafenblatt"], {"sites": ["hafenblatt"]}, now)
        counts = {"fetched": 3, "failed": number, "bytes": 4_200}
        database.runs.count(run, {"hafenblatt": counts}, {"hafenblatt": 1.0}, {})
        if number == 0:
            database.finish_round("hafenblatt", now)
            database.runs.end(run, {"hafenblatt": "finished"}, 0, "finished", now.replace(minute=2))
        else:
            offers = [Offer(url, "127.0.0.1:8101", "link", 4e12, 1, "L", BRIDGE) for url in (BRIDGE, FERRY)]
            database.offer("hafenblatt", 2, offers)
            task = database.head("hafenblatt", "127.0.0.1:8101", now.timestamp())
            assert task is not None
            database.settle(task, run, "failed", "connection refused")
    database.close()


def test_runs_tells_what_ran(gazette: Gazette, layout: Layout) -> None:
    archive = ("--archive", layout.root)
    assert gazette(*archive, "runs").err == "nothing was crawled yet; do it with: gazette crawl\n"
    assert not layout.crawl_db.exists()
    _crawled(layout)
    killed, finished = _lines(gazette(*archive, "runs", "--json").out)
    assert (finished["exit_code"], finished["reason"], finished["sites"][0]["fetched"]) == (0, "finished", 3)
    assert (killed["exit_code"], killed["ended_at"], killed["sites"][0]["failed"]) == (None, None, 1)
    listed = gazette(*archive, "runs").out
    assert "running, or killed" in listed
    assert "2 min" in listed
    assert "4.2 kB" in gazette(*archive, "runs", "20251113T09").out
    (missed,) = _lines(gazette(*archive, "runs", "--failed", "--json").out)
    assert (missed["url"], missed["reason"]) == (BRIDGE, "connection refused")
    assert _lines(gazette(*archive, "runs", finished["id"], "--failed", "--json").out) == []
    assert gazette(*archive, "runs", "--failed", "--csv").out == (
        "run,site,url,kind,outcome,status,attempts,reason,via\n"
        f"{killed['id']},hafenblatt,{BRIDGE},link,failed,,1,connection refused,{BRIDGE}\n"
    )
    assert gazette(*archive, "runs", "--refused").err == (
        "no URL was refused in that run, or each was fetched since\n"
    )
    assert gazette(*archive, "runs", "2025").err.startswith("gazette: Invalid value for RUN: 2 runs begin")
    assert gazette(*archive, "runs", "1999").code == Exit.USAGE


def test_status_tells_what_is_there_and_what_waits(gazette: Gazette, filled: Layout) -> None:
    archive = ("--archive", filled.root)
    (empty,) = _lines(gazette(*archive, "status", "--json").out)
    assert empty["unread_bytes"] == empty["warc_bytes"] > 0
    assert empty["sites"][0]["due"] is True
    gazette(*archive, "index", "--workers", 1)
    _crawled(filled)
    (found,) = _lines(gazette(*archive, "status", "--json").out)
    assert (found["warc_files"], found["warc_open"], found["unread_bytes"]) == (1, 0, 0)
    assert (found["new"], found["stale"], found["failures"]) == (0, 0, {"empty": 1})
    (site,) = found["sites"]
    assert (site["captures"], site["articles"], site["queued"]) == (3, 2, 1)
    assert site["last_run"] == "20251113T100000Z-bbbbbb"
    printed = gazette(*archive, "status").out
    assert "running, or killed" in printed
    assert "could not be extracted: 1 empty" in printed


def test_status_of_an_empty_archive(gazette: Gazette, layout: Layout) -> None:
    ran = gazette("--archive", layout.root, "status")
    assert ran.code == 0
    assert "no site yet; add one with: gazette add URL" in ran.out


def test_a_wrong_site_file_is_named(gazette: Gazette, layout: Layout) -> None:
    path = layout.sites / "foo.toml"
    path.write_text("seedz = []", encoding="utf-8")
    ran = gazette("--archive", layout.root, "status")
    assert ran.code == Exit.BAD_CONFIGURATION
    assert ran.err == f"gazette: {path}: unknown key 'seedz'; did you mean 'seeds'?\n"
