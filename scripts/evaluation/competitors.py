"""Other extractors, each asked in its own way for the same page; loaded only when they are asked for."""

from __future__ import annotations

import importlib
import importlib.util
import time
from collections.abc import Callable
from typing import Any

from scripts.evaluation.measures import Prediction, Record

Predictor = Callable[[bytes, str], Prediction]


def timed(function: Predictor) -> Callable[[Record, bytes], Prediction]:
    """A prediction with its CPU milliseconds in ``cpu_ms``."""

    def run(record: Record, html: bytes) -> Prediction:
        start = time.process_time()
        got = function(html, record["url"] or "")
        return {**got, "cpu_ms": 1000 * (time.process_time() - start)}

    return run


def trafilatura_default(html: bytes, url: str) -> Prediction:
    """trafilatura's own answer, metadata included."""
    return _trafilatura(html, url)


def trafilatura_fast(html: bytes, url: str) -> Prediction:
    """trafilatura without its fallbacks."""
    return _trafilatura(html, url, fast=True)


def trafilatura_precision(html: bytes, url: str) -> Prediction:
    """trafilatura in doubt against a text."""
    return _trafilatura(html, url, favor_precision=True)


def newspaper(html: bytes, url: str) -> Prediction:
    """newspaper4k's answer; it is given the page and fetches nothing."""
    article = importlib.import_module("newspaper").Article(url or "http://localhost/", fetch_images=False)
    article.download(input_html=html.decode("utf-8", "replace"))
    article.parse()
    stamp = article.publish_date
    return {
        "title": article.title,
        "authors": list(article.authors),
        "date": stamp.isoformat() if hasattr(stamp, "isoformat") else stamp,
        "text": article.text,
    }


def resiliparse(html: bytes, url: str) -> Prediction:
    """Resiliparse's main content; it reads no metadata but the title."""
    parse = importlib.import_module("resiliparse.parse.html").HTMLTree
    extract = importlib.import_module("resiliparse.extract.html2text").extract_plain_text
    tree = parse.parse_from_bytes(html)
    return {"title": tree.title, "text": extract(tree, main_content=True)}


# name: (function, the module it needs, the package that holds it)
COMPETITORS: dict[str, tuple[Predictor, str, str]] = {
    "trafilatura": (trafilatura_default, "trafilatura", "trafilatura"),
    "fast": (trafilatura_fast, "trafilatura", "trafilatura"),
    "precision": (trafilatura_precision, "trafilatura", "trafilatura"),
    "newspaper4k": (newspaper, "newspaper", "newspaper4k"),
    "resiliparse": (resiliparse, "resiliparse", "resiliparse"),
}


def missing(names: list[str]) -> list[str]:
    """A line for each of these competitors that can't run here: what to install, or which there are."""
    lines = []
    for name in names:
        if name not in COMPETITORS:
            lines.append(f"{name}: no such competitor; there are {', '.join(COMPETITORS)}")
        elif importlib.util.find_spec(COMPETITORS[name][1]) is None:
            lines.append(f"{name}: not installed, left out; to compare: pip install {COMPETITORS[name][2]}")
    return lines


def _trafilatura(html: bytes, url: str, **options: Any) -> Prediction:
    import trafilatura

    found = trafilatura.bare_extraction(html, url=url, include_comments=False, with_metadata=True, **options)
    if found is None or isinstance(found, dict):
        return {}
    return {"title": found.title, "authors": found.author, "date": found.date, "text": found.text}
