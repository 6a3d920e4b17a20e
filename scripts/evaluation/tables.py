"""The figures as text: side by side, with their intervals, page by page, and what is wrong in one field."""

from __future__ import annotations

from collections.abc import Sequence

from scripts.evaluation import intervals
from scripts.evaluation.measures import FIELDS, Prediction, Record, Row, by_part, parts, stated_lead, summary

Rows = dict[str, list[Row]]
"""The figures of each page by extractor; all lists have the order of the corpus."""

_KEYS = ("F1", "P", "R", *FIELDS)


def side_by_side(rows: Rows, records: Sequence[Record]) -> str:
    """A block of lines for each part of the corpus, tab-separated."""
    groups = [parts(r) for r in records]
    lines = ["\t".join(["part", "by", "pages", *_KEYS, "CPU ms", "empty"])]
    for part in by_part(groups):
        for name, found in rows.items():
            s = summary([r for r, g in zip(found, groups, strict=True) if part in g])
            figures = [f"{s[k]:.4f}" for k in _KEYS[:3]]
            figures += [f"{s[k]:.3f}" if s[k] == s[k] else "-" for k in FIELDS]
            lines.append(
                "\t".join([part, name, f"{s['pages']:.0f}", *figures, f"{s['ms']:.1f}", f"{s['empty']:.0f}"])
            )
    return "\n".join(lines)


def with_intervals(rows: Rows, records: Sequence[Record], own: str, base: str, count: int, seed: int) -> str:
    """The value of ``own`` and its difference to ``base`` for each part and figure, with 95 % intervals."""
    groups = [parts(r) for r in records]
    lines = ["\t".join(["part", "figure", own, "95 %", f"minus {base}", "95 %"])]
    for part in by_part(groups):
        inside = [i for i, g in enumerate(groups) if part in g]
        draws = intervals.resamples([records[i] for i in inside], count, seed)
        ours, theirs = ([rows[name][i] for i in inside] for name in (own, base))
        our_draws, their_draws = intervals.drawn(ours, draws), intervals.drawn(theirs, draws)
        values, others = summary(ours), summary(theirs)
        for key in _KEYS:
            if values[key] != values[key]:
                continue
            low, high = intervals.middle(d[key] for d in our_draws)
            less, more = intervals.middle(
                a[key] - b[key] for a, b in zip(our_draws, their_draws, strict=True)
            )
            cells = [f"{values[key]:.4f}", f"{low:.4f} {high:.4f}"]
            if others[key] == others[key]:  # no number where the other one has no such field
                cells += [f"{values[key] - others[key]:+.4f}", f"{less:+.4f} {more:+.4f}"]
            lines.append("\t".join([part, key, *cells]))
    return "\n".join(lines)


def teaser_cuts(rows: Sequence[Row], records: Sequence[Record]) -> str:
    """How much of the expected text was cut as teasers, for each part; "" where nobody tells teasers."""
    groups = [parts(r) for r in records]
    lines = ["\t".join(["part", "expected words", "lost to teaser cuts", "share"])]
    for part in by_part(groups):
        found = [r for r, g in zip(rows, groups, strict=True) if part in g and "lost" in r]
        expected, lost = (sum(r[key] for r in found) for key in ("expected", "lost"))
        if found:
            lines.append(f"{part}\t{expected:.0f}\t{lost:.0f}\t{100 * lost / max(1, expected):.3f} %")
    return "\n".join(lines) if len(lines) > 1 else ""


def by_page(rows: Rows, records: Sequence[Record]) -> str:
    """One line for each page: the figures of each extractor, empty where the corpus states nothing."""
    keys = ("F1", "P", "R", *FIELDS, "lost", "ms")
    lines = ["\t".join(["id", "publisher", *(f"{name} {key}" for name in rows for key in keys)])]
    for number, record in enumerate(records):
        cells = [f"{rows[n][number][k]:.4f}" if k in rows[n][number] else "" for n in rows for k in keys]
        lines.append("\t".join([record["id"], intervals.publisher(record), *cells]))
    return "\n".join(lines) + "\n"


def wrong(field: str, records: Sequence[Record], got: Sequence[Prediction], rows: Sequence[Row]) -> str:
    """What was expected and what was found on each page where a field is wrong."""
    lines = []
    for record, found, row in zip(records, got, rows, strict=True):
        if row.get(field) == 0.0:
            expected = (
                stated_lead(record) if field == "lead" else record.get("date" if field == "day" else field)
            )
            answer = found.get("date" if field == "day" else field)
            lines.append(f"{record['id']}\n    expected  {_line(expected)}\n    found     {_line(answer)}")
    known = sum(field in row for row in rows)
    return "\n".join([*lines, f"{len(lines)} of {known} pages that state it are wrong in: {field}"])


def worst(records: Sequence[Record], rows: Rows, own: str, count: int) -> list[int]:
    """The indices of the pages whose text is worst, worst first."""
    order = sorted(range(len(records)), key=lambda i: (rows[own][i]["F1"], records[i]["id"]))
    return order[:count]


def _line(value: object) -> str:
    text = "; ".join(str(v) for v in value) if isinstance(value, list | tuple) else str(value)
    return " / ".join(text.split("\n"))
