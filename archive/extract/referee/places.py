"""Where the pieces of a page stand in its tree: containers, what is above them, and which holds the story.

lxml makes a Python object of an element each time it is asked for one, so each is visited once and is a
number from then on.
"""

from __future__ import annotations

from collections.abc import Sequence

from archive.extract.dom import Element
from archive.extract.split import Piece, Trait

_PART_OF_TEXT = frozenset(
    "p li h1 h2 h3 h4 h5 h6 td tr th tbody thead tfoot ul ol dl dt dd blockquote pre table".split()
)
_WHOLE_SHARE = 0.72
"""A container is left for one of its children as long as that child holds this share of its running text."""
_NOT_STORY = Trait.COMMENT | Trait.PROMOTION | Trait.BYLINE | Trait.CONSENT | Trait.ASIDE | Trait.FOOTER
_ENDS = frozenset(".!?\"“”»…。:;)’'")


def ends_sentence(text: str) -> bool:
    """Whether a text ends as a sentence does."""
    return text[-1] in _ENDS


class Places:
    """The elements above the pieces of one page, numbered; the body is 0."""

    def __init__(self, pieces: Sequence[Piece], body: Element) -> None:
        self._numbers: dict[Element, int] = {body: 0}
        self.tags: list[str] = ["body"]
        self.classes: list[str] = [""]
        self.parents: list[int] = [-1]
        self.depths: list[int] = [0]
        self.elements = [self._number(p.element) for p in pieces]
        self.containers = [self._container(n) for n in self.elements]
        self.weights = [_weight(p) for p in pieces]
        self.mass = [0.0] * len(self.tags)  # running text below each element, in weighted words
        for container, weight in zip(self.containers, self.weights, strict=True):
            while weight and container >= 0:
                self.mass[container] += weight
                container = self.parents[container]
        self.story = self._story()
        self._distances: dict[int, int] = {}
        self._above = set(self.path(self.story))

    def _number(self, element: Element) -> int:
        known = self._numbers.get(element)
        if known is not None:
            return known
        parent = element.getparent()
        above = 0 if parent is None else self._number(parent)
        number = self._numbers[element] = len(self.tags)
        self.tags.append(element.tag)
        self.classes.append(element.get("class") or "")
        self.parents.append(above)
        self.depths.append(self.depths[above] + 1)
        return number

    def _container(self, number: int) -> int:
        """The nearest element above that holds paragraphs, and is no part of one, a list or a table."""
        while number and self.tags[number] in _PART_OF_TEXT:
            number = self.parents[number]
        return number

    def _story(self) -> int:
        """The element that a readability pass takes for the story's container."""
        children: dict[int, list[int]] = {}
        for number in range(1, len(self.tags)):
            if self.mass[number]:
                children.setdefault(self.parents[number], []).append(number)
        current = 0
        while current in children:
            best = max(children[current], key=self._pull)
            if self._pull(best) < _WHOLE_SHARE * self.mass[current]:
                break
            current = best
        return current

    def _pull(self, number: int) -> float:
        return self.mass[number] * (1.5 if self.tags[number] in ("article", "main") else 1.0)

    def path(self, number: int) -> list[int]:
        """An element and all above it, the body last."""
        found = []
        while number >= 0:
            found.append(number)
            number = self.parents[number]
        return found

    def distance(self, number: int) -> int:
        """Steps in the tree from the story's container: 0 for itself, below 0 inside it, above 0 outside."""
        known = self._distances.get(number)
        if known is None:
            known = self._distances[number] = self._measured(number)
        return known

    def _measured(self, number: int) -> int:
        steps = 0
        while number not in self._above:
            number = self.parents[number]
            steps += 1
        up = self.depths[self.story] - self.depths[number]
        return steps + up if up else -steps

    def share(self, number: int) -> float:
        """The share of the page's running text that lies in an element."""
        return self.mass[number] / self.mass[0] if self.mass[0] else 0.0


def _weight(piece: Piece) -> float:
    """The words of running text: a long paragraph counts whole, a loose line in a <div> little."""
    if piece.link_share > 0.4 or piece.heading or piece.words < 10 or piece.inherited & _NOT_STORY:
        return 0.0
    if piece.tag in ("p", "blockquote"):
        kind = 1.0
    else:
        kind = 0.7 if ends_sentence(piece.text) else 0.3
    return min(piece.words, 120) * kind
