"""To whom the reading room offers replay, and by which addresses."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Iterator

import pytest
from datasette.app import Datasette

from archive.layout import Layout
from archive.research.replay import GRANTED, Place, granted
from archive.web.serving import house

KEY = b"k" * 32
Made = Callable[[Place | None], Datasette]


@pytest.fixture
def made(layout: Layout) -> Iterator[Made]:
    """Makes a room beside a replay."""
    rooms = []

    def make(place: Place | None) -> Datasette:
        rooms.append(house(layout, title="", source="", replay=place))
        return rooms[-1]

    yield make
    for room in rooms:
        room.get_database("index").close()


def article(room: Datasette, host: str, page: str = "") -> str:
    async def asked() -> str:
        listed = (await room.client.get("/find?q=Smart")).text
        found = re.search(r"/article/[a-z2-7]{16}", listed)
        assert found is not None
        return str((await room.client.get(found[0] + page, headers={"host": host})).text)

    return asyncio.run(asked())


def addresses(text: str) -> list[str]:
    return re.findall(r'(?:href|src)="([^"]*/archive/\d{14}[^"]*)"', text)


@pytest.mark.parametrize(
    ("origin", "host", "offered"),
    [
        ("http://localhost:8090", "127.0.0.1:8001", True),
        ("http://localhost:8090", "[::1]:8001", True),
        ("http://localhost:8090", "localhost", True),
        ("http://localhost:8090", "archive.example", False),
        ("http://localhost:8090", "192.0.2.7:8001", False),
        ("http://[::1]:8090", "archive.example", False),
        ("https://replay.example", "archive.example", True),
        ("https://replay.example", "127.0.0.1:8001", True),
    ],
)
def test_a_replay_of_this_machine_alone_is_no_link_for_others(
    made: Made, origin: str, host: str, offered: bool
) -> None:
    room = made(Place(origin))
    text = article(room, host)
    assert bool(addresses(text)) == offered
    assert ("own machine alone" in text) != offered
    assert bool(addresses(article(room, host, "/split"))) == offered


def test_where_no_replay_runs_nothing_is_said_of_it(made: Made) -> None:
    text = article(made(None), "localhost")
    assert "eplay" not in text


def test_links_are_granted_for_half_a_day(made: Made) -> None:
    room = made(Place("https://replay.example", KEY))
    for page in ("", "/split"):
        before = int(time.time())
        (address,) = addresses(article(room, "archive.example", page))
        until = int(address.split("/")[3].partition(".")[0])
        assert before + GRANTED <= until <= int(time.time()) + GRANTED
        assert address.startswith(f"https://replay.example/{granted(KEY, until)}/archive/")


def test_the_key_is_on_no_page_of_settings(made: Made) -> None:
    room = made(Place("https://replay.example", KEY))
    for path in ("/-/metadata.json", "/-/plugins.json", "/index.json", "/-/databases.json"):
        text = asyncio.run(room.client.get(path)).text
        assert KEY.decode() not in text
        assert KEY.hex() not in text
    assert "kkkk" not in repr(Place("https://replay.example", KEY))
