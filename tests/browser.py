"""A headless Chromium for tests that look at pages as a person does, and what has to be there for it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
_ARGUMENTS = (
    "--no-sandbox",  # its own sandbox needs rights that containers lack
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # No name but those of this machine means anything: what a page asks of others fails, and is seen.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
)

needs_chromium = pytest.mark.skipif(
    CHROMIUM is None, reason="no Chromium here; scripts/test installs Debian's package chromium where it may"
)


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser with an empty profile; gone at the end of the block."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(_ARGUMENTS), headless=True)
        try:
            yield browser
        finally:
            browser.close()


def requested(page: Page) -> list[str]:
    """The URLs that a page goes on to request, also those that come to nothing; without data: and blob:."""
    seen: list[str] = []
    page.on("request", lambda request: seen.append(request.url) if request.url.startswith("http") else None)
    return seen


def shot(page: Page, name: str, folder: Path) -> Path:
    """A screenshot of the page as it is seen, for a person to look at."""
    path = folder / f"{name}.png"
    page.screenshot(path=path)
    return path
