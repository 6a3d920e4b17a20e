"""The report page: what was kept wrongly and what was lost on the worst pages, in colour.

One file without any other: no script, no font, no image. Everything that comes from a page is escaped.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from html import escape

from scripts.evaluation.measures import FIELDS, Prediction, Record, Row, stated_lead, tokens

_NEAR = 1
"""Lines without a mark that stand around a marked one; of others their number is told."""
_WORD = re.compile(r"\w+")
_STYLE = """
:root { color-scheme: light }
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 78rem; padding: 0 1rem }
h1 { font-size: 1.5rem } h2 { font-size: 1.05rem; margin: 2.5rem 0 .3rem; overflow-wrap: anywhere }
table { border-collapse: collapse }
td, th { padding: .15rem .8rem .15rem 0; text-align: left; vertical-align: top }
td.n { font-variant-numeric: tabular-nums; text-align: right }
.pair { display: grid; grid-template-columns: 1fr 1fr; gap: 1.5rem }
.pair h3 { font-size: .85rem; margin: .4rem 0 }
.text { border-left: 3px solid #ccc; padding-left: .8rem; overflow-wrap: anywhere }
.text p { margin: 0 0 .5rem }
.skipped { color: #6b6b6b; font-style: italic }
mark.kept { background: #ffd0cc; color: inherit; text-decoration: underline wavy #b3261e 1px }
mark.lost { background: #ffe39a; color: inherit; border-bottom: 2px solid #8a6100 }
.fields td { font-size: .9rem }
.wrong { color: #b3261e; font-weight: 600 }
.url { color: #555; font-size: .85rem }
@media (max-width: 50rem) { .pair { grid-template-columns: 1fr } }
"""


def page(
    corpus: str,
    figures: str,
    records: Sequence[Record],
    got: Sequence[Prediction],
    rows: Sequence[Row],
    order: Sequence[int],
) -> str:
    """The whole report; ``figures`` is a tab-separated table, ``order`` the indices of the pages to show."""
    parts = [
        f"<!DOCTYPE html><html lang=en><meta charset=utf-8><title>Evaluation: {escape(corpus)}</title>",
        f"<style>{_STYLE}</style><h1>Evaluation: {escape(corpus)}</h1>{_table(figures)}",
        f"<p>The {len(order)} worst pages by the text's F1. <mark class=kept>Kept wrongly</mark> stands in",
        "the found text and not in the expected one, <mark class=lost>lost</mark> the other way round.</p>",
    ]
    parts.extend(_article(n, records[i], got[i], rows[i]) for n, i in enumerate(order, 1))
    return "\n".join(parts) + "\n"


def marked(text: str, other: str, kind: str) -> str:
    """A text as HTML with those words marked that are in no run of four words that ``other`` has too."""
    known = _runs(tokens(other))
    found: list[tuple[str, bool]] = []
    for line in text.split("\n"):
        if line.strip():
            found.append(_marked_line(line, known, kind))
    return "\n".join(_shortened(found)) or "<p class=skipped>nothing</p>"


def _runs(words: Sequence[str]) -> Counter[tuple[str, ...]]:
    """All runs of up to four words: a short line is known by itself."""
    return Counter(tuple(words[i : i + n]) for n in (1, 2, 3, 4) for i in range(len(words) - n + 1))


def _marked_line(line: str, known: Counter[tuple[str, ...]], kind: str) -> tuple[str, bool]:
    line = unicodedata.normalize("NFC", line)
    spans = [(m.start(), m.end(), tokens(m[0])) for m in _WORD.finditer(line)]
    words = [(s, e, t) for s, e, found in spans for t in found]
    size = min(4, len(words))
    fine = [False] * len(words)
    for i in range(len(words) - size + 1):
        if tuple(t for _, _, t in words[i : i + size]) in known:
            fine[i : i + size] = [True] * size
    out: list[str] = []
    position, at = 0, 0
    while at < len(words):
        end = next((i for i in range(at, len(words)) if fine[i] != fine[at]), len(words))
        first, last = words[at][0], words[end - 1][1]
        if not fine[at]:
            out.append(f"{escape(line[position:first])}<mark class={kind}>{escape(line[first:last])}</mark>")
            position = last
        at = end
    return f"<p>{''.join(out)}{escape(line[position:])}</p>", not all(fine)


def _shortened(lines: Sequence[tuple[str, bool]]) -> list[str]:
    """The marked lines and their neighbours; of the others, how many there are."""
    wanted = {
        j for i, (_, wrong) in enumerate(lines) if wrong for j in range(i - _NEAR, i + _NEAR + 1)
    } or set(range(min(1, len(lines))))
    out: list[str] = []
    skipped = 0
    for i, (line, _) in enumerate(lines):
        if i in wanted:
            out.extend([_skipped(skipped)] if skipped else [])
            out.append(line)
            skipped = 0
        else:
            skipped += 1
    return [*out, _skipped(skipped)] if skipped else out


def _skipped(count: int) -> str:
    return f"<p class=skipped>… {count} {'line' if count == 1 else 'lines'} as expected …</p>"


def _article(number: int, record: Record, got: Prediction, row: Row) -> str:
    expected, found = record.get("text") or "", got.get("text") or ""
    figures = ", ".join(f"{key} {row[key]:.3f}" for key in ("F1", "P", "R"))
    return f"""<h2>{number}. {escape(record["id"])} — {figures}</h2>
<div class=url>{escape(record.get("url") or "")}</div>{_fields(record, got, row)}
<div class=pair><section><h3>Found</h3><div class=text>{marked(found, expected, "kept")}</div></section>
<section><h3>Expected</h3><div class=text>{marked(expected, found, "lost")}</div></section></div>"""


def _fields(record: Record, got: Prediction, row: Row) -> str:
    lines = []
    for field in FIELDS:
        if row.get(field) == 0.0:
            key = "date" if field == "day" else field
            expected = stated_lead(record) if field == "lead" else record.get(key)
            cells = "".join(f"<td>{escape(_plain(v))}</td>" for v in (expected, got.get(key)))
            lines.append(f"<tr><td class=wrong>{field}</td>{cells}</tr>")
    if not lines:
        return ""
    return f"<table class=fields><tr><th></th><th>expected</th><th>found</th></tr>{''.join(lines)}</table>"


def _plain(value: object) -> str:
    if isinstance(value, list | tuple):
        return "; ".join(str(v) for v in value) or "nobody"
    return "nothing" if value is None else str(value)


def _table(figures: str) -> str:
    head, *lines = (line.split("\t") for line in figures.split("\n"))
    body = "".join(
        "<tr>"
        + "".join(f"<td{' class=n' if i > 1 else ''}>{escape(c)}</td>" for i, c in enumerate(line))
        + "</tr>"
        for line in lines
    )
    return f"<table><tr>{''.join(f'<th>{escape(c)}</th>' for c in head)}</tr>{body}</table>"
