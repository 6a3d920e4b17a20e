"""The page split into the pieces of text that a reader sees as one: paragraphs, headings, list items.

One walk over the tree. trafilatura says which pieces are the article; this walk knows what it
forgets: links, classes and where in the tree a piece stands.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from archive.extract.dom import Element, collapse, squash

HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_SKIP = frozenset(
    "script style noscript svg iframe nav button select input textarea template picture video audio canvas "
    "dialog "
    "object embed map menu head link meta img source label math".split()
)
_BLOCK = frozenset(
    "p div section article main header h1 h2 h3 h4 h5 h6 li ul ol dl dt dd blockquote pre table tr td th "
    "tbody "
    "thead tfoot body details summary hr center address form aside footer fieldset figure figcaption "
    "caption".split()
)
_UNCLOSED = frozenset(("nav", "button", "label", "dialog"))
_LITTLE, _NEARLY_ALL = 500, 5
"""Characters outside of what is skipped; and how many times as many with it show that it holds the page."""
_MAX_DEPTH = 200


class Trait:
    """What class names and ancestors say about a piece; bits of one number, inherited downwards."""

    LEAD = 1
    CAPTION = 2
    BYLINE = 4
    COMMENT = 8
    PROMOTION = 16
    CONSENT = 32
    SHARE = 64
    TEASER = 128
    HIDDEN = 256
    ARTICLE = 512
    BODY = 1024
    FOOTER = 2048
    ASIDE = 4096
    HEADER = 8192


_TRAITS: tuple[tuple[int, str], ...] = (
    (
        Trait.LEAD,
        (
            r"lead(?!er|ing)|intro(?!duc)|standfirst|vorspann|teaser-?text|subhead|dek\b|strapline|abstract|"
            r"article__?summary|excerpt"
        ),
    ),
    (
        Trait.CAPTION,
        r"caption|credit|copyright|bildunterschrift|bildnachweis|bildtext|image-?text|photographer",
    ),
    (
        Trait.BYLINE,
        r"byline|author|autor(?!is)|reading-?time|lesezeit|dateline|article-?meta|post-?meta|entry-?meta",
    ),
    (Trait.COMMENT, r"comment|kommentar|disqus|leserbrief|reply|replies"),
    (
        Trait.PROMOTION,
        r"newsletter|promo|subscri|paywall|donat|spende|abo-?box|signup|sign-up|regwall|app-?download",
    ),
    (Trait.CONSENT, r"consent|cookie|opt-?in|gdpr|embed-?privacy|external-?content|externer"),
    (Trait.SHARE, r"shar(?:e|ing)|social|follow-us"),
    (
        Trait.TEASER,
        (
            r"teaser|related|recommend|read-?more|also-?read|most-?read|more-?(?:from|on|stories|news)|similar|"
            r"card"
        ),
    ),
    (Trait.HIDDEN, r"hidden(?<![^\s_-]hidden)|sr-only|screen-?reader|visually-?hidden"),
    (
        Trait.BODY,
        (
            r"article-?_?(?:body|text|content)|post-?_?(?:body|content|text)|entry-?_?(?:body|content|text)|"
            r"story-?_?(?:body|content|text)|richtext"
        ),
    ),
    (Trait.FOOTER, r"footer|sidebar|disclaimer|imprint"),
)
_COMPILED = tuple((bit, re.compile(pattern)) for bit, pattern in _TRAITS)
# Every alternative begins with a letter and cases are told apart: so re skips to the letters in question.
_ANY = re.compile("|".join(pattern for _, pattern in _TRAITS))
_TAG_TRAITS = {
    "article": Trait.ARTICLE,
    "figure": Trait.CAPTION,
    "figcaption": Trait.CAPTION,
    "caption": Trait.CAPTION,
    "footer": Trait.FOOTER,
    "aside": Trait.ASIDE,
    "header": Trait.HEADER,
}


@lru_cache(maxsize=65_536)
def _token_traits(token: str) -> int:
    token = token.lower()
    if not _ANY.search(token):
        return 0
    return sum(bit for bit, pattern in _COMPILED if pattern.search(token))


@lru_cache(maxsize=16_384)
def class_traits(names: str) -> int:
    """The traits that the class names and the id of an element speak of."""
    bits = 0
    for token in names.split():
        if "[&" not in token:  # Tailwind's "[&_figcaption]:mt-2" is about what lies inside
            bits |= _token_traits(token)
    return bits


@dataclass(slots=True)
class Piece:
    """One piece of text with its place. Mutable only while the walk builds it."""

    tag: str  # of the nearest block element, e.g. "p", "h2", "div"
    text: str  # white space collapsed, never empty
    element: Element  # that block element
    own: int  # traits of that element and its parent
    inherited: int  # traits of all of its ancestors and itself
    link_share: float  # of the characters, 0..1
    strong_share: float  # of the characters in bold, 0..1
    links: tuple[str, ...]  # href values in reading order, as written
    squashed: str
    words: int  # as a reader counts them: between spaces

    @property
    def heading(self) -> bool:
        return self.tag in HEADINGS


class _Walk:
    """The buffer of the piece that is being read."""

    def __init__(self, skip: frozenset[str]) -> None:
        self.skip = skip
        self.pieces: list[Piece] = []
        self.buffer: list[str] = []
        self.solid = False  # whether the buffer holds more than white space
        self.linked = 0
        self.strong = 0
        self.links: list[str] = []

    def flush(self, tag: str, element: Element, own: int, inherited: int) -> None:
        """End the piece that is being read."""
        if self.solid:
            text = collapse("".join(self.buffer))
            size = len(text)
            self.pieces.append(
                Piece(
                    tag,
                    text,
                    element,
                    own,
                    inherited,
                    min(1.0, self.linked / size),
                    min(1.0, self.strong / size),
                    tuple(dict.fromkeys(self.links)),
                    squash(text),
                    text.count(" ") + 1,
                )
            )
            self.solid = False
            self.linked = self.strong = 0
        if self.buffer:
            self.buffer.clear()
        if self.links:
            self.links = []

    def text(self, text: str | None, link: str | None, strong: bool) -> None:
        """Add text to the piece."""
        if text:
            self.buffer.append(text)
            if text.isspace():
                return
            self.solid = True
            if link is not None or strong:
                size = len(text.strip())
                self.linked += size if link is not None else 0
                self.strong += size if strong else 0

    def children(
        self,
        parent: Element,
        tag: str,
        block: Element,
        link: str | None,
        strong: bool,
        own: int,
        inherited: int,
        depth: int,
    ) -> None:
        for child in parent:
            name = child.tag
            if name.__class__ is not str or name in self.skip:
                pass
            elif name in _BLOCK:
                self.flush(tag, block, own, inherited)
                traits = _element_traits(child, name)
                if link is not None:
                    self.links.append(link)
                self.text(child.text, link, strong)
                below = inherited | traits
                if depth < _MAX_DEPTH:
                    self.children(child, name, child, link, strong, traits, below, depth + 1)
                self.flush(name, child, traits | own, below)
            elif name == "br":
                # trafilatura breaks its lines here too, and old pages make their paragraphs of them.
                self.flush(tag, block, own, inherited)
            else:
                inner_link = (child.get("href") or "#") if name == "a" else link
                if name == "a" and inner_link:
                    self.links.append(inner_link)
                bold = strong or name in ("strong", "b")
                self.text(child.text, inner_link, bold)
                if len(child) and depth < _MAX_DEPTH:
                    self.children(child, tag, block, inner_link, bold, own, inherited, depth + 1)
            self.text(child.tail, link, strong)


def _element_traits(element: Element, name: str) -> int:
    traits = _TAG_TRAITS.get(name, 0)
    get = element.get
    names, identity = get("class"), get("id")
    if names:
        traits |= class_traits(names)
    if identity:
        traits |= class_traits(identity)
    if get("role") in ("dialog", "alertdialog"):
        traits |= Trait.CONSENT
    if get("hidden") is not None or get("aria-hidden") == "true":
        traits |= Trait.HIDDEN
    if get("itemprop") == "articleBody":
        traits |= Trait.BODY
    return traits


def pieces(body: Element) -> list[Piece]:
    """The pieces of a page's <body> in reading order.

    A menu or a button that nobody closed holds the rest of the page: it is read where it has nearly all.
    """
    found = _walked(body, _SKIP)
    size = sum(len(p.text) for p in found)
    if size >= _LITTLE:
        return found
    whole = _walked(body, _SKIP - _UNCLOSED)
    return whole if sum(len(p.text) for p in whole) > _NEARLY_ALL * size else found


def _walked(body: Element, skip: frozenset[str]) -> list[Piece]:
    walk = _Walk(skip)
    walk.text(body.text, None, False)
    walk.children(body, "body", body, None, False, 0, 0, 0)
    walk.flush("body", body, 0, 0)
    return walk.pieces
