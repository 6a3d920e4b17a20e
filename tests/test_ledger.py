"""ledger.db keeps what was verified and what was found."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from archive.errors import NoArchive
from archive.ledger import MIGRATIONS, Verification, opened
from tests.crawler.support import rows

AT = datetime(2026, 3, 1, 2, tzinfo=UTC)


def test_the_last_verification_of_a_file_counts(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    with opened(path) as ledger:
        ledger.note(
            [Verification("a", AT, 10, 1, ((5, "member", "torn"),)), Verification("b", AT, 20, 2, ())]
        )
        assert ledger.with_findings(("member", "sha256")) == {"a"}
        assert ledger.with_findings(("sha256",)) == set()
        ledger.note([Verification("a", AT + timedelta(days=1), 10, 1, ())])
    with opened(path) as ledger:
        assert ledger.verified() == {"a": AT + timedelta(days=1), "b": AT}
        assert ledger.with_findings(("member",)) == set()
    assert rows(path, "SELECT offset, kind, message FROM findings") == [(5, "member", "torn")]


def test_a_ledger_of_a_newer_gazette_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    with opened(path) as ledger:
        ledger._connection.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    with pytest.raises(NoArchive, match="use a newer Gazette"), opened(path):
        pass
