"""The environment of replay, in which pywb and wacz run."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.replay import environment


def side_python() -> Path:
    """Its Python; the test is skipped where there is none."""
    found = environment.find()
    if found is None:
        pytest.skip(f"the environment of replay is not made here; make it with: {environment.INSTALL}")
    return found
