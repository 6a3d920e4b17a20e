"""What the crawls of ``scripts/bench crawl`` took: as a table, as ratios with goals, as JSON, as a plot."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from scripts.benchmarks.figures import MEMORY, RESULTS, WALL, Figure, machine, read, write

SAVED = RESULTS / "crawl.json"
PLOT = RESULTS / "crawl.svg"


@dataclass(frozen=True, slots=True)
class Crawl:
    """One crawl."""

    name: str
    pages: int  # articles that it had at its end
    requests: int  # that the server saw
    wall: float  # seconds
    cpu: float  # seconds of user and system time, of all its processes
    largest: int  # peak bytes of its largest process
    together: int  # peak bytes of its processes, one added to the other

    @property
    def rate(self) -> float:
        """Pages a second."""
        return self.pages / self.wall

    @property
    def cost(self) -> float:
        """CPU seconds for 1,000 pages, which is milliseconds a page."""
        return self.cpu / max(self.pages, 1) * 1000


@dataclass(frozen=True, slots=True)
class Goal:
    """What is compared, and where it is to lie."""

    text: str
    bound: float
    side: Literal["at most", "at least"]
    unit: str
    names: tuple[str, ...]  # the crawls that it takes
    value: Callable[[Mapping[str, Crawl]], float]

    def held(self, value: float) -> bool:
        return value <= self.bound if self.side == "at most" else value >= self.bound


def _ratio(what: str, over: str, under: str) -> Callable[[Mapping[str, Crawl]], float]:
    return lambda crawls: float(getattr(crawls[over], what) / max(getattr(crawls[under], what), 1e-9))


GOALS = (
    Goal(
        *(
            "CPU a page, crawl and archive, against tuned wget",
            1.25,
            "at most",
            "",
            ("gazette", "wget-tuned"),
        ),
        _ratio("cost", "gazette", "wget-tuned"),
    ),
    Goal(
        *("CPU a page, crawl and archive, against the plain CrawlSpider", 0.25, "at most", ""),
        *(("gazette", "plain"), _ratio("cost", "gazette", "plain")),
    ),
    Goal(
        *("archiving adds to the same crawl without it, CPU a page", 0.5, "at most", "ms"),
        *(("gazette", "unkept"), lambda crawls: crawls["gazette"].cost - crawls["unkept"].cost),
    ),
    Goal(
        *("pages/s of crawl, archive and index against the naive design", 2.5, "at least", ""),
        *(("indexed", "naive"), _ratio("rate", "indexed", "naive")),
    ),
    Goal(
        *("the same with --processes 2", 2.5, "at least", ""),
        *(("indexed-2", "naive"), _ratio("rate", "indexed-2", "naive")),
    ),
    Goal(
        *("pages/s of two processes against one, without the index", 1.5, "at least", ""),
        *(("gazette-2", "gazette"), _ratio("rate", "gazette-2", "gazette")),
    ),
    Goal(
        *("peak memory of crawl and archive, all processes added up", 200.0, "at most", "MB"),
        *(("gazette",), lambda crawls: crawls["gazette"].together / 1e6),
    ),
)

_HEAD = ("", "pages/s", "CPU s / 1,000 pages", "to tuned wget", "peak MB", "of the largest", "requests")


def _rows(crawls: Sequence[Crawl]) -> Iterator[tuple[str, ...]]:
    base = next((one.cost for one in crawls if one.name == "wget-tuned"), None)
    for one in crawls:
        ratio = f"{one.cost / base:.2f}" if base else ""
        memory = (f"{one.together / 1e6:.0f}", f"{one.largest / 1e6:.0f}")
        yield one.name, f"{one.rate:.0f}", f"{one.cost:.2f}", ratio, *memory, f"{one.requests:,}"


def _judged(crawls: Sequence[Crawl]) -> list[tuple[Goal, float]]:
    """The goals whose crawls are all there, with their values."""
    named = {one.name: one for one in crawls}
    return [(goal, goal.value(named)) for goal in GOALS if named.keys() >= set(goal.names)]


def printed(crawls: Sequence[Crawl]) -> None:
    """Print the table, and what is compared."""
    print(f"{_HEAD[0]:<12}" + "".join(f"{name:>{max(len(name), 7) + 2}}" for name in _HEAD[1:]))
    for name, *cells in _rows(crawls):
        widths = [max(len(head), 7) + 2 for head in _HEAD[1:]]
        print(f"{name:<12}" + "".join(f"{cell:>{width}}" for cell, width in zip(cells, widths, strict=True)))
    for goal, value in _judged(crawls):
        verdict = "held" if goal.held(value) else "MISSED"
        unit = f" {goal.unit}" if goal.unit else ""
        print(f"{goal.text}: {value:.2f}{unit} ({goal.side} {goal.bound:g}{unit}: {verdict})")


def save(target: Path, crawls: Sequence[Crawl], **how: int) -> None:
    """Write the figures as JSON."""
    measured = [Figure(f"crawl: {one.name}, CPU a page", one.cost, "ms", "lower") for one in crawls]
    measured += [Figure(f"crawl: {one.name}, pages", one.rate, "pages/s", "higher", WALL) for one in crawls]
    measured += [
        Figure(f"crawl: {one.name}, peak memory", one.together / 1e6, "MB", "lower", MEMORY) for one in crawls
    ]
    told = [asdict(one) | {"rate": one.rate, "cost": one.cost} for one in crawls]
    goals = [
        {"text": g.text, "value": v, "unit": g.unit, "goal": f"{g.side} {g.bound:g}", "held": g.held(v)}
        for g, v in _judged(crawls)
    ]
    write(target, measured, **how, crawls=told, goals=goals)


def quoted(source: Path = SAVED) -> str:
    """What README says, as Markdown: made of the JSON alone. Raises OSError or ValueError without it."""
    told, _ = read(source)
    crawls = [Crawl(**{name: row[name] for name in Crawl.__dataclass_fields__}) for row in told["crawls"]]
    lines = [_line(_HEAD), _line(("---", *["--:"] * (len(_HEAD) - 1)))]
    lines += [_line((f"`{name}`", *cells)) for name, *cells in _rows(crawls)]
    lines += ["", _line(("of these", "measured", "goal", "")), _line(("---", "--:", "--:", "---"))]
    for goal, value in _judged(crawls):
        unit = f" {goal.unit}" if goal.unit else ""
        cells = (f"{value:.2f}{unit}", f"{goal.side} {goal.bound:g}{unit}")
        lines.append(_line((goal.text, *cells, "held" if goal.held(value) else "missed")))
    return "\n".join([f"{_words(told)}:", "", *lines])


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |".replace("|  |", "| |")


def _words(told: Mapping[str, Any]) -> str:
    how = f"{told['pages']:,} pages on {told['authorities']} authorities"
    turns = f", the middle one of {told['repeat']} turns" if told["repeat"] > 1 else ""
    return f"{how}{turns} ({machine(told['made'])})"


def plotted(crawls: Sequence[Crawl], target: Path) -> None:
    """Draw CPU, pages a second and memory of each; ``target`` ends in .svg or .png."""
    import matplotlib as mpl

    mpl.use("Agg")
    mpl.rcParams["svg.hashsalt"] = "gazette"  # the same figures give the same file
    from matplotlib import pyplot

    figure, every = pyplot.subplots(1, 3, figsize=(11, 0.42 * len(crawls) + 1.1), sharey=True)
    names = [one.name for one in crawls][::-1]
    ours = [one.name.startswith(("gazette", "indexed")) for one in crawls][::-1]
    parts: tuple[tuple[str, str, Callable[[Crawl], float]], ...] = (
        ("CPU seconds for 1,000 pages", "%.1f", lambda one: one.cost),
        ("pages a second", "%.0f", lambda one: one.rate),
        ("peak MB of all processes", "%.0f", lambda one: one.together / 1e6),
    )
    for axes, (title, form, value) in zip(every, parts, strict=True):
        colours = ["#1f5f8b" if own else "#9aa5b1" for own in ours]
        bars = axes.barh(names, [value(one) for one in crawls][::-1], color=colours, height=0.7)
        axes.set_title(title, fontsize=10, loc="left")
        axes.bar_label(bars, fmt=form, padding=3, fontsize=9)
        axes.margins(x=0.16)
        axes.set_xticks([])
        axes.tick_params(length=0)
        axes.spines[["top", "right", "bottom"]].set_visible(False)
    figure.tight_layout()
    target.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(target, metadata={"Date": None} if target.suffix == ".svg" else None, dpi=110)
    pyplot.close(figure)
