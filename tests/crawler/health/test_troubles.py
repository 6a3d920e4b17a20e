"""Seven outlets fall ill: each is found within two runs by its cause, told once, and over when mended."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.crawler.health.papers import TROUBLES, Papers
from tests.crawler.health.run import Patients


def test_seven_troubles_are_found_and_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Papers(tmp_path) as papers:
        for name, value in papers.environment.items():
            monkeypatch.setenv(name, value)
        patients = Patients.admit(tmp_path / "a", papers)
        assert patients.day() == []
        for name in TROUBLES:
            papers.befall(name)
        papers.work()
        patients.day()
        papers.work()
        found = patients.day()
        assert sorted((trouble.site, str(trouble.cause)) for trouble in found) == sorted(
            (name, name) for name in TROUBLES
        )
        for trouble in found:
            assert trouble.url is not None
            assert trouble.url.startswith(papers.base(trouble.site))
            assert trouble.said
        papers.work()
        papers.mend()
        assert patients.day() == []
        told = [json.loads(line) for line in patients.notices()]
    for event in ("found", "over"):
        assert sorted(one["site"] for one in told if one["event"] == event) == sorted(TROUBLES)
    assert len(told) == 2 * len(TROUBLES)
    assert {one["title"] for one in told} == {f"Zeitung für {name.title()}" for name in TROUBLES}
