"""What the guard lets through, with a pywb that answers all it is asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from archive.research.replay import replay_url
from crawler.replay.inside import guard
from tests.crawler.replay.pretended import Pywb, ask

ORIGIN = "http://localhost:8090"
URL = "https://www.blatt.example/a?b=1"
AT = "2026-03-01T08:00:00.000000Z"
SENT = [
    ("Content-Type", "text/html"),
    ("Set-Cookie", "a=b"),
    ("Refresh", "0;url=http://evil.example/"),
    ("WWW-Authenticate", "Basic"),
    ("Link", "<http://evil.example/>; rel=preconnect"),
    ("Clear-Site-Data", "*"),
    ("Content-Security-Policy", "default-src *"),
    ("X-Archive-Orig-Server", "nginx"),
]


class Reader:
    """A browser, as far as the guard sees one."""

    def __init__(self) -> None:
        pages = Path(guard.__file__).with_name("pages")
        self.pywb = Pywb(list(SENT))
        self.guard = guard.Guard(
            self.pywb, ORIGIN, ["localhost:8090", "127.0.0.1:8090"], ["http://localhost:*"], pages
        )

    def ask(self, path: str, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], str]:
        status, sent, body = ask(self.guard, "localhost:8090", path, method, headers)
        names = [name for name, _ in sent]
        assert len(names) == len(set(names))
        return status, dict(sent), body

    def below(self) -> str:
        """The drawn path, as a page of this machine learns it from a frame."""
        return self.ask(self.alone())[1]["Location"].partition("/archive/")[0]

    @staticmethod
    def alone() -> str:
        return replay_url("", URL, AT, framed=False)

    @staticmethod
    def framed() -> str:
        return replay_url("", URL, AT)


@pytest.fixture
def reader() -> Reader:
    return Reader()


def test_addresses() -> None:
    assert Reader.framed() == "/archive/20260301080000/https://www.blatt.example/a?b=1"
    assert Reader.alone() == "/archive/20260301080000mp_/https://www.blatt.example/a?b=1"
    odd = replay_url(ORIGIN, 'https://blatt.example/ä "<x>#part', AT)
    assert odd == f"{ORIGIN}/archive/20260301080000/https://blatt.example/%C3%A4%20%22%3Cx%3E"


def test_of_a_page_only_the_headers_that_its_look_needs_are_passed_on(reader: Reader) -> None:
    status, headers, _ = reader.ask(reader.below() + reader.alone())
    assert status == 200
    assert headers.keys() == {
        "Content-Type",
        "X-Archive-Orig-Server",
        "Content-Security-Policy",
        "Referrer-Policy",
        "X-DNS-Prefetch-Control",
        "Permissions-Policy",
        "Cache-Control",
    }
    assert headers["Content-Security-Policy"].startswith("sandbox allow-scripts allow-forms; default-src ")


def test_pywb_learns_nothing_of_the_reader(reader: Reader) -> None:
    told = {"cookie": "a=b", "authorization": "Basic x", "x_pywb_acl_user": "root", "x_forwarded_proto": "x"}
    reader.ask(reader.below() + reader.alone(), **told)
    assert not {name for name in reader.pywb.passed[-1] if name.removeprefix("HTTP_").lower() in told}


def test_only_archived_pages_may_read_across_origins(reader: Reader) -> None:
    allowed = "Access-Control-Allow-Origin"
    below = reader.below()
    assert reader.ask(below + reader.alone(), origin="null")[1][allowed] == "null"
    assert allowed not in reader.ask(below + reader.alone(), origin="https://evil.example")[1]
    for path in (reader.alone(), reader.framed(), "/"):
        assert allowed not in reader.ask(path, origin="null")[1]
    status, headers, _ = reader.ask(
        below + reader.alone(), "OPTIONS", origin="null", access_control_request_headers="x-pywb, a\r\nb"
    )
    assert (status, headers["Access-Control-Allow-Headers"]) == (204, "x-pywb, ab")
    assert reader.below() == below
    assert Reader().below() != below


def test_a_page_alone_in_a_tab_gets_its_frame(reader: Reader) -> None:
    below = reader.below()
    for path in (reader.alone(), below + reader.alone()):
        assert reader.ask(path, sec_fetch_dest="document")[1]["Location"] == reader.framed()
    assert reader.ask(below + reader.framed())[1]["Location"] == reader.framed()
    assert reader.ask(below + reader.alone(), sec_fetch_dest="iframe")[0] == 200
    raw = below + reader.alone().replace("mp_", "id_")
    assert reader.ask(raw, sec_fetch_dest="iframe")[1]["Location"] == below + reader.alone()
    assert reader.ask(raw, sec_fetch_dest="empty")[0] == 200
    policy = reader.ask(reader.framed(), sec_fetch_dest="document")[1]["Content-Security-Policy"]
    assert f"frame-src {ORIGIN};" in policy
    assert "frame-ancestors 'self' http://localhost:*" in policy


@pytest.mark.parametrize(
    ("location", "stays"),
    [
        (f"{ORIGIN}/archive/2026mp_/http://a.example/", True),
        ("/archive/x", False),
        ("http://evil.example/", False),
        ("//evil.example/", False),
        ("/\\evil.example/", False),
        (f"{ORIGIN}.evil.example/", False),
        ("evil", False),
    ],
)
def test_no_redirect_leads_away(reader: Reader, location: str, stays: bool) -> None:
    reader.pywb.sent.append(("Location", location))
    assert ("Location" in reader.ask(reader.below() + reader.alone())[1]) == stays


def test_another_name_or_method_is_refused(reader: Reader) -> None:
    assert reader.ask("/", host="rebound.example")[0] == 421
    for path in ("/", reader.framed(), reader.alone(), reader.below() + reader.alone()):
        assert reader.ask(path, "POST")[0] == 405
    assert reader.pywb.passed == []


def test_the_start_page_leads_to_the_newest_capture(reader: Reader) -> None:
    assert "Replay of this archive" in reader.ask("/")[2]
    status, headers, _ = reader.ask("/?url=https%3A%2F%2Fa.example%2F%3Fb%3D%C3%A4%0D%0AX%3A%201")
    assert (status, headers["Location"]) == (302, f"{ORIGIN}/archive/https://a.example/?b=%C3%A4%0D%0AX:%201")


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "en"),
        ("de", "de"),
        ("de-AT,de;q=0.9,en;q=0.8", "de"),
        ("en-GB,de;q=0.5", "en"),
        ("fr,de;q=0.3", "de"),
        ("fr", "en"),
        ("de;q=0", "en"),
        ("de;q=x", "en"),
    ],
)
def test_the_language_is_the_one_the_browser_likes_better(accepted: str, language: str) -> None:
    assert guard.language(accepted) == language
    assert guard.WORDS["de"].keys() == guard.WORDS["en"].keys()
