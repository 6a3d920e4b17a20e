"""Pages that were made to break an extractor end in an outcome; scripts/measure_pages: in full size."""

from __future__ import annotations

from pathlib import Path

from archive.extract import extractor_key
from archive.index.workers import Pool
from archive.layout import Layout
from archive.types import Document, Failure, FailureKind, Kind
from archive.warc.reader import CaptureWalk
from tests.index.hostile_pages import SHAPES, make
from tests.index.support import Shot, write_warc

QUICK = {
    "links": 0.2,
    "paragraphs": 0.9,
    "nested divs": 0.05,
    "text node": 0.25,
    "br": 0.4,
    "attributes": 0.01,
    "JSON-LD": 0.05,
    "JSON-LD quotes": 0.05,
    "JSON-LD nested": 0.1,
    "entity bomb": 1.0,
    "xml bomb": 1.0,
    "only NULs": 0.01,
    "control references": 0.01,
    "lone surrogates": 0.001,
    "long reference": 0.01,
    "nothing": 1.0,
    "only a doctype": 1.0,
    "ends within a tag": 1.0,
}


def test_each_has_an_outcome_with_a_kind(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    shots = [
        Shot(f"https://a.example/{number}", make(name, scale), number, mime="text/html")
        for number, (name, scale) in enumerate(QUICK.items())
    ]
    write_warc(layout, "a", shots)
    captures = [entry.capture for entry in CaptureWalk(layout.warc / "a.warc.gz", "a.warc.gz")]
    with Pool(layout.warc, 1, extractor_key()) as pool:
        outcomes = {result.capture.url: result.outcome for result in pool.extract_all(captures)}
    found = {name: outcomes[f"https://a.example/{number}"] for number, name in enumerate(QUICK)}
    for name, outcome in found.items():
        assert isinstance(outcome, Document | Failure), name
        assert outcome.kind in {*Kind, *FailureKind}, name
        assert outcome.extractor == extractor_key(), name
    assert found["nothing"].kind is FailureKind.EMPTY
    assert found["text node"].kind is FailureKind.TOO_LARGE


def test_there_are_at_least_fifty_and_no_two_alike() -> None:
    assert len(SHAPES) >= 50
    assert len({make(name, 0.0001) for name in SHAPES if SHAPES[name][0] > 1}) > 50
