"""Figures of today beside the last ones: what is better, what is worse, and what is only noise. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from scripts.benchmarks.figures import Figure

Verdict = Literal["same", "better", "worse", "new", "gone"]


@dataclass(frozen=True, slots=True)
class Change:
    """A figure then and now; None: it was not measured."""

    name: str
    unit: str
    before: float | None
    now: float | None
    verdict: Verdict

    @property
    def share(self) -> float | None:
        """By how much of what it was it has changed; None when there is nothing to compare with."""
        if self.before is None or self.now is None or self.before == 0:
            return None
        return (self.now - self.before) / abs(self.before)

    def __str__(self) -> str:
        share = f"{self.share:+.1%}" if self.share is not None else ""
        said = (
            ""
            if self.verdict == "same"
            else self.verdict.upper()
            if self.verdict == "worse"
            else self.verdict
        )
        cells = f"{_number(self.before):>12}{_number(self.now):>12}  {self.unit:<9}{share:>9}"
        return f"{self.name:<68}{cells}  {said}".rstrip()


HEAD = f"{'':<68}{'last':>12}{'now':>12}"


def compared(before: Iterable[Figure], now: Iterable[Figure]) -> list[Change]:
    """All figures of now in their order, then those that are gone.

    What differs by no more than its noise is the same. What was measured in another unit is new.
    """
    last = {(figure.name, figure.unit): figure for figure in before}
    changes = [_change(last.pop((figure.name, figure.unit), None), figure) for figure in now]
    return changes + [Change(old.name, old.unit, old.value, None, "gone") for old in last.values()]


def _change(old: Figure | None, new: Figure) -> Change:
    if old is None:
        return Change(new.name, new.unit, None, new.value, "new")
    verdict: Verdict = "same"
    if abs(new.value - old.value) > max(old.noise, new.noise) * abs(old.value):
        verdict = "better" if (new.value > old.value) == (new.better == "higher") else "worse"
    return Change(new.name, new.unit, old.value, new.value, verdict)


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:,.0f}" if abs(value) >= 1_000 else f"{value:.4g}"
