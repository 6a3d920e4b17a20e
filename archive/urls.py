"""URLs: one canonical form, one sort key, one authority. No function here raises, on any input.

Parsing follows the WHATWG URL standard (by ada), because that is what browsers and so the links of
real pages follow; ``urllib.parse`` reads another host out of one in seven odd but valid URLs.
"""

from __future__ import annotations

import base64
import hashlib
import ipaddress
import re

import ada_url

MAX_URL = 8_192
"""Longer URLs are traps or data; no server has to take more than 8,000 octets (RFC 9110, 4.1)."""

_TRACKING = re.compile(
    r"(?:utm_\w+|at_(?:medium|campaign|custom\d)|wt_\w+|mtm_\w+|pk_(?:campaign|kwd|source|medium)"
    r"|fbclid|[fgi]clid|gclsrc|gbraid|wbraid|dclid|msclkid|twclid|yclid|mc_[ce]id|_ga|_gl|igshid|cmpid|wtrid|xtor|ns_\w+|ocid|__twitter_impression)$",
    re.IGNORECASE,
)
_PARTED = re.compile(r"[?#@]")
_WWW = re.compile(r"^www\d{0,2}\.(?=.+\.)")


def _parse(url: str, base: str | None = None) -> ada_url.URL | None:
    if len(url) > MAX_URL:
        return None
    try:
        parsed = ada_url.URL(url, base) if base else ada_url.URL(url)
    except UnicodeError:
        # Lone surrogates, which JSON can spell: the standard reads them as U+FFFD.
        plain, plain_base = _scalar(url), _scalar(base) if base else None
        return _parse(plain, plain_base) if (plain, plain_base) != (url, base) else None
    except ValueError:
        return None
    # Percent-encoding makes a URL longer: the limit has to hold for what comes back as well.
    # By the standard a URL of these two schemes has a host.
    href = parsed.href
    if not href.startswith(("http://", "https://")) or len(href) > MAX_URL:
        return None
    return parsed


def _scalar(text: str) -> str:
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def join(base: str, reference: str) -> str | None:
    """The absolute http(s) URL of a link on a page, None when it leads nowhere."""
    parsed = _parse(reference, base)
    return parsed.href if parsed else None


def canonical(url: str) -> str | None:
    """The form under which a URL is known: no user info, no fragment, no tracking parameters.

    The order of the other parameters stands as it is: servers may tell them apart.
    None for what is no http(s) URL.
    """
    parsed = _parse(url)
    if parsed is None:
        return None
    plain = parsed.href
    if not _PARTED.search(plain):  # most are; each setter parses anew
        return plain
    parsed.username = parsed.password = ""
    parsed.hash = ""
    kept = [p for p in parsed.search[1:].split("&") if p and not _TRACKING.match(p.partition("=")[0])]
    # The setter takes one "?" off, which may be a part of the query; the empty text takes a bare one away.
    parsed.search = "?" + "&".join(kept) if any(kept) else ""
    return parsed.href


def surt(url: str) -> str:
    """The Sort-friendly URI Reordering Transform of the canonical form: what groups the captures of a page.

    ``https://www.Example.com:8080/A?b=2&a=1`` gives ``com,example:8080)/a?a=1&b=2``. Lower case, without
    ``www.`` and a final slash, parameters sorted, as the field's indexers do. What is no http(s)
    URL is its own key. Replay tools look a URL up under another key: archive/export/urlkey.py makes it.
    """
    parsed = _parse(canonical(url) or "")
    if parsed is None:
        return url
    name = parsed.hostname
    if not _is_address(name):
        name = ",".join(reversed(_WWW.sub("", name, count=1).rstrip(".").split(".")))
    port = f":{parsed.port}" if parsed.port else ""
    path = parsed.pathname.lower().rstrip("/") or "/"
    # Sorted by name, then value, in lower case: "a=1" before "a-b=1".
    pairs = sorted(tuple(p.split("=", 1)) for p in parsed.search[1:].lower().split("&") if p)
    query = "?" + "&".join("=".join(pair) for pair in pairs) if pairs else ""
    return f"{name}{port}){path}{query}"


def host(url: str) -> str | None:
    """The host name, in ASCII and lower case."""
    parsed = _parse(url)
    return parsed.hostname if parsed else None


def authority(url: str) -> str | None:
    """``host:port`` with the port always said: what politeness counts by."""
    parsed = _parse(url)
    if parsed is None:
        return None
    return f"{parsed.hostname}:{parsed.port or (443 if parsed.protocol == 'https:' else 80)}"


def origin(url: str) -> str | None:
    """``scheme://host[:port]``, the place of a robots.txt."""
    parsed = _parse(url)
    return f"{parsed.protocol}//{parsed.host}" if parsed else None


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True


def is_loopback(name: str) -> bool:
    """Whether a host name or address literal can only mean this machine."""
    if name == "localhost" or name.endswith(".localhost"):
        return True
    return _is_address(name) and ipaddress.ip_address(name.strip("[]")).is_loopback


def document_id(url: str, content_digest: str) -> str:
    """The id of what a URL said: 16 characters, base32 of 80 bits, safe in file names and URLs.

    Made from the canonical URL and the digest of the decoded body alone, so that it is the same
    under every extractor and in every rebuild.
    """
    key = f"{canonical(url) or url}\n{content_digest}".encode("utf-8", "surrogatepass")
    return base64.b32encode(hashlib.sha256(key).digest()[:10]).decode("ascii").lower()
