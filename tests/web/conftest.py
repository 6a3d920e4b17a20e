"""The reading room over the sample outlets in both their stages."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from datasette.app import Datasette

from archive.layout import Layout
from archive.web.serving import house
from tests import samples_archive
from tests.web import hostile


@pytest.fixture(scope="session")
def layout(tmp_path_factory: pytest.TempPathFactory) -> Layout:
    """An archive of all sample pages, captured twice."""
    return samples_archive.fill(Layout(tmp_path_factory.mktemp("web") / "archive"))


@pytest.fixture(scope="session")
def hostile_layout(tmp_path_factory: pytest.TempPathFactory) -> Layout:
    """An archive in which every field is to act in the browser of who reads it."""
    return hostile.fill(Layout(tmp_path_factory.mktemp("hostile") / "archive"))


@pytest.fixture
def room(layout: Layout) -> Iterator[Datasette]:
    """The reading room over it; ``asyncio.run(room.client.get(path))`` asks it without a server."""
    room = house(layout, title="Küstenarchiv", source="", replay="http://replay.localhost:8090")
    yield room
    room.get_database("index").close()
