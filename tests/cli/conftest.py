from __future__ import annotations

import io
import sys
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from archive.layout import Layout
from archive.warc.records import Told, exchange_records
from archive.warc.writer import WarcWriter
from crawler.cli.init import create
from crawler.cli.tree import run
from tests.cli.support import BRIDGE, EMPTY, FERRY, PARAGRAPHS, START, Gazette, Ran, page
from tests.exchanges import HTML, exchange


@pytest.fixture
def gazette(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Gazette:
    """Runs a command line in this process; ``stdin`` are the bytes it reads."""
    monkeypatch.delenv("GAZETTE_ARCHIVE", raising=False)
    monkeypatch.delenv("COLUMNS", raising=False)  # a pipe has no width

    def call(*arguments: object, stdin: bytes = b"") -> Ran:
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(stdin)))
        code = run([str(argument) for argument in arguments])
        out, err = capfd.readouterr()
        return Ran(code, out, err)

    return call


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    """An empty archive."""
    layout = Layout(tmp_path / "archive")
    create(layout)
    return layout


@pytest.fixture
def filled(layout: Layout) -> Layout:
    """An archive with two articles and a page without content in one WARC file, not indexed yet."""
    pages = {
        BRIDGE: page("Neue Brücke am Kanal", "Die Brücke wird gebaut.", PARAGRAPHS, "2025-11-13"),
        FERRY: page("Die Fähre fährt wieder", "Sie war drei Jahre fort.", PARAGRAPHS[::-1], "2025-11-12"),
        EMPTY: b"",
    }
    writer = WarcWriter(layout.warc, {"software": "test"})
    for number, (url, body) in enumerate(pages.items()):
        writer.begin()
        got = exchange(url, START + timedelta(seconds=number), HTML + body)
        writer.append(exchange_records(got, Told("hafenblatt", "run-1"), writer.warcinfo_id).members)
        writer.sync()
    writer.close()
    site_file = layout.sites / "hafenblatt.toml"
    site_file.write_text(
        'seeds = ["http://127.0.0.1:8101/"]\nevery = "1h"\nallow_private = true\n', encoding="utf-8"
    )
    return layout


@pytest.fixture
def indexed(filled: Layout, gazette: Gazette) -> Layout:
    """The same archive with its index."""
    assert gazette("--archive", filled.root, "index", "--workers", 1).code == 0
    return filled
