"""Who comes to the replay beside a reading room, as the command line says it."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from archive.index import jobs
from archive.layout import Layout
from crawler.cli import serving
from crawler.cli.serving import Asked
from crawler.replay.server import Replay
from tests.cli.support import Gazette
from tests.side import side_python

TOKEN = "0123456789abcdef"
OURS = "http://localhost:"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["serve", "--replay-url", "replay.example"], "is no http://HOST:PORT"),
        (["serve", "--replay-url", "ftp://replay.example"], "is no http://HOST:PORT"),
        (["serve", "--replay-url", "https://replay.example/path"], "is no http://HOST:PORT"),
        (["serve", "--replay-url", "https://a@replay.example"], "is no http://HOST:PORT"),
        (["serve", "--replay-url", "http://replay.example:x"], "is no http://HOST:PORT"),
        (["serve", "--replay-url", "https://re play.example"], "is no http://HOST:PORT"),
        (["serve", "--replay-url", "https://b.example;frame-src *"], "is no http://HOST:PORT"),
        (["serve", "--replay-url", "https://127.0.0.1"], "the reading room has that host name"),
        (["serve", "--name", "A.example", "--replay-url", "http://a.Example:1"], "has that host name"),
        (["serve", "--no-replay", "--replay-url", "https://replay.example"], "one of them at most"),
        (["replay", "--host", "0.0.0.0"], "to everybody with --public"),
        (["replay", "--host", "192.0.2.7"], "to everybody with --public"),
    ],
)
def test_who_may_come_is_decided_first(
    gazette: Gazette, layout: Layout, arguments: list[str], told: str
) -> None:
    ran = gazette("--archive", layout.root, *arguments)
    assert ran.code == 2
    assert told in ran.err
    assert ran.err.count("\n") == 1


def beside(layout: Layout, host: str, token: str | None, url: str | None, *names: str) -> Replay:
    return serving._own(layout, Path(sys.executable), Asked(host, 8001, names, token, True, url))


def test_without_its_url_replay_is_for_this_machine_unless_the_archive_is_for_all(
    layout: Layout, capsys: pytest.CaptureFixture[str]
) -> None:
    for host, token, names in (
        ("127.0.0.1", None, []),
        ("127.0.0.1", TOKEN, []),
        ("127.0.0.1", TOKEN, ["archive.example"]),
        ("192.0.2.7", TOKEN, []),
        ("0.0.0.0", TOKEN, []),
    ):
        replay = beside(layout, host, token, None, *names)
        assert replay.origin.startswith(OURS)
        assert (replay.place.key is None) == (token is None)
        told = "replay is for this machine alone" in capsys.readouterr().err
        assert told == (host != "127.0.0.1" or bool(names))
    assert beside(layout, "192.0.2.7", None, None).origin.startswith("http://192.0.2.7:")


def test_with_its_url_replay_is_there_for_those_whom_the_room_lets_in(layout: Layout) -> None:
    url = "https://replay.example"
    for host in ("127.0.0.1", "0.0.0.0", "192.0.2.7"):
        place = beside(layout, host, TOKEN, url).place
        assert (place.origin, place.alone, len(place.key or b"")) == (url, False, 32)
        assert beside(layout, host, TOKEN, url).place.key != place.key  # drawn at each start
        assert beside(layout, host, None, url).place.key is None


@contextmanager
def running(layout: Layout, *arguments: str) -> Iterator[str]:
    """The address of a room that ``gazette serve`` opens."""
    command = [sys.executable, "-m", "crawler.cli", "--archive", str(layout.root), "serve", "--port", "0"]
    with subprocess.Popen([*command, *arguments], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            said = process.stdout.readline(), process.stdout.readline()
            assert said[0].endswith("/ (opened by the reading room's links)\n"), said
            found = re.search(r":(\d+)/", said[1])
            assert found is not None
            yield f"http://127.0.0.1:{found[1]}"
        finally:
            process.terminate()
            process.wait(30)


def test_behind_a_proxy_the_room_s_links_open_replay_and_nothing_else_does(
    gazette: Gazette, filled: Layout, tmp_path: Path
) -> None:
    side_python()
    jobs.run(filled, workers=1)
    (tmp_path / "token").write_text(f"{TOKEN}\n", encoding="ascii")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    there = f"http://replay.example:{port}"
    arguments = ("--name", "archive.example", "--token-file", str(tmp_path / "token"), "--replay-url", there)
    with running(filled, *arguments) as room:
        coming = {"authorization": f"Bearer {TOKEN}", "host": "archive.example"}
        hit = re.search(r"/article/\w{16}", httpx.get(f"{room}/find?q=Brücke", headers=coming).text)
        assert hit is not None
        page = httpx.get(room + hit[0], headers=coming)
        (link,) = re.findall(rf'href="({there}/[^"]+/archive/[^"]+)"', page.text)
        assert f"frame-src {there}" in page.headers["content-security-policy"]

        def ask(path: str, host: str = there) -> int:
            """As the proxy does, which says under what name it was asked."""
            name = {"host": host.removeprefix("http://")}
            return httpx.get(f"http://127.0.0.1:{port}{path}", headers=name).status_code

        path = link.removeprefix(there)
        assert ask(path) == 200
        assert ask(path, "archive.example") == 421
        for closed in ("/", path[path.index("/archive/") :], path.replace("/1", "/2", 1)):
            assert ask(closed) == 403
        shown = gazette("--archive", filled.root, "show", hit[0].rpartition("/")[2])
        (told,) = re.findall(rf"{there}(\S+)", shown.out)
        assert ask(told) == 200
        said = filled.replay / "place.json"
        assert said.stat().st_mode & 0o777 == 0o600
        key = re.findall(r"[0-9a-f]{64}", said.read_text(encoding="ascii"))[0]
        seen = subprocess.run(["ps", "-eww", "-o", "args"], capture_output=True, text=True, check=True).stdout
        assert "inside/app.py" in seen
        assert key not in seen
    assert not said.exists()
