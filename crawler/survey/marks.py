"""Marks of a page: paywalls, consent layers, and the three walls behind which a crawler gets nothing.

A wall is a page that holds no news at all but a question about consent, a test whether a person
asks, or scripts that would build the page in a browser.
"""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass
from itertools import islice

from selectolax.lexbor import LexborHTMLParser

from archive import urls
from archive.types import Headers
from crawler.survey.page import Anchor
from crawler.survey.words import AGREE, CHALLENGE, CONSENT, SCRIPTED

_SHORT = 150
"""Words; no page of news is shorter with all that stands around an article, every challenge seen is."""
_BARE = 50
"""Words; a page that a script has yet to build shows a title and a notice at most."""
_MAX_BOXES = 10
"""Elements of a page whose text is looked at one by one: they may lie in each other."""
_LONGEST_NOTICE = 1_500
"""Words of a page that is nothing but a question about consent, its list of purposes included."""

_LAYERS = {
    "IAB TCF": r"__tcfapi|__cmp\b|consensu\.org",
    "Sourcepoint": r"sourcepoint|sp_message|privacy-mgmt\.com",
    "Usercentrics": r"usercentrics",
    "OneTrust": r"onetrust|cookielaw\.org|otSDKStub",
    "Cookiebot": r"cookiebot",
    "Didomi": r"didomi",
    "consentmanager": r"consentmanager\.(?:net|mgr)|cmp_?box",
    "Quantcast": r"quantcast\.(?:mgr|com)/choice|qc-cmp",
    "Borlabs": r"borlabs-?cookie",
    "Klaro": r"\bklaro(?:\.min)?\.js|klaroConfig",
}
_BOX = re.compile(r"(?:^|[\s_-])(?:cmp|consent|cookie\w*|gdpr|dsgvo)(?:$|[\s_-])", re.IGNORECASE)
_CONSENT_PLACE = re.compile(
    r"(?:^|[./_?&=-])(?:consent|cmp|privacy-?wall|cookie-?wall|zustimmung|einwilligung|gdpr|dsgvo)(?:$|[./_?&=-])",
    re.IGNORECASE,
)

_CHALLENGE_HEADERS = (
    ("cf-mitigated", re.compile("challenge", re.IGNORECASE)),
    ("x-amzn-waf-action", re.compile("challenge|captcha", re.IGNORECASE)),
    ("x-datadome", re.compile("")),
    ("x-sucuri-block", re.compile("")),
)
_WIDGET = re.compile(
    r"hcaptcha\.com|recaptcha/(?:api|enterprise)|challenges\.cloudflare\.com|/cdn-cgi/challenge-platform|"
    r"captcha-delivery\.com|px-captcha|_Incapsula_Resource|awswaf|friendly-?captcha|frc-captcha|"
    r"/\.within\.website/x/cmd/anubis|class=[\"'][^\"']*\b(?:g-recaptcha|h-captcha|cf-turnstile)\b|id=[\"']captcha",
    re.IGNORECASE,
)

_MOUNT = re.compile(r"(?:root|app|main-app|__next|__nuxt|___gatsby|svelte|ember-application)$")
_NOT_FREE = re.compile(r'"isAccessibleForFree"\s*:\s*"?false', re.IGNORECASE)
_PAID_BOX = re.compile(
    r"(?:^|[\s_-])(?:paywall|paid|premium|plus|abo|subscriber-?only|locked)(?:$|[\s_-])", re.IGNORECASE
)
_PAID_TEXT = re.compile(
    r"(?:\S{1,6}\+|\S{0,10}plus|premium|abo|exklusiv für abonnenten|subscribers only)", re.IGNORECASE
)


_PAID_META = {
    "content_tier": ("locked", "metered"),
    "paywall": ("true", "1", "yes", "hard", "soft", "metered"),
}


class WallKind(enum.StrEnum):
    CONSENT = "consent"
    CHALLENGE = "challenge"
    SHELL = "shell"


@dataclass(frozen=True, slots=True)
class Wall:
    """A page that gives a crawler nothing, and by what that is seen."""

    kind: WallKind
    evidence: str  # what follows "it ..."


@dataclass(frozen=True, slots=True)
class Seen:
    """One answer as the marks look at it; ``anchors`` are the links of its page."""

    url: str
    status: int
    headers: Headers
    html: str
    anchors: tuple[Anchor, ...]


def visible(html: str) -> list[str]:
    """The pieces of text that a page shows without scripts, in order."""
    body = LexborHTMLParser(html).body
    if body is None:
        return []
    body.strip_tags(["script", "style", "template", "svg", "noscript", "select"], recursive=True)
    return [piece for line in body.text(separator="\n").split("\n") if (piece := " ".join(line.split()))]


def wall(seen: Seen, headlines: int) -> Wall | None:
    """The wall that a page is, None for a page with something behind it.

    ``headlines``: how many links of the page look like articles.
    """
    pieces = visible(seen.html)
    words = sum(len(piece.split()) for piece in pieces)
    if (found := _challenge(seen, pieces, words)) is not None:
        return Wall(WallKind.CHALLENGE, found)
    if headlines > 2:
        return None
    if (found := _consent(seen.html, pieces, words)) is not None:
        return Wall(WallKind.CONSENT, found)
    if (found := _shell(seen.html, pieces, words, len(seen.anchors))) is not None:
        return Wall(WallKind.SHELL, found)
    return None


def _challenge(seen: Seen, pieces: list[str], words: int) -> str | None:
    if seen.status >= 400 or seen.status == 202:
        for name, value in seen.headers:
            if any(name.lower() == key and pattern.search(value) for key, pattern in _CHALLENGE_HEADERS):
                return f"answers {seen.status} with the header {name.lower()}"
    if words >= _SHORT:
        return None
    title = LexborHTMLParser(seen.html).css_first("title")
    spoken = "\n".join([title.text() if title else "", *pieces])
    said = CHALLENGE.search(spoken)
    widget = _WIDGET.search(seen.html)
    # A form of a real page may hold a captcha too: alone it counts only where little else stands.
    if said and (widget or seen.status != 200 or words < _SHORT // 2):
        return f'says "{said[0]}"'
    if widget and (seen.status != 200 or words < _BARE):
        return "shows a captcha and nothing else"
    return None


def _consent(html: str, pieces: list[str], words: int) -> str | None:
    if not 15 <= words <= _LONGEST_NOTICE or not _asks_to_agree(html):
        return None
    about = [piece for piece in pieces if CONSENT.search(piece)]
    stems = {match.casefold() for piece in about for match in CONSENT.findall(piece)}
    others = words - sum(len(piece.split()) for piece in about)
    if len(stems) >= 2 and (others < 60 or others < words / 2):
        return f"shows {words} words about it and a button to agree"
    return None


def _asks_to_agree(html: str) -> bool:
    tree = LexborHTMLParser(html)
    named = [node.text() for node in tree.css("button, a, [role=button]")]
    named += [
        node.attributes.get("value") or "" for node in tree.css("input[type=submit], input[type=button]")
    ]
    return any(AGREE.fullmatch(" ".join(name.split())) for name in named)


def _shell(html: str, pieces: list[str], words: int, links: int) -> str | None:
    if words >= _BARE:
        return None
    tree = LexborHTMLParser(html)
    if not tree.css("script"):
        return None
    spoken = [*pieces, *(node.text() for node in islice(tree.css("noscript"), _MAX_BOXES))]
    if SCRIPTED.search("\n".join(spoken)):
        return "asks for JavaScript"
    mounts = (node for node in tree.css("[id]") if _MOUNT.match(node.attributes.get("id") or ""))
    for node in islice(mounts, _MAX_BOXES):
        if not visible(node.html or ""):
            return f"has an empty #{node.attributes['id']} and loads scripts"
    if words < _BARE // 2 and links < 3 and tree.css_first("script[src]"):
        return f"shows {words} words and loads scripts"
    return None


def is_consent_place(target: str, origin: str) -> bool:
    """Whether a redirect leads to a page about consent: by the words in its address.

    Those of the address it would come back to don't count: any log-in names that too.
    """
    if urls.canonical(target) is None:
        return False
    place, _, query = target.partition("?")
    back = urls.host(origin) or ""
    plain = "&".join(part for part in query.split("&") if back not in part)
    return bool(_CONSENT_PLACE.search(place.partition("://")[2]) or _CONSENT_PLACE.search(plain))


def consent_layers(html: str) -> tuple[str, ...]:
    """The consent managers whose scripts are in a page; "a box of its own" for a box without a known name."""
    found = [name for name, pattern in _LAYERS.items() if re.search(pattern, html, re.IGNORECASE)]
    if not found:
        boxes = (
            node
            for node in LexborHTMLParser(html).css("div, dialog, section, aside, form")
            if _BOX.search(f"{node.attributes.get('id') or ''} {node.attributes.get('class') or ''}")
        )
        if any(CONSENT.search(node.text()) for node in islice(boxes, _MAX_BOXES)):
            return ("a box of its own",)
    return tuple(found)


def paywall(html: str) -> tuple[str, ...]:
    """By what a page shows that it, or stories it points to, are not free; () when nothing does."""
    found = []
    if _NOT_FREE.search(html):
        found.append("isAccessibleForFree is false")
        if '"hasPart"' in html and '"cssSelector"' in html:
            found.append("hasPart names the paid part")
    tree = LexborHTMLParser(html)
    for node in tree.css("meta[name][content], meta[property][content]"):
        name = (node.attributes.get("name") or node.attributes.get("property") or "").lower()
        value = (node.attributes.get("content") or "").strip().lower()
        said = _PAID_META.get("paywall" if "paywall" in name else name.removeprefix("article:"), ())
        if value in said:
            found.append(f"meta {name} is {value}")
    badges = sum(_is_badge(node.text(), node.attributes.get("class") or "") for node in tree.css("a [class]"))
    if badges >= 2:
        found.append(f"{badges} links are marked as paid")
    return tuple(dict.fromkeys(found))


def _is_badge(text: str, named: str) -> bool:
    shown = " ".join(text.split())
    return bool(_PAID_BOX.search(named)) and (shown == "" or bool(_PAID_TEXT.fullmatch(shown)))
