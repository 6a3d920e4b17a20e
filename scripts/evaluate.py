"""Score the extractor, or the texts of an archive's index, on pages whose text is known.

    scripts/evaluate CORPUS.jsonl [--only REGEX] [--save OUT.jsonl] [--worst N]
    scripts/evaluate CORPUS.jsonl --archive DIR --map IDS.jsonl

A corpus is JSON lines {id, url, html (a path beside the file, .gz or not), text, title, authors, date,
source, lang_group}. One run reads every page twice, with Gazette and with trafilatura's own default, and
prints both side by side: F1, precision and recall of the text by word 4-grams (means over pages, and
their harmonic mean; a line that repeats the title is neutral), shares of right titles, author sets and
publication days, and CPU milliseconds a page. With --archive, Gazette's texts come from the index of that
archive; the map is JSON lines {id, url} and says which indexed URL belongs to which page of the corpus.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import statistics
import sys
import time
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from archive import db, urls
from archive.extract import extract_html
from archive.extract.asjson import to_json

Record = dict[str, Any]
Prediction = dict[str, Any]

_TOKEN = re.compile(r"[぀-ヿ㐀-鿿豈-﫿가-힯฀-๿က-႟]|[^\W぀-ヿ㐀-鿿豈-﫿가-힯฀-๿က-႟]+")
_EXTRACTOR = Path(__file__).resolve().parent.parent / "archive" / "extract"


def predict(html: bytes, url: str) -> Prediction:
    """Gazette's answer for a page: title, authors, date (ISO) and text; {} when it has none.

    The corpora name agencies and desks among the authors, so both stand here; a Document keeps them apart.
    """
    outcome = to_json(extract_html(html, url))
    if "failure" in outcome:
        return {}
    authors = [*outcome["authors"], *outcome["agencies"]]
    return {"title": outcome["title"], "authors": authors, "date": outcome["date"], "text": outcome["text"]}


def predict_default(html: bytes, url: str) -> Prediction:
    """trafilatura's own answer, metadata included."""
    import trafilatura

    found = trafilatura.bare_extraction(html, url=url, include_comments=False, with_metadata=True)
    if found is None or isinstance(found, dict):
        return {}
    return {"title": found.title, "authors": found.author, "date": found.date, "text": found.text}


def tokens(text: str | None) -> list[str]:
    """Words in lower case; a character of Chinese, Japanese, Korean or Thai counts as a word."""
    return _TOKEN.findall(unicodedata.normalize("NFKC", text or "").lower())


def text_score(expected: str | None, got: str | None, title: str | None) -> tuple[float, float, int]:
    """(precision, recall, words got) by multisets of word 4-grams, without lines that repeat the title."""
    want, have = tokens(_untitled(expected, title)), tokens(_untitled(got, title))
    wanted, had = _grams(want), _grams(have)
    if not wanted and not had:
        return 1.0, 1.0, 0
    common = sum((wanted & had).values())
    precision = common / sum(had.values()) if had else 0.0
    return precision, (common / sum(wanted.values()) if wanted else 0.0), len(have)


def _untitled(text: str | None, title: str | None) -> str:
    key = tokens(title)
    return "\n".join(line for line in (text or "").split("\n") if not key or tokens(line) != key)


def _grams(found: list[str]) -> Counter[tuple[str, ...]]:
    if len(found) < 4:
        return Counter([tuple(found)]) if found else Counter()
    return Counter(zip(found, found[1:], found[2:], found[3:], strict=False))


def fold(text: str | None) -> str:
    """A text without differences of case, white space, quotation marks and dashes."""
    plain = re.sub(r"[\"'`´‘’‚‛“”„‟«»‹›]", "", unicodedata.normalize("NFKC", text or "").casefold())
    return re.sub(r"\s+", " ", re.sub(r"[‐‑‒–—−]", "-", plain)).strip(" .,:;|-")


def name_set(names: Any) -> set[str]:
    """Authors as a set of folded names; a string holds several with semicolons between."""
    found = names.split(";") if isinstance(names, str) else names or []
    return {
        fold(re.sub(r"(?i)^(von|by|par|por|di|from)\s*:?\s+", "", str(n).strip())) for n in found if n
    } - {""}


def days(stamp: Any) -> set[str]:
    """The calendar day of an ISO date in its own zone, and that in UTC."""
    match = re.match(r"\d{4}-\d\d-\d\d", str(stamp or "").strip())
    if not match:
        return set()
    found = {match[0]}
    try:
        date.fromisoformat(match[0])
        instant = datetime.fromisoformat(str(stamp).strip())
    except ValueError:
        return found
    return found | ({instant.astimezone(UTC).date().isoformat()} if instant.tzinfo else set())


def score(record: Record, got: Prediction) -> dict[str, float]:
    """The figures of one page; a field that the corpus does not state is missing."""
    precision, recall, size = text_score(record.get("text"), got.get("text"), record.get("title"))
    row = {"P": precision, "R": recall, "words": float(size), "ms": got.get("cpu_ms", 0.0)}
    if record.get("title"):
        row["title"] = float(fold(record["title"]) == fold(got.get("title")))
    if record.get("authors") is not None and record.get("source") != "aeb":
        row["authors"] = float(name_set(record["authors"]) == name_set(got.get("authors")))
    wanted = days(record.get("date"))
    if wanted:
        row["day"] = float(bool(wanted & days(got.get("date"))))
    return row


def summary(rows: list[dict[str, float]]) -> dict[str, float]:
    """Means over pages; precision over those with text. F1 is the harmonic mean of both means."""
    precision = statistics.fmean([r["P"] for r in rows if r["words"]] or [0.0])
    recall = statistics.fmean(r["R"] for r in rows)
    out = {
        "F1": 2 * precision * recall / (precision + recall) if precision + recall else 0.0,
        "P": precision,
        "R": recall,
    }
    for key in ("title", "authors", "day", "ms"):
        known = [r[key] for r in rows if key in r]
        out[key] = statistics.fmean(known) if known else float("nan")
    return {"pages": float(len(rows)), **out, "empty": float(sum(not r["words"] for r in rows))}


def load(path: Path, only: str | None) -> Iterator[tuple[Record, bytes]]:
    """The records of a corpus with their HTML."""
    for record in _json_lines(path):
        if only and not re.search(only, record["id"]):
            continue
        page = path.parent / record["html"]
        yield record, gzip.decompress(page.read_bytes()) if page.suffix == ".gz" else page.read_bytes()


def _json_lines(path: Path) -> Iterator[Record]:
    with path.open(encoding="utf-8") as lines:  # not splitlines(): texts hold U+2028
        for line in lines:
            if line.strip():
                yield json.loads(line)


def timed(function: Callable[[bytes, str], Prediction]) -> Callable[[Record, bytes], Prediction]:
    """A prediction with its CPU milliseconds in ``cpu_ms``."""

    def run(record: Record, html: bytes) -> Prediction:
        start = time.process_time()
        got = function(html, record["url"] or "")
        return {**got, "cpu_ms": 1000 * (time.process_time() - start)}

    return run


def from_index(archive: Path, ids: Path) -> Callable[[Record, bytes], Prediction]:
    """Predictions out of an archive's index; the newest document of a URL counts."""
    wanted = {r["id"]: r["url"] for r in _json_lines(ids)}
    connection = db.open_reader(archive / "index.db")
    rows = connection.execute(
        "SELECT url, title, text, published FROM documents WHERE newest = 1 ORDER BY id"
    ).fetchall()
    authors = _index_authors(connection)
    stored = {
        urls.canonical(r[0]) or r[0]: {
            "title": r[1],
            "text": r[2],
            "date": r[3],
            "authors": authors.get(r[0], []),
        }
        for r in rows
    }

    def run(record: Record, html: bytes) -> Prediction:
        url = wanted.get(record["id"], "")
        return stored.get(urls.canonical(url) or url, {})

    return run


def _index_authors(connection: Any) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    sql = "SELECT url, name FROM authors JOIN documents ON id = document_id ORDER BY document_id, position"
    for url, name in connection.execute(sql):
        found.setdefault(url, []).append(name)
    return found


def named_hosts(records: list[Record]) -> list[str]:
    """Hosts of the corpus whose registrable part stands in the extractor: a rule for a test page."""
    source = "\n".join(p.read_text(encoding="utf-8") for p in sorted(_EXTRACTOR.rglob("*.py"))).lower()
    found = set()
    for record in records:
        labels = (urls.host(record["url"] or "") or "").split(".")
        for size in (2, 3):
            name = ".".join(labels[-size:])
            if (
                len(labels) >= size
                and len(name) > 6
                and re.search(rf"(?<![\w.-]){re.escape(name)}(?![\w-])", source)
            ):
                found.add(name)
    return sorted(found)


def table(names: list[str], rows: dict[str, list[dict[str, float]]], groups: list[set[str]]) -> str:
    """The figures side by side: a block of lines for each part of the corpus."""
    lines = ["\t".join(["part", "by", "pages", "F1", "P", "R", "title", "authors", "day", "CPU ms", "empty"])]
    for part in sorted({g for gs in groups for g in gs}, key=lambda g: (g != "all", g)):
        for name in names:
            s = summary([r for r, gs in zip(rows[name], groups, strict=True) if part in gs])
            figures = [f"{s[k]:.4f}" for k in ("F1", "P", "R")] + [
                f"{s[k]:.3f}" for k in ("title", "authors", "day")
            ]
            lines.append(
                "\t".join([part, name, f"{s['pages']:.0f}", *figures, f"{s['ms']:.1f}", f"{s['empty']:.0f}"])
            )
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    """The command line; 0 when it ran, 2 when it refuses."""
    options = _options().parse_args(arguments)
    pages = list(load(options.corpus, options.only))
    rules = named_hosts([r for r, _ in pages])
    if rules:
        print(
            f"refused: archive/extract names hosts of this corpus: {', '.join(rules)}; take the rule out",
            file=sys.stderr,
        )
        return 2
    if (options.archive is None) != (options.map is None):
        print("--archive needs --map and the other way round", file=sys.stderr)
        return 2
    if options.archive and not (options.archive / "index.db").exists():
        print(f"{options.archive}/index.db: no such file; run: gazette index", file=sys.stderr)
        return 2
    own = from_index(options.archive, options.map) if options.archive else timed(predict)
    predictors = {"gazette": own, "trafilatura": timed(predict_default)}
    rows: dict[str, list[dict[str, float]]] = {name: [] for name in predictors}
    groups: list[set[str]] = []
    with open(options.save, "w", encoding="utf-8") if options.save else open("/dev/null", "w") as out:
        _warm_up()
        for number, (record, html) in enumerate(pages):
            source, de = record.get("source", ""), record.get("lang_group") == "de"
            groups.append({"all"} | ({source} if source else set()) | ({f"{source}-de"} if de else set()))
            # Who comes second finds the page in every cache: they take turns.
            for name, run in sorted(predictors.items(), reverse=bool(number % 2)):
                got = run(record, html)
                rows[name].append(score(record, got))
                if name == "gazette":
                    out.write(json.dumps({**got, "id": record["id"]}, ensure_ascii=False, default=str) + "\n")
    print(table(list(predictors), rows, groups))
    _print_worst([r["id"] for r, _ in pages], rows, options.worst)
    return 0


def _warm_up() -> None:
    """Load what both import at their first page, which is no page's cost."""
    for run in (predict, predict_default):
        run(b"<html><body><p>A page that is read by nobody.</p></body></html>", "http://localhost/")


def _print_worst(ids: list[str], rows: dict[str, list[dict[str, float]]], count: int) -> None:
    def f1(row: dict[str, float]) -> float:
        return 2 * row["P"] * row["R"] / (row["P"] + row["R"]) if row["P"] + row["R"] else 0.0

    ranked = sorted(zip(ids, *rows.values(), strict=True), key=lambda x: f1(x[1]))
    for page, ours, theirs in ranked[:count]:
        print(f"{f1(ours):.3f} (trafilatura {f1(theirs):.3f})  P {ours['P']:.3f}  R {ours['R']:.3f}  {page}")


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--only", help="a regular expression on the pages' ids")
    parser.add_argument("--save", type=Path, help="write Gazette's answers as JSON lines")
    parser.add_argument("--worst", type=int, default=0, metavar="N", help="name the N worst pages")
    parser.add_argument("--archive", type=Path, help="take Gazette's texts out of this archive's index")
    parser.add_argument("--map", type=Path, help="JSON lines {id, url}: the indexed URL of each page")
    return parser


if __name__ == "__main__":
    sys.exit(main())
