"""Pages in the shapes of real ones: a directory with page.html and expected.json each.

``expected.json`` names the fields that the page is about; a field that is missing there is free.
``text`` is compared whole, ``contains`` and ``lacks`` are about lines and parts of the text,
``teasers`` are headlines in order, ``teaser_texts`` the texts below them, ``cuts`` pairs of text and
reason. ``scripts/add_page`` makes such a directory out of a page; the time in its meta.json is that at
which the page is read.
"""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest

from archive.extract import extract_html
from archive.extract.asjson import to_json

PAGES = sorted(p for p in (Path(__file__).parent / "pages").iterdir() if p.is_dir())


def captured_at(case: Path) -> datetime | None:
    """When a page was captured, None when nobody knows."""
    meta = case / "meta.json"
    stamp = json.loads(meta.read_text(encoding="utf-8"))["captured_at"] if meta.exists() else None
    return datetime.fromisoformat(stamp) if stamp else None


def test_there_are_pages_of_many_shapes() -> None:
    assert len(PAGES) >= 40


@pytest.mark.parametrize("case", PAGES, ids=lambda p: p.name)
def test_page(case: Path) -> None:
    expected = json.loads((case / "expected.json").read_text(encoding="utf-8"))
    url = expected.pop("url")
    found = to_json(extract_html((case / "page.html").read_bytes(), url, captured_at(case)))
    for part in expected.pop("contains", ()):
        assert part in found["text"]
    for part in expected.pop("lacks", ()):
        assert part not in found["text"]
    if "teasers" in expected:
        assert [t["headline"] for t in found["teasers"]] == expected.pop("teasers")
    if "teaser_texts" in expected:
        assert [t["text"] for t in found["teasers"]] == expected.pop("teaser_texts")
    if "evidence" in expected:
        assert {t["evidence"] for t in found["teasers"]} == set(expected.pop("evidence"))
    if "block_kinds" in expected:
        assert [b["kind"] for b in found["blocks"]] == expected.pop("block_kinds")
    if "cuts" in expected:
        assert [[c["text"], c["reason"]] for c in found["cuts"]] == expected.pop("cuts")
    if "captions" in expected:
        assert [[i["caption"], i["credit"]] for i in found["images"]] == expected.pop("captions")
    assert {k: found[k] for k in expected} == expected


@pytest.mark.parametrize("case", PAGES, ids=lambda p: p.name)
def test_text_is_lead_and_blocks(case: Path) -> None:
    url = json.loads((case / "expected.json").read_text(encoding="utf-8"))["url"]
    found = to_json(extract_html((case / "page.html").read_bytes(), url))
    blocks = [b["text"] for b in found["blocks"]]
    assert found["text"] == "\n".join([found["lead"], *blocks] if found["lead"] else blocks)
    assert found["lead"] is None or found["lead"] not in blocks
