"""``gazette why`` leads from a document to its bytes, and says where they are not as they were."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from archive.layout import Layout
from crawler.cli.exits import Exit
from tests.cli.support import Gazette, Ran
from tests.crawler.support import rows

Call = Callable[..., Ran]


@pytest.fixture
def call(indexed: Layout, gazette: Gazette) -> Call:
    return lambda *arguments: gazette("--archive", indexed.root, *arguments)


@pytest.fixture
def document(indexed: Layout) -> str:
    return str(rows(indexed.index, "SELECT id FROM articles ORDER BY url")[0][0])


def test_the_chain_is_checked_anew(call: Call, document: str, indexed: Layout) -> None:
    chain = json.loads(call("why", document, "--json").out)
    row = rows(
        indexed.index, "SELECT warc, offset, record_id, extractor FROM documents WHERE id = ?", document
    )[0]
    assert (chain["record"]["warc"], chain["record"]["offset"], chain["record"]["record_id"]) == row[:3]
    assert chain["document"]["extractor"] == row[3]
    checks = chain["checks"]
    assert checks["record"] is checks["content_digest"] is checks["payload_digest"] is True
    said = call("why", document[:8])
    assert said.code == 0
    assert f"{row[0]}@{row[1]}" in said.out
    assert "NO" not in said.out


def test_a_changed_byte_is_said(call: Call, document: str, indexed: Layout) -> None:
    (warc, offset, length) = rows(
        indexed.index, "SELECT warc, offset, length FROM documents WHERE id = ?", document
    )[0]
    path = indexed.warc / str(warc)
    data = bytearray(path.read_bytes())
    data[int(offset) + int(length) // 2] ^= 0xFF
    path.write_bytes(data)
    ran = call("why", document)
    assert ran.code == Exit.DAMAGED
    assert f"{warc}@{offset}" in ran.out
    assert "record whole   NO" in ran.out
    assert "Traceback" not in ran.err


def test_cuts_come_with_their_reason(call: Call, document: str, indexed: Layout) -> None:
    found = rows(
        indexed.index, "SELECT text, reason FROM cuts WHERE document_id = ? ORDER BY position", document
    )
    chain = json.loads(call("why", document, "--json").out)
    assert [(cut["text"], cut["reason"]) for cut in chain["cuts"]] == found
    assert all(cut["meaning"] != cut["reason"] for cut in chain["cuts"])
