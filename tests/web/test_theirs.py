from __future__ import annotations

import asyncio
import base64
import hashlib
import re
from pathlib import Path

import datasette
import pytest
from datasette.app import Datasette

from archive.web.theirs import MENDED

TEMPLATES = Path(datasette.__file__).parent / "templates"


@pytest.mark.parametrize("name", MENDED)
def test_what_is_mended_still_stands_in_datasettes_templates(name: str) -> None:
    source = (TEMPLATES / name).read_text(encoding="utf-8")
    assert [found for found, _ in MENDED[name] if found not in source] == []


@pytest.mark.parametrize("path", ["/index", "/index/documents", "/index?sql=select+1"])
def test_their_pages_name_their_language_and_wear_our_colours(room: Datasette, path: str) -> None:
    page = asyncio.run(room.client.get(path))
    assert '<html lang="en">' in page.text
    assert page.text.count("<main") == page.text.count("</main>") == 1
    assert page.text.index("app.css") < page.text.index("room.css") < page.text.index("sql.css")


def test_their_scripts_still_run_as_they_are_mended(room: Datasette) -> None:
    page = asyncio.run(room.client.get("/index"))
    (script,) = [
        each for each in re.findall(r"<script>(.*?)</script>", page.text, re.DOTALL) if "SQL" in each
    ]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode("ascii")
    assert "screenReaderLabel" in script
    assert f"'sha256-{digest}'" in page.headers["content-security-policy"]


def test_databases_that_are_no_index_keep_datasettes_own_look() -> None:
    page = asyncio.run(Datasette(memory=True).client.get("/_memory"))
    assert "sql.css" not in page.text
    assert "<html>" in page.text


def test_an_address_that_is_none_is_told_on_a_page_of_ours_and_to_programs_as_json(room: Datasette) -> None:
    async def asked(path: str) -> tuple[int, str]:
        page = await room.client.get(path, headers={"accept-language": "de"})
        return page.status_code, page.text

    for path in ("/nowhere", "/index/nowhere", "/index/documents/0"):
        status, text = asyncio.run(asked(path))
        assert status == 404
        assert "Unter dieser Adresse steht nichts" in text
    status, text = asyncio.run(asked("/index/nowhere.json"))
    assert status == 404
    assert '"ok": false' in text
