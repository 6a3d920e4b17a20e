"""What is right on one page, and how pages add up. Nothing here reads a file or asks a clock."""

from __future__ import annotations

import re
import statistics
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Any

Record = dict[str, Any]
"""A page of a corpus: id, url, html, text, title, authors, date, summary, publisher, source, lang_group."""
Prediction = dict[str, Any]
"""What an extractor says of a page: title, lead, authors, date (ISO), text, teasers (texts that were cut as
teasers), cpu_ms; a key may be missing."""
Row = dict[str, float]
"""The figures of one page: P, R, F1, words, ms, and 1.0 or 0.0 for each field that the corpus states.

From an extractor that tells its teasers also ``expected``, the words of the expected text, and ``lost``,
those of them that it cut as teasers.
"""

FIELDS = ("title", "lead", "authors", "day")
_TOKEN = re.compile(r"[぀-ヿ㐀-鿿豈-﫿가-힯฀-๿က-႟]|[^\W぀-ヿ㐀-鿿豈-﫿가-힯฀-๿က-႟]+")


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


def lost_words(expected: str | None, got: str | None, cut: Iterable[str]) -> int:
    """Words of the expected text that stand in what was cut, and that the text got lacks.

    A word stands in a text when one of the word 4-grams of its line around it does; of a shorter line, when
    the line does.
    """
    gone, kept = _runs_of(cut), _runs_of([got or ""])
    gone -= kept
    return sum(_covered(tokens(line), gone, kept) for line in (expected or "").split("\n")) if gone else 0


def _runs_of(texts: Iterable[str]) -> set[tuple[str, ...]]:
    """The word 4-grams of texts across their lines, and each of their lines that is shorter."""
    found: set[tuple[str, ...]] = set()
    for text in texts:
        found.update(_grams(tokens(text)))
        found.update(tuple(line) for part in text.split("\n") if len(line := tokens(part)) < 4)
    return found


def _covered(line: list[str], gone: set[tuple[str, ...]], kept: set[tuple[str, ...]]) -> int:
    size = min(4, len(line))
    inside, outside = set(), set()
    for start in range(len(line) - size + 1 if line else 0):
        run = tuple(line[start : start + size])
        (inside if run in gone else outside if run in kept else set()).update(range(start, start + size))
    return len(inside - outside)


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


def stated_lead(record: Record) -> str | None:
    """The lead that a corpus states: the summary with which its text begins."""
    summary = record.get("summary")
    if not summary or not fold(summary) or not fold(record.get("text")).startswith(fold(summary)):
        return None
    return str(summary)


def score(record: Record, got: Prediction) -> Row:
    """The figures of one page; a field that the corpus does not state is missing."""
    precision, recall, size = text_score(record.get("text"), got.get("text"), record.get("title"))
    row = {
        "P": precision,
        "R": recall,
        "F1": _harmonic(precision, recall),
        "words": float(size),
        "ms": got.get("cpu_ms", 0.0),
    }
    if "teasers" in got:
        row["expected"] = float(len(tokens(record.get("text"))))
        row["lost"] = float(lost_words(record.get("text"), got.get("text"), got["teasers"]))
    if record.get("title"):
        row["title"] = float(fold(record["title"]) == fold(got.get("title")))
    lead = stated_lead(record)
    if lead is not None and "lead" in got:  # who knows no leads is not asked for them
        row["lead"] = float(tokens(lead) == tokens(got.get("lead")))
    if record.get("authors") is not None and record.get("source") != "aeb":
        row["authors"] = float(name_set(record["authors"]) == name_set(got.get("authors")))
    wanted = days(record.get("date"))
    if wanted:
        row["day"] = float(bool(wanted & days(got.get("date"))))
    return row


def summary(rows: Sequence[Row]) -> Row:
    """Means over pages; precision over those with text. F1 is the harmonic mean of both means."""
    precision = statistics.fmean([r["P"] for r in rows if r["words"]] or [0.0])
    recall = statistics.fmean([r["R"] for r in rows] or [0.0])
    out = {"F1": _harmonic(precision, recall), "P": precision, "R": recall}
    for key in (*FIELDS, "ms"):
        known = [r[key] for r in rows if key in r]
        out[key] = statistics.fmean(known) if known else float("nan")
    return {"pages": float(len(rows)), **out, "empty": float(sum(not r["words"] for r in rows))}


def parts(record: Record) -> set[str]:
    """The parts of a corpus that a page is counted in."""
    source, german = record.get("source", ""), record.get("lang_group") == "de"
    return {"all"} | ({source} if source else set()) | ({"German"} if german else set())


def by_part(groups: Iterable[set[str]]) -> list[str]:
    """All parts, "all" first and "German" second."""
    return sorted({g for found in groups for g in found}, key=lambda g: (g != "all", g != "German", g))


def _harmonic(first: float, second: float) -> float:
    return 2 * first * second / (first + second) if first + second else 0.0
