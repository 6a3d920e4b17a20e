"""Measures what the extractor makes of shapes of pages, of charsets and of hostile pages.

    scripts/measure_extract --shapes [--seeds DIR]
    scripts/measure_extract --charset
    scripts/measure_extract --hostile DIR

--shapes reads one article with twelve teasers in each of the shapes of tests/extract/shapes.py: alone, in
an archive that also holds three of the stories it promotes, and in one with a section page that lists
them. A shape whose teasers are linked must be clean alone: nothing of the article lost, no word of a teaser
and no label, byline or caption in the text, a record of each teaser, title and lead right, no placeholder
for an author. One without any link may lose nothing of the article alone, and must be clean in both
archives. --seeds reads the pages in DIR/pages too; DIR holds the text that they show, in the first of its
*.txt files: the title, the article, and the teasers as pairs of lines.
--charset reads a page in three charsets, each declared rightly and wrongly by header and by page.
--hostile reads DIR/charset_pages and the cases in DIR/html5lib: no exception, no mojibake.
Exits with 1 when one of them is broken.
"""

from __future__ import annotations

import argparse
import itertools
import json
import re
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from archive.extract import charset, extract_html, extract_page
from archive.types import Document, Outcome
from tests.extract import judging
from tests.extract.judging import Verdict
from tests.extract.shapes import Shape, shapes
from tests.extract.support import CHARSETS, PARAGRAPHS, UMLAUTS, article, in_charset, page

_MOJIBAKE = re.compile("\ufffd|[ÃÂ][\u0080-\u00bf]|Ã[ŸœžŠ„–¤¶¼]|â€|[\u0080-\u0084\u0086-\u009f]")
_UNLINKED = re.compile(r"nolinks|strong")
"""In the names of pages whose teasers have no link."""


def main() -> int:
    """Measure what is asked for."""
    options = _options().parse_args()
    good = []
    if options.shapes:
        good.append(_shapes([*shapes(), *(_seeds(options.seeds) if options.seeds else ())]))
    if options.charset:
        good.append(_charset())
    if options.hostile:
        good += [_charset_pages(options.hostile / "charset_pages"), _html5lib(options.hostile / "html5lib")]
    if not good:
        print("say what to measure: --shapes, --charset or --hostile DIR", file=sys.stderr)
        return 2
    return 0 if all(good) else 1


def _shapes(read: Sequence[Shape]) -> bool:
    """Print a table of all shapes."""
    print(f"{'':32}lost words of the article / kept words of teasers / records of twelve")
    print(f"{'shape':<32}{'alone':>13}{'with stories':>15}{'with section':>15}  evidence that decided")
    passed = 0
    with tempfile.TemporaryDirectory() as root:
        stories = judging.with_stories(Path(root) / "stories", read)
        sections = judging.with_section(Path(root) / "section", read)
    for shape in read:
        alone = judging.alone(shape)
        archived = (stories[shape.name], sections[shape.name])
        good = (alone.clean if shape.linked else alone.whole) and all(v.clean for v in archived)
        passed += good
        evidence = sorted({e for v in ((alone,) if shape.linked else archived) for e in v.evidence})
        print(
            f"{shape.name:<32}{_figures(alone):>13}{_figures(archived[0]):>15}{_figures(archived[1]):>15}"
            f"  {', '.join(evidence)}  {'pass' if good else 'BROKEN ' + _trouble((alone, *archived))}"
        )
    print(f"{passed} of {len(read)} pass\n")
    return passed == len(read)


def _figures(verdict: Verdict) -> str:
    return f"{verdict.lost} / {verdict.kept} / {verdict.records}"


def _trouble(verdicts: Sequence[Verdict]) -> str:
    return "; ".join(", ".join((*v.wrong, *v.furniture)) for v in verdicts if v.wrong or v.furniture)


def _seeds(folder: Path) -> Iterator[Shape]:
    """The pages of a folder with the text that they show beside it."""
    told = min(folder.glob("*.txt")).read_text(encoding="utf-8").strip()
    title, story, *others = re.split(r"\n\s*\n", told)
    _, kicker, lead, body, *lines = story.split("\n")
    pairs = tuple((head, text) for head, _, text in (other.partition("\n") for other in others))
    for path in sorted((folder / "pages").glob("*.html")):
        html = path.read_text(encoding="utf-8")
        yield Shape(
            name=path.stem,
            html=html,
            linked=_UNLINKED.search(path.stem) is None,
            lines=(body.removeprefix("Artikeltext "), *lines),
            title=title,
            lead=lead.removeprefix("Vorspann "),
            teasers=pairs,
            furniture=(
                "Admin User",
                "2 Min.",
                "Vorspann",
                "Artikeltext",
                "Symbolbild",
                "Neueste Artikel",
                kicker,
            ),
        )


def _charset() -> bool:
    """Print the matrix of content, header and declaration in the page."""
    right = 0
    print(f"{'content':<14}{'header':<14}{'meta':<14}")
    for content, header, meta in itertools.product(CHARSETS, repeat=3):
        found = extract_page(page(in_charset(content, meta), f"text/html; charset={header}"))
        good = isinstance(found, Document) and UMLAUTS in found.text
        right += good
        print(f"{content:<14}{header:<14}{meta:<14}{'right' if good else 'WRONG'}")
    print(f"{right} of 27 right\n")
    return right == 27


def _charset_pages(folder: Path) -> bool:
    """Print what each page was read as, and how many characters of it look like mojibake."""
    broken = 0
    pages = sorted(folder.iterdir())
    for path in pages:
        body = path.read_bytes()
        decoded = charset.decode(body)
        outcome = _guarded(body)
        text = decoded.text if decoded else ""
        document = outcome if isinstance(outcome, Document) else None
        bad = len(_MOJIBAKE.findall(f"{document.title} {document.text}")) if document else -1
        broken += bad != 0
        said = f"{decoded.charset} by {decoded.source}" if decoded else "undecodable"
        umlauts = sum(c.isalpha() and not c.isascii() for c in document.text) if document else 0
        print(
            f"{path.name[:44]:<46}{said:<24}{umlauts:>5} letters beyond ASCII,"
            f" {bad:>2} mojibake in the text, {len(_MOJIBAKE.findall(text)):>2} on the page"
        )
    print(f"{len(pages)} pages, {broken} with an exception or mojibake\n")
    return not broken


def _html5lib(folder: Path) -> bool:
    """Print how many cases raise, or make an article before them get lost; a text in Big5 is read whole."""
    raised = lost = cases = 0
    for path in sorted(folder.glob("*.test")):
        for case in json.loads(path.read_text(encoding="utf-8"))["tests"]:
            text = str(case["input"])
            if case.get("doubleEscaped"):
                text = json.loads(f'"{text}"') if '"' not in text else text
            told = text.encode("utf-8", "surrogatepass")
            cases += 1
            raised += _guarded(told) is None
            found = _guarded(article().replace(b"</main>", told + b"</main>"))
            raised += found is None
            lost += not isinstance(found, Document) or not all(p in found.text for p in PARAGRAPHS)
    wrong = 0
    for path in sorted(folder.glob("*big5*")):
        lines = path.read_bytes().splitlines()
        body = b"<meta charset=big5><h1>x</h1>" + b"".join(b"<p>%s</p>" % line for line in lines)
        found = _guarded(body)
        whole = re.sub(r"\s+", "", path.read_bytes().decode("big5hkscs"))
        read = re.sub(r"\s+", "", found.text) if isinstance(found, Document) else ""
        wrong += not isinstance(found, Document) or "\ufffd" in read or not set(read) <= set(whole)
    print(
        f"{cases} cases of html5lib: {raised} exceptions, {lost} articles lost; {wrong} texts in Big5 wrong"
    )
    return not (raised or lost or wrong)


def _guarded(body: bytes) -> Outcome | None:
    """The outcome of a page, None for an exception, which is told."""
    try:
        return extract_html(body, "https://www.talkurier.example/talheim/haushalt-beschlossen-4711")
    except Exception as error:  # noqa: BLE001 - what is measured is whether there is any
        print(f"exception: {type(error).__name__}: {error} in {body[:80]!r}")
        return None


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--shapes", action="store_true", help="read the shapes of the tests")
    parser.add_argument(
        "--seeds", type=Path, metavar="DIR", help="with --shapes: more pages, with their text"
    )
    parser.add_argument("--charset", action="store_true", help="read the matrix of charsets")
    parser.add_argument("--hostile", type=Path, metavar="DIR", help="read charset_pages and html5lib in DIR")
    return parser


if __name__ == "__main__":
    sys.exit(main())
