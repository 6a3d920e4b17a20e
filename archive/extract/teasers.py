"""Teasers: pointers to other stories, found as groups of like siblings, kept as records.

Evidence codes (``Teaser.evidence``), each with what makes it safe to cut the text from one page alone:

- ``all-linked``: nearly all characters of each item are link text, each item leads somewhere else
  on the web. Running text is never link text throughout, so this is cut wherever it stands.
- ``headline-linked``: the headline of each item links to an article of the same site, and the rest
  of the item is short. Cut when what remains is an article still, or the group is a small part of it.
- ``headline-linked-elsewhere``: as above with any target. Cut when the group is a small part of the
  running text, or stands at the end behind an article.
- ``distinct-link``: the headline is no link, and the one story of the site that the item leads to is
  linked by a button ("Weiterlesen") or a picture. No link stands in a sentence. Cut as the one above.
- ``feed``: an item of a feed.

Three like siblings make a group; two make one when each holds a heading that is its link.

A heading with a paragraph and no link at all is never cut here: on one page alone nothing tells it
from a section of the article.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass

from archive.extract import teaseritems
from archive.extract.dom import Element
from archive.extract.reasons import ALL_LINKED, DISTINCT_LINK, HEADLINE_LINKED, LINKED_ELSEWHERE
from archive.extract.split import Piece, Trait
from archive.extract.teaseritems import Item
from archive.types import Teaser

_MAX_ITEM_WORDS = 90
_MAX_REST_WORDS = 80
_SINGLES = frozenset("p h1 h2 h3 h4 h5 h6 dt dd blockquote td th br".split())


@dataclass(frozen=True, slots=True)
class Group:
    """Like siblings with the evidence that they are teasers."""

    items: tuple[Item, ...]
    evidence: str

    @property
    def pieces(self) -> frozenset[int]:
        return frozenset(i for item in self.items for i in item.pieces)


def groups(pieces: Sequence[Piece], body: Element, url: str) -> list[Group]:
    """All groups of linked teasers of a page, in reading order."""
    own = _pieces_below(pieces)
    found: list[Group] = []
    used: set[int] = set()
    queue = deque([body])
    while queue:
        parent = queue.popleft()
        children = [c for c in parent if c in own]
        taken: set[Element] = set()
        for candidates in (_alike(children, own, pieces), _runs(children, own, pieces)):
            for members in candidates:
                if any(i in used for ix, _ in members for i in ix):
                    continue
                group = _group(members, pieces, url)
                if group:
                    found.append(group)
                    used |= group.pieces
                    taken.update(e for _, elements in members for e in elements)
        queue.extend(c for c in children if c not in taken and len(own[c]) > 1)
    return sorted(found, key=lambda g: min(g.pieces))


def safe(group: Group, pieces: Sequence[Piece], body_text: frozenset[int]) -> bool:
    """Whether a group's evidence is enough to cut it from the text (see the codes above).

    ``body_text`` are the pieces that would be the article, this group among them or not.
    """
    if group.evidence == ALL_LINKED:
        return True
    inside = group.pieces
    sizes = {i: pieces[i].words for i in sorted(body_text | inside)}
    cut = sum(sizes[i] for i in inside if sizes[i] >= 10 and pieces[i].link_share < 0.4)
    left = sum(sizes[i] for i in body_text - inside if sizes[i] >= 10)
    small = cut <= 0.35 * (cut + left)
    if group.evidence == HEADLINE_LINKED:
        return small or (left >= 120 and len(group.items) > 2)
    first, last = min(inside), max(inside)
    before = sum(sizes[i] for i in body_text - inside if i < first)
    at_end = not any(i > last for i in body_text - inside)
    return small or (at_end and before >= 120)


def records(found: Sequence[Group], pieces: Sequence[Piece]) -> tuple[Teaser, ...]:
    """The groups as teasers, one for each target, numbered as they stand on the page."""
    made: dict[str, Teaser] = {}
    for group in found:
        for item in group.items:
            if item.url is None or item.headline is None:
                continue
            headline = pieces[item.headline].text
            if len(headline.split()) < 2 and not any(ord(c) > 0x2E80 for c in headline):
                continue
            text = " ".join(pieces[i].text for i in item.pieces if i != item.headline)
            known = made.get(item.url)
            if known is None:
                made[item.url] = Teaser(headline, text, item.url, len(made), group.evidence)
    return tuple(made.values())


def _pieces_below(pieces: Sequence[Piece]) -> dict[Element, list[int]]:
    below: dict[Element, list[int]] = defaultdict(list)
    for index, piece in enumerate(pieces):
        element = piece.element
        while element is not None:
            below[element].append(index)
            element = element.getparent()
    return below


Members = list[tuple[list[int], list[Element]]]


def _alike(children: list[Element], own: dict[Element, list[int]], pieces: Sequence[Piece]) -> list[Members]:
    """Siblings of one tag and first class that each hold a whole item."""
    kinds: dict[tuple[str, str], list[Element]] = defaultdict(list)
    for child in children:
        if child.tag not in _SINGLES:
            kinds[child.tag, (child.get("class") or "").split(" ")[0]].append(child)
    found = []
    for same in kinds.values():
        fitting = [c for c in same if 3 <= sum(pieces[i].words for i in own[c]) <= _MAX_ITEM_WORDS]
        if len(fitting) >= 2:
            found.append([(own[c], [c]) for c in fitting])
    return found


def _runs(children: list[Element], own: dict[Element, list[int]], pieces: Sequence[Piece]) -> list[Members]:
    """Headings and short paragraphs in turn, side by side under one parent."""
    found: list[Members] = []
    run: Members = []

    def close() -> None:
        nonlocal run
        if len(run) >= 2:
            found.append(run)
        run = []

    position = 0
    while position < len(children):
        child = children[position]
        if not _heads(child, own, pieces):
            close()
            position += 1
            continue
        indices, elements = list(own[child]), [child]
        position += 1
        while position < len(children) and len(elements) <= 3:
            following = children[position]
            if len(own[following]) > 2 or _heads(following, own, pieces):
                break
            indices += own[following]
            elements.append(following)
            position += 1
        if len(elements) > 1 and sum(pieces[i].words for i in indices) <= _MAX_ITEM_WORDS:
            run.append((indices, elements))
        else:
            close()
    close()
    return found


def _heads(child: Element, own: dict[Element, list[int]], pieces: Sequence[Piece]) -> bool:
    if len(own[child]) != 1:
        return False
    piece = pieces[own[child][0]]
    size = piece.words
    return 2 <= size <= 30 and (
        piece.heading or piece.tag == "dt" or piece.strong_share > 0.8 or piece.link_share > 0.8
    )


def _group(members: Members, pieces: Sequence[Piece], url: str) -> Group | None:
    """The strongest evidence that holds for at least four in five items, and for three, or both of two."""
    items = [teaseritems.item(indices, pieces, url) for indices, _ in members]
    least = 2 if len(items) == 2 and all(i.card for i in items) else 3
    enough = max(least, 0.8 * len(items))
    if not _distinct(items, least):
        return _by_distinct_links(members, items, pieces, url, enough) if len(items) >= least else None
    tests = (
        (ALL_LINKED, [i for i in items if i.url and i.link_share > 0.8 and i.headline is not None]),
        (
            HEADLINE_LINKED,
            [
                i
                for i in items
                if i.headline_linked
                and i.same_site
                and teaseritems.is_article(i.url)
                and i.rest <= _MAX_REST_WORDS
            ],
        ),
        (LINKED_ELSEWHERE, [i for i in items if i.headline_linked and i.url and i.rest <= _MAX_REST_WORDS]),
    )
    for evidence, holding in tests:
        if len(holding) >= enough:
            return Group(tuple(holding), evidence)
    return _by_distinct_links(members, items, pieces, url, enough)


def _distinct(items: Sequence[Item], least: int) -> bool:
    """Whether enough items lead somewhere, and hardly two to the same place."""
    targets = [i.url for i in items if i.url]
    return len(set(targets)) >= max(least, 0.8 * len(targets))


def _by_distinct_links(
    members: Members, items: Sequence[Item], pieces: Sequence[Piece], url: str, enough: float
) -> Group | None:
    """The group whose items are linked beside their headlines; it takes three."""
    found: list[Item] = []
    for item, (_, elements) in zip(items, members, strict=True):
        if not item.headline_linked and item.link_share < 0.5:
            linked = teaseritems.with_distinct_link(item, elements, pieces, url)
            found += [linked] if linked is not None and linked.rest <= _MAX_REST_WORDS else []
    holds = len(found) >= max(3, enough) and _distinct(found, 3)
    return Group(tuple(found), DISTINCT_LINK) if holds else None


def is_navigation(group: Group, pieces: Sequence[Piece]) -> bool:
    """Links of two or three words are a menu; headlines are longer."""
    sizes = sorted(i.words for i in group.items)
    return sizes[len(sizes) // 2] < 4 or all(pieces[i].inherited & Trait.HEADER for i in group.pieces)
