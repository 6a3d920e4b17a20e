"""Replay as a whole: each kind of capture comes back, looks as it did, and reaches nothing else."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Iterator
from http.client import HTTPMessage
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Frame, Page, expect

from archive.errors import ArchiveError, Locked
from archive.layout import Layout
from archive.research.replay import Place, replay_url
from archive.warc.writer import WarcWriter
from crawler.cli.init import create
from crawler.replay.running import place
from crawler.replay.server import Replay
from crawler.samples.server import SampleServer
from tests.browser import chromium, needs_chromium, requested, shot
from tests.crawler.replay.asking import ask
from tests.crawler.replay.blatt import ARTICLE, HOST, START, Shot
from tests.crawler.replay.conftest import Running
from tests.crawler.support import rows
from tests.crawler.support import run as crawl


def content(running: Running) -> str:
    """Where the archived pages themselves lie, which no other site can know."""
    _, headers, _ = ask(replay_url(running.replay.origin, ARTICLE, START.isoformat(), framed=False))
    return running.replay.origin + headers["Location"].partition("/archive/")[0]


def page(running: Running, url: str, minute: int = 0, **headers: str) -> tuple[int, HTTPMessage, str]:
    at = f"2026-03-01T{8 + minute // 60:02}:{minute % 60:02}:00.000000Z"
    address = replay_url(running.replay.origin, url, at, framed=False)
    status, found, text = ask(address, **headers)
    assert (status, text) == (302, "")
    return ask(running.replay.origin + found["Location"], **headers)


@pytest.mark.parametrize(
    ("path", "minute", "text"),
    [
        ("/stadt/artikel.html?id=7&utm_source=x", 0, "Neue Brücke am Kanal"),
        ("/stadt/zweiter.html", 1, "Der zweite"),  # brotli
        ("/zstd.html", 4, "Zusammen"),
        ("/stueck.html", 5, "Stueck"),  # gzip in chunks
    ],
)
def test_a_page_comes_back_in_any_coding(running: Running, path: str, minute: int, text: str) -> None:
    status, _, body = page(running, HOST + path, minute)
    assert status == 200
    assert text in body


def test_an_unmodified_page_is_shown_as_of_the_time_it_was_asked_for(running: Running) -> None:
    status, headers, body = page(running, ARTICLE, 60)
    assert status == 200
    assert "Neue Brücke am Kanal" in body
    assert 'wbinfo.timestamp = "20260301090000"' in body
    assert headers["Content-Type"] == "text/html; charset=utf-8"


def test_a_revisit_is_read_from_the_file_that_has_its_payload(running: Running) -> None:
    status, headers, body = page(running, f"{HOST}/stadt/zweiter.html", 61)
    assert status == 200
    assert "Der zweite" in body
    assert headers["Memento-Datetime"] == "Sun, 01 Mar 2026 09:01:00 GMT"


def test_headers_that_mean_the_reader_are_not_passed_on(running: Running) -> None:
    _, headers, _ = page(running, ARTICLE)
    assert not {"set-cookie", "www-authenticate", "refresh", "link"} & {name.lower() for name in headers}
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("sandbox allow-scripts allow-forms; default-src ")
    assert running.replay.origin in policy


def test_a_redirect_leads_into_the_archive(running: Running) -> None:
    status, headers, _ = page(running, f"{HOST}/weg.html", 3)
    assert status == 302
    assert headers["Location"].startswith(f"{content(running)}/archive/")
    status, headers, _ = ask(f"{content(running)}/archive/20260301080300id_/{HOST}/weg.html")
    assert (status, headers["Location"]) == (302, None)


def test_what_is_not_kept_is_never_fetched(running: Running) -> None:
    before = list(running.target.asked)
    status, _, body = page(running, f"{running.target.url}/live")
    assert (status, "No capture of this address was kept" in body) == (404, True)
    assert running.target.asked == before


def test_a_reader_is_answered_in_german(running: Running) -> None:
    assert "Nicht in diesem Archiv" in page(running, f"{HOST}/fehlt.html", Accept_Language="de,en;q=0.5")[2]
    framed = replay_url(running.replay.origin, ARTICLE, START.isoformat())
    assert "Archivierte Seite" in ask(framed, Accept_Language="de")[2]
    assert "Wiedergabe dieses Archivs" in ask(f"{running.replay.origin}/", Accept_Language="de")[2]


@pytest.mark.parametrize(
    "path",
    [
        "/collinfo.json",
        "/archive/",
        "/archive/cdx?url=*",
        "/archive/*/https://www.blatt.example/",
        "/archive/record/https://www.blatt.example/",
        "/live/https://www.blatt.example/",
        "/static/../../../../etc/passwd",
        "/static/%2e%2e/%2e%2e/__init__.py",
        "/static/_/../gazette.toml",
        "/gazette/../guard.py",
        "/gazette/guard.py",
    ],
)
def test_nothing_else_is_reached(running: Running, path: str) -> None:
    assert ask(running.replay.origin + path)[0] == 404
    assert ask(content(running) + path)[0] == 404


def test_new_captures_come_in_while_it_runs_and_stay_when_their_file_is_sealed(running: Running) -> None:
    shot = Shot(f"{HOST}/neu.html", b"<h1>Gerade erst</h1>", at=90)
    assert page(running, shot.url, 90)[0] == 404
    writer: WarcWriter = running.archivist.write([shot], close=False)
    running.archivist.index()
    assert running.replay.list_new() == 1
    assert "Gerade erst" in page(running, shot.url, 90)[2]
    writer.close()
    running.archivist.index()
    assert running.replay.list_new() == 0
    assert "Gerade erst" in page(running, shot.url, 90)[2]


def test_a_second_replay_and_a_taken_port_are_told(running: Running, python: Path, tmp_path: Path) -> None:
    with pytest.raises(Locked, match="replay is in use by another run"):
        Replay(running.layout, python, port=0).__enter__()
    other = Layout(tmp_path / "other")
    create(other)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ArchiveError, match=rf"127.0.0.1:{port}: .*--port"):
            Replay(other, python, port=port).__enter__()


def test_the_end_of_pywb_is_told(python: Path, tmp_path: Path) -> None:
    layout = Layout(tmp_path / "archive")
    create(layout)
    with Replay(layout, python, port=0) as replay:
        assert replay.list_new() == 0  # nothing is indexed
        replay.check()
        assert ask(f"{replay.origin}/")[0] == 200
        assert place(layout) == Place(replay.origin)
        os.killpg(replay.pid, signal.SIGKILL)
        os.waitid(os.P_PID, replay.pid, os.WEXITED | os.WNOWAIT)
        with pytest.raises(ArchiveError, match="pywb ended with code -9"):
            replay.check()
    assert place(layout) is None


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def tab(browser: Browser) -> Iterator[Page]:
    with browser.new_context(locale="de-DE", viewport={"width": 900, "height": 600}) as context:
        yield context.new_page()


def at(running: Running, url: str, **how: bool) -> str:
    return replay_url(running.replay.origin, url, START.isoformat(), **how)


def inner(tab: Page) -> Frame:
    """The archived page in our frame."""
    handle = tab.query_selector("#replay")
    assert handle is not None
    frame = handle.content_frame()
    assert frame is not None
    return frame


@needs_chromium
def test_a_stored_page_has_its_style_sheet_its_picture_and_its_script(
    running: Running, tab: Page, tmp_path: Path
) -> None:
    seen = requested(tab)
    tab.goto(at(running, ARTICLE), wait_until="networkidle")
    frame = inner(tab)
    assert frame.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(250, 245, 230)"
    assert frame.evaluate("getComputedStyle(document.querySelector('h1')).color") == "rgb(10, 20, 120)"
    assert frame.evaluate("getComputedStyle(document.querySelector('p')).fontStyle") == "italic"  # by @import
    assert frame.evaluate("document.getElementById('bild').naturalWidth") == 40
    assert frame.evaluate("document.getElementById('fern').naturalWidth") == 0  # was not kept
    expect(tab.frame_locator("#replay").locator("#weather")).to_have_text("Regen 1")
    assert frame.evaluate("typeof RTCPeerConnection") == "undefined"
    assert frame.child_frames[0].text_content("body") == "Im Rahmen"
    assert tab.text_content("#moment") == "erfasst 01.03.2026, 08:00:00 UTC"
    assert tab.context.cookies() == []
    assert {url for url in seen if not url.startswith(running.replay.origin + "/")} == set()
    assert shot(tab, "article", tmp_path).stat().st_size > 5_000


@needs_chromium
def test_a_crawled_page_of_a_sample_outlet_looks_as_it_did_when_its_server_is_gone(
    running: Running, tab: Page, tmp_path: Path
) -> None:
    with SampleServer() as server:
        base = next(outlet.base_url for outlet in server.outlets if outlet.name == "ruhr-aktuell")
        article = f"{base}/essen/essen-wird-zur-smart-city"
        (running.layout.sites / "ruhr-aktuell.toml").write_text(
            f'seeds = ["{base}/"]\nallow = ["smart-city$"]\nrequisites = true\n'
            "delay = 0\nallow_private = true\n",
            encoding="utf-8",
        )
        crawl(running.layout, "ruhr-aktuell", index=False)
    running.archivist.index()
    assert running.replay.list_new() > 5
    captured = rows(running.layout.index, "SELECT captured_at FROM captures WHERE url = ?", article)[0][0]
    seen = requested(tab)
    tab.goto(replay_url(running.replay.origin, article, captured), wait_until="networkidle")
    frame = inner(tab)
    picture = tab.frame_locator("#replay").locator("img[src*='smart-city']").first
    assert picture.evaluate("image => image.naturalWidth") > 100
    # A style sheet that another one imports, and a font, which browsers ask for across origins.
    assert frame.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(247, 245, 240)"
    assert frame.evaluate("[...document.fonts].map(font => font.status)") == ["loaded"]
    assert {url for url in seen if not url.startswith(running.replay.origin + "/")} == set()
    assert shot(tab, "sample", tmp_path).stat().st_size > 20_000


@needs_chromium
def test_the_bar_tells_the_page_that_is_shown(running: Running, tab: Page) -> None:
    tab.goto(at(running, ARTICLE), wait_until="networkidle")
    inner(tab).click("#next")
    expect(tab.locator("#address")).to_contain_text("zweiter")
    assert tab.text_content("#moment") == "erfasst 01.03.2026, 08:01:00 UTC"
    assert inner(tab).text_content("h1") == "Der zweite"


@needs_chromium
@pytest.mark.parametrize("modifier", ["mp_", "id_"])
def test_a_hostile_page_reaches_nothing(running: Running, tab: Page, modifier: str) -> None:
    """In our frame, also where it is asked for as it came (id_)."""
    framed = at(running, ARTICLE)
    tab.goto(framed, wait_until="load")
    before = len(running.target.asked)
    address = at(running, f"{HOST}/boese.html", framed=False).replace("mp_", modifier)
    with tab.expect_console_message(lambda message: message.text == "tried all"):
        tab.evaluate("address => { document.getElementById('replay').src = address }", address)
    tab.wait_for_timeout(2_600)  # the last try is a refresh after 2 s
    assert running.target.asked[before:] == []
    assert tab.url == framed
    assert "hijacked" not in tab.title()
    assert tab.context.cookies() == []
    assert len(tab.context.pages) == 1


@needs_chromium
def test_another_page_of_this_machine_may_show_it_in_a_frame(running: Running, tab: Page) -> None:
    room = running.target.url.replace("127.0.0.1", "localhost")
    tab.goto(room)
    tab.set_content(f'<iframe id="replay" src="{at(running, ARTICLE, framed=False)}"></iframe>')
    expect(tab.frame_locator("#replay").locator("#weather")).to_have_text("Regen 1")
    assert inner(tab).evaluate("document.getElementById('bild').naturalWidth") == 40
    tab.set_content(f'<iframe src="{at(running, ARTICLE)}"></iframe>')
    tab.frame_locator("iframe").frame_locator("#replay").locator("h1").wait_for()


@needs_chromium
def test_the_start_page_finds_the_newest_capture(running: Running, tab: Page) -> None:
    tab.goto(running.replay.origin)
    tab.fill("#url", f"{HOST}/stadt/zweiter.html")
    tab.click("button")
    expect(tab.locator("#moment")).to_have_text("erfasst 01.03.2026, 09:01:00 UTC")
    assert inner(tab).text_content("h1") == "Der zweite"
