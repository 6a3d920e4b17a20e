"""What a site reserves: recorded with one policy, kept out with the other. Real crawls over loopback."""

from __future__ import annotations

import gzip
import re
import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from archive.index import jobs
from archive.layout import Layout
from archive.warc.members import MemberWalk
from archive.warc.names import files
from archive.warc.reader import warc_fields
from crawler.cli.init import create
from crawler.restore import restore
from crawler.rights import keeping_out
from crawler.samples.loopback import Resource
from tests.crawler.rights_site import BEHIND, GOVERNED, PAGES, REFUSED, SECRET, RightsSite, standard_files
from tests.crawler.support import rows, run
from tests.index.support import dump

README = Path(__file__).parents[2] / "README.md"


@pytest.fixture(scope="module")
def site() -> Iterator[RightsSite]:
    with RightsSite() as running:
        yield running


def crawled(root: Path, site: RightsSite, policy: str, *, index: bool = True) -> Layout:
    layout = Layout(root)
    create(layout)
    (layout.sites / "rechte.toml").write_text(site.site_file(policy), encoding="utf-8")
    ended = run(layout, index=index)
    assert ended.code == 0, ended
    return layout


@pytest.fixture(scope="module")
def recorded(site: RightsSite, tmp_path_factory: pytest.TempPathFactory) -> Layout:
    return crawled(tmp_path_factory.mktemp("record") / "a", site, "record")


@pytest.fixture(scope="module")
def obeyed(site: RightsSite, recorded: Layout, tmp_path_factory: pytest.TempPathFactory) -> Layout:
    """After the crawl that records, so that the server's log tells what this one asks for besides."""
    return crawled(tmp_path_factory.mktemp("obey") / "a", site, "obey")


def states(layout: Layout) -> dict[str, tuple[str, str | None]]:
    found = rows(layout.crawl_db, "SELECT url, state, reason FROM urls")
    return {url: (state, reason) for url, state, reason in found}


def all_bytes(layout: Layout) -> bytes:
    """Everything that lies in the archive: its files, and its WARC members decompressed, payloads too."""
    data = b"".join(path.read_bytes() for path in layout.root.rglob("*") if path.is_file())
    for file in files(layout.warc):
        raw = file.path.read_bytes()
        for member in MemberWalk(file.path):
            block = gzip.decompress(raw[member.offset : member.offset + member.length])
            data += block
            if (start := block.find(b"\x1f\x8b")) >= 0:  # a payload that came compressed
                data += zlib.decompressobj(31).decompress(block[start:])
    return data


def word(name: str) -> bytes:
    return SECRET.format(name.replace("/", "-").replace(".", "-")).encode()


def test_with_record_everything_is_kept_and_what_is_stated_is_recorded(
    recorded: Layout, site: RightsSite
) -> None:
    found = states(recorded)
    assert all(found[site.url(name)] == ("expanded", None) for name in (*PAGES, BEHIND))
    stated = rows(
        recorded.index,
        """SELECT captures.url, name, value, rights.source, agent FROM rights
            JOIN captures ON captures.warc = rights.warc AND captures.offset = rights.offset
            WHERE applies_to IS NULL ORDER BY url, position""",
    )
    by_page: dict[str, list[tuple[str, ...]]] = {}
    for url, *signal in stated:
        by_page.setdefault(url.removeprefix(site.base + "/"), []).append(tuple(signal))
    assert by_page == {
        "meta-noarchive": [("noarchive", None, "meta", None)],
        "meta-none": [("noindex", "none", "meta", None), ("nofollow", "none", "meta", None)],
        "meta-noai": [("noai", None, "meta", None), ("noimageai", None, "meta", None)],
        "meta-tdm": [("tdm-reservation", "1", "meta", None)],
        "kopf-noindex": [("noindex", None, "header", None)],
        "kopf-tdm": [
            ("tdm-reservation", "1", "header", None),
            ("tdm-policy", "https://verlag.example/tdm.json", "header", None),
        ],
        "kopf-andere": [("noindex", None, "header", "otherbot"), ("noarchive", None, "header", "otherbot")],
        "kopf-wir": [("nofollow", None, "header", "otherbot"), ("noarchive", None, "header", "gazette")],
        "tdm-null": [("tdm-reservation", "1", "header", None), ("tdm-reservation", "0", "meta", None)],
        "nofollow": [("nofollow", None, "meta", None)],
    }


def test_the_view_says_what_was_reserved_when_a_page_was_captured(recorded: Layout, site: RightsSite) -> None:
    found = rows(
        recorded.index,
        "SELECT url, robots, tdm_reservation, tdm_source, tdm_rule, ai_txt, ai_txt_rule FROM rights_of_pages",
    )
    by_page = {url.removeprefix(site.base + "/"): row for url, *row in found}
    assert by_page["frei"] == [None, None, None, None, "allow", "/"]
    assert by_page["a/reserviert"] == [None, "1", "tdmrep.json", "/a/*", "allow", "/"]
    assert by_page["a/frei"] == [None, "0", "tdmrep.json", "/a/frei", "allow", "/"]
    assert by_page["b/bericht.pdf"] == [None, None, None, None, "disallow", "*.pdf"]
    assert by_page["meta-none"][:2] == ["noindex, nofollow", None]
    assert by_page["tdm-null"][1:4] == ["0", "meta", None]
    assert by_page["kopf-tdm"][1:4] == ["1", "header", None]
    assert by_page["kopf-andere"][0] is None


def test_the_question_of_the_readme(recorded: Layout, site: RightsSite) -> None:
    """Which pages were reserved when they were captured?"""
    blocks = re.findall(r"```sql\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    statements = [one for block in blocks for one in block.split(";") if one.strip()]
    asked = [one for one in statements if "rights_of_pages" in one]
    found = [row for one in asked for row in rows(recorded.index, one)]
    reserved = {"a/reserviert", "meta-tdm", "kopf-tdm", "b/bericht.pdf"}
    forbidden = {"meta-noarchive"}
    assert {url.removeprefix(site.base + "/") for url, *_ in found} == reserved | forbidden


def test_with_obey_what_is_reserved_is_refused_with_its_reason(obeyed: Layout, site: RightsSite) -> None:
    found = states(obeyed)
    assert {name: found[site.url(name)] for name in REFUSED} == {
        name: ("refused", reason) for name, reason in REFUSED.items()
    }
    for name in set(PAGES) - set(REFUSED) - {"nofollow"}:
        assert found[site.url(name)] == ("expanded", None), name
    assert found[site.url("nofollow")] == ("expanded", "rights: nofollow (meta)")
    assert site.url(BEHIND) not in found
    assert rows(obeyed.crawl_db, "SELECT refused, failed FROM run_sites") == [(len(REFUSED), 0)]
    never = {name for name, file in GOVERNED.items() if file}
    assert sum(request.path.removeprefix("/") in never for request in site.requests) == len(never)


def test_nothing_of_a_refused_page_stands_in_the_archive(
    obeyed: Layout, recorded: Layout, site: RightsSite
) -> None:
    everything, control = all_bytes(obeyed), all_bytes(recorded)
    for name in REFUSED:
        assert word(name) in control, f"the search would find {name}"
        assert word(name) not in everything, name
    for name in set(PAGES) - set(REFUSED):
        assert word(name) in everything, name
    assert b"verlag.example/tdm.json" not in everything  # a header of a refused response


def test_a_refused_response_leaves_the_request_and_the_reason(obeyed: Layout, site: RightsSite) -> None:
    told = {}
    kinds: dict[str, set[str]] = {}
    for file in files(obeyed.warc):
        for member in MemberWalk(file.path):
            url = (member.get("warc-target-uri") or "").removeprefix(site.base + "/")
            kinds.setdefault(url, set()).add(member.get("warc-type") or "")
            if member.get("warc-type") == "metadata":
                told[url] = warc_fields(member.block_head)
    for name, reason in REFUSED.items():
        if GOVERNED.get(name):
            assert name not in kinds, "it was never asked for"
            continue
        assert kinds[name] == {"metadata", "request"}
        assert (told[name]["outcome"], told[name]["reason"]) == ("refused", reason)
    assert {name for name in GOVERNED if name in kinds} == {"a/frei", "b/frei"}


def test_the_index_is_the_same_when_built_again(recorded: Layout, obeyed: Layout) -> None:
    for layout in (recorded, obeyed):
        before = dump(layout)
        assert any(row[0] == "rights" for row in before)
        jobs.run(layout, workers=2, rebuild=True)
        assert dump(layout) == before


BROKEN = {
    "none": (Resource(b"weg", "text/plain", 404), False),
    "cut": (Resource(b"[{", "application/json"), False),
    "deep": (Resource(b"[" * 100_000, "application/json"), False),
    "huge": (Resource(b" " * (2 << 20) + b"[]", "application/json"), False),
    "html": (Resource(b"<!doctype html><title>Seite</title>", "text/html"), False),
    "object": (Resource(b'{"location": "/", "tdm-reservation": 1}', "application/json"), True),
    "moved": (Resource(b"", "text/plain", 301, (("Location", "/recht/tdmrep.json"),)), True),
    "home": (Resource(b"", "text/plain", 301, (("Location", "/frei"),)), False),
    "loop": (Resource(b"", "text/plain", 301, (("Location", "/.well-known/tdmrep.json"),)), False),
}
"""Answers to /.well-known/tdmrep.json, and whether they reserve anything."""


@pytest.mark.parametrize(
    ("head", "kind", "expected"),
    [
        ("200 OK|X-Robots-Tag: noindex", "link", "rights: noindex (header)"),
        ("200 OK|X-Robots-Tag: noindex, follow", "sitemap", None),
        ("200 OK|X-Robots-Tag: noindex", "feed", None),
        ("200 OK|X-Robots-Tag: noarchive", "sitemap", "rights: noarchive (header)"),
        ("200 OK|X-Robots-Tag: GAZETTE: nocache", "link", "rights: nocache (header)"),
        ("200 OK|X-Robots-Tag: otherbot: noarchive", "link", None),
        ("404 Not Found|X-Robots-Tag: noindex", "link", "rights: noindex (header)"),
        ("301 Moved|X-Robots-Tag: noindex", "link", None),
        ("304 Not Modified|X-Robots-Tag: noindex", "link", None),
        ("200 OK|X-Robots-Tag: noindex", "robots", None),
        ("200 OK|tdm-reservation: 1", "rights", None),
        ("200 OK|tdm-reservation: 1", "seed", "rights: tdm-reservation (header)"),
        ("200 OK|tdm-reservation: 0", "seed", None),
        ("200 OK|tdm-reservation: ja", "seed", None),
        ("200 OK|X-Robots-Tag: nosnippet, noimageindex, max-snippet:0", "link", None),
        ("no head at all", "link", None),
    ],
)
def test_which_signal_keeps_what_out(head: str, kind: str, expected: str | None) -> None:
    response = ("HTTP/1.1 " + head.replace("|", "\r\n") + "\r\n\r\nText").encode()
    assert keeping_out(response, "http://x.example/a", kind, "Gazette") == expected


@pytest.mark.parametrize("cut", [0, 1])
@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize("zipped", [False, True])
def test_signals_are_found_behind_framing_and_coding_and_in_half_a_page(
    cut: int, chunked: bool, zipped: bool
) -> None:
    body = b"<!doctype html><html><head><meta name=robots content=noarchive></head><body>" + b"Wort " * 4_000
    body = gzip.compress(body, mtime=0) if zipped else body
    fields = "Content-Type: text/html\r\n" + ("Content-Encoding: gzip\r\n" if zipped else "")
    if chunked:
        parts = [body[start : start + 7] for start in range(0, len(body), 7)]
        body = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"
        fields += "Transfer-Encoding: chunked\r\n"
    response = f"HTTP/1.1 200 OK\r\n{fields}\r\n".encode() + body[: len(body) - cut * 20]
    assert keeping_out(response, "http://x.example/a", "link", "Gazette") == "rights: noarchive (meta)"


def test_missing_broken_and_moved_files(tmp_path: Path) -> None:
    """All sites in one crawl, and the files are asked for once each, before anything else."""
    layout = Layout(tmp_path / "a")
    create(layout)
    moved = {"/recht/tdmrep.json": Resource(b'[{"location": "/", "tdm-reservation": 1}]', "application/json")}
    with ExitStack() as stack:
        running = {}
        for name, (answer, _) in BROKEN.items():
            site = stack.enter_context(RightsSite({"/.well-known/tdmrep.json": answer, **moved}))
            text = site.site_file("obey") + 'allow = ["/$"]\n'
            (layout.sites / f"{name}.toml").write_text(text, encoding="utf-8")
            running[name] = site
        run(layout)
        found = states(layout)
        asked = {name: [request.path for request in site.requests] for name, site in running.items()}
    reason = "rights: tdm-reservation (tdmrep.json)"
    for name, (_, refused) in BROKEN.items():
        expected = ("refused", reason) if refused else ("expanded", None)
        assert found[running[name].url("")] == expected, name
        assert asked[name][:3] == ["/robots.txt", *standard_files()], name
        assert len(asked[name]) == len(set(asked[name])), name
    missing = rows(layout.crawl_db, "SELECT fetched, failed, reason FROM run_sites WHERE site = 'none'")
    assert missing == [(4, 0, "finished")]
    assert found[running["none"].url("ai.txt")] == ("expanded", None)
    unreadable = rows(
        layout.index,
        """SELECT site, value FROM rights JOIN captures USING (warc, offset)
            WHERE name = 'unreadable' ORDER BY site""",
    )
    assert unreadable == [("cut", "no JSON"), ("deep", "no JSON"), ("huge", "more than 1048576 bytes")]


def test_a_resumed_round_knows_the_files_from_its_warc(tmp_path: Path) -> None:
    with RightsSite() as site:
        layout = Layout(tmp_path / "a")
        create(layout)
        (layout.sites / "rechte.toml").write_text(site.site_file("obey"), encoding="utf-8")
        run(layout, index=False, GAZETTE_MAX_PAGES=4)
        before = len(site.requests)
        assert not any(state == "refused" for state, _ in states(layout).values())
        # The budget has closed the round: open it again, as if the run had been killed there.
        with sqlite3.connect(layout.crawl_db) as connection:
            connection.execute("UPDATE rounds SET finished_at = NULL")
        assert run(layout, index=False).code == 0
        again = [request.path for request in site.requests[before:]]
        assert not set(standard_files()) & set(again)
        assert states(layout)[site.url("a/reserviert")] == ("refused", REFUSED["a/reserviert"])
        # crawl.db can be built again from the WARC files, and knows what kind these are.
        layout.crawl_db.unlink()
        restore(layout)
        kinds = rows(layout.crawl_db, "SELECT url, kind FROM urls WHERE kind NOT IN ('link', 'seed')")
        expected = {site.url("robots.txt"): "robots"}
        expected |= {site.base + path: "rights" for path in standard_files()}
        assert dict(kinds) == expected
