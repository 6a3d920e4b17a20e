"""Who wrote it: people apart from agencies, desks, and names that only a content system writes."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable

from archive.extract.dom import collapse, squash

_AGENCIES = frozenset(
    "dpa afp ap epd kna sid reuters rtr apa ots sda keystonesda keystone efe ansa ddp dapd dts idw pa "
    "pamedia "
    "associatedpress agencefrancepresse deutschepresseagentur dpainfocom dpaafx afx bloomberg ukrinform tass "
    "xinhua "
    "interfax anp belga ritzau ntb tt ctk čtk mti pap lusa pti ani ians aap yonhap kyodo jiji dj dowjones "
    "newswire "
    "prnewswire businesswire spotonnews spoton glomex teleschau presseportal newsaktuell imago europapress "
    "agenturen "
    "agentur wire wires agencies agences agencias evangelischerpressedienst katholischenachrichtenagentur "
    "pressassociation australianassociatedpress staffandagencies swnd bpa dpatmn tmn".split()
)
_DESKS = frozenset(
    "redaktion online onlineredaktion newsdesk newsroom news staff staffreporter staffwriter reporter "
    "editorial editorialteam "
    "editors editorialboard desk webdesk lokalredaktion redaktionsteam team sport sportredaktion politik "
    "wirtschaft kultur "
    "pressestelle pressemitteilung pressemeldung polizei feuerwehr leserreporter gastautor gastbeitrag "
    "larédaction rédaction redaccion redacción redazione redactie redaksjonen correspondent ourcorrespondent "
    "guest "
    "agenciasyredaccion spezial service digital".split()
)
_PLACEHOLDERS = frozenset(
    "admin adminuser administrator root editor user author autor autorin webmaster test testuser anonymous "
    "anonym unknown "
    "unbekannt none null nan undefined system superuser sysadmin wpadmin wordpress default noname na nobody "
    "nichtangegeben "
    "cms importer import api bot publisher writer blogger uncategorized keinautor ohneautor".split()
)
_PREFIX = re.compile(
    r"^(?:(?:von|by|par|por|di|door|av|af|text|texte|autor(?:in|en)?|author|written by|words by|"
    r"geschrieben von|verfasst von|"
    r"ein(?:e)? \w+ von|exclusive by|exklusiv von|reporting by|interview|story)\s*:?\s+|@)+",
    re.IGNORECASE,
)
_SUFFIX = re.compile(
    r"\s*(?:[|•·]|\s[-–—]\s|\bin [A-ZÄÖÜ]|\baus [A-ZÄÖÜ]|,\s*(?:dpa|afp|epd|kna|reuters|ap)\b"
    r"|\((?:[a-zäöü]{2,4}\.?|dpa[^)]*|foto[^)]*|text[^)]*|(?:https?://)?www\.[^)]*)(?:\)|$)).*$"
)
_SPLIT = re.compile(
    r"\s*(?:;|\||•|·|/|,|\s+und\s+|\s+and\s+|\s+et\s+|\s+y\s+|\s+sowie\s+|\s+og\s+|\s+och\s+|\s+mit\s+|"
    r"\s+&\s+|\s+with\s+|\n)\s*"
)
_URL = re.compile(r"https?://|www\.|\.(?:com|de|net|org|html?)\b|/", re.IGNORECASE)
_EMAIL = re.compile(r"\s*[\w.+-]+@[\w.-]+\s*")
_PICTURE = re.compile(r"(?:image|photo|foto|bild|picture|video|grafik|illustration)s?\s*:", re.IGNORECASE)
_LABEL = re.compile(
    r"^(?:autor(?:in|en)?(?:/autor(?:in)?)?|author|verfasser(?:in)?|auteure?|autrice)\s*:?\s+", re.IGNORECASE
)
_BYLINE = re.compile(
    r"^(?:(?:eine? )?(?:kolumne|kommentar|analyse|interview|reportage|essay|gastbeitrag|glosse|bericht) von"
    r"|von|by|par|por|text|autor(?:in|en)?(?:/autor(?:in)?)?|author|verfasser(?:in)?|auteure?)\s*:?\s+"
    r"(?=[^\W\d_])",
    re.IGNORECASE,
)
_DATED = re.compile(r"^([^|•·\d]{5,60}?)\s*[|•·]\s*\d{1,2}[./]\s?\d{1,2}[./]\s?\d{4}")
_ROLE = re.compile(
    r"^(?:(?:chief|senior|deputy|staff|political|sports?|crime|health|education|environment|business|science|"
    r"special)\s+)*"
    r"(?:reporter|correspondent|editor(?:-in-chief)?|writer|producer|columnist|journalist(?:in)?|"
    r"redakteur(?:in)?|"
    r"redaktionsleit\w+|chefredakteur(?:in)?|volont[äa]r(?:in)?|freie\w* mitarbeiter(?:in)?|"
    r"korrespondent(?:in)?|"
    r"chefreporter(?:in)?|ressortleit\w+|autor(?:in)?|fotograf(?:in)?|photographer|leiter(?:in)? \w+|"
    r"stellv\w*)\b.*$",
    re.IGNORECASE,
)
_CODE = re.compile(r"^(?:[a-zäöü]{1,4}|[A-ZÄÖÜ]{1,4}|[a-zäöü]{2,4}[-.][a-zäöü]{2,4}|[a-z]{2,5}\d{1,3})$")
_TITLE = re.compile(
    r"^(?:(?:dr|prof|dipl|mag|ing|phil|med|jur|rer|nat|herr|frau|mr|mrs|ms)\.?\s+)+", re.IGNORECASE
)


def sort_out(
    claims: Iterable[str], publishers: Iterable[str] = ()
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(people, agencies) out of what a page calls its authors.

    ``publishers`` are names of the outlet. Agencies hold news agencies, short codes, desks and the
    outlet itself; what only a content system writes ("Admin User") is nobody.
    """
    outlet = {squash(p) for p in publishers if p}
    people: dict[str, str] = {}
    others: dict[str, str] = {}
    for claim in claims:
        named = [
            (n, k) for n in _split(claim) if (k := squash(n)) and k not in _PLACEHOLDERS and not k.isdigit()
        ]
        desks = [_is_desk(name, key, outlet) for name, key in named]
        personal = any(not desk and _is_person(n) for (n, _), desk in zip(named, desks, strict=True))
        for (name, key), desk in zip(named, desks, strict=True):
            if desk and not (personal and _names_outlet(name, key, outlet)):
                # "Erika Muster, Talkurier" is one person with her employer.
                others.setdefault(key, name)
            elif not desk and _is_person(name):
                people.setdefault(key, name)
    return tuple(people.values()), tuple(others.values())


def byline(text: str, publishers: Iterable[str] = ()) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(people, agencies) of a line such as "Von Erika Muster und Max Muster, Essen"; empty when it is none.

    "Erika Muster | 10.02.2026" is a byline too: a name beside the date of the story.
    """
    dated = _DATED.match(text)
    label = _BYLINE.match(text)
    if not (dated or label) or text.count(" ") > 24 or text.rstrip().endswith(("!", "?")):
        return (), ()
    claim = dated[1] if dated and not label else text[label.end() if label else 0 :].split(" | ")[0]
    people, agencies = sort_out([claim], publishers)
    whole = tuple(p for p in people if 2 <= len(p.split()) <= 4 and p.split()[-1][:1].isupper())
    if dated and not label and any(not w[:1].isupper() for p in whole for w in p.split()):
        return (), ()
    return (whole, agencies) if whole else ((), ())


def labels_author(text: str) -> bool:
    """Whether a line says in words that an author follows: "Autor: Erika Muster"."""
    return bool(_LABEL.match(text))


def is_agency(name: str, publishers: Iterable[str]) -> bool:
    """Whether a name is that of a news agency, and not of the outlet itself."""
    key = squash(name)
    return key in _AGENCIES and not _names_outlet(name, key, {squash(p) for p in publishers if p})


def _split(claim: str) -> list[str]:
    claim = collapse(_EMAIL.sub(" ", html.unescape(claim)).replace("\u200b", "").replace("\xad", ""))
    if _URL.match(claim) or len(claim) > 400:
        return []
    claim = _PREFIX.sub("", claim)
    parts = [claim] if _URL.search(claim) and "/" not in claim else _SPLIT.split(claim)
    cleaned = []
    for part in parts:
        part = _PREFIX.sub("", collapse(part).strip(" .,:;-–*\"'“”„"))
        part = _SUFFIX.sub("", part).strip(" .,:;-–*()")
        if part and not _ROLE.match(part) and not _PICTURE.match(part):
            cleaned.append(_cased(part))
    return cleaned


def _is_desk(name: str, key: str, outlet: set[str]) -> bool:
    if key in _AGENCIES or key in _DESKS or _CODE.match(name) or _URL.search(name):
        return True
    if _names_outlet(name, key, outlet):
        return True
    parts = [squash(w) for w in re.split(r"[\s-]+", name)]
    return bool(parts) and (
        any(
            w in _DESKS or w in ("redaktion", "agentur", "presse", "verlag", "gmbh", "ag", "tv")
            for w in parts
        )
        or all(w in _AGENCIES or w in _PLACEHOLDERS for w in parts if w)
        or "redaktion" in key
    )


def _names_outlet(name: str, key: str, outlet: set[str]) -> bool:
    return key in outlet or any(
        len(o) > 3 and (key.startswith(o) or (o.startswith(key) and " " not in name)) for o in outlet
    )


def _is_person(name: str) -> bool:
    words = _TITLE.sub("", name).split()
    if not words or len(words) > 6 or len(name) > 60 or any(c.isdigit() for c in name):
        return False
    if not any(ord(c) > 0x2E80 for c in name) and not any(w[:1].isupper() for w in words):
        return False
    return len(words) > 1 or len(name) > 4 or any(ord(c) > 0x2E80 for c in name)


def _cased(name: str) -> str:
    """A name in capitals throughout, as one writes it: "MARIA MUSTER-FRAU" is "Maria Muster-Frau"."""
    if " " in name and name.isupper() and len(name) > 6:
        return name.title()
    return name
