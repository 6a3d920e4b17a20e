"""A page as a tree, parsed once; and the small questions that every reader of it asks."""

from __future__ import annotations

import re
from typing import Any

from lxml import etree
from lxml.html import HtmlElement, document_fromstring

Element = Any
"""An lxml element: lxml ships no types."""

MAX_CHARACTERS = 10_000_000
MAX_TAGS = 150_000
"""More markup than this is no page that people read; it would keep a worker busy for minutes."""
_HEAD = 4_096
_MAX_DEPTH = 120
"""libxml2 drops everything below 255 levels, and trafilatura's own recursion is not endless."""

# lxml.html chooses a Python class for each element it hands out, by a call of Python; nobody here needs
# the special classes of forms and inputs, and one class for all is chosen without that call.
_ONE_CLASS = etree.ElementDefaultClassLookup(element=HtmlElement)
_HEAD_TAGS = frozenset(
    ("title", "meta", "link", "base", "style", "script", "noscript", "template", "basefont", "bgsound")
)

_MAX_ATTRIBUTES = 200
_MANY_ASSIGNMENTS = 20_000
"""Of "=" in a page: fewer, and the search for elements with too many attributes is saved."""
_TOO_DEEP = etree.XPath("/" + "/".join(["*"] * _MAX_DEPTH) + "//*")

# References to characters that XML forbids: trafilatura 2.3 gives up a whole page for one of them. Their
# numbers have one, two, five or more digits, or are 127: umlauts and quotation marks are passed over.
_CONTROL_REFERENCE = re.compile(
    r"&#(?:0*(\d{1,2}|127|\d{5,7})(?!\d)|[xX]0*([0-9a-fA-F]{1,2}|[0-9a-fA-F]{4,6})(?![0-9a-fA-F]));?"
)
_FORBIDDEN_CHARACTERS = [chr(c) for c in (*range(9), 11, 12, *range(14, 32), 127, 0xFFFE, 0xFFFF)]
_FORBIDDEN = re.compile(f"[{re.escape(''.join(_FORBIDDEN_CHARACTERS))}]")
_DOCTYPE = re.compile(r"^\s*<\s?!\s?doctype[^>]*>", re.IGNORECASE)
_XML_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>", re.IGNORECASE)
_SELF_CLOSED_HTML = re.compile(r"(<html\b[^<>]*?)\s*/>", re.IGNORECASE)
_EARLY_END = re.compile(r"</(?:body|html)\s*>", re.IGNORECASE)
_NOT_WORD = re.compile(r"[\W_]+")


def clean_markup(text: str) -> str:
    """The same markup without characters, and references to characters, that no tree may hold."""
    if "&#" in text:
        text = _CONTROL_REFERENCE.sub(_allowed_reference, text)
    if any(c in text for c in _FORBIDDEN_CHARACTERS):
        text = _FORBIDDEN.sub(" ", text)
    # A declaration with an encoding makes lxml refuse str; a doctype with a slash in it makes
    # libxml2 lose the head (https://bugs.launchpad.net/lxml/+bug/1955915).
    text = _DOCTYPE.sub("", _XML_DECLARATION.sub("", text.lstrip("\ufeff")), count=1)
    text = _SELF_CLOSED_HTML.sub(r"\1>", text[:_HEAD], count=1) + text[_HEAD:]
    # libxml2 (2.14) reads nothing behind </html>, where a browser goes on (HTML standard, 13.2.6.4.22): pages
    # that are put together of parts hold several.
    return _EARLY_END.sub("", text)


def _allowed_reference(match: re.Match[str]) -> str:
    code = int(match[1]) if match[1] else int(match[2], 16)
    if code in (9, 10, 13):
        return " "
    # 0x80-0x9f mean windows-1252 to every browser, and libxml2 knows it: they may stay.
    if code < 32 or code == 127 or 0xD800 <= code <= 0xDFFF or code & 0xFFFE == 0xFFFE or code > 0x10FFFF:
        return " "
    return match[0]


def parse(text: str) -> Element | None:
    """The tree of a page's characters, None when there is no markup in it."""
    parser = etree.HTMLParser(
        encoding="utf-8",
        remove_comments=True,
        remove_pis=True,
        collect_ids=False,
        default_doctype=False,
        huge_tree=True,
    )
    parser.set_element_class_lookup(_ONE_CLASS)
    try:
        tree = document_fromstring(clean_markup(text).encode("utf-8"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, AssertionError):
        return None
    if text.count("=") > _MANY_ASSIGNMENTS:
        _unload(tree)
    _complete(tree)
    _flatten(tree)
    return tree


def _unload(tree: Element) -> None:
    """Take attributes from elements that have hundreds: who reads them all by name takes minutes."""
    for element in tree.iter():
        if len(element.attrib) > _MAX_ATTRIBUTES:
            for name in element.attrib.keys()[_MAX_ATTRIBUTES:]:
                del element.attrib[name]


def _complete(tree: Element) -> None:
    """Put content out of the head into the body.

    HTML5 lets a page leave out <head> and <body>. libxml2 (2.14 too) does not know its newer elements, such
    as <header> and <main>, to begin the body, and reads on inside of the head.
    """
    body = tree.find("body")
    if body is None:
        body = etree.SubElement(tree, "body")
    head = tree.find("head")
    if head is None:
        return
    strays = [child for child in head if child.tag not in _HEAD_TAGS]
    if strays:
        first = head.index(strays[0])
        if body.text and body.text.strip():
            strays[-1].tail = (strays[-1].tail or "") + body.text
            body.text = None
        body[:0] = head[first:]


def _flatten(tree: Element) -> None:
    """Lift the content of wrappers that lie too deep, so that no reader of the tree loses it."""
    for element in _TOO_DEEP(tree):
        if element.tag in ("div", "section", "span", "font", "article", "center", "b", "i", "em", "strong"):
            element.drop_tag()


def collapse(text: str) -> str:
    """Text with every run of white space as one space, and none at the ends."""
    return " ".join(text.split())


def squash(text: str) -> str:
    """Letters and digits alone, in lower case: what two renderings of one text have in common."""
    return _NOT_WORD.sub("", text).lower()


def words(text: str) -> list[str]:
    """The words of a text in lower case."""
    return [w for w in _NOT_WORD.split(text.lower()) if w]


def within(element: Element | None, ancestor: Element) -> bool:
    """Whether an element is another one or lies inside of it."""
    while element is not None and element is not ancestor:
        element = element.getparent()
    return element is not None


def inner_text(element: Element) -> str:
    """All text of an element, white space collapsed."""
    return collapse("".join(element.itertext()))
