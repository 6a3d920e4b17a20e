"""The reading room over the sample outlets in both their stages."""

from __future__ import annotations

import pytest
from datasette.app import Datasette

from archive.layout import Layout
from archive.web.serving import house
from tests import samples_archive


@pytest.fixture(scope="session")
def layout(tmp_path_factory: pytest.TempPathFactory) -> Layout:
    """An archive of all sample pages, captured twice."""
    return samples_archive.fill(Layout(tmp_path_factory.mktemp("web") / "archive"))


@pytest.fixture
def room(layout: Layout) -> Datasette:
    """The reading room over it; ``asyncio.run(room.client.get(path))`` asks it without a server."""
    return house(layout, title="Küstenarchiv", source="", replay="http://replay.localhost:8090")
