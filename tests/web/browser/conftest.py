"""The reading room as people see it: served over loopback, and looked at in a browser.

A module of browser tests begins with ``pytestmark = needs_chromium`` (see tests.browser).
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from archive.layout import Layout
from archive.web.serving import house
from tests.browser import chromium
from tests.web.browser.serving import serving


@pytest.fixture(scope="session")
def served(layout: Layout) -> Iterator[str]:
    """The address of the reading room over the sample archive, as ``http://127.0.0.1:PORT``."""
    room = house(layout, title="Küstenarchiv", source="", replay="http://replay.localhost:8090")
    with serving(room) as address:
        yield address


# For a module, not for the session: while Playwright runs, its thread has an event loop, and asyncio.run(),
# which other modules of the same worker call, would refuse to begin another.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A Chromium."""
    with chromium() as browser:
        yield browser


@pytest.fixture
def context(browser: Browser, served: str) -> Iterator[BrowserContext]:
    """A person who reads English, with JavaScript; paths are those of ``served``."""
    with browser.new_context(base_url=served, locale="en-GB") as context:
        yield context


@pytest.fixture
def tab(context: BrowserContext) -> Page:
    """A page of such a person: ``tab.goto("/find?q=...")``."""
    return context.new_page()


@pytest.fixture
def plain_tab(browser: Browser, served: str) -> Iterator[Page]:
    """The same without JavaScript."""
    with browser.new_context(base_url=served, locale="en-GB", java_script_enabled=False) as context:
        yield context.new_page()
