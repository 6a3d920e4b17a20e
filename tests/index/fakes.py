"""An extractor for tests: a page's body says, in JSON, what to make of it or what to do to the process.

What stands under "v2" holds for the newer extractor only.
"""

from __future__ import annotations

import hashlib
import json
import os
import signal
import time
from datetime import UTC, date, datetime, timedelta
from typing import Any

from archive.types import (
    Block,
    BlockKind,
    Cut,
    Dating,
    Document,
    Failure,
    FailureKind,
    Kind,
    Outcome,
    Page,
    Precision,
    Suspect,
    Teaser,
)
from archive.urls import document_id

KEY = "fake-1"
EPOCH = datetime(2026, 3, 1, tzinfo=UTC)


def extract(page: Page) -> Outcome:
    return _extract(page, KEY)


def extract_newer(page: Page) -> Outcome:
    return _extract(page, "fake-2")


def _extract(page: Page, key: str) -> Outcome:
    try:
        said: dict[str, Any] = json.loads(page.body)
    except ValueError:
        said = {"kind": "other"}
    if key == "fake-2":
        said |= said.get("v2", {})
    if (before := said.get("fails_before")) is not None:
        said |= {"failure": "empty"} if page.capture.captured_at < EPOCH + timedelta(minutes=before) else {}
    if (act := said.get("act")) is not None:
        _act(act)
    if (kind := said.get("failure")) is not None:
        return Failure(page.capture.record_id, key, FailureKind(kind), "no\n text")
    digest = "sha256:" + hashlib.sha256(page.body).hexdigest()
    lead, text = said.get("lead"), said.get("text", "")
    label = said.get("label")
    below = [part for pair in said.get("suspects", ()) for part in pair]
    blocks = tuple(Block(BlockKind.PARAGRAPH, part) for part in (text, *below))
    if label:
        blocks = (blocks[0], Block(BlockKind.HEADING, label), *blocks[1:])
    return Document(
        id=document_id(page.capture.url, digest),
        capture=page.capture,
        extractor=key,
        kind=Kind(said.get("kind", "article")),
        content_digest=digest,
        title=said.get("title"),
        kicker=str(os.getpid()) if said.get("act") == "pid" else None,
        lead=lead,
        text="\n".join(part for part in (lead, text, label, *below) if part),
        blocks=blocks,
        authors=tuple(said.get("authors", ())),
        published=_dating(said["day"]) if "day" in said else None,
        modified=_dating(said["modified"]) if "modified" in said else None,
        canonical_url=said.get("canonical"),
        teasers=tuple(
            Teaser(headline, "", url, position, "linked")
            for position, (headline, url) in enumerate(said.get("teasers", ()))
        ),
        suspects=tuple(
            Suspect(0, headline, short, first, first + 1)
            for first, (headline, short) in zip(
                range(2 if label else 1, len(blocks), 2), said.get("suspects", ()), strict=True
            )
        ),
        cuts=tuple(Cut(text, "all-linked") for text in said.get("cuts", ())),
    )


def _dating(text: str) -> Dating:
    day = date.fromisoformat(text)
    return Dating(datetime(day.year, day.month, day.day, tzinfo=UTC), Precision.DAY, None, day, "meta")


def _act(act: str) -> None:
    if act == "hang":
        time.sleep(1_000)
    elif act == "spin":
        while True:
            pass
    elif act == "crash":
        os.kill(os.getpid(), signal.SIGSEGV)
    elif act == "exit":
        os._exit(3)
    elif act == "memory":
        bytearray(8 << 30)
    elif act == "raise":
        raise KeyError(object())
    elif act.startswith("wait"):
        time.sleep(float(act[4:]))
