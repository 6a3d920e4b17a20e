"""The referee: a small learned model of a page's pieces that votes against trafilatura's decision.

    pieces -> features (places, features) -> two passes of trees (model) -> vote with trafilatura's blocks

trafilatura's decision is no feature of the model: its mistakes would be learned as truth. The model was
trained by ``scripts/train_referee`` on pages whose text is known; ``model.md`` tells which, and how good
it is on pages of publishers it did not see. Importing this package alone loads no numpy.
"""

from __future__ import annotations

import functools
import hashlib
from pathlib import Path

REVISION = 2
"""Raised with every change of features or vote; a change of the model shows in its digest."""

MODEL = Path(__file__).with_name("model.json")


@functools.cache
def digest() -> str:
    """The SHA-256 of the model's file, in hex."""
    return hashlib.sha256(MODEL.read_bytes()).hexdigest()


def key() -> str:
    """The referee's part of the extractor key: "referee-1-0123456789ab"."""
    return f"referee-{REVISION}-{digest()[:12]}"
