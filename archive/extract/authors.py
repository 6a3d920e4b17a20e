"""Who the page says wrote it: the best source that names a person, and what each of them calls agencies.

    JSON-LD -> meta tags -> marked markup -> the line below the heading -> a labelled line anywhere

The outlet's own name as author says nothing beside a person from another source.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice

from lxml import etree

from archive.extract import jsonld, names
from archive.extract.dom import Element, collapse, inner_text, squash

Found = tuple[tuple[str, ...], tuple[str, ...]]
"""(people, agencies)"""

_META = (
    "author",
    "article:author",
    "og:article:author",
    "dc.creator",
    "dcterms.creator",
    "parsely-author",
    "byl",
)
_MARKED = etree.XPath("//*[@itemprop='author' or @rel='author' or contains(@class,'author-name')]")
_LINE_TAGS = frozenset(("p", "div", "span", "address", "li", "h2", "h3", "h4", "h5", "h6", "em", "strong"))
_LABELLED_TAGS = ("li", "p", "dd", "td")
_NEAR = 120
"""Elements behind the heading among which a byline is looked for."""
_MAX_PARTS, _MAX_LINE = 24, 200
_LONG = 300
"""Characters of a paragraph that is text for certain; a byline may stand behind one of them, the lead."""


def read(
    tree: Element, meta: Mapping[str, Sequence[str]], data: jsonld.JsonLd, outlets: Sequence[str]
) -> Found:
    """(people, agencies) of a page; agencies hold the outlet itself where nobody else is named."""
    sources: list[Found] = []
    for claims in _claims(tree, meta, data):
        sources.append(names.sort_out(claims, outlets))
        if sources[-1][0]:
            break
    best = next((s for s in sources if s[0]), None)
    if best is None or len(best[0]) == 1:
        line = _line(tree, outlets, anywhere=best is None)
        if line[0] and (best is None or {squash(p) for p in best[0]} < {squash(p) for p in line[0]}):
            # Some systems write only the first of several authors into their data.
            best = (line[0], tuple(dict.fromkeys([*line[1], *(best[1] if best else ())])))
    if best is None:
        # Who claims the outlet in three places means it once.
        return next((s for s in sources if s[1]), ((), ()))
    own = {squash(a) for a in best[1]}
    news = [a for s in sources for a in s[1] if squash(a) not in own and names.is_agency(a, outlets)]
    return best[0], tuple({squash(a): a for a in [*best[1], *news]}.values())


def _claims(tree: Element, meta: Mapping[str, Sequence[str]], data: jsonld.JsonLd) -> Iterator[list[str]]:
    """What each source calls the authors, the best source first."""
    yield jsonld.names(data.article.get("author")) or jsonld.names(data.article.get("creator"))
    yield [c for key in _META for c in meta.get(key, ()) if not c.startswith("http")][:8]
    yield [inner_text(e) for e in _MARKED(tree)[:4]]


def _line(tree: Element, outlets: Sequence[str], *, anywhere: bool) -> Found:
    """The byline near the first heading, else a line ``anywhere`` that is labelled as one."""
    heading = next(tree.iter("h1"), None)
    if heading is not None:
        for line in _lines_behind(heading):
            if (found := names.byline(line, outlets))[0]:
                return found
    for element in tree.iter(_LABELLED_TAGS) if anywhere else ():
        parts = list(islice(element.itertext(), 5))
        line = collapse("".join(parts)) if len(parts) < 5 else ""
        if len(line) < 80 and names.labels_author(line) and (found := names.byline(line, outlets))[0]:
            return found
    return (), ()


def _lines_behind(heading: Element) -> Iterator[str]:
    """The short lines behind a heading, up to the second long paragraph."""
    long = 0
    for element in islice(_behind(heading), _NEAR):
        if element.tag not in _LINE_TAGS:
            continue
        parts = list(islice(element.itertext(), _MAX_PARTS))
        line = collapse("".join(parts)) if len(parts) < _MAX_PARTS else ""
        if 0 < len(line) <= _MAX_LINE:
            yield line
        elif element.tag == "p" and len(line) > _LONG:
            long += 1
            if long > 1:
                return


def _behind(element: Element) -> Iterable[Element]:
    """All elements that follow in reading order."""
    while element is not None:
        for sibling in element.itersiblings():
            yield from sibling.iter()
        element = element.getparent()
