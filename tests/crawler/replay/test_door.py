"""Who comes into a replay that is not for everybody, with a pywb that answers all it is asked."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from archive.research.replay import GRANTED, Place, granted, replay_url
from crawler.replay.inside import guard
from crawler.replay.inside.door import Door
from tests.crawler.replay.pretended import Pywb, ask

KEY = b"k" * 32
ORIGIN = "https://replay.example"
URL = "https://www.blatt.example/a?b=1"
AT = "2026-03-01T08:00:00.000000Z"
PLAIN = replay_url("", URL, AT)


class Reader:
    """A browser, as far as a door and a guard see one."""

    def __init__(self) -> None:
        pages = Path(guard.__file__).with_name("pages")
        pywb = Pywb([("Content-Type", "text/html")])
        inner = guard.Guard(pywb, ORIGIN, ["replay.example", "127.0.0.1:8090"], [], pages)
        self.door = Door(inner, inner.refuse, KEY)
        self.passed = pywb.passed

    def ask(self, path: str, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], str]:
        status, sent, body = ask(self.door, "replay.example", path, method, headers)
        return status, dict(sent), body


@pytest.fixture
def reader() -> Reader:
    return Reader()


def test_an_address_of_the_reading_room_lets_in_for_half_a_day(
    reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = Place(ORIGIN, KEY).url(URL, AT, 1_800_000_000.5)
    assert address.endswith(PLAIN)
    path = address.removeprefix(ORIGIN)
    for since, status in ((0, 200), (GRANTED - 1, 200), (GRANTED, 403), (10 * GRANTED, 403)):
        monkeypatch.setattr(time, "time", lambda since=since: 1_800_000_000 + since)
        assert reader.ask(path)[0] == status
    assert len(reader.passed) == 2


def test_pywb_has_its_paths_below_the_grant(reader: Reader) -> None:
    grant = f"/{granted(KEY, int(time.time()) + 60)}"
    assert reader.ask(grant + PLAIN)[0] == 200
    framed = reader.passed[-1]
    assert (framed["SCRIPT_NAME"], framed["REQUEST_URI"]) == (grant, grant + PLAIN)
    assert framed["PATH_INFO"] == PLAIN.partition("?")[0]
    assert (framed["wsgi.url_scheme"], framed["HTTP_HOST"]) == ("https", "replay.example")
    assert framed["gazette.content"].startswith(f"{ORIGIN}{grant}/")
    alone = replay_url(grant, URL, AT, framed=False)
    status, headers, _ = reader.ask(alone)
    assert (status, headers["Location"].startswith(f"{grant}/")) == (302, True)
    assert reader.ask(headers["Location"])[0] == 200
    content = reader.passed[-1]
    assert content["SCRIPT_NAME"] == headers["Location"].partition("/archive/")[0]
    assert content["PATH_INFO"] == replay_url("", URL, AT, framed=False).partition("?")[0]
    # In a tab of its own it gets its frame back, and a frame gets no page as it came.
    assert reader.ask(headers["Location"], sec_fetch_dest="document")[1]["Location"] == grant + PLAIN
    raw = headers["Location"].replace("mp_", "id_")
    assert reader.ask(raw, sec_fetch_dest="iframe")[1]["Location"] == headers["Location"]


def test_what_archived_pages_see_is_closed_with_the_grant(
    reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    until = int(time.time()) + 60
    _, headers, _ = reader.ask(replay_url(f"/{granted(KEY, until)}", URL, AT, framed=False))
    content = headers["Location"]
    later = f"/{granted(KEY, until + 60)}"
    below = "/" + content.split("/")[2]
    assert reader.ask(content)[0] == 200
    monkeypatch.setattr(time, "time", lambda: until)
    assert reader.ask(content)[0] == 403
    assert reader.ask(content, "OPTIONS", origin="null")[0] == 403
    assert reader.ask(later + content.partition(below)[1] + content.partition(below)[2])[0] == 200


def test_nothing_else_lets_in(reader: Reader) -> None:
    now = int(time.time())
    good = granted(KEY, now + 60)
    bad = [
        "",
        f"/{granted(b'o' * 32, now + 60)}",
        f"/{now + 90}{good[10:]}",
        f"/{good[:-1]}",
        f"/{good}A",
        f"/0{good}",
        f"//{good}",
        f"/{good.replace('.', '%2E')}",
        f"/x/{good}",
        f"/{good}/..",
    ]
    for grant in bad:
        for path in (PLAIN, replay_url("", URL, AT, framed=False), "/", "/?url=http://a.example/"):
            status, headers, text = reader.ask(grant + path, accept_language="de")
            assert status in (403, 404), (grant, path)
            assert "frame-ancestors" in headers["Content-Security-Policy"]
            assert status == 404 or "noch einmal aus dem Lesesaal" in text
    assert reader.passed == []
    assert reader.ask(f"/{good}{PLAIN}", "POST")[0] == 405
    assert reader.ask("/gazette/frame.css")[0] == 200
    for path in (PLAIN, f"/{good}{PLAIN}"):
        assert reader.ask(path, host="rebound.example")[0] == 421


def test_the_start_page_leads_on_below_the_grant(reader: Reader) -> None:
    grant = f"/{granted(KEY, int(time.time()) + 60)}"
    assert "<form>" in reader.ask(f"{grant}/")[2]  # which is asked again at its own address
    _, headers, _ = reader.ask(f"{grant}/?url={URL}")
    assert headers["Location"] == f"{ORIGIN}{grant}/archive/{URL}"
