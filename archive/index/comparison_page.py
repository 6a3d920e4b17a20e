"""A comparison as one HTML page that needs nothing else: it can be mailed, and opens without a network."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from archive.index.compare import Comparison, Counts, Difference
from archive.index.plots import Bar, diverging, stacked

_SITES = 30
"""Sites that the plots show, those with the most differences; the table has all."""
_EDGES = (-1_000, -100, -20, -5, 0, 1, 6, 21, 101, 1_001)
"""Ends of the groups of documents by the words they have more or less."""
_SIGNS = {"=": "span", "+": "ins", "-": "del"}

_STYLE = """
:root { color-scheme: light dark; --ink: #1c1c1e; --soft: #6b6b70; --paper: #fff; --line: #d9d9de;
  --gained: #2f7d4f; --lost: #b3392f; --changed: #b07a12; --add: #dff3e5; --cut: #fbe1de; }
@media (prefers-color-scheme: dark) { :root { --ink: #ececf0; --soft: #a0a0a8; --paper: #17171a;
  --line: #3a3a40; --gained: #63b987; --lost: #e5796f; --changed: #dcae53; --add: #17402a; --cut: #4e211d; } }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper);
  max-width: 60rem; margin: 2rem auto; padding: 0 1rem; overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2.5rem; }
.key, .soft { color: var(--soft); font-size: .85rem; }
.tiles { display: flex; flex-wrap: wrap; gap: .75rem; margin: 1.5rem 0; }
.tiles div { border: 1px solid var(--line); border-radius: .5rem; padding: .5rem .9rem; min-width: 6rem; }
.tiles b { display: block; font-size: 1.4rem; font-variant-numeric: tabular-nums; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; font-variant-numeric: tabular-nums; }
th, td { padding: .3rem .6rem; border-bottom: 1px solid var(--line); text-align: right; white-space: nowrap; }
th:first-child, td:first-child { text-align: left; white-space: normal; }
figure { margin: 1.5rem 0; } figcaption { font-weight: 600; margin-bottom: .4rem; }
svg { width: 100%; height: auto; } svg text { font-size: 12px; fill: var(--ink); }
.axis { stroke: var(--line); }
rect.gained, rect.added, i.gained { fill: var(--gained); background: var(--gained); }
rect.lost, rect.removed, i.lost { fill: var(--lost); background: var(--lost); }
rect.changed, i.changed { fill: var(--changed); background: var(--changed); }
i { display: inline-block; width: .8em; height: .8em; border-radius: 2px; margin: 0 .3em 0 1em; }
article { border-top: 1px solid var(--line); padding: .8rem 0; } article h3 { font-size: 1rem; margin: 0; }
ins { background: var(--add); text-decoration: none; } del { background: var(--cut); }
"""


def page(comparison: Comparison) -> str:
    """The whole page. What comes from archived pages is escaped; nothing in it is a link or runs."""
    total = comparison.total
    body = [
        "<h1>What another extractor makes of this archive</h1>",
        f'<p class="key">in use: {escape(comparison.key_before)}</p>',
        f'<p class="key">compared: {escape(comparison.key_after)}</p>',
        _tiles(total),
        _plots(comparison),
        "<h2>By site</h2>",
        _sites(comparison),
        "<h2>Failures</h2>",
        _failures(comparison),
        f"<h2>The {len(comparison.largest)} largest differences</h2>" if comparison.largest else "",
        *map(_difference, comparison.largest),
    ]
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        # Archived text stands in it: should one of the escapes fail, nothing is loaded and nothing runs.
        '<meta http-equiv="Content-Security-Policy"'
        " content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        '<meta name="viewport" content="width=device-width"><title>Comparison of extractors</title>'
        f"<style>{_STYLE}</style></head><body>{''.join(body)}</body></html>\n"
    )


def _tiles(total: Counts) -> str:
    shown = (
        ("documents before", total.before),
        ("documents after", total.after),
        ("gained", total.gained),
        ("lost", total.lost),
        ("changed", total.changed),
        ("words added", total.words_added),
        ("words removed", total.words_removed),
    )
    return f'<div class="tiles">{"".join(f"<div><b>{n:,}</b>{name}</div>" for name, n in shown)}</div>'


def _plots(comparison: Comparison) -> str:
    counted = sorted(
        comparison.sites.items(),
        key=lambda item: (-(item[1].gained + item[1].lost + item[1].changed), item[0] or ""),
    )
    differing = [(_name(s), c) for s, c in counted if c.gained + c.lost + c.changed][:_SITES]
    documents = [
        Bar(name, ((c.gained, "gained"), (c.changed, "changed"), (c.lost, "lost"))) for name, c in differing
    ]
    words = [Bar(name, ((c.words_removed, "removed"), (c.words_added, "added"))) for name, c in differing]
    fields = [Bar(name, ((number, "changed"),)) for name, number in comparison.fields.most_common()]
    drawn = [
        stacked("Documents that differ, by site", documents),
        diverging("Words removed and added, by site", words),
        stacked("Documents in which a field changed", fields),
        stacked("Changed documents by the words they have more or less", _net(comparison)),
    ]
    if not any(drawn):
        return "<p>Nothing differs.</p>"
    legend = "".join(f'<i class="{name}"></i>{name}' for name in ("gained", "changed", "lost"))
    return f'<p class="soft">{legend}</p>{"".join(drawn)}'


def _net(comparison: Comparison) -> list[Bar]:
    """Groups of changed documents; the ends of the outer ones are open."""
    lows = (None, *_EDGES)
    highs = (*_EDGES, None)
    bars = []
    for low, high in zip(lows, highs, strict=True):
        number = sum(
            count
            for net, count in comparison.net_words.items()
            if (low is None or net >= low) and (high is None or net < high)
        )
        colour = (
            "changed" if (low, high) == (0, 1) else "lost" if high is not None and high <= 0 else "gained"
        )
        bars.append(Bar(_range(low, high), ((number, colour),)))
    return bars if comparison.net_words else []


def _range(low: int | None, high: int | None) -> str:
    if low is None:
        return f"{high - 1:+,} and less" if high is not None else ""
    if high is None:
        return f"{low:+,} and more"
    return "as many" if (low, high) == (0, 1) else f"{low:+,} to {high - 1:+,}"


def _sites(comparison: Comparison) -> str:
    head = ("site", "before", "after", "gained", "lost", "changed", "words +", "words −")
    rows = [(_name(site), counts) for site, counts in comparison.sites.items()]
    rows.append(("all", comparison.total))
    cells = [
        (n, c.before, c.after, c.gained, c.lost, c.changed, c.words_added, c.words_removed) for n, c in rows
    ]
    return _table(head, cells)


def _failures(comparison: Comparison) -> str:
    kinds = sorted({*comparison.failures_before, *comparison.failures_after})
    if not kinds:
        return "<p>None, before and after.</p>"
    rows = [
        (kind, comparison.failures_before.get(kind, 0), comparison.failures_after.get(kind, 0))
        for kind in kinds
    ]
    return _table(("kind", "before", "after"), rows)


def _table(head: Sequence[str], rows: Sequence[Sequence[str | int]]) -> str:
    top = "".join(f"<th>{escape(name)}</th>" for name in head)
    lines = "".join(
        "<tr>" + "".join(f"<td>{f'{c:,}' if isinstance(c, int) else escape(c)}</td>" for c in row) + "</tr>"
        for row in rows
    )
    return f'<div class="wide"><table><tr>{top}</tr>{lines}</table></div>'


def _difference(difference: Difference) -> str:
    fields = "".join(
        f"<li>{escape(change.name)}"
        + (
            f": <del>{escape(change.before or '–')}</del> <ins>{escape(change.after or '–')}</ins>"
            if change.before != change.after
            else ""
        )
        + "</li>"
        for change in difference.fields
    )
    words = " ".join(
        f"<{_SIGNS[piece.sign]}>{escape(piece.text)}</{_SIGNS[piece.sign]}>" for piece in difference.words
    )
    return (
        f"<article><h3>{escape(difference.title or difference.url)}</h3>"
        f'<p class="soft">{difference.what}, +{difference.words_added:,} −{difference.words_removed:,} words,'
        f" {escape(_name(difference.site))}, {difference.id}<br>{escape(difference.url)}</p>"
        f"{f'<ul>{fields}</ul>' if fields else ''}{f'<p>{words}</p>' if words else ''}</article>"
    )


def _name(site: str | None) -> str:
    return site if site is not None else "(no site)"
