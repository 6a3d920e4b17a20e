"""Figures that benchmarks hand on as JSON: each with its unit and which way is better.

{"made": {when, by which commit, on what machine}, "measured": [{name, value, unit, better, noise}, ...], ...}
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

ROOT = Path(__file__).resolve().parents[2]
RESULTS = Path(__file__).with_name("results")
"""What the project keeps of its benchmarks: README quotes it, and ``bench all`` compares with it."""

Better = Literal["lower", "higher"]
CPU, WALL, MEMORY, EXACT = 0.1, 0.2, 0.05, 0.005
"""Noise of figures of each kind, on a machine that does nothing else: see Figure."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of a benchmark."""

    name: str
    value: float
    unit: str
    better: Better
    noise: float = CPU  # the share by which it may differ from run to run without anything being another


def write(path: Path, measured: Iterable[Figure], **details: Any) -> None:
    """Write figures, and what else a benchmark tells, to ``path``."""
    told = {"made": made(), "measured": [asdict(figure) for figure in measured], **details}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def read(path: Path) -> tuple[dict[str, Any], list[Figure]]:
    """All that was written to ``path``, and its figures. Raises OSError, ValueError, KeyError, TypeError."""
    told: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return told, [Figure(**figure) for figure in told["measured"]]


def made() -> dict[str, Any]:
    """When, by which commit ("+": with changes that are not committed) and on what machine."""
    return {
        "date": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "commit": _commit(),
        "cores": len(os.sched_getaffinity(0)),
        "processor": _processor(),
        "python": platform.python_version(),
    }


def machine(told: Mapping[str, Any]) -> str:
    """What ``made`` says, in a line."""
    commit = f", commit {told['commit']}" if told["commit"] else ""
    return (
        f"{told['date'][:10]}{commit}, {told['cores']} cores of {told['processor']}, Python {told['python']}"
    )


def _commit() -> str | None:
    program = shutil.which("git") or "git"

    def git(*arguments: str) -> str:
        return subprocess.run(
            [program, "-C", str(ROOT), *arguments], capture_output=True, text=True, check=True, timeout=30
        ).stdout.strip()

    try:
        return git("rev-parse", "--short", "HEAD") + ("+" if git("status", "--porcelain", "-uno") else "")
    except (OSError, subprocess.SubprocessError):
        return None  # no git, or no repository: a copy without its history


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.machine()
