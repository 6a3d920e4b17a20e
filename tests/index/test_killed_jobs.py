"""Killed at a random moment and run again: the rows are those of an undisturbed run."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.index.killing import ACTIONS, series


@pytest.mark.parametrize("action", ACTIONS)
def test_a_kill_at_a_random_moment_shows_in_no_row(action: str, tmp_path: Path) -> None:
    counts = series(action, tmp_path, kills=1, count=24, seed=3)
    assert (counts.equal, counts.mixtures) == (counts.kills, 0), counts.notes
