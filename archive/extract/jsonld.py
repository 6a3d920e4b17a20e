"""JSON-LD: what a page says about itself to search engines, also when it says it in broken JSON."""

from __future__ import annotations

import html
import json
import re
from dataclasses import dataclass
from typing import Any

from archive.extract.dom import Element, collapse, squash

Node = dict[str, Any]

_MAX_SCRIPT = 2_000_000
_MAX_NODES = 2_000
_MAX_SALVAGED = 50_000
"""Characters that are searched pattern by pattern."""
_ARTICLE = re.compile(
    r"(?:Article|BlogPosting|Report|LiveBlogPosting|SocialMediaPosting|OpinionNewsArticle)$"
)
_LISTS = frozenset(("@graph", "mainEntity", "mainEntityOfPage"))
_COMMENT = re.compile(r"<!--|-->|<!\[CDATA\[|\]\]>|/\*.{0,300}?\*/", re.DOTALL)
_TRAILING_COMMA = re.compile(r",(\s*[}\]])")
_CONTROL = re.compile(r"[\x00-\x1f]+")
_TAG = re.compile(r"<[^<>]{1,200}>")
_SALVAGED = ("headline", "datePublished", "dateModified", "description", "articleSection", "inLanguage")


@dataclass(frozen=True, slots=True)
class JsonLd:
    """The nodes of a page that matter here; {} where there is none."""

    article: Node  # the one article that the page is about
    page: Node  # the WebPage node
    articles: int  # how many articles stand at the top of the data: many on a section page
    types: tuple[str, ...]  # every @type at the top, in order


def read(tree: Element, url: str) -> JsonLd:
    """The JSON-LD of a page. Never raises: what can't be read says nothing."""
    nodes: list[Node] = []
    for script in tree.iter("script"):
        if "ld+json" in (script.get("type") or "").lower():
            _collect(_load(script.text or ""), nodes, 0)
    by_id = {str(n["@id"]): n for n in reversed(nodes) if "@id" in n and len(n) > 1}
    articles = [n for n in nodes if any(_ARTICLE.search(t) for t in types(n))]
    chosen = max(articles, key=lambda n: _worth(n, url)) if articles else {}
    page = next((n for n in nodes if any(t.endswith("WebPage") for t in types(n))), {})
    found = tuple(t for n in nodes for t in types(n))
    return JsonLd(_resolved(chosen, by_id), _resolved(page, by_id), len(articles), found)


def types(node: Node) -> list[str]:
    """The @type of a node as a list of bare names."""
    kind = node.get("@type") or []
    return [str(k).rsplit("/", 1)[-1] for k in (kind if isinstance(kind, list) else [kind])]


def text(value: Any) -> str | None:
    """A value as one line of plain text; the first of a list, the name of a node."""
    if isinstance(value, list):
        return next((t for v in value if (t := text(v))), None)
    if isinstance(value, dict):
        return text(value.get("name") or value.get("@value") or value.get("headline"))
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    plain = str(value)
    if "&" in plain:
        plain = html.unescape(html.unescape(plain))
    if "<" in plain:
        plain = _TAG.sub(" ", plain)
    return collapse(_CONTROL.sub(" ", plain)) or None


def texts(value: Any) -> list[str]:
    """Every text of a value that may be one or many."""
    values = value if isinstance(value, list) else [value]
    return [t for v in values if (t := text(v))]


def names(value: Any) -> list[str]:
    """The names of one person or several, also where a node spells its name in parts or in a list."""
    if isinstance(value, list):
        return [n for v in value for n in names(v)]
    if isinstance(value, dict):
        if "@list" in value:
            return names(value["@list"])
        if isinstance(value.get("name"), list):
            return texts(value["name"])
        parts = [text(value.get(key)) for key in ("givenName", "additionalName", "familyName")]
        whole = text(value) or " ".join(p for p in parts if p)
        return [whole] if whole else []
    return texts(value)


def _collect(value: Any, nodes: list[Node], depth: int) -> None:
    """Nodes that stand for the page itself: not those of teasers, comments or live entries inside it."""
    if depth > 6 or len(nodes) > _MAX_NODES:
        return
    if isinstance(value, list):
        for item in value:
            _collect(item, nodes, depth + 1)
    elif isinstance(value, dict):
        nodes.append(value)
        for key, inner in value.items():
            if key in _LISTS and isinstance(inner, dict | list):
                _collect(inner, nodes, depth + 1)


def _worth(node: Node, url: str) -> tuple[int, int, int]:
    """Prefer the article that names this page, then one with a date, then the one that says most."""
    claimed = [text(node.get(k)) or "" for k in ("url", "@id")]
    place = node.get("mainEntityOfPage")
    claimed.append(str(place.get("@id") or "") if isinstance(place, dict) else text(place) or "")
    own = squash(url.split("#")[0].split("?")[0])
    same = any(squash(c.split("#")[0].split("?")[0]) == own for c in claimed if c)
    return (int(same), int("datePublished" in node), len(node))


def _resolved(node: Node, by_id: dict[str, Node]) -> Node:
    """The node with its references ({"@id": ...}) to other nodes put in place, one level deep."""

    def follow(value: Any) -> Any:
        if isinstance(value, list):
            return [follow(v) for v in value]
        if isinstance(value, dict) and set(value) <= {"@id", "@type"} and "@id" in value:
            return by_id.get(str(value["@id"]), value)
        return value

    return {key: follow(value) for key, value in node.items()}


def _load(source: str) -> Any:
    """The value of a JSON-LD script: as JSON, as mended JSON, or as what can be picked out of it."""
    source = source.strip()
    if not source or len(source) > _MAX_SCRIPT:
        return None
    for mended in _mendings(source):
        try:
            return json.loads(mended, strict=False)
        except (ValueError, RecursionError):
            continue
    return _joined(source) or _salvage(source)


def _mendings(source: str) -> list[str]:
    bare = _COMMENT.sub(" ", source) if len(source) < 200_000 else source
    bare = bare.strip().rstrip(";")
    unescaped = html.unescape(bare) if "&quot;" in bare else bare
    return list(dict.fromkeys((source, bare, _TRAILING_COMMA.sub(r"\1", unescaped))))


def _joined(source: str) -> list[Any]:
    """Objects that stand one behind the other, or are followed by rubbish."""
    decoder = json.JSONDecoder(strict=False)
    found: list[Any] = []
    position = source.find("{")
    while 0 <= position < len(source) and len(found) < 50:
        try:
            value, end = decoder.raw_decode(source, position)
        except (ValueError, RecursionError):
            break
        found.append(value)
        position = source.find("{", end)
    return found


def _salvage(source: str) -> Node:
    """The plain fields of an article whose JSON no reader accepts: quotes inside of strings, cut ends."""
    source = source[:_MAX_SALVAGED]
    kind = re.search(r'"@type"\s*:\s*\[?\s*"(\w*(?:Article|BlogPosting|Posting))"', source)
    if not kind:
        return {}
    node: Node = {"@type": kind[1]}
    for key in _SALVAGED:
        # A value ends at the quote before the next key or the end of its object, not at the first quote.
        match = re.search(rf'"{key}"\s*:\s*"(.{{0,2000}}?)"\s*(?:,\s*"[\w@]+"\s*:|\}}|$)', source, re.DOTALL)
        if match:
            node[key] = match[1].replace('\\"', '"').replace("\\/", "/")
    author = re.search(r'"author"\s*:\s*(\[.{0,4000}?\]|\{.{0,1000}?\}|"[^"]{0,200}")', source, re.DOTALL)
    if author:
        names = re.findall(r'"name"\s*:\s*"([^"]{1,200})"', author[1])
        node["author"] = names or author[1].strip('"')
    return node
