"""What a type checker knows of ``archive.open``: mypy checks this file, and test_desk runs it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, assert_type

import archive
from archive.research.articles import Article
from archive.research.desk import Archive
from archive.research.found import Hits
from archive.research.frames import Rows
from archive.research.kwic import Line
from archive.research.stories import Member, Story
from archive.research.timeline import Period
from archive.types import Hit, Page


def ask(directory: str) -> int:
    with archive.open(directory) as a:
        assert_type(a, Archive)
        hits = a.search("Stadt", since="2025-01-01", until=date(2025, 12, 31), paywall=False, order="date")
        assert_type(hits, Hits)
        assert_type(hits[0], Hit)
        assert_type(hits[1:], Rows[Hit])
        assert_type(hits.total, int)
        several: Sequence[Hit] = hits
        assert_type(next(iter(a.articles("Stadt", kind="article"))), Article)
        assert_type(a.timeline("Stadt", by="year")[0], Period)
        assert_type(a.kwic("Stadt", sort="left")[0], Line)
        stories = a.stories(outlets=2)
        assert_type(stories[0], Story)
        assert_type(a.story(stories[0].id)[0], Member)
        assert_type(a.document(several[0].document_id), dict[str, Any])
        assert_type(a.read(several[0]), Page)
        assert_type(a.record(several[0].ref), bytes)
        return len(hits)
